"""Exit status everywhere: 0 done, 1 refused with a way out, 2 wrong usage or could not run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.projects import Bench

ITEM = "WI-000001"


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled project with an item whose gate review is open."""
    bench = Bench(tmp_path_factory.mktemp("story") / "project")
    bench.compile()
    bench.built()
    (bench.root / "pass.json").write_text('{"type": "review", "result": "PASS"}')
    (bench.root / "blocked.json").write_text('{"type": "review", "result": "BLOCKED"}')
    (bench.root / "broken.json").write_text("{")
    (bench.root / "untyped.json").write_text('{"result": "PASS"}')
    bench.store.close()
    return bench.root


@pytest.fixture
def shop(story: Path, tmp_path: Path) -> Bench:
    """A copy of it."""
    shutil.copytree(story, tmp_path / "project")
    return Bench(tmp_path / "project")


DONE = [
    "--help",
    "--version",
    "item --help",
    "claim --help",
    "check",
    "plan piece",
    "plan piece@1.0.0",
    "plan blueprints/piece/1.0.0.yaml",
    "compile",
    "compile --check",
    "item add piece --as lea",
    "item add piece --param risk=high --id mine --title T --as lea",
    "item list",
    f"status {ITEM}",
    "next --role maker",
    "next --role nobody",
    f"gate {ITEM} review approve --reason ok --evidence pass.json --as jan",
    f"gate {ITEM} review reject --reason no --evidence blocked.json --to sketch --as jan",
    f"history show {ITEM}",
    "history verify",
    f"history verify {ITEM}",
    f"repair {ITEM}",
]

REFUSED: dict[str, tuple[str, ...]] = {
    "item add nope --as lea": ("there is no blueprint 'nope'; there is piece",),
    "item add piece@9.9.9 --as lea": ("piece has no version 9.9.9; it has 1.0.0",),
    "item add piece --param risk=mid --as lea": ("one of low, high", "→"),
    "item add piece --param risk --as lea": ("'risk' is not of the form name=value", "→"),
    "item add piece --param rsik=low --as lea": ("rsik is not declared; declared: risk", "→"),
    "item add piece --id a/b --as lea": ("'a/b' is not an item id", "→"),
    f"item add piece --id {ITEM} --as lea": (f"the id {ITEM} is taken", "→"),
    f"intake {ITEM} accept --reason again --as lea": ("already decided", "→"),
    "intake NOPE accept --reason x --as lea": ("there is no work item NOPE", "→"),
    "status NOPE": ("there is no work item NOPE", "→"),
    "status ../../etc": ("there is no work item ../../etc", "→"),
    "history show NOPE": ("there is no work item NOPE", "→"),
    "history verify NOPE": ("there is no work item NOPE", "→"),
    "repair NOPE": ("there is no work item NOPE", "→"),
    "claim x --as mia": ("'x' is not an attempt", "→"),
    f"claim {ITEM}/sketch/1 --as mia": ("sketch/1 is completed", "→"),
    f"claim {ITEM}/sketch/9 --as mia": ("there is no attempt sketch/9", "→"),
    f"claim {ITEM}/review/1 --as jan": ("review is a gate", "→"),
    f"complete {ITEM}/sketch/1 --as mia --output size=2": ("sketch/1 is over", "→"),
    f"complete {ITEM}/scetch/1 --as mia": ("there is no attempt scetch/1", "→"),
    f"fail {ITEM}/sketch/1 --reason x --as mia": ("sketch/1 is over", "→"),
    f"requeue {ITEM}/sketch/1 --reason x --as mia": ("only the last attempt is re-queued", "→"),
    f"unblock {ITEM} 1 --reason x --as lea": ("blocker 1 is not open", "→"),
    f"gate {ITEM} review approve --reason ok --as jan": ("takes evidence", "→"),
    f"gate {ITEM} review approve --reason ok --evidence blocked.json --as jan": (
        "the evidence contradicts the verdict",
        "→",
    ),
    f"gate {ITEM} review approve --reason ok --evidence nope.json --as jan": ("can't be read", "→"),
    f"gate {ITEM} review approve --reason ok --evidence broken.json --as jan": ("not JSON", "→"),
    f"gate {ITEM} review approve --reason ok --evidence untyped.json --as jan": ("type", "→"),
    f"gate {ITEM} review reject --reason no --evidence pass.json --evidence pass.json --as jan": (
        "a second record of the type review",
        "→",
    ),
    f"gate {ITEM} review approve --reason ok --evidence pass.json --as eve": (
        "'eve' is not an executor",
        "→",
    ),
    f"gate {ITEM} sign approve --reason ok --as bob": ("not open yet", "→"),
    "next --role maker --claim --as jan": ("jan has not the role maker", "→"),
    "next --role judge --claim --as jan": ("nothing waits for the role judge", "→"),
}

WRONG = {
    "frob": "there is no command 'frob'",
    "statsu NOPE": "did you mean dovetail status?",
    "item ad piece": "did you mean dovetail item add?",
    "history verfy": "did you mean dovetail history verify?",
    "status": "ITEM",
    "status A B": "",
    "status --frob": "",
    "claim": "ATTEMPT",
    f"gate {ITEM} review": "VERDICT",
    f"gate {ITEM} review maybe --reason x": "",
    f"gate {ITEM} review approve": "--reason",
    f"unblock {ITEM} one --reason x": "",
    f"complete {ITEM}/sketch/1 --fence x": "",
    f"intake {ITEM} refuse --reason x": "",
    "next": "--role",
    "check nowhere.yaml": "there is no file or folder nowhere.yaml",
    "check --format xml": "",
    "item add piece --title": "",
}


