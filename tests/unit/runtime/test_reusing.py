"""What was done automatically is not done again while its inputs are what they were (SPEC 5.6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dovetail.history.verify import verify
from dovetail.insight.status import item_status
from dovetail.kernel import Event, EventType
from dovetail.runtime.answers import RUNNER
from tests.support.projects import Bench

PARTS = """\
schema: dovetail/v1
name: parts
version: 1.0.0
title: Make parts
owner: lead
effective: {from: 2026-01-01}
changes: [{version: 1.0.0, date: 2026-01-01, author: lead, reason: first, impact: none}]
intake: none
roles: {lead: Leads, maker: Makes, judge: Judges}
steps:
  - {key: cut, role: maker, outputs: {size: {type: int}}}
  - {key: press, run: {command: ['true']}, outputs: {parts: {type: int}}}
  - {key: pack, role: maker}
  - {key: look, role: judge, gate: {reject: {to: [cut, press], limit: 3}}}
"""


@pytest.fixture
def item(bench: Bench) -> str:
    """An item of PARTS whose gate is open: all was done once."""
    bench.text = PARTS
    item = bench.add()
    cut(bench, item, 1, size=1)
    press(bench, item, 1)
    pack(bench, item, 1)
    return item


def cut(bench: Bench, item: str, number: int, *, size: int) -> None:
    bench.claim(item, f"cut/{number}")
    bench.complete(item, f"cut/{number}", outputs={"size": size})


def pack(bench: Bench, item: str, number: int) -> None:
    bench.claim(item, f"pack/{number}")
    bench.complete(item, f"pack/{number}")


def press(bench: Bench, item: str, number: int) -> None:
    """Do what the flow's driver does: launch, carry out, complete."""
    view, _ = bench.engine.record(item, lambda _: (), actor=RUNNER, automatic=True)
    attempt = view.state.attempt(view.plan, "press", number)
    assert attempt is not None
    assert attempt.executor == RUNNER
    told: dict[str, Any] = {"outputs": {"parts": number}, "evidence": {}, "artifacts": {}}
    named = {"step": "press", "attempt": number, "executor": RUNNER, "fence": attempt.fence}
    event = Event(EventType.COMPLETED, named | told | {"criteria": {}})
    bench.engine.record(item, lambda _: [event], actor=RUNNER)


def test_whoever_completes_what_comes_before_has_the_result_reused(bench: Bench, item: str) -> None:
    bench.decide(item, "look", "reject", "jan", to="cut")
    cut(bench, item, 2, size=1)
    assert bench.types(item)[-4:] == [
        "attempt-completed",
        "result-reused",
        "scheduling-decided",
        "attempt-queued",
    ]
    assert bench.events(item, "result-reused") == [{"step": "press", "generation": 2, "attempt": 1}]
    assert bench.open_work(item) == [("pack/2", None)]


def test_changed_inputs_have_it_done_again(bench: Bench, item: str) -> None:
    bench.decide(item, "look", "reject", "jan", to="cut")
    cut(bench, item, 2, size=2)
    assert (bench.events(item, "result-reused"), bench.open_work(item)) == ([], [])
    press(bench, item, 2)
    assert bench.open_work(item) == [("pack/2", None)]


def test_what_the_item_is_sent_back_to_is_done_again(bench: Bench, item: str) -> None:
    bench.decide(item, "look", "reject", "jan", to="press")
    assert (bench.events(item, "result-reused"), bench.open_work(item)) == ([], [])


def test_a_reused_result_is_what_others_read(bench: Bench, item: str) -> None:
    bench.decide(item, "look", "reject", "jan", to="cut")
    cut(bench, item, 2, size=1)
    values = bench.engine.judge(bench.engine.view(item)).values("pack")
    assert values["steps"]["press"] == {
        "state": "completed",
        "outputs": {"parts": 1},
        "evidence": {},
        "artifacts": {},
    }


def test_who_comes_after_reads_the_handoff_of_the_attempt_that_made_it(
    bench: Bench, item: str
) -> None:
    bench.decide(item, "look", "reject", "jan", to="cut")
    cut(bench, item, 2, size=1)
    bench.claim(item, "pack/2")
    read = [Path(h["path"]).name for h in bench.events(item, "attempt-claimed")[-1]["handoffs"]]
    assert [name.partition("-")[2] for name in read] == [
        "attempt-completed-press-1.json",
        "gate-rejected-look-1.json",
    ]


def test_status_says_so(bench: Bench, item: str) -> None:
    bench.decide(item, "look", "reject", "jan", to="cut")
    cut(bench, item, 2, size=1)
    view = bench.engine.view(item)
    lines = {line.step: line for line in item_status(item, view.plan, view.state).steps}
    assert (lines["press"].state, lines["press"].attempt) == ("completed", f"{item}/press/1")
    assert lines["press"].why == "the result of press/1 is reused: nothing changed"
    assert (lines["press"].generation, lines["press"].executor) == (2, RUNNER)


def test_a_history_with_a_reused_result_is_sound(bench: Bench, item: str) -> None:
    for number in (2, 3):
        bench.decide(item, "look", "reject", "jan", to="cut")
        cut(bench, item, number, size=1)
        pack(bench, item, number)
    bench.decide(item, "look", "approve", "jan")
    assert bench.status(item) == "completed"
    assert len(bench.events(item, "result-reused")) == 2
    assert verify(bench.store, bench.workspace).problems == []
