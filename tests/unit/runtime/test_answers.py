"""What the kernel asks is answered in the transaction of the event that calls for it (SPEC 5.1)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.history.verify import verify
from dovetail.insight.status import item_status
from tests.support.projects import Bench

# `support` lets no item of it be added at the command line yet; the answers are there.
ASKING = """\
schema: dovetail/v1
name: asking
version: 1.0.0
title: Ask everything
owner: lead
effective: {from: 2026-01-01}
changes: [{version: 1.0.0, date: 2026-01-01, author: lead, reason: first, impact: none}]
intake: none
roles: {lead: Leads, maker: Makes}
params: {open: {type: bool, default: true}}
blockers:
  scope: {title: The scope grows, when: 10 / outputs.grown > 1}
outputs: {size: 6 / steps.gather.outputs.size}
done: [{id: sized, check: 6 / (steps.gather.outputs.size - 3) < 0}]
steps:
  - {key: left, parallel: true, role: maker, outputs: {grown: {type: int, default: 99}}}
  - {key: right, parallel: true, role: maker}
  - key: gather
    needs: [left, right]
    join: any
    role: maker
    entry: [{id: opened, check: params.open}]
    outputs: {size: {type: int}}
"""


@pytest.fixture
def asking(bench: Bench) -> Bench:
    bench.text = ASKING
    return bench


def do(bench: Bench, item: str, step: str, **outputs: Any) -> list[str]:
    """Do a step's first attempt; give the types of what was recorded with its completion."""
    bench.claim(item, f"{step}/1")
    records = bench.complete(item, f"{step}/1", outputs=outputs)
    assert verify(bench.store, bench.workspace).problems == []
    return [r.event.type.value for r in records]


def blockers(bench: Bench, item: str) -> list[tuple[str, list[str]]]:
    return [(b["type"], b["steps"]) for b in bench.events(item, "blocked")]


def test_blockers_joins_and_entry_are_answered_with_the_completion(asking: Bench) -> None:
    item = asking.add()
    assert do(asking, item, "left") == [
        "attempt-completed",
        "evaluated",
        "join-fired",
        "evaluated",
        "scheduling-decided",
        "attempt-queued",
    ]
    assert [(e["what"], e["step"]) for e in asking.events(item, "evaluated")] == [
        ("blockers", "left"),
        ("entry", "gather"),
    ]
    (fired,) = asking.events(item, "join-fired")
    assert fired == {"step": "gather", "generation": 1, "winners": ["left"]}
    assert asking.open_work(item) == [("gather/1", None)]


def test_who_comes_after_a_join_reads_what_its_winners_left(asking: Bench) -> None:
    item = asking.add()
    asking.claim(item, "right/1", "max")
    do(asking, item, "left")
    asking.complete(item, "right/1", "max")
    asking.claim(item, "gather/1")
    read = [h["path"] for h in asking.events(item, "attempt-claimed")[-1]["handoffs"]]
    assert [path.rpartition("-completed-")[2] for path in read] == ["left-1.json"]


def test_status_says_what_is_out_of_play(asking: Bench) -> None:
    item = asking.add()
    do(asking, item, "left")
    view = asking.engine.view(item)
    lines = {line.step: line for line in item_status(item, view.plan, view.state).steps}
    assert (lines["right"].state, lines["right"].why) == (
        "out",
        "nothing waits for its result any more",
    )


def test_unmet_entry_criteria_are_a_blocker(asking: Bench) -> None:
    item = asking.add(params={"open": False})
    assert do(asking, item, "left")[-2:] == ["evaluated", "blocked"]
    assert blockers(asking, item) == [("entry-unmet", ["gather"])]
    assert asking.status(item) == "blocked"


def test_an_attempt_raises_blockers_when_it_closes(asking: Bench) -> None:
    item = asking.add()
    assert do(asking, item, "left", grown=1)[:3] == ["attempt-completed", "evaluated", "blocked"]
    (blocked,) = asking.events(item, "blocked")
    assert (blocked["type"], blocked["source"]) == ("scope", ["left", 1])
    assert asking.status(item) == "blocked"


def test_a_blocker_whose_condition_has_no_value_is_one_itself(asking: Bench) -> None:
    item = asking.add()
    assert do(asking, item, "left", grown=0)[:2] == ["attempt-completed", "blocked"]
    (blocked,) = asking.events(item, "blocked")
    assert (blocked["type"], blocked["source"]) == ("expression-error", ["left", 1])
    assert "divide by zero" in blocked["reason"]


def gathered(bench: Bench, size: int) -> tuple[str, list[str]]:
    item = bench.add()
    do(bench, item, "left")
    return item, do(bench, item, "gather", size=size)


def test_an_item_completes_with_its_outputs_when_its_criteria_hold(asking: Bench) -> None:
    item, told = gathered(asking, 2)
    assert told == ["attempt-completed", "evaluated", "evaluated", "item-completed"]
    assert asking.events(item, "item-completed") == [{"outputs": {"size": 3}}]


@pytest.mark.parametrize(
    ("size", "kind"),
    [(6, "done-unmet"), (3, "expression-error"), (0, "expression-error")],
    ids=["not met", "no value", "outputs without a value"],
)
def test_an_item_that_can_not_complete_is_blocked(asking: Bench, size: int, kind: str) -> None:
    item, told = gathered(asking, size)
    assert told[-1] == "blocked"
    assert blockers(asking, item) == [(kind, [])]
    asking.desk.unblock(item, 1, notes="look again", actor="lea")
    assert blockers(asking, item) == [(kind, []), (kind, [])], "it is looked at again"
    assert asking.status(item) == "blocked"
    assert verify(asking.store, asking.workspace).problems == []
