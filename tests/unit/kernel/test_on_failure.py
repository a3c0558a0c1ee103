"""Exhausted automatic steps that send the item back (SPEC 2.2)."""

from __future__ import annotations

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import Rework
from dovetail.plan.model import Plan
from tests.support.memory import Memory
from tests.support.plans import auto, beside, gate, integrate, plan, work
from tests.support.refusals import refusal


def retreating(limit: int = 1, attempts: int = 1, to: tuple[str, ...] = ("a",)) -> Plan:
    last = auto("b", attempts=attempts, on_failure=to, failure_limit=limit)
    return plan(work("a"), last, work("c"))


@pytest.mark.rule("on-failure")
def test_an_exhausted_step_sends_the_item_back() -> None:
    m = Memory(retreating(attempts=2)).do("a").fail("b")
    assert m.open == ["b/2"]
    m.pause().fail("b", reason="no luck")
    assert m.requests == [Rework("b", 2, "a", "b failed 2 times: no luck")]
    m.go_on()
    assert (m.open, m.blockers) == (["a/2"], [])
    assert m.step("b").sent_back == ("b", 2)
    assert (m.step("b").retreats, m.step("b").failures) == (1, 0)


@pytest.mark.rule("on-failure")
@pytest.mark.parametrize("limit", [0, 1, 2])
def test_it_does_so_up_to_its_limit_and_then_blocks(limit: int) -> None:
    m = Memory(retreating(limit)).do("a").fail("b")
    for _ in range(limit):
        assert m.blockers == []
        m.do("a").fail("b")
    assert m.blockers == ["attempts-exhausted"]
    assert m.unblock().do("b").open == ["c/1"]


@pytest.mark.rule("on-failure")
def test_the_first_target_that_is_allowed_is_taken() -> None:
    made = plan(
        work("a"),
        work("s", when="asked"),
        auto("b", attempts=1, on_failure=("s", "a"), failure_limit=1),
    )
    m = Memory(made, {"s": False}).do("a").fail("b")
    assert m.open == ["a/2"]
    m = Memory(made).do("a", "s").fail("b")
    assert m.open == ["s/2"]


@pytest.mark.rule("on-failure", "baseline-boundary")
def test_it_does_not_send_the_item_back_across_the_baseline() -> None:
    made = plan(work("a"), integrate("i"), auto("b", attempts=1, on_failure=("a",)))
    m = Memory(made).do("a", "i").fail("b")
    assert m.blockers == ["attempts-exhausted"]


@pytest.mark.rule("on-failure")
def test_a_step_without_it_blocks() -> None:
    m = Memory(plan(work("a"), auto("b", attempts=1))).do("a").fail("b")
    assert m.blockers == ["attempts-exhausted"]


@pytest.mark.rule("on-failure")
def test_it_goes_before_what_another_join_could_do_without_it() -> None:
    """The rework is asked for, though the item could end without the step."""
    made = plan(
        work("a", parallel=True),
        auto("b", parallel=True, needs=["a"], attempts=1, on_failure=("a",)),
        *beside("c", needs=[]),
        work("j", needs=["b", "c"], join="any"),
    )
    m = Memory(made).do("a").fail("b")
    assert m.phase("a") == "queued"


@pytest.mark.rule("on-failure", "system-blocker-due")
def test_while_it_can_send_the_item_back_it_does_not_block() -> None:
    m = Memory(retreating()).do("a").pause().fail("b")
    said = {"blocker": 1, "type": "attempts-exhausted", "steps": ["b"]}
    told = said | {"reason": "b failed 1 times: broke"}
    assert "nothing calls for" in refusal(m, E.BLOCKED, told).message


@pytest.mark.rule("on-failure", "rework-limit")
def test_the_limits_of_two_steps_are_their_own() -> None:
    made = plan(work("a"), auto("b", attempts=1, on_failure=("a",)), gate("g", ["a"], 1), work("z"))
    m = Memory(made).do("a").fail("b").do("a", "b").reject("g").do("a")
    assert m.open == ["g/2"]
    assert (m.step("b").retreats, m.step("g").reworks) == (1, 1)
