"""What a call does not ask for, and children that there are not (SPEC 2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import Spawn
from tests.support.calls import asked, calling, of
from tests.support.memory import Memory
from tests.support.plans import auto, call, plan
from tests.support.refusals import refusal
from tests.support.world import World

# --- what does not fit


SAID: dict[E, dict[str, Any]] = {
    E.EXPANDED: {"version": "1.0.0", "children": []},
    E.CHILD_STARTED: {"child": "a", "item": "x", "supersedes": None},
    E.CHILD_SETTLED: {"child": "a", "status": "completed", "outputs": {}},
    E.CHILD_RENDERED: {"child": "a", "artifacts": {}},
    E.CHILDREN_ABSORBED: {"children": ["a"]},
    E.PAUSED: {"child": "a"},
}


@pytest.mark.parametrize("kind", SAID)
@pytest.mark.parametrize(
    ("step", "number", "names"),
    [("do", 2, "no attempt do/2"), ("b", 1, "b is not a call but run"), ("x", 1, "no attempt x/1")],
)
def test_what_is_no_call_has_no_children(kind: E, step: str, number: int, names: str) -> None:
    made = plan(call("do", parallel=True), auto("b", parallel=True))
    m = Memory(made, world=World(children={"do": of("a")}))
    said = {"step": step, "attempt": number} | SAID[kind]
    assert names in refusal(m, kind, said).message


@pytest.mark.parametrize("kind", SAID)
def test_a_call_that_is_over_asks_for_nothing(kind: E) -> None:
    m = calling("a").settle("do", "a")
    answer = refusal(m, kind, {"step": "do", "attempt": 1} | SAID[kind])
    assert "do/1 is completed, not under way" in answer.message
    assert answer.stale is (kind is not E.EXPANDED)


@pytest.mark.parametrize("kind", [k for k in SAID if k is not E.EXPANDED])
def test_before_its_children_are_known_a_call_asks_for_them_alone(kind: E) -> None:
    m = Memory(plan(call("do")), follow=False)
    m.queue("do")
    queued = refusal(m, E.EXPANDED, {"step": "do", "attempt": 1} | SAID[E.EXPANDED])
    assert "do/1 is queued, not under way" in queued.message
    m.claim("do")
    answer = refusal(m, kind, {"step": "do", "attempt": 1} | SAID[kind])
    assert "the children of do/1 are not known yet" in answer.message
    assert answer.way_out == "dovetail run ITEM"


@pytest.mark.parametrize("kind", [k for k in SAID if k not in (E.EXPANDED, E.CHILDREN_ABSORBED)])
def test_a_child_that_there_is_not(kind: E) -> None:
    m = calling("a", "b")
    answer = refusal(m, kind, {"step": "do", "attempt": 1} | SAID[kind] | {"child": "y"})
    assert "there is no child y; there are a, b" in answer.message


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        pytest.param(E.EXPANDED, {}, id="its children are known"),
        pytest.param(E.CHILD_STARTED, {}, id="a child that has started"),
        pytest.param(E.CHILD_STARTED, {"child": "b"}, id="a child before its turn"),
        pytest.param(E.CHILD_SETTLED, {"child": "b"}, id="a child that has not started"),
        pytest.param(E.CHILD_RENDERED, {}, id="what is not to be rendered"),
        pytest.param(E.CHILDREN_ABSORBED, {}, id="a result that there is not"),
        pytest.param(E.CHILDREN_ABSORBED, {"children": ["y"]}, id="nobody's result"),
        pytest.param(E.PAUSED, {}, id="a pause that nothing asks for"),
    ],
)
def test_what_a_call_does_not_ask_for(kind: E, more: dict[str, Any]) -> None:
    m = calling("a", "b", after=True)
    said = {"step": "do", "attempt": 1} | SAID[kind] | more
    answer = refusal(m, kind, said)
    assert "do/1" in answer.message
    assert answer.stale is (kind in (E.EXPANDED, E.CHILD_SETTLED))


@pytest.mark.parametrize("supersedes", ["a-0", ""])
def test_a_child_supersedes_what_the_plan_says(supersedes: str) -> None:
    m = calling("a", "b", integrate_each="child").pause().settle("do", "a")
    m.say(E.CHILDREN_ABSORBED, step="do", attempt=1, children=["a"])
    assert asked(m) == [Spawn("do", 1, "b")]
    said = {"step": "do", "attempt": 1, "child": "b", "item": "x", "supersedes": supersedes}
    answer = refusal(m, E.CHILD_STARTED, said)
    assert "do/1 does not ask for this now" in answer.message
    assert answer.way_out == "dovetail status ITEM"
