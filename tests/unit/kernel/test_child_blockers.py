"""Blockers of children, as they show on their parent (SPEC 5.7)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.plan.model import Gate
from tests.support.calls import calling, of, started
from tests.support.memory import Memory
from tests.support.plans import beside, call, plan, work
from tests.support.refusals import refusal
from tests.support.world import World


@pytest.mark.rule("child-blocker")
def test_a_blocker_of_a_child_shows_on_its_parent_and_holds_the_next_child() -> None:
    m = calling("a", "b").block("their-own", "do", child="a-1")
    (blocker,) = m.state.open_blockers()
    assert (blocker.child, blocker.type) == ("a-1", "their-own")
    assert m.status == "blocked"
    m.unblock(child="a-1").settle("do", "a")
    assert started(m) == ["a", "b"]


@pytest.mark.rule("child-blocker")
def test_the_blocker_of_a_child_goes_with_the_child() -> None:
    m = (
        calling("a", "b", concurrent=True)
        .block("x", "do", child="a-1")
        .block("x", "do", child="b-1")
    )
    m.settle("do", "a", status="closed")
    assert [(b.child, b.open) for b in m.state.blockers] == [("a-1", False), ("b-1", True)]
    assert m.state.unresolved == 1
    m.settle("do", "b")
    assert (m.state.unresolved, m.open) == (0, ["z/1"])


@pytest.mark.rule("child-blocker")
@pytest.mark.parametrize(
    ("script", "child"),
    [
        pytest.param(lambda m: m, "b-1", id="a child that has not started"),
        pytest.param(lambda m: m, "x-9", id="another item"),
        pytest.param(lambda m: m.settle("do", "a"), "a-1", id="a child that has ended"),
    ],
)
def test_only_a_child_under_way_has_blockers(script: Any, child: str) -> None:
    m = calling("a", "b")
    script(m)
    said = {"blocker": 1, "type": "x", "steps": ["do"], "reason": "r", "child": child}
    assert f"{child} is no child of the item that is under way" in (
        refusal(m, E.BLOCKED, said).message
    )


@pytest.mark.rule("child-blocker")
def test_an_item_without_children_shows_none() -> None:
    m = Memory(plan(work("a")))
    said = {"blocker": 1, "type": "x", "steps": [], "reason": "r", "child": "a-1"}
    assert "no child of the item" in refusal(m, E.BLOCKED, said).message


@pytest.mark.rule("child-blocker")
@pytest.mark.parametrize("child", [None, "b-1"])
def test_the_blocker_of_a_child_is_resolved_in_the_child(child: str | None) -> None:
    m = calling("a").block("x", "do", child="a-1")
    said = {"blocker": 1, "notes": "n"} | ({"child": child} if child else {})
    answer = refusal(m, E.UNBLOCKED, said)
    assert "blocker 1 is the child's: a-1" in answer.message
    assert answer.way_out == "dovetail unblock a-1"


def test_a_blocker_of_the_item_is_no_childs() -> None:
    m = calling("a").block("credentials")
    assert "blocker 1" in refusal(m, E.UNBLOCKED, {"blocker": 1, "child": "a-1"}).message


# --- the child's limits are not the call's

OWN = ["attempts-exhausted", "rework-limit", "entry-unmet", "done-unmet", "expression-error"]


@pytest.mark.rule("child-blocker", "unblock-grants-one")
@pytest.mark.parametrize("kind", OWN)
def test_resolving_a_childs_limit_grants_the_call_nothing(kind: str) -> None:
    m = calling("a").block(kind, "do", child="a-1").unblock(child="a-1")
    step = m.step("do")
    assert (step.phase, step.granted, step.reworks_granted) == ("claimed", 0, 0)
    assert m.open == ["do/1"]


@pytest.mark.rule("child-blocker", "raised-goes-with-it")
@pytest.mark.parametrize("kind", OWN)
def test_a_childs_blocker_shows_until_the_child_ends(kind: str) -> None:
    m = calling("a").block(kind, "do", child="a-1").rework("do")
    assert m.blockers == [kind]
    assert m.settle("do/1", "a").blockers == []


@pytest.mark.rule("child-blocker", "losers-leave")
def test_the_blocker_of_a_child_of_a_loser_shows_until_the_child_ends() -> None:
    made = plan(*beside("x"), call("do", parallel=True), work("j", needs=["x", "do"], join="any"))
    m = Memory(made, world=World(children={"do": of("a")}))
    m.claim("x").block("attempts-exhausted", "do", child="a-1").complete("x")
    assert m.blockers == ["attempts-exhausted"]
    assert m.settle("do/1", "a").blockers == []


@pytest.mark.rule("child-blocker", "system-blocker-due")
def test_a_childs_blocker_does_not_hide_the_calls_own() -> None:
    review = Gate(reject=("a",), limit=0)
    made = plan(work("a"), call("do", pause=review, concurrent=True))
    m = Memory(made, world=World(children={"do": of("x", "y")}, pauses={"x": True})).do("a")
    m.settle("do", "x").block("rework-limit", "do", child="y-1").reject("do", child="x")
    assert [b.child for b in m.state.open_blockers()] == ["y-1", None]
