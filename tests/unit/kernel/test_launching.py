"""What launches, in which order, and what is held by what (SPEC 5.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dovetail.kernel import EventType, Launch
from dovetail.plan.model import Plan
from tests.support.memory import Memory
from tests.support.plans import auto, beside, gate, integrate, plan, work

Script = Callable[[Memory], object]

DIAMOND = plan(work("a"), work("b", parallel=True), work("c", parallel=True), work("d"))
FAN = plan(*(work(k, parallel=True, order=1) for k in "cab"))
LANES = plan(work("low", needs=[]), work("high", needs=[]), work("top", needs=[]))
MIXED = plan(
    work("one", needs=[]),
    work("beside", parallel=True, needs=[]),
    work("two", needs=[]),
    work("after", parallel=True, needs=["two"]),
)


@pytest.mark.rule("canonical-order", "parallel-together", "join-before-launch")
@pytest.mark.parametrize(
    ("made", "script", "launched"),
    [
        pytest.param(DIAMOND, lambda m: m, "a/1", id="a step without inputs launches at once"),
        pytest.param(FAN, lambda m: m, "a/1 b/1 c/1", id="parallel steps launch by key"),
        pytest.param(
            plan(work("z", parallel=True), work("a", parallel=True, needs=[])),
            lambda m: m,
            "z/1 a/1",
            id="the order counts before the key",
        ),
        pytest.param(
            DIAMOND, lambda m: m.do("a"), "a/1 b/1 c/1", id="parallel steps launch together"
        ),
        pytest.param(DIAMOND, lambda m: m.claim("a"), "a/1", id="a claim enables nothing"),
        pytest.param(
            DIAMOND, lambda m: m.do("a", "c"), "a/1 b/1 c/1", id="all inputs have to settle"
        ),
        pytest.param(
            DIAMOND, lambda m: m.do("a", "c", "b"), "a/1 b/1 c/1 d/1", id="the last input enables"
        ),
        pytest.param(LANES, lambda m: m, "low/1", id="of the lane the lowest launches alone"),
        pytest.param(LANES, lambda m: m.do("low"), "low/1 high/1", id="then the next one"),
        pytest.param(MIXED, lambda m: m, "one/1 beside/1", id="the lane holds no parallel step"),
        pytest.param(
            MIXED,
            lambda m: m.do("one", "two"),
            "one/1 beside/1 two/1 after/1",
            id="what a lane step enables need not wait for the lane",
        ),
        pytest.param(
            plan(auto("a"), work("b", parallel=True), gate("g")),
            lambda m: m.do("a", "b"),
            "a/1 b/1 g/1",
            id="automatic work and gates launch like the rest",
        ),
    ],
)
def test_launch_order(made: Plan, script: Script, launched: str) -> None:
    m = Memory(made)
    script(m)
    assert m.launched == launched.split()


def test_a_launch_names_the_rule_that_chose_it() -> None:
    m = Memory(MIXED, follow=False)
    assert m.requests[:2] == [Launch("one", 1, 1, "lane"), Launch("beside", 1, 1, "parallel")]


@pytest.mark.rule("lane-one-at-a-time")
def test_the_lane_is_never_preempted() -> None:
    """A lower step that is ready again waits until the higher one, in flight, has ended."""
    made = plan(
        work("low"),
        gate("check", ["low"], 1, parallel=True, needs=["low"]),
        work("high", needs=[]),
    )
    m = Memory(made).do("low").claim("high").reject("check")
    assert m.open == ["high/1"]
    assert m.held["low"] == ("lane", ("high",))
    assert m.complete("high").open == ["low/2"]


@pytest.mark.parametrize(
    ("made", "script", "step", "why"),
    [
        pytest.param(
            DIAMOND,
            lambda m: m.do("a", "b"),
            "d",
            ("join", ("c",)),
            id="join: what has not settled",
        ),
        pytest.param(LANES, lambda m: m, "high", ("lane", ("low",)), id="lane: the one before it"),
        pytest.param(
            DIAMOND,
            lambda m: m.claim("a").fail("a"),
            "a",
            ("requeue", ("a/1",)),
            id="requeue: the failed attempt",
        ),
        pytest.param(
            plan(work("a", attempts=1)),
            lambda m: m.claim("a").fail("a"),
            "a",
            ("attempts", ("1 of 1 failed",)),
            id="attempts: how many failed of how many",
        ),
        pytest.param(
            DIAMOND,
            lambda m: m.block("credentials", "b").do("a"),
            "b",
            ("blocker", ("credentials (blocker 1)",)),
            id="blocker: its type and number",
        ),
        pytest.param(
            plan(work("a", parallel=True), integrate("i", needs=[])),
            lambda m: m,
            "i",
            ("join", ("a/1",)),
            id="integration: what is in flight",
        ),
        pytest.param(
            plan(work("a"), work("b"), gate("h", ["a"], parallel=True, needs=["a"])),
            lambda m: m.do("a").block("credentials", "a").reject("h"),
            "a",
            ("blocker", ("credentials (blocker 1)",)),
            id="blocker: also of a step that rework reopened",
        ),
        pytest.param(
            plan(work("a"), work("b"), gate("h", ["a"], parallel=True, needs=["a"])),
            lambda m: m.do("a").claim("b").reject("h"),
            "a",
            ("draining", ("b/1",)),
            id="draining: the attempts that rework overtook",
        ),
    ],
)
def test_a_hold_says_why_and_on_what(
    made: Plan, script: Script, step: str, why: tuple[str, tuple[str, ...]]
) -> None:
    m = Memory(made)
    script(m)
    assert m.held[step] == why


@pytest.mark.rule("lane-one-at-a-time")
def test_a_step_that_waits_for_its_turn_in_one_decision_names_the_step_that_has_it() -> None:
    """Rework made two steps of the lane ready that no lane edge keeps apart."""
    made = plan(
        work("a"),
        work("b", needs=[]),
        gate("h", ["a"], 1, parallel=True, needs=["a"]),
        work("c", needs=["b"]),
    )
    m = Memory(made).do("a").claim("b").reject("h")
    m.follow = False
    m.complete("b")
    assert m.launches == ["a"]
    assert m.held["c"] == ("lane", ("a",))


@pytest.mark.rule("lane-edge")
def test_two_lane_steps_that_rework_made_ready_go_one_after_the_other() -> None:
    """Lane edges are no flow edges: what only came later in the lane keeps its result."""
    made = plan(
        work("a"),
        work("b", needs=[]),
        gate("g", ["a"], parallel=True, needs=["a"]),
        gate("h", ["b"], parallel=True, needs=["b"]),
    )
    m = Memory(made).do("a", "b").reject("g").reject("h")
    assert m.open == ["a/2"]
    assert m.held["b"] == ("lane", ("a",))
    assert m.do("a").open == ["b/2", "g/2"]


def test_what_nothing_upstream_has_reached_is_not_mentioned() -> None:
    assert Memory(DIAMOND).held == {}


@pytest.mark.parametrize("driven", [True, False], ids=["the driver", "a command"])
def test_automatic_work_is_launched_by_the_driver_alone(driven: bool) -> None:
    m = Memory(plan(auto("a"), work("b")), driven=driven)
    assert m.open == (["a/1"] if driven else [])
    assert m.launches == ([] if driven else ["a"])


# --- integration


@pytest.mark.rule("integration-alone")
def test_integration_waits_for_what_launches_with_it() -> None:
    """Whatever is in flight comes first, also when it would launch in the same decision."""
    made = plan(integrate("i", needs=[]), work("beside", parallel=True, needs=[]))
    m = Memory(made, follow=False)
    assert m.launches == ["beside"]
    assert m.held == {"i": ("join", ("beside/1",))}


@pytest.mark.rule("integration-alone")
def test_nothing_launches_beside_an_integration_that_nobody_has_claimed() -> None:
    made = plan(
        *beside("a"), integrate("i", needs=[]), work("b", parallel=True, needs=["a"]), work("z")
    )
    m = Memory(made, follow=False).queue("a").do("a")
    assert m.held["i"] == ("join", ("b/1",))
    made = plan(integrate("i", needs=[]), work("b", parallel=True, needs=[], when="asked"))
    m = Memory(made, follow=False).queue("i")
    m.say(EventType.EVALUATED, what="when", step="b", generation=1, holds=True)
    assert m.held["b"] == ("join", ("i/1",))


@pytest.mark.rule("integration-alone")
def test_integration_names_what_it_waits_for_in_canonical_order() -> None:
    made = plan(*beside("z", "a"), integrate("i", needs=[]))
    m = Memory(made).claim("z").fail("z").requeue("z")
    assert m.open == ["a/1", "z/2"]
    assert m.held["i"] == ("join", ("z/2", "a/1"))


@pytest.mark.rule("integration-alone")
def test_of_two_integrations_one_goes_first() -> None:
    made = plan(integrate("i", parallel=True), integrate("j", parallel=True))
    m = Memory(made, follow=False)
    assert m.launches == ["i"]
    assert m.held == {"j": ("join", ("i/1",))}


@pytest.mark.rule("integration-alone")
def test_nothing_launches_beside_integration() -> None:
    made = plan(integrate("i", needs=[]), work("beside", parallel=True, attempts=2, needs=[]))
    m = Memory(made)
    m.claim("beside").fail("beside")
    assert m.open == ["i/1"]
    m.requeue("beside")
    assert m.held["beside"] == ("join", ("i/1",))
    assert m.do("i").open == ["beside/2"]


def test_integration_waits_for_every_blocker_and_crosses_into_the_baseline() -> None:
    m = Memory(plan(work("a", parallel=True), work("b", parallel=True), integrate("i")))
    m.do("a", "b")
    assert m.open == ["i/1"]
    assert m.state.baseline == "pre"
    m.do("i")
    assert m.state.baseline == "post"
    assert m.status == "completed"


@pytest.mark.rule("integration-passes-no-blocker")
def test_a_blocker_on_any_step_holds_integration() -> None:
    made = plan(work("a"), work("b", parallel=True), integrate("i", needs=["a"]))
    m = Memory(made).block("credentials", "b").do("a")
    assert m.held["i"] == ("blocker", ("credentials (blocker 1)",))
    m.unblock()
    assert m.open == ["b/1"]
    assert m.do("b").open == ["i/1"]


# --- conditions

CHOICE = plan(
    work("a"), work("b", parallel=True, when="asked", skip_say="Not asked for"), work("c")
)


def evaluations(m: Memory) -> list[tuple[str, int]]:
    found = (e.data for e in m.events if e.type is EventType.EVALUATED)
    return [(d["step"], d["generation"]) for d in found]


@pytest.mark.rule("condition-false-skips")
@pytest.mark.parametrize(
    ("holds", "launched", "phase"),
    [
        pytest.param(True, "a/1 b/1", "queued", id="true launches"),
        pytest.param(False, "a/1 c/1", "skipped", id="false skips, and the skip settles"),
    ],
)
def test_a_condition(holds: bool, launched: str, phase: str) -> None:
    m = Memory(CHOICE, {"b": holds}).do("a")
    assert m.launched == launched.split()
    assert m.phase("b") == phase
    assert evaluations(m) == [("b", 1)]


@pytest.mark.rule("condition-false-skips")
@pytest.mark.parametrize(
    ("skip_say", "reason"), [("Not asked for", "Not asked for"), (None, "not asked")]
)
def test_a_skip_says_why(skip_say: str | None, reason: str) -> None:
    m = Memory(plan(work("a", when="asked", skip_say=skip_say)), {"a": False})
    assert m.state.steps[0].reason == reason
    assert m.told(EventType.SKIPPED) == [{"step": "a", "generation": 1, "reason": reason}]
    assert m.status == "completed"


@pytest.mark.rule("condition-once")
def test_a_condition_is_not_asked_for_before_the_join_is_satisfied() -> None:
    assert Memory(CHOICE, follow=False).launches == ["a"]
    assert evaluations(Memory(CHOICE)) == []


@pytest.mark.rule("condition-once")
def test_a_condition_is_evaluated_while_the_lane_still_holds_the_step() -> None:
    m = Memory(plan(work("a"), work("b", needs=[], when="asked")))
    assert evaluations(m) == [("b", 1)]
    assert m.held["b"] == ("lane", ("a",))


@pytest.mark.rule("condition-once")
def test_a_condition_is_evaluated_when_the_join_is_satisfied_whoever_has_the_lane() -> None:
    m = Memory(plan(work("a"), work("b", needs=[]), work("c", needs=["a"], when="asked"))).do("a")
    assert (m.open, evaluations(m)) == (["b/1"], [("c", 1)])
    assert m.held["c"] == ("lane", ("b",))


@pytest.mark.rule("lane-edge")
def test_a_decision_does_not_look_at_what_the_lane_holds() -> None:
    m = Memory(plan(work("a"), work("b", needs=[]), work("c", needs=["a"]))).do("a")
    assert (m.requests, m.held) == ([], {"c": ("lane", ("b",))})


@pytest.mark.rule("lane-edge")
def test_a_skip_settles_the_lane_edge() -> None:
    m = Memory(plan(work("a", needs=[], when="asked"), work("b", needs=[])), {"a": False})
    assert m.open == ["b/1"]


@pytest.mark.rule("condition-once")
def test_a_condition_is_evaluated_once_a_generation() -> None:
    made = plan(work("a"), work("b", when="asked", attempts=2), gate("g", ["a"], 2))
    m = Memory(made, {"b": [True, False, True]}).do("a").claim("b").fail("b").requeue("b").do("b")
    assert evaluations(m) == [("b", 1)]
    m.reject("g").do("a")
    assert m.phase("b") == "skipped"
    m.reject("g").do("a")
    assert m.phase("b") == "queued"
    assert evaluations(m) == [("b", 1), ("b", 2), ("b", 3)]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(plan(work("a", when="asked")), id="of a step that nothing else holds"),
        pytest.param(
            plan(work("z"), work("a", when="asked", needs=[])), id="of a step that the lane holds"
        ),
    ],
)
def test_a_condition_that_cannot_be_told_blocks_once_and_is_asked_again_after(made: Plan) -> None:
    m = Memory(made, {"a": None})
    assert [(b.type, b.steps, b.open) for b in m.state.blockers] == [
        ("expression-error", ("a",), True)
    ]
    m.unblock()
    assert len(m.state.blockers) == 2
    m.world.conditions = {"a": True}
    m.unblock()
    assert evaluations(m) == [("a", 1)]


def test_a_condition_waits_for_no_overtaken_attempt() -> None:
    """A join that is satisfied is enough; only the launch waits for what drains."""
    made = plan(
        work("a", when="asked"),
        work("b", parallel=True, needs=["a"]),
        gate("g", ["a"], parallel=True, needs=["a"]),
    )
    m = Memory(made).do("a").claim("b").reject("g")
    assert m.held["a"] == ("draining", ("b/1",))
    assert evaluations(m) == [("a", 1), ("a", 2)]


@pytest.mark.rule("intake-first", "over-is-over")
def test_nothing_is_asked_for_before_intake_nor_after_the_end() -> None:
    m = Memory(plan(work("a"), intake=("crew",)))
    assert m.requests == []
    assert m.accept().open == ["a/1"]
    assert m.do("a").requests == []
