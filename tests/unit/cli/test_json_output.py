"""`--json` of every command: it parses, and has the documented fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.projects import Bench

ITEM = "WI-000001"
STATUS = {
    "item": str,
    "title": str,
    "blueprint": str,
    "version": str,
    "digest": str,
    "status": str,
    "baseline": str,
    "current": list,
    "upcoming": list,
    "criteria": list,
    "blockers": list,
    "steps": list,
    "next": list,
}
TOLD = {"item": str, "status": str, "events": list}
EVIDENCE = '{"type": "review", "result": "PASS"}'

LINES: dict[str, dict[str, type]] = {
    "plan piece": {"plan": str, "digest": str, "waves": list, "steps": list},
    "compile": {"files": list, "changed": list, "written": bool},
    "compile --check": {"files": list, "changed": list, "written": bool},
    "item add piece --as lea": STATUS,
    f"intake {ITEM} accept --reason x --as lea": STATUS,
    f"status {ITEM}": STATUS,
    "next --role maker --claim --as mia": {
        "attempt": str,
        "fence": int,
        "folder": str,
        "handoffs": list,
        "criteria": list,
        "done": type(None),
    },
    f"fail {ITEM}/sketch/1 --reason x --as mia": TOLD,
    f"requeue {ITEM}/sketch/1 --reason x --as mia": TOLD,
    f"claim {ITEM}/sketch/2 --as mia": {"attempt": str, "fence": int},
    f"complete {ITEM}/sketch/2 --output size=2 --as mia": TOLD,
    f"claim {ITEM}/build/1 --as mia": {"handoffs": list},
    f"complete {ITEM}/build/1 --file piece.md --as mia": TOLD,
    f"gate {ITEM} review approve --reason x --evidence review.json --as jan": TOLD,
    f"repair {ITEM}": {"item": str, "written": list},
    "history verify": {
        "sound": bool,
        "events": int,
        "items": int,
        "files": int,
        "undelivered": int,
        "head": dict,
        "anchored": str,
        "problems": list,
    },
}


def read(bench: Bench, capsys: pytest.CaptureFixture[str], line: str) -> Any:
    answer = bench.cli(capsys, f"{line} --json")
    assert (answer.status, answer.err) == (0, "")
    return json.loads(answer.out)


def test_every_command_tells_json(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.compile()
    (bench.root / "review.json").write_text(EVIDENCE)
    for line, fields in LINES.items():
        if "--file" in line:
            bench.file(ITEM, "piece.md", "made\n")
        data = read(bench, capsys, line)
        lacking = [f for f, t in fields.items() if not isinstance(data.get(f), t)]
        assert lacking == [], (line, data)
        if fields in (STATUS, TOLD):
            assert set(data) == set(fields), line
    assert read(bench, capsys, "check") == []
    assert read(bench, capsys, "next --role maker") == []
    listed = read(bench, capsys, "item list")
    assert [set(x) for x in listed] == [
        {"id", "blueprint", "version", "digest", "title", "status", "events"}
    ]
    shown = read(bench, capsys, f"history show {ITEM}")
    assert [set(x) for x in shown] == [{"n", "seq", "time", "actor", "type", "data"}] * len(shown)
    assert [x["n"] for x in shown] == list(range(1, len(shown) + 1))


def test_what_waits_is_listed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    item = bench.started()
    assert read(bench, capsys, "next --role maker") == [
        {
            "attempt": f"{item}/sketch/1",
            "item": item,
            "step": "sketch",
            "number": 1,
            "role": "maker",
        }
    ]


def test_a_status_names_steps_criteria_blockers_and_commands(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    item = bench.sketched()
    data = read(bench, capsys, f"status {item}")
    assert [(s["step"], s["state"]) for s in data["steps"]] == [
        ("sketch", "completed"),
        ("build", "queued"),
        ("paint", "skipped"),
        ("review", "held"),
        ("sign", "later"),
        ("land", "later"),
    ]
    assert data["criteria"] == [{"step": "build", "id": "file", "say": "Declare piece.md"}]
    assert data["next"] == [
        {
            "who": "maker",
            "what": "claim Build",
            "command": f"dovetail claim {item}/build/1 --as NAME",
        }
    ]


def test_a_verification_that_finds_something_is_1_and_still_json(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    item = bench.started()
    bench.handoffs(item)[0].unlink()
    answer = bench.cli(capsys, "history verify --json")
    assert answer.status == 1
    data = json.loads(answer.out)
    assert data["sound"] is False
    assert data["problems"] == [
        f"items/{item}/handoffs/000001-item-registered.json is missing",
    ]


def test_findings_are_json_too(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.text = bench.text.replace("role: maker", "role: makr", 1)
    folder = bench.root / "blueprints" / "piece"
    folder.mkdir()
    (folder / "1.0.0.yaml").write_text(bench.text)
    answer = bench.cli(capsys, "check --json")
    assert answer.status == 1
    (found,) = [f for f in json.loads(answer.out) if f["severity"] == "error"]
    assert "makr" in found["message"]
    assert found["file"] == "blueprints/piece/1.0.0.yaml"


def test_nothing_to_claim_is_null_and_1(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    answer = bench.cli(capsys, "next --role maker --claim --as mia --json")
    assert (answer.status, json.loads(answer.out)) == (1, None)
