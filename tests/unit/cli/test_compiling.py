"""`check`, `plan`, `compile` in a project: all or nothing, and drift is seen (SPEC 4)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.projects import PIECE, Bench

Capture = pytest.CaptureFixture[str]
FLOW = "flows/piece/v1_0_0.py"
PLAN = "flows/piece/v1_0_0.plan.yaml"
DEPLOYMENTS = "prefect.yaml"
ALL = [PLAN, FLOW, DEPLOYMENTS]


def write(bench: Bench, text: str = PIECE, name: str = "piece", version: str = "1.0.0") -> Path:
    path = bench.root / "blueprints" / name / f"{version}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def other(name: str) -> str:
    return PIECE.replace("name: piece", f"name: {name}")


def files(bench: Bench) -> dict[str, bytes]:
    found = (p for p in (bench.root / "flows").rglob("*") if p.is_file())
    every = [*found, *bench.root.glob("*.yaml")]
    texts = {p.relative_to(bench.root).as_posix(): p.read_bytes() for p in every}
    del texts["executors.yaml"]
    return texts


def test_compiling_writes_flow_and_plan_and_says_so(bench: Bench, capsys: Capture) -> None:
    write(bench)
    answer = bench.cli(capsys, "compile")
    assert answer.status == 0
    assert answer.out.splitlines() == [f"written   {name}" for name in ALL]
    before = files(bench)
    assert sorted(before) == ALL
    for _ in range(2):
        assert bench.cli(capsys, "compile").out.splitlines() == [f"unchanged {n}" for n in ALL]
    assert files(bench) == before


def test_one_bad_blueprint_and_nothing_is_written(bench: Bench, capsys: Capture) -> None:
    write(bench)
    write(bench, other("pier").replace("role: judge", "role: jugde"), "pier")
    answer = bench.cli(capsys, "compile")
    assert answer.status == 1
    assert "blueprints/pier/1.0.0.yaml:" in answer.out
    assert "jugde" in answer.out
    assert "1 of 2 blueprints have errors; nothing was written" in answer.err
    assert files(bench) == {}
    assert bench.cli(capsys, "compile piece").status == 0
    assert sorted(files(bench)) == ALL


def test_a_disk_that_fails_half_way_leaves_what_was_there(
    bench: Bench, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bench)
    bench.cli(capsys, "compile")
    before = files(bench)
    write(bench, PIECE.replace("title: Make a piece", "title: Make another"))
    calls = []

    def failing(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", failing)
    answer = bench.cli(capsys, "compile")
    assert answer.status == 2
    assert "No space left" in answer.err
    assert files(bench) == before


def test_drift_is_shown_as_a_unified_diff(bench: Bench, capsys: Capture) -> None:
    write(bench)
    bench.cli(capsys, "compile")
    assert bench.cli(capsys, "compile --check").status == 0
    flow = bench.root / FLOW
    flow.write_text(flow.read_text().replace("Make it bigger than one", "Any size will do"))
    before = files(bench)
    answer = bench.cli(capsys, "compile --check")
    assert answer.status == 1
    lines = answer.out.splitlines()
    assert lines[:2] == [f"--- {FLOW}", f"+++ {FLOW} (compiled)"]
    assert [x[0] for x in lines if "Any size will do" in x] == ["-"]
    assert [x[0] for x in lines if "Make it bigger than one" in x] == ["+"]
    assert lines[-1].startswith("1 file")
    assert files(bench) == before, "checking writes nothing"


def test_a_missing_flow_is_drift(bench: Bench, capsys: Capture) -> None:
    write(bench)
    answer = bench.cli(capsys, "compile --check")
    assert answer.status == 1
    assert f"+++ {FLOW} (compiled)" in answer.out
    assert files(bench) == {}


def test_a_flow_that_was_edited_takes_no_items(bench: Bench, capsys: Capture) -> None:
    bench.compile()
    flow = bench.root / FLOW
    text = flow.read_text()
    line = text[: text.index("Make it bigger")].count("\n") + 1
    flow.write_text(text.replace("Make it bigger than one", "Any size will do"))
    with_item = bench.cli(capsys, "item add piece --as lea")
    assert with_item.status == 1
    assert f"{FLOW}:{line}" in with_item.err
    assert "Any size will do" in with_item.err
    assert "Make it bigger than one" in with_item.err
    assert "dovetail compile piece@1.0.0" in with_item.err
    assert bench.everything()["items"] == []


@pytest.mark.parametrize("state", ["missing", "stale", "no text"])
def test_a_flow_that_is_missing_or_stale_takes_no_items(
    bench: Bench, capsys: Capture, state: str
) -> None:
    bench.compile()
    if state == "missing":
        (bench.root / FLOW).unlink()
    elif state == "stale":
        write(bench, PIECE.replace("attempts: 2", "attempts: 4"))
    else:
        (bench.root / FLOW).write_bytes(b"\xff\xfe")
    answer = bench.cli(capsys, "item add piece --as lea")
    assert answer.status == 1
    assert FLOW in answer.err
    assert "dovetail compile piece@1.0.0" in answer.err
    assert bench.everything()["items"] == []


def test_a_comment_or_another_order_of_keys_is_no_drift(bench: Bench, capsys: Capture) -> None:
    write(bench)
    bench.cli(capsys, "compile")
    text = PIECE.replace(
        "title: Make a piece\nowner: lead\n", "owner: lead  # she is\ntitle: Make a piece\n"
    )
    assert text != PIECE
    write(bench, "# by the way\n" + text)
    assert bench.cli(capsys, "compile --check").status == 0


def test_a_blueprint_with_errors_takes_no_items_and_says_where(
    bench: Bench, capsys: Capture
) -> None:
    bench.compile()
    write(bench, PIECE.replace("role: boss", "role: bos"))
    answer = bench.cli(capsys, "item add piece --as lea")
    assert answer.status == 1
    assert "blueprints/piece/1.0.0.yaml:" in answer.out
    assert "did you mean" in answer.out or "boss" in answer.out
    assert bench.everything()["items"] == []


def test_a_plan_is_the_file_that_is_compiled(bench: Bench, capsys: Capture) -> None:
    bench.compile()
    shown = bench.cli(capsys, "plan piece").out
    assert shown == (bench.root / PLAN).read_text()
    assert bench.cli(capsys, "plan piece").out == shown
    assert str(bench.root) not in shown


def test_a_check_says_how_many_were_checked(bench: Bench, capsys: Capture) -> None:
    write(bench)
    write(bench, other("pier"), "pier")
    answer = bench.cli(capsys, "check")
    assert (answer.status, answer.out) == (0, "")
    assert answer.err == "2 blueprints, 1 other file, 0 errors\n"


def test_a_check_never_stops_at_the_first_broken_file(bench: Bench, capsys: Capture) -> None:
    write(bench, PIECE.replace("role: boss", "role: bos"))
    write(bench, "{", "pier")
    write(bench, other("quay").replace("role: judge", "role: jugde"), "quay")
    answer = bench.cli(capsys, "check")
    assert answer.status == 1
    for name in ("piece", "pier", "quay"):
        assert f"blueprints/{name}/1.0.0.yaml:" in answer.out


def test_a_check_of_a_folder_or_a_file(bench: Bench, capsys: Capture) -> None:
    write(bench)
    write(bench, "{", "pier")
    assert bench.cli(capsys, "check blueprints/piece/1.0.0.yaml").status == 0
    assert bench.cli(capsys, "check blueprints/piece").status == 0
    assert bench.cli(capsys, "check blueprints").status == 1
