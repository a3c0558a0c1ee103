"""`dovetail check --fix`: misspelled names are mended, certain ones alone, and nothing else."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from dovetail.cli.check import mend_file
from dovetail.errors import RefusedError, UnavailableError
from dovetail.rules import check_file, complete
from tests.support.projects import Answer, Bench

CORPUS = sorted((Path(__file__).parents[2] / "diagnostics").glob("*/*.yaml"))
MARK = b"\xef\xbb\xbf"


def mended(tmp_path: Path, text: str) -> str:
    """Give what becomes of the text of a blueprint."""
    path = tmp_path / "x.yaml"
    path.write_bytes(text.encode())
    mend_file(path, shown_as="x.yaml")
    return path.read_bytes().decode()


def steps(*lines: str) -> str:
    head = "roles: {writer: W, editor: E}\nevidence: {edit-review: {result: {type: string}}}\n"
    return complete(head + "steps:\n" + "".join(f"  - {line}\n" for line in lines))


ASKED = "{id: a, evidence: edit-review}"
CERTAIN = {
    "a key": ("{key: a, titel: x}", "{key: a, title: x}"),
    "a key in quotes": ("{'key': a, \"titel\": x}", "{'key': a, \"title\": x}"),
    "a key in capitals": ("{key: a, Title: x}", "{key: a, title: x}"),
    "a key with the other dash": (
        "{key: a, exit: [{id: a, artifact: x, min-bytes: 1}]}",
        "{key: a, exit: [{id: a, artifact: x, min_bytes: 1}]}",
    ),
    "a key below a key": (
        "{key: a, gaet: {revewers: [editor]}}",
        "{key: a, gate: {reviewers: [editor]}}",
    ),
    "a role": ("{key: a, role: wirter}", "{key: a, role: writer}"),
    "a role in quotes": ("{key: a, role: 'wirter'}", "{key: a, role: 'writer'}"),
    "the implicit role": ("{key: a, role: ownre}", "{key: a, role: owner}"),
    "the only reviewer": (
        "{key: a, gate: {reviewers: [editr]}}",
        "{key: a, gate: {reviewers: [editor]}}",
    ),
    "a reviewer of two": (
        "{key: a, gate: {reviewers: [editr, writer]}}",
        "{key: a, gate: {reviewers: [editor, writer]}}",
    ),
    "the role of a gate": ("{key: a, role: editr, gate: {}}", "{key: a, role: editor, gate: {}}"),
    "evidence of a criterion": (
        "{key: a, exit: [{id: a, evidence: edit_review}]}",
        "{key: a, exit: [{id: a, evidence: edit-review}]}",
    ),
    "evidence of a gate": (
        "{key: a, gate: {evidence: edit-reveiw}}",
        "{key: a, gate: {evidence: edit-review}}",
    ),
    "an output": (
        "{key: a, outputs: {words: {type: int}}, exit: [{id: a, check: outputs.wrods > 1}]}",
        "{key: a, outputs: {words: {type: int}}, exit: [{id: a, check: outputs.words > 1}]}",
    ),
    "a root": (
        "{key: a, outputs: {words: {type: int}}, exit: [{id: a, check: output.words > 1}]}",
        "{key: a, outputs: {words: {type: int}}, exit: [{id: a, check: outputs.words > 1}]}",
    ),
    "two in one expression": (
        """{key: a, when: "itme.title != 'é' && item.titel != ''"}""",
        """{key: a, when: "item.title != 'é' && item.title != ''"}""",
    ),
    "a field of evidence": (
        f"{{key: a, exit: [{ASKED}, {{id: b, check: evidence.edit_review.resutl == 'x'}}]}}",
        f"{{key: a, exit: [{ASKED}, {{id: b, check: evidence.edit_review.result == 'x'}}]}}",
    ),
}
CERTAIN_OF_STEPS = {
    "a need": ("{key: edit, needs: [darft]}", "{key: edit, needs: [draft]}"),
    "a target": (
        "{key: edit, gate: {reject: {to: [drat], limit: 1}}}",
        "{key: edit, gate: {reject: {to: [draft], limit: 1}}}",
    ),
    "a step in an expression": (
        "{key: edit, when: steps.darft.state == 'completed'}",
        "{key: edit, when: steps.draft.state == 'completed'}",
    ),
    "a state": (
        "{key: edit, when: steps.draft.stat == 'completed'}",
        "{key: edit, when: steps.draft.state == 'completed'}",
    ),
}
UNCERTAIN = {
    "nothing is near": "{key: a, role: nobody}",
    "two are near": "{key: a, outputs: {word: {type: int}, ward: {type: int}},"
    " exit: [{id: a, check: outputs.wird > 1}]}",
    "a short word": "{key: a, outputs: {n: {type: int}}, exit: [{id: a, check: outputs.m > 1}]}",
    "another number": "{key: a2, outputs: {part1: {type: int}},"
    " exit: [{id: a, check: outputs.part2 > 1}]}",
    "the key is there already": "{key: a, title: x, titel: y}",
    "two keys mean one": "{key: a, titel: x, ttile: y}",
    "an element is there already": "{key: a, gate: {reviewers: [editr, editor]}}",
    "written with an escape": '{key: a, role: "wir\\x74er"}',
    "a function": "{key: a, when: siz(item.title) > 1}",
    "a value of an enum": "{key: a, outputs: {r: {type: string, enum: [low, high]}},"
    " exit: [{id: a, check: outputs.r == 'lwo'}]}",
    "not before this one": "{key: a, when: steps.b.state == 'completed'}",
}


@pytest.mark.parametrize("name", CERTAIN)
def test_what_is_certain_is_mended(tmp_path: Path, name: str) -> None:
    before, after = CERTAIN[name]

    assert mended(tmp_path, steps(before)) == steps(after)


@pytest.mark.parametrize("name", CERTAIN_OF_STEPS)
def test_names_of_steps_are_mended(tmp_path: Path, name: str) -> None:
    before, after = CERTAIN_OF_STEPS[name]

    assert mended(tmp_path, steps("key: draft", before)) == steps("key: draft", after)


@pytest.mark.parametrize("name", UNCERTAIN)
def test_what_is_uncertain_is_left(tmp_path: Path, name: str) -> None:
    text = steps(UNCERTAIN[name])
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")

    assert check_file(path, shown_as="x").errors
    assert mended(tmp_path, text) == text


def test_of_two_words_for_one_element_one_is_mended(tmp_path: Path) -> None:
    after = mended(tmp_path, steps("key: draft", "{key: edit, needs: [darft, drfat]}"))

    assert after == steps("key: draft", "{key: edit, needs: [draft, drfat]}")


@pytest.mark.parametrize(
    ("scalar", "after"),
    [
        ("|\n      itme.id != '' &&\n      itme.title != ''", True),
        (">-\n      itme.id != ''\n      && itme.title != ''", True),
        ("\"itme.id != ''\n      && itme.title != ''\"", True),
        ("\"itme.id != '\\t' && itme.title != ''\"", True),
        ("\"it\\x6de.id != ''\"", False),
    ],
    ids=["literal", "folded", "over lines", "after an escape", "in an escape"],
)
def test_expressions_in_every_style(tmp_path: Path, scalar: str, *, after: bool) -> None:
    text = steps(f"key: a\n    when: {scalar}")

    assert mended(tmp_path, text) == (text.replace("itme", "item") if after else text)


def test_every_other_byte_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    before = (
        MARK + "# 日本 😀\r\n".encode() + steps("{key: a,   titel:  '😀' }  # titel").encode()
    ).replace(b"mira\n", b"mira\r\n") + b"# no end"
    path.write_bytes(before)

    left, made = mend_file(path, shown_as="x")

    assert (len(made), left.errors) == (1, ())
    assert path.read_bytes() == before.replace(b"titel: ", b"title: ")


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_mending_never_makes_it_worse_and_mends_all_at_once(tmp_path: Path, path: Path) -> None:
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    before = check_file(copy, shown_as="x")

    left, made = mend_file(copy, shown_as="x")

    after = check_file(copy, shown_as="x")
    assert left == after
    assert len(after.errors) <= len(before.errors) - (1 if made else 0)
    assert (copy.read_bytes() == path.read_bytes()) == (not made)
    first = copy.read_bytes()
    assert mend_file(copy, shown_as="x")[1] == []
    assert copy.read_bytes() == first


def test_the_corpus_has_something_to_mend(tmp_path: Path) -> None:
    total = 0
    for path in CORPUS:
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        total += len(mend_file(copy, shown_as="x")[1])
    assert total > 10


# --- the command


WORSE = "{key: a, gaet: {colour: 1, flavour: 2}}"


def write(bench: Bench, *lines: str) -> Path:
    path = bench.root / "blueprints" / "demo" / "1.0.0.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(steps(*lines), encoding="utf-8")
    return path


def test_it_says_what_was_mended_and_what_is_left(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(bench, "{key: a, rol: writer}", "{key: b, role: nobody}")

    answer = bench.cli(capsys, "check --fix")

    place = "blueprints/demo/1.0.0.yaml"
    assert answer.status == 1
    assert answer.err == (
        f"{place}:9:14: mended: `rol` is now `role`\n"
        "1 blueprint, 1 other file, 1 name mended, 1 error, 2 warnings\n"
    )
    assert f"{place}:10:20: error[DT040]" in answer.out
    assert path.read_text(encoding="utf-8") == steps(
        "{key: a, role: writer}", "{key: b, role: nobody}"
    )


def test_all_files_are_mended(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(bench, "{key: a, titel: x}")
    other = one.with_name("2.0.0.yaml")
    other.write_text(one.read_text().replace("1.0.0", "2.0.0"))

    (bench.root / "executors.yaml").unlink()

    answer = bench.cli(capsys, "check --fix")

    assert answer.status == 0
    assert answer.err.endswith("2 blueprints, 2 names mended, 0 errors, 6 warnings\n")
    assert bench.cli(capsys, "check --fix").err == (
        "2 blueprints, 0 names mended, 0 errors, 6 warnings\n"
    )


def test_without_the_option_nothing_is_written(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(bench, "{key: a, titel: x}")
    before = (path.read_bytes(), path.stat().st_mtime_ns)

    assert bench.cli(capsys, "check").status == 1
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_file_that_would_get_worse_is_left(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(bench, WORSE)
    before = (path.read_bytes(), path.stat().st_mtime_ns)

    answer = bench.cli(capsys, "check --fix")

    assert answer.status == 1
    assert "not mended: `gaet`; there would be 2 errors instead of 1\n" in answer.err
    assert "0 names mended, 1 error" in answer.err
    assert "`gaet` is not a key" in answer.out
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_clean_file_is_not_written(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(bench, "{key: a}")
    before = path.stat().st_mtime_ns

    assert bench.cli(capsys, "check --fix").status == 0
    assert path.stat().st_mtime_ns == before


def test_machine_formats_hold_what_is_left_alone(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    write(bench, "{key: a, rol: writer}", "{key: b, role: nobody}")

    answer = bench.cli(capsys, "check --fix --json")

    assert [d["code"] for d in json.loads(answer.out)] == ["DT041", "DT043", "DT040"]
    assert answer.err == "blueprints/demo/1.0.0.yaml:9:14: mended: `rol` is now `role`\n"


def test_a_file_that_can_not_be_read_is_a_finding(tmp_path: Path) -> None:
    left, made = mend_file(tmp_path / "none.yaml", shown_as="x")

    assert ([d.code for d in left.diagnostics], made) == (["DT001"], [])


# --- writing


def typo(tmp_path: Path) -> Path:
    path = tmp_path / "x.yaml"
    path.write_text(steps("{key: a, titel: x}"), encoding="utf-8")
    return path


def test_mode_and_link_stay(tmp_path: Path) -> None:
    path = typo(tmp_path)
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)

    mend_file(link, shown_as="x")

    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert "title: x" in path.read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.yaml", "x.yaml"]


@pytest.mark.parametrize("broken", ["replace", "fsync", "access"])
def test_a_file_that_can_not_be_written_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = typo(tmp_path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if broken == "replace":
        monkeypatch.setattr(Path, "replace", full)
    elif broken == "fsync":
        monkeypatch.setattr("dovetail.cli.check.os.fsync", full)
    else:
        monkeypatch.setattr("dovetail.cli.check.os.access", lambda *_: False)

    with pytest.raises(UnavailableError) as caught:
        mend_file(path, shown_as="x")

    assert caught.value.way_out
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_somebody_wrote_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = typo(tmp_path)
    real = os.fsync

    def interfere(handle: int) -> None:
        real(handle)
        path.write_bytes(b"theirs")

    monkeypatch.setattr("dovetail.cli.check.os.fsync", interfere)

    with pytest.raises(RefusedError):
        mend_file(path, shown_as="x")

    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_the_answer_of_a_full_disk(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bench, "{key: a, titel: x}")
    monkeypatch.setattr("dovetail.cli.check.os.access", lambda *_: False)

    answer = bench.cli(capsys, "check --fix")

    assert isinstance(answer, Answer)
    assert answer.status == 2
    assert "can't be mended: it may not be written by you" in answer.err
