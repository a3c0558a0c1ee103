"""How an item ends, what outlives it, and transfers (SPEC 2.2, 5.2, 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Block, Complete, Event, Probe
from dovetail.kernel import EventType as E
from dovetail.plan.model import Check
from tests.support.memory import Memory
from tests.support.plans import auto, beside, gate, plan, work
from tests.support.refusals import refusal
from tests.support.world import World

DONE = (Check("shipped", "x"), Check("told", "y"))
ONE = plan(work("a"))
CRITICAL = plan(work("a"), done=DONE)
REASON = "what the blueprint asks of a finished item does not hold"


# --- completion


@pytest.mark.rule("completion-waits")
def test_an_item_completes_when_every_step_has_settled() -> None:
    m = Memory(plan(work("a"), work("b", when="asked")), {"b": False}).pause()
    m.claim("a").complete("a")
    assert Complete() not in m.requests
    m.go_on()
    assert (m.status, m.state.ended_at) == ("completed", len(m.events))
    assert m.requests == []


def test_the_result_of_an_item_is_kept() -> None:
    m = Memory(ONE).pause().claim("a").complete("a")
    assert m.requests == [Complete()]
    m.say(E.ITEM_COMPLETED, outputs={"n": 1})
    assert m.state.outputs == {"n": 1}
    assert Memory(ONE).do("a").state.outputs == {}


@pytest.mark.rule("done-before-completion")
def test_the_items_own_criteria_are_looked_at_at_the_end() -> None:
    m = Memory(CRITICAL).pause().claim("a").complete("a")
    assert m.requests == [Probe("done")]
    assert "not known to hold" in refusal(m, E.ITEM_COMPLETED, {}).message
    assert m.go_on().status == "completed"


@pytest.mark.rule("done-before-completion")
@pytest.mark.parametrize("found", [{}, {"shipped": True}, {"shipped": True, "told": 1}])
def test_a_criterion_of_the_item_holds_when_it_is_exactly_true(found: dict[str, Any]) -> None:
    m = Memory(CRITICAL).pause().claim("a").complete("a")
    m.say(E.EVALUATED, what="done", criteria=found)
    assert m.requests == [Block("done-unmet", (), REASON)]
    assert "not known to hold" in refusal(m, E.ITEM_COMPLETED, {}).message


@pytest.mark.rule("done-before-completion")
def test_criteria_that_do_not_hold_block_until_they_do() -> None:
    m = Memory(CRITICAL, world=World(unmet={"": ["told"]})).do("a")
    (blocker,) = m.state.open_blockers()
    assert (blocker.type, blocker.steps, blocker.reason) == ("done-unmet", (), REASON)
    assert (m.requests, m.status) == ([], "blocked")
    m.unblock()
    assert len(m.state.blockers) == 2
    m.world.unmet.clear()
    assert m.unblock().status == "completed"


@pytest.mark.rule("raised-goes-with-it", "done-before-completion")
def test_rework_looks_at_the_items_criteria_anew() -> None:
    m = Memory(CRITICAL, world=World(unmet={"": ["told"]})).do("a").rework("a")
    assert (m.blockers, m.state.unresolved, m.state.done) == ([], 0, None)
    m.world.unmet.clear()
    assert m.do("a").status == "completed"


@pytest.mark.rule("done-before-completion")
def test_another_blocker_does_not_look_again() -> None:
    m = Memory(CRITICAL, world=World(unmet={"": ["told"]})).do("a").block("credentials")
    m.world.unmet.clear()
    m.unblock(2)
    assert m.blockers == ["done-unmet"]
    assert m.state.done is False


@pytest.mark.rule("done-before-completion")
def test_criteria_of_the_item_that_can_not_be_told() -> None:
    m = Memory(CRITICAL, world=World(unmet={"": None})).do("a")
    assert m.blockers == ["expression-error"]
    m.world.unmet.clear()
    assert m.unblock().status == "completed"


@pytest.mark.rule("completion-waits", "done-before-completion")
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda m: m, id="while a step is open"),
        pytest.param(
            lambda m: m.claim("a").block("credentials").complete("a"), id="under a blocker"
        ),
        pytest.param(lambda m: m.do("a"), id="once it is over"),
    ],
)
def test_the_items_criteria_are_not_asked_for(script: Any) -> None:
    m = Memory(CRITICAL)
    script(m)
    assert Probe("done") not in m.requests
    told = {"what": "done", "criteria": {"shipped": True, "told": True}}
    refusal(m, E.EVALUATED, told)


@pytest.mark.rule("completion-waits", "done-before-completion")
def test_the_items_criteria_wait_for_a_late_attempt() -> None:
    made = plan(*beside("a", "b"), work("j", needs=["a", "b"], join="any"), done=DONE)
    m = Memory(made).claim("b", executor="bea").do("a", "j")
    assert m.requests == []
    told = {"what": "done", "criteria": {"shipped": True, "told": True}}
    assert "the item's criteria" in refusal(m, E.EVALUATED, told).message
    assert m.complete("b/1").status == "completed"


@pytest.mark.rule("done-before-completion")
def test_an_item_without_criteria_of_its_own_asks_for_none() -> None:
    m = Memory(ONE).pause().claim("a").complete("a")
    assert m.requests == [Complete()]
    assert "item's criteria" in refusal(m, E.EVALUATED, {"what": "done", "criteria": {}}).message


# --- closing


@pytest.mark.rule("limit-then")
def test_an_item_is_closed_with_the_reason_that_the_plan_gives() -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], 0, "close"))).do("a").pause().reject("g")
    assert "no gate that was rejected" in refusal(m, E.ITEM_CLOSED, {"reason": "no"}).message
    m.go_on()
    assert (m.status, m.state.ended_at) == ("closed", len(m.events))
    assert not m.state.by_intake


# --- what outlives it


@pytest.mark.rule("over-is-over")
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (E.NOTED, {"note": 1, "text": "x"}),
        (E.NOTE_RESOLVED, {"note": 1, "reason": "r"}),
    ],
)
def test_notes_outlive_an_item_that_was_closed(kind: E, data: dict[str, Any]) -> None:
    m = Memory(plan(work("a"), intake=("crew",)))
    if kind is E.NOTE_RESOLVED:
        m.say(E.NOTED, note=1, text="x")
    m.accept(decision="close").put(Event(kind, data))
    assert m.status == "closed"


# --- transfers


def test_an_item_and_its_steps_are_transferred() -> None:
    m = Memory(plan(work("a"), work("b")))
    m.say(E.TRANSFERRED, step=None, to="mira", reason="on leave")
    m.say(E.TRANSFERRED, step="b", to="bea", reason="knows it")
    assert (m.state.owner, m.state.assignees) == ("mira", {"b": "bea"})
    m.say(E.TRANSFERRED, step="b", to="ana", reason="has time")
    assert m.state.assignees == {"b": "ana"}


@pytest.mark.parametrize(
    ("more", "names", "way_out"),
    [
        ({"reason": " "}, "a transfer says why", "--reason WORDS"),
        ({"reason": "", "step": "a"}, "a transfer says why", "--reason WORDS"),
        ({"step": "x"}, "the plan has no step x", "status ITEM"),
    ],
)
def test_a_transfer_that_does_not_fit(more: dict[str, Any], names: str, way_out: str) -> None:
    m = Memory(ONE)
    answer = refusal(m, E.TRANSFERRED, {"step": None, "to": "bea", "reason": "so"} | more)
    assert names in answer.message
    assert way_out in answer.way_out


def test_an_item_that_is_in_intake_is_transferred() -> None:
    m = Memory(plan(auto("a"), intake=("crew",)))
    assert m.say(E.TRANSFERRED, step=None, to="mira", reason="r").state.owner == "mira"
