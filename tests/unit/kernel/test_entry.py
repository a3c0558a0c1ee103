"""Entry criteria, and what an integration requires: looked at before each attempt (SPEC 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Block, Hold, Launch, Probe, entry_criteria
from dovetail.kernel import EventType as E
from dovetail.plan.model import Check, Constraint
from tests.support.memory import Memory
from tests.support.plans import Sketch, auto, beside, gate, integrate, plan, work
from tests.support.refusals import refusal
from tests.support.world import World

SIZE, PAPER = Check("size", "size(params.text) > 0"), Check("paper", "params.paper")
ONE = plan(work("a", entry=(SIZE, PAPER)), work("b"))


def looked(m: Memory) -> list[tuple[str, int, int]]:
    """Give which attempts entry criteria were looked at for."""
    asked = [d for d in m.told(E.EVALUATED) if d["what"] == "entry"]
    return [(d["step"], d["generation"], d["attempt"]) for d in asked]


def unmet(**steps: Any) -> World:
    return World(unmet=steps)


@pytest.mark.rule("entry-each-attempt")
@pytest.mark.parametrize(
    ("sketch", "ids"),
    [
        pytest.param(work("a"), (), id="none"),
        pytest.param(work("a", entry=(SIZE, PAPER)), ("size", "paper"), id="a step's"),
        pytest.param(integrate("a", require=(PAPER,)), ("paper",), id="what integration requires"),
        pytest.param(
            integrate("a", require=(PAPER,), entry=(SIZE,)), ("size", "paper"), id="both, in order"
        ),
    ],
)
def test_what_has_to_hold_before_a_launch(sketch: Sketch, ids: tuple[str, ...]) -> None:
    made = plan(sketch)
    assert entry_criteria(made.steps[0]) == ids
    m = Memory(made, follow=False)
    assert isinstance(m.requests[0], Probe if ids else Launch)


@pytest.mark.rule("entry-each-attempt")
def test_criteria_that_hold_let_the_step_launch() -> None:
    m = Memory(ONE, follow=False)
    assert m.requests == [Probe("entry", "a", 1, 1)]
    m.go_on()
    assert (m.open, looked(m)) == (["a/1"], [("a", 1, 1)])


@pytest.mark.rule("entry-unmet-blocks")
@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        (["size"], ("size",)),
        (["paper", "size"], ("size", "paper")),
    ],
)
def test_criteria_that_do_not_hold_hold_the_step(
    lacking: list[str], named: tuple[str, ...]
) -> None:
    m = Memory(ONE, world=unmet(a=lacking))
    (blocker,) = m.state.open_blockers()
    assert (blocker.type, blocker.steps) == ("entry-unmet", ("a",))
    assert blocker.reason == f"a can't start: {', '.join(named)} does not hold"
    assert (m.open, m.held, m.status) == ([], {"a": ("entry", named)}, "blocked")


@pytest.mark.rule("entry-unmet-blocks")
@pytest.mark.parametrize("found", [{}, {"size": True}, {"size": True, "paper": 1}])
def test_a_criterion_holds_when_it_is_exactly_true(found: dict[str, Any]) -> None:
    m = Memory(ONE, follow=False)
    told = {"what": "entry", "step": "a", "generation": 1, "attempt": 1}
    m.say(E.EVALUATED, **told, criteria=found)
    assert m.step("a").entered is False
    assert m.step("a").unmet == tuple(
        c for c in ("size", "paper") if c not in found or c == "paper"
    )


@pytest.mark.rule("entry-unmet-blocks", "unblock-grants-one")
def test_they_are_looked_at_again_when_somebody_resolves_it() -> None:
    m = Memory(ONE, world=unmet(a=["size"]))
    m.unblock()
    assert (len(m.state.blockers), looked(m)) == (2, [("a", 1, 1)] * 2)
    m.world.unmet.clear()
    assert m.unblock().open == ["a/1"]
    assert m.step("a").granted == 0


@pytest.mark.rule("entry-unmet-blocks")
def test_the_blocker_is_raised_once() -> None:
    made = plan(work("a", parallel=True, entry=(SIZE,)), *beside("b", "c"))
    m = Memory(made, world=unmet(a=["size"])).do("b")
    assert m.blockers == ["entry-unmet"]
    assert len(m.state.blockers) == 1


@pytest.mark.rule("entry-unmet-blocks")
def test_what_comes_beside_goes_on() -> None:
    made = plan(work("a", parallel=True, entry=(SIZE,)), *beside("b"), work("c"))
    m = Memory(made, world=unmet(a=["size"]))
    assert m.open == ["b/1"]
    assert m.do("b").held["c"] == ("join", ("a",))


@pytest.mark.rule("entry-each-attempt")
def test_each_attempt_and_each_generation_looks_anew() -> None:
    made = plan(work("a", entry=(SIZE,)), gate("g", ["a"]))
    m = Memory(made).claim("a").fail("a").requeue("a").do("a").reject("g")
    assert looked(m) == [("a", 1, 1), ("a", 1, 2), ("a", 2, 3)]


@pytest.mark.rule("entry-each-attempt")
def test_what_held_in_one_generation_may_not_hold_in_the_next() -> None:
    made = plan(work("a", entry=(SIZE,)), gate("g", ["a"]))
    m = Memory(made).do("a")
    m.world.unmet["a"] = ["size"]
    m.reject("g")
    assert m.held["a"] == ("entry", ("size",))


@pytest.mark.rule("raised-goes-with-it")
def test_rework_looks_anew_and_drops_the_blocker() -> None:
    made = plan(work("a"), work("b", entry=(SIZE,)))
    m = Memory(made, world=unmet(b=["size"])).do("a")
    m.world.unmet.clear()
    m.rework("a").do("a")
    assert (m.blockers, m.open) == ([], ["b/1"])


@pytest.mark.rule("entry-each-attempt")
@pytest.mark.parametrize(
    ("made", "world"),
    [
        pytest.param(
            plan(work("a"), work("b", needs=[], entry=(SIZE,))), World(), id="its lane is not free"
        ),
        pytest.param(
            plan(*beside("a"), work("b", needs=["a"], entry=(SIZE,))), World(), id="its join waits"
        ),
    ],
)
def test_they_are_not_looked_at_while(made: Any, world: World) -> None:
    m = Memory(made, world=world)
    assert looked(m) == []
    assert looked(m.do("a")) == [("b", 1, 1)]


@pytest.mark.rule("entry-each-attempt")
def test_they_are_not_looked_at_under_a_blocker() -> None:
    m = Memory(plan(work("a"), work("b", entry=(SIZE,))))
    m.block("credentials", "b").do("a")
    assert looked(m) == []
    assert looked(m.unblock()) == [("b", 1, 1)]


LANES = plan(
    work("a", entry=(SIZE,)),
    work("b", needs=[]),
    gate("h", ["a"], parallel=True, needs=["a"]),
    work("c", needs=["b"], entry=(SIZE,)),
)
"""Rework to `a` while `b` is in flight makes two steps ready that no lane edge keeps apart."""


@pytest.mark.rule("lane-one-at-a-time")
def test_a_step_whose_criteria_are_looked_at_has_its_turn_in_the_lane() -> None:
    m = Memory(LANES).do("a").claim("b").reject("h").pause()
    m.complete("b")
    assert m.requests == [Probe("entry", "a", 2, 2), Hold("c", "lane", ("a",))]
    assert m.go_on().open == ["a/2"]
    assert looked(m) == [("a", 1, 1), ("a", 2, 2)]


@pytest.mark.rule("lane-one-at-a-time")
def test_a_step_whose_criteria_do_not_hold_has_no_turn() -> None:
    m = Memory(LANES).do("a").claim("b").reject("h")
    m.world.unmet["a"] = ["size"]
    m.complete("b")
    assert m.open == ["c/1"]
    assert m.held["a"] == ("entry", ("size",))


def test_criteria_are_looked_at_before_slots_are_asked_for() -> None:
    made = plan(
        *beside("a", uses=("desk",)),
        work("b", parallel=True, needs=[], entry=(SIZE,), uses=("desk",)),
        constraints={"desk": Constraint("item")},
    )
    m = Memory(made, follow=False)
    assert m.requests == [Launch("a", 1, 1, "parallel"), Probe("entry", "b", 1, 1)]
    assert m.go_on().held["b"] == ("constraint", ("desk (a/1)",))


def test_a_condition_comes_first() -> None:
    m = Memory(plan(work("a", when="asked", entry=(SIZE,))), follow=False)
    assert m.requests == [Probe("when", "a", 1)]
    m = Memory(plan(work("a", when="asked", entry=(SIZE,))), {"a": False})
    assert (looked(m), m.status) == ([], "completed")


@pytest.mark.rule("system-blocker-due")
@pytest.mark.parametrize("made", [ONE, plan(auto("a", entry=(SIZE,)))], ids=["external", "run"])
def test_criteria_that_can_not_be_told_block_until_they_can(made: Any) -> None:
    m = Memory(made, world=unmet(a=None))
    assert [(b.type, b.steps) for b in m.state.open_blockers()] == [("expression-error", ("a",))]
    m.world.unmet.clear()
    assert m.unblock().open == ["a/1"]


@pytest.mark.rule("system-blocker-due")
def test_nothing_is_unmet_before_it_was_looked_at() -> None:
    m = Memory(ONE, follow=False)
    said = {"blocker": 1, "type": "entry-unmet", "steps": ["a"], "reason": "a can't start"}
    assert "nothing calls for entry-unmet of a" in refusal(m, E.BLOCKED, said).message


@pytest.mark.rule("system-blocker-due")
@pytest.mark.parametrize(
    "more", [{}, {"reason": "another"}, {"steps": []}, {"steps": ["b"]}, {"source": ["a", 1]}]
)
def test_what_is_unmet_is_recorded_as_it_is(more: dict[str, Any]) -> None:
    m = Memory(ONE, world=unmet(a=["size"]), follow=False)
    m.put(m.world.answer(ONE, m.state, m.requests[0]))
    reason = "a can't start: size does not hold"
    assert m.requests[0] == Block("entry-unmet", ("a",), reason)
    said = {"blocker": 1, "type": "entry-unmet", "steps": ["a"], "reason": reason} | more
    if more:
        assert "nothing calls for" in refusal(m, E.BLOCKED, said).message
    else:
        assert m.say(E.BLOCKED, **said).blockers == ["entry-unmet"]


# --- what integration requires


@pytest.mark.rule("entry-each-attempt", "entry-unmet-blocks")
def test_an_integration_that_lacks_what_it_requires_does_not_launch() -> None:
    m = Memory(plan(work("a"), integrate("i", require=(PAPER,))), world=unmet(i=["paper"]))
    m.do("a")
    assert m.held["i"] == ("entry", ("paper",))
    m.world.unmet.clear()
    assert m.unblock().do("i").state.baseline == "post"
