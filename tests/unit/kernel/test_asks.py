"""Whether a request for an answer still stands: `asks` agrees with what is decided (SPEC 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dovetail import kernel
from dovetail.kernel import EventType as E
from dovetail.kernel import Hold, Launch, Probe, Request, asks
from dovetail.plan.model import Blocker, Check, Constraint, Gate, Plan, Wip
from tests.support.calls import of
from tests.support.memory import Memory
from tests.support.plans import auto, beside, call, gate, plan, work
from tests.support.world import World

Script = Callable[[Memory], object]

CALLED = plan(work("a"), call("do", pause=Gate(), after=True, integrate_each="child"))
STANDING = [
    pytest.param(plan(work("a", when="x")), lambda m: m, kernel.Probe, id="when"),
    pytest.param(plan(work("a", entry=(Check("c", "x"),))), lambda m: m, kernel.Probe, id="entry"),
    pytest.param(
        plan(work("a"), blockers={"scope": Blocker("S", when="x")}),
        lambda m: m.queue("a").do("a"),
        kernel.Probe,
        id="blockers",
    ),
    pytest.param(
        plan(work("a"), done=(Check("c", "x"),)),
        lambda m: m.queue("a").do("a"),
        kernel.Probe,
        id="done",
    ),
    pytest.param(
        plan(*beside("a", "b"), work("j", needs=["a", "b"], join="any")),
        lambda m: m.queue("a", "b").do("a"),
        kernel.Fire,
        id="fire",
    ),
    pytest.param(
        plan(work("a", when="x")),
        lambda m: m.say(E.EVALUATED, what="when", step="a", generation=1, holds=False),
        kernel.Skip,
        id="skip",
    ),
    pytest.param(
        plan(work("a"), auto("b"), work("c")),
        lambda m: m.go_on().do("a", "b").rework("a").pause().do("a"),
        kernel.Reuse,
        id="reuse",
    ),
    pytest.param(
        plan(work("a"), gate("g", ["a"])),
        lambda m: m.go_on().do("a").pause().reject("g"),
        kernel.Rework,
        id="rework",
    ),
    pytest.param(
        plan(work("a"), gate("g", ["a"], 0, "close")),
        lambda m: m.go_on().do("a").pause().reject("g"),
        kernel.Close,
        id="close",
    ),
    pytest.param(
        plan(work("a", attempts=1)),
        lambda m: m.queue("a").claim("a").fail("a"),
        kernel.Block,
        id="block",
    ),
    pytest.param(plan(work("a"), wip_limit=Wip(1)), lambda m: m, kernel.Admit, id="admit"),
    pytest.param(plan(work("a")), lambda m: m.queue("a").do("a"), kernel.Complete, id="complete"),
    pytest.param(
        CALLED,
        lambda m: m.queue("a").do("a").queue("do").claim("do"),
        kernel.Expand,
        id="expand",
    ),
    pytest.param(
        CALLED, lambda m: m.go_on().do("a").pause().settle("do", "x"), kernel.Render, id="render"
    ),
]


@pytest.mark.parametrize(("made", "script", "kind"), STANDING)
def test_what_is_decided_is_asked_for(made: Plan, script: Script, kind: type[Request]) -> None:
    m = Memory(made, world=World(children={"do": of("x", "y")}), follow=False)
    script(m)
    standing = [r for r in m.requests if not isinstance(r, (Hold, Launch))]
    assert [type(r) for r in standing] == [kind]
    assert asks(made, m.state, standing[0])
    if hasattr(standing[0], "step"):
        other: Any = standing[0]
        assert not asks(made, m.state, replace(other, step="elsewhere"))
    m.answer_some()
    assert not asks(made, m.state, standing[0])


@pytest.mark.parametrize(
    ("made", "script"),
    [
        pytest.param(plan(work("a"), intake=("crew",)), lambda m: m, id="in intake"),
        pytest.param(plan(work("a")), lambda m: m.go_on().do("a"), id="completed"),
        pytest.param(
            plan(work("a"), gate("g", ["a"], 0, "close")),
            lambda m: m.go_on().do("a").reject("g"),
            id="closed",
        ),
    ],
)
def test_nothing_is_asked_of_an_item_that_is_not_in_work(made: Plan, script: Script) -> None:
    m = Memory(made, follow=False)
    script(m)
    for request in (Probe("when", "a", 1), Probe("done"), kernel.Complete(), kernel.Admit()):
        assert not asks(made, m.state, request)


@pytest.mark.rule("after-other-items")
def test_nothing_is_asked_of_an_item_that_waits_for_others() -> None:
    made = plan(work("a", when="x"))
    m = Memory(made, registered={"after": ["WI-1"]}, follow=False)
    assert not asks(made, m.state, Probe("when", "a", 1))
    m.say(E.DEPENDENCY_SETTLED, item="WI-1", status="completed")
    assert asks(made, m.state, Probe("when", "a", 1))


@pytest.mark.rule("wip-limit")
def test_a_condition_is_not_asked_for_before_the_item_has_a_place() -> None:
    made = plan(work("a", when="x"), wip_limit=Wip(1))
    m = Memory(made, follow=False)
    assert not asks(made, m.state, Probe("when", "a", 1))
    m.say(E.ADMITTED)
    assert asks(made, m.state, Probe("when", "a", 1))


@pytest.mark.rule("blockers-before-launches")
def test_while_something_comes_first_nothing_else_is_asked_for() -> None:
    made = plan(
        *beside("a"),
        work("b", parallel=True, needs=[], when="x"),
        blockers={"s": Blocker("S", when="y")},
    )
    m = Memory(made, follow=False).queue("a").do("a")
    assert m.requests == [Probe("blockers", "a", 1, 1)]
    assert not asks(made, m.state, Probe("when", "b", 1))
    m.put(m.world.answer(made, m.state, m.requests[0]))
    assert asks(made, m.state, Probe("when", "b", 1))


@pytest.mark.parametrize(
    "probe",
    [
        Probe("pause", "do", 1, 1, "x", group_last=True, last=False),
        Probe("pause", "do", 1, 2, "x"),
        Probe("pause", "a", 1, 1, "x"),
        Probe("pause", "b", 1, 1, "x"),
        Probe("entry", "do", 1, 1),
        Probe("when", "nowhere", 1),
    ],
    ids=repr,
)
def test_a_question_that_nobody_asks(probe: Probe) -> None:
    m = Memory(CALLED, world=World(children={"do": of("x", "y")})).do("a").settle("do", "x")
    assert not asks(CALLED, m.state, probe)


def test_nothing_is_asked_after_a_call_that_is_over() -> None:
    made = plan(call("do", pause=Gate()), work("z"))
    m = Memory(made, world=World(children={"do": of("x")})).pause().settle("do", "x")
    asked = Probe("pause", "do", 1, 1, "x", group_last=True, last=True)
    assert asks(made, m.state, asked)
    m.go_on()
    assert not asks(made, m.state, asked)


@pytest.mark.rule("item-slots")
def test_entry_criteria_are_asked_for_while_the_slots_are_taken() -> None:
    made = plan(
        *beside("a", uses=("desk",)),
        work("b", parallel=True, needs=[], entry=(Check("c", "x"),), uses=("desk",)),
        constraints={"desk": Constraint("item")},
    )
    m = Memory(made, follow=False).queue("a")
    assert asks(made, m.state, Probe("entry", "b", 1, 1))


@pytest.mark.rule("lane-one-at-a-time")
def test_entry_criteria_are_not_asked_for_while_the_lane_is_taken() -> None:
    made = plan(
        work("a", entry=(Check("c", "x"),)),
        work("b", needs=[]),
        gate("h", ["a"], parallel=True, needs=["a"]),
    )
    m = Memory(made).do("a").claim("b").reject("h").pause()
    assert not asks(made, m.state, Probe("entry", "a", 2, 2))
    m.complete("b")
    assert asks(made, m.state, Probe("entry", "a", 2, 2))