@pytest.mark.parametrize("line", DONE)
def test_done_is_0(shop: Bench, capsys: pytest.CaptureFixture[str], line: str) -> None:
    answer = shop.cli(capsys, line)
    assert (answer.status, answer.err if "check" not in line else "") == (0, "")


@pytest.mark.parametrize("line", REFUSED)
def test_refused_is_1_with_a_way_out_and_changes_nothing(
    shop: Bench, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    before = shop.everything()
    answer = shop.cli(capsys, line)
    assert answer.status == 1
    assert answer.err.startswith("dovetail: ")
    assert [p for p in REFUSED[line] if p not in answer.err] == [], answer.err
    assert "Traceback" not in answer.out + answer.err
    assert shop.everything() == before


@pytest.mark.parametrize("line", WRONG)
def test_wrong_usage_is_2_and_changes_nothing(
    shop: Bench, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    before = shop.everything()
    answer = shop.cli(capsys, line)
    assert answer.status == 2
    assert WRONG[line] in answer.err
    assert answer.err, "it says what is wrong"
    assert "Traceback" not in answer.out + answer.err
    assert shop.everything() == before


def broken_executors(bench: Bench) -> None:
    (bench.root / "executors.yaml").write_text("executors: {")


def broken_settings(bench: Bench) -> None:
    (bench.root / "dovetail.toml").write_text("store =")


def broken_store(bench: Bench) -> None:
    place = Path(bench.project.store)
    bench.store.close()
    for path in place.parent.glob("store.db*"):
        path.unlink()
    place.write_text("these are notes, not a database " * 40)


def folder_for_store(bench: Bench) -> None:
    (bench.root / "dovetail.toml").write_text('store = "blueprints"')


def other_store(bench: Bench) -> None:
    (bench.root / "dovetail.toml").write_text('store = "mysql://u:secret@host/db"')


def no_workspace(bench: Bench) -> None:
    (bench.root / "w").write_text("in the way")
    (bench.root / "dovetail.toml").write_text('workspace = "w"')


def no_project(bench: Bench) -> None:
    (bench.root / "blueprints").rename(bench.root / "plans")


CANNOT_RUN: dict[str, tuple[Callable[[Bench], None], str, str]] = {
    "broken executors": (broken_executors, "claim X/y/1 --as mia", "executors.yaml:1:"),
    "broken settings": (broken_settings, "item list", "dovetail.toml"),
    "a broken store": (broken_store, "item list", "not a database"),
    "a folder for a store": (folder_for_store, "item list", "unable to open database"),
    "another kind of store": (other_store, "item list", "mysql://…"),
    "no workspace": (no_workspace, "item add piece --as lea", "the workspace can't be"),
    "no project": (no_project, "item list", "has a folder blueprints/"),
}


@pytest.mark.parametrize("case", CANNOT_RUN)
def test_what_cannot_run_is_2_with_a_way_out(
    shop: Bench, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    spoil, line, says = CANNOT_RUN[case]
    spoil(shop)
    answer = shop.cli(capsys, line)
    assert answer.status == 2
    assert says in answer.err
    assert "→" in answer.err
    assert "secret" not in answer.err
    assert "Traceback" not in answer.err


def test_an_argument_that_is_no_text_is_wrong_usage(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["fail", f"{ITEM}/sketch/1", "--reason", os.fsdecode(b"bad \xff"), "--as", "mia"]
    answer = shop.cli(capsys, line)
    assert (answer.status, "is not UTF-8" in answer.err) == (2, True)


def test_foreign_text_never_reaches_the_terminal_raw(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b[2J\x9b1m\u202e\r\nWI-000009  completed"
    told = [shop.cli(capsys, ["status", evil])]
    told.append(shop.cli(capsys, ["item", "add", "piece", "--title", evil, "--as", evil]))
    told += [shop.cli(capsys, line) for line in ("item list", "status WI-000002")]
    told += [shop.cli(capsys, ["history", "show", "WI-000002"])]
    assert [a.status for a in told] == [1, 0, 0, 0, 0]
    for answer in told:
        assert all(c.isprintable() or c == "\n" for c in answer.out + answer.err)
    assert len(told[2].out.splitlines()) == 3, "a title is no line of its own"


def test_who_acts_is_told_by_the_environment(
    shop: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOVETAIL_ACTOR", "jan")
    assert shop.cli(capsys, f"gate {ITEM} review reject --reason no").status == 0
    assert shop.events(ITEM, "gate-rejected")[0]["executor"] == "jan"
    assert shop.cli(capsys, f"claim {ITEM}/build/2 --as mia").status == 0


def test_next_claims_the_first_that_waits(shop: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    item = shop.sketched()
    shop.started()
    answer = shop.cli(capsys, "next --role maker --claim --as mia")
    assert answer.status == 0
    assert f"{item}/build/1 claimed" in answer.out
    assert shop.cli(capsys, "next --role maker --claim --as mia").status == 1


# --- as a process of its own


def process(bench: Bench, *words: str, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dovetail", *words],
        cwd=bench.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize(
    ("words", "status"),
    [("item list", 0), ("status NOPE", 1), ("frob", 2), (f"status {ITEM}", 0)],
)
def test_the_process_ends_with_the_same_status(shop: Bench, words: str, status: int) -> None:
    done = process(shop, *words.split())
    assert done.returncode == status
    assert (done.stderr == "") is (status == 0)
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_gone_is_no_error(shop: Bench) -> None:
    line = f"{sys.executable} -m dovetail history show {ITEM} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=shop.root, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_folder_below_the_root_is_the_same_project(shop: Bench) -> None:
    below = shop.root / "blueprints" / "piece"
    done = subprocess.run(
        [sys.executable, "-m", "dovetail", "item", "list"],
        cwd=below,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ITEM in done.stdout
