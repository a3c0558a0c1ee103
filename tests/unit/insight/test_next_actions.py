"""Where an item is and what is required next, as commands that can be typed (SPEC 9)."""

from __future__ import annotations

import shlex

import pytest

from dovetail.insight.status import Status, item_status
from dovetail.runtime.commands import AttemptId
from tests.support.projects import Bench

PASS = {"review": {"result": "PASS"}}


def look(bench: Bench, item: str) -> Status:
    view = bench.engine.view(item)
    return item_status(item, view.plan, view.state)


def steps(found: Status) -> dict[str, str]:
    return {line.step: line.state for line in found.steps}


def commands(found: Status) -> list[str]:
    return [a.command for a in found.next]


def test_in_intake_nothing_but_the_review_is_next(bench: Bench) -> None:
    item = bench.add()
    found = look(bench, item)
    assert (found.status, found.current, found.upcoming) == ("intake", [], [])
    assert commands(found) == [f"dovetail intake {item} accept --reason WORDS --as NAME"]
    assert set(steps(found).values()) == {"later"}


def test_a_queued_step_is_to_be_claimed(bench: Bench) -> None:
    item = bench.started()
    found = look(bench, item)
    assert (found.status, found.current) == ("waiting", ["sketch"])
    assert found.upcoming == ["build", "paint"]
    assert [c["id"] for c in found.criteria] == ["big", "named"]
    assert commands(found) == [f"dovetail claim {item}/sketch/1 --as NAME"]


def test_a_claimed_step_is_to_be_completed_by_its_holder(bench: Bench) -> None:
    item = bench.started()
    bench.claim(item, "sketch/1")
    found = look(bench, item)
    assert (found.status, steps(found)["sketch"]) == ("active", "claimed")
    assert [str(a) for a in found.next] == [
        f"mia: complete Sketch: dovetail complete {item}/sketch/1 --as mia"
    ]


def test_pending_branches_are_all_current(bench: Bench) -> None:
    item = bench.sketched(params={"risk": "high"})
    found = look(bench, item)
    assert found.current == ["build", "paint"]
    assert steps(found)["review"] == "later"
    bench.build(item, 1)
    held = look(bench, item)
    line = next(x for x in held.steps if x.step == "review")
    assert (line.state, line.why) == ("held", "join: paint")


def test_an_open_gate_says_who_decides_and_how(bench: Bench) -> None:
    item = bench.built()
    found = look(bench, item)
    assert steps(found)["review"] == "open"
    assert [(a.who, a.command) for a in found.next] == [
        (
            "judge",
            f"dovetail gate {item} review approve|reject --reason WORDS --evidence FILE --as NAME",
        )
    ]


def test_a_due_step_is_started_by_run(bench: Bench) -> None:
    item = bench.judged()
    bench.decide(item, "sign", "approve", "bob")
    found = look(bench, item)
    assert (found.status, steps(found)["land"]) == ("waiting", "due")
    assert found.upcoming == ["land"]
    assert commands(found) == [f"dovetail run {item}"]


def test_a_failed_step_is_to_be_queued_again(bench: Bench) -> None:
    item = bench.started()
    bench.claim(item, "sketch/1")
    bench.fail(item, "sketch/1", reason="no paper")
    found = look(bench, item)
    assert steps(found)["sketch"] == "held"
    assert commands(found) == [f"dovetail requeue {item}/sketch/1 --reason WORDS --as NAME"]
    bench.desk.requeue(AttemptId(item, "sketch", 1), reason="paper", actor="mia")
    assert commands(look(bench, item)) == [f"dovetail claim {item}/sketch/2 --as NAME"]


def test_a_blocker_is_shown_with_the_command_that_resolves_it(bench: Bench) -> None:
    item = bench.built()
    for number in (1, 2):
        bench.decide(item, "review", "reject", "jan", reason="crooked")
        if number == 1:
            bench.build(item, 2)
    found = look(bench, item)
    assert found.status == "blocked"
    assert [(b["blocker"], b["type"], b["steps"]) for b in found.blockers] == [
        (1, "rework-limit", ["review"])
    ]
    assert f"dovetail unblock {item} 1 --reason WORDS --as NAME" in commands(found)


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_an_item_that_is_over_asks_for_nothing(bench: Bench, verdict: str) -> None:
    text = bench.text[: bench.text.index("  - key: land")]
    bench.text = text
    item = bench.judged()
    if verdict == "reject":
        bench.decide(item, "sign", "reject", "bob")
        bench.build(item, 2)
        bench.decide(item, "review", "approve", "jan", evidence=PASS)
    bench.decide(item, "sign", verdict, "bob")
    found = look(bench, item)
    assert found.status == ("completed" if verdict == "approve" else "closed")
    assert (found.next, found.current, found.upcoming) == ([], [], [])


def test_every_command_it_names_is_one(bench: Bench) -> None:
    from dovetail import cli

    item = bench.started()
    told = commands(look(bench, item))
    bench.claim(item, "sketch/1")
    told += commands(look(bench, item))
    bench.fail(item, "sketch/1")
    told += commands(look(bench, item))
    for command in told:
        words = shlex.split(command)
        assert words[0] == "dovetail"
        assert words[1] in cli._COMMANDS


def test_looking_changes_nothing(bench: Bench) -> None:
    item = bench.sketched()
    view = bench.engine.view(item)
    before = bench.everything()
    first = item_status(item, view.plan, view.state)
    assert item_status(item, view.plan, view.state) == first
    assert bench.everything() == before
