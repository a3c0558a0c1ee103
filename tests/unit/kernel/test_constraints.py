"""Constraints: slots within an item, and those that it shares with others (SPEC 5.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dovetail.kernel import Acquire, Hold, Launch, Open, global_constraints
from dovetail.kernel import EventType as E
from dovetail.plan.model import Constraint, Plan
from tests.support.memory import Memory
from tests.support.plans import Sketch, auto, beside, gate, integrate, plan, work
from tests.support.refusals import Case, case, refusal
from tests.support.world import World

Script = Callable[[Memory], object]

HERE = {"desk": Constraint("item"), "van": Constraint("item", 2)}
SHARED = {"desk": Constraint("item"), "lab": Constraint("global"), "bus": Constraint("global", 3)}


def using(*sketches: Sketch) -> Plan:
    return plan(*sketches, constraints=HERE)


def sharing(*sketches: Sketch) -> Plan:
    return plan(*sketches, constraints=SHARED)


# --- slots within the item


@pytest.mark.rule("item-slots", "canonical-order")
@pytest.mark.parametrize(
    ("made", "script", "open_", "held"),
    [
        pytest.param(
            using(*beside("a", "b", uses=("desk",))),
            lambda m: m,
            "a/1",
            {"b": "desk (a/1)"},
            id="one slot, in one decision: the first in canonical order",
        ),
        pytest.param(
            using(*beside("a", "b", "c", uses=("van",))),
            lambda m: m,
            "a/1 b/1",
            {"c": "van (a/1, b/1)"},
            id="two slots, in one decision",
        ),
        pytest.param(
            using(*beside("a", "b", "c", uses=("van",))),
            lambda m: m.do("a"),
            "b/1 c/1",
            {},
            id="a slot is free when its attempt is terminal",
        ),
        pytest.param(
            using(*beside("a", "b", uses=("desk",))),
            lambda m: m.claim("a"),
            "a/1",
            {"b": "desk (a/1)"},
            id="not when it is claimed",
        ),
        pytest.param(
            using(*beside("a", "b", uses=("desk",))),
            lambda m: m.claim("a").fail("a"),
            "b/1",
            {"a": "a/1"},
            id="a failed attempt holds none",
        ),
        pytest.param(
            using(work("a", parallel=True, uses=("desk",)), *beside("b")),
            lambda m: m,
            "a/1 b/1",
            {},
            id="who uses nothing lacks nothing",
        ),
        pytest.param(
            using(gate("a", parallel=True, uses=("desk",)), *beside("b", uses=("desk",))),
            lambda m: m,
            "a/1",
            {"b": "desk (a/1)"},
            id="a gate holds its slots while it is open",
        ),
    ],
)
def test_slots(made: Plan, script: Script, open_: str, held: dict[str, str]) -> None:
    m = Memory(made)
    script(m)
    assert " ".join(m.open) == open_
    assert {k: ", ".join(on) for k, (_, on) in m.held.items()} == held


@pytest.mark.rule("constraints-all-at-once")
def test_a_step_takes_all_its_slots_or_none() -> None:
    """`b` lacks the desk and so takes no seat in the van: `c` and `d` get both."""
    made = using(
        *beside("a", uses=("desk",)),
        *beside("b", uses=("desk", "van")),
        *beside("c", "d", uses=("van",)),
    )
    m = Memory(made)
    assert m.open == ["a/1", "c/1", "d/1"]
    assert m.held == {"b": ("constraint", ("desk (a/1)", "van (c/1, d/1)"))}
    m.do("a")
    assert m.held == {"b": ("constraint", ("van (c/1, d/1)",))}
    assert m.do("c").open == ["d/1", "b/1"]


@pytest.mark.rule("item-slots")
def test_a_hold_names_who_is_about_to_take_the_slot() -> None:
    m = Memory(using(*beside("a", "b", uses=("desk",))), follow=False)
    assert m.requests == [
        Launch("a", 1, 1, "parallel"),
        Hold("b", "constraint", ("desk (a)",)),
    ]


@pytest.mark.rule("item-slots")
@pytest.mark.parametrize(
    "free",
    [
        pytest.param(lambda m: m.complete("b/1"), id="completed"),
        pytest.param(lambda m: m.fail("b/1"), id="failed"),
    ],
)
def test_an_overtaken_attempt_keeps_its_slots_until_it_ends(free: Script) -> None:
    made = using(
        work("a", parallel=True),
        work("b", parallel=True, needs=["a"], uses=("desk",)),
        gate("g", ["a"], parallel=True, needs=["a"]),
        work("c", parallel=True, needs=[], uses=("desk",), when="asked"),
    )
    m = Memory(made, {"c": [None, True]}).do("a").claim("b").reject("g")
    m.world.conditions = {}
    m.unblock()
    assert m.held["c"] == ("constraint", ("desk (b/1)",))
    free(m)
    assert m.phase("c") == "queued"


@pytest.mark.rule("item-slots")
def test_a_cancelled_attempt_frees_its_slots() -> None:
    made = using(
        work("a", parallel=True),
        work("b", parallel=True, needs=["a"], uses=("desk",)),
        gate("g", ["a"], parallel=True, needs=["a"]),
        work("c", parallel=True, needs=[], uses=("desk",), when="asked"),
    )
    m = Memory(made, {"c": [None, True]}).do("a")
    m.world.conditions = {}
    assert m.unblock().held["c"] == ("constraint", ("desk (b/1)",))
    m.reject("g")
    assert m.open == ["a/2", "c/1"]


def test_a_held_step_of_the_lane_leaves_the_lane_free() -> None:
    made = using(
        *beside("a", uses=("desk",)),
        work("b", needs=[], uses=("desk",)),
    )
    m = Memory(made)
    assert m.held == {"b": ("constraint", ("desk (a/1)",))}
    assert m.do("a").open == ["b/1"]


# --- shared with other items


@pytest.mark.rule("global-constraints")
@pytest.mark.parametrize(
    ("sketch", "request_"),
    [
        pytest.param(
            auto("a", uses=("bus", "desk", "lab")),
            Acquire("a", 1, 1, "lane", ("bus", "lab")),
            id="automatic: launched with them",
        ),
        pytest.param(auto("a", uses=("desk",)), Launch("a", 1, 1, "lane"), id="none is shared"),
        pytest.param(
            work("a", uses=("desk", "lab")), Launch("a", 1, 1, "lane"), id="external: at the claim"
        ),
        pytest.param(gate("a", uses=("lab",)), Open("a", 1, 1, "lane"), id="a gate runs nothing"),
    ],
)
def test_how_shared_constraints_are_asked_for(sketch: Sketch, request_: object) -> None:
    assert Memory(sharing(sketch), follow=False).requests == [request_]


@pytest.mark.rule("global-constraints")
def test_the_shared_ones_of_a_step() -> None:
    made = sharing(work("a", uses=("bus", "desk", "lab")), work("b"))
    assert global_constraints(made, made.steps[0]) == ("bus", "lab")
    assert global_constraints(made, made.steps[1]) == ()


@pytest.mark.rule("global-constraints")
def test_automatic_work_waits_until_its_slots_are_free() -> None:
    made = sharing(auto("a", parallel=True, uses=("lab",)), *beside("b"))
    m = Memory(made, world=World(taken={"lab"}))
    assert m.open == ["b/1"]
    (decision,) = m.told(E.SCHEDULED)
    assert decision["ready"] == ["a", "b"]
    assert decision["held"] == [{"step": "a", "why": "constraint", "on": ["lab"]}]
    m.world.taken.clear()
    m.go_on()
    assert m.open == ["b/1", "a/1"]
    assert m.told(E.CLAIMED)[-1]["granted"] == ["lab"]


@pytest.mark.rule("global-constraints")
def test_slots_of_shared_constraints_are_not_counted_here() -> None:
    """Who grants them sees all items; the kernel sees one."""
    m = Memory(sharing(*(auto(k, parallel=True, uses=("lab",)) for k in "ab")))
    assert m.open == ["a/1", "b/1"]


def test_a_lane_step_that_waits_for_a_shared_slot_has_its_turn() -> None:
    made = sharing(auto("a", needs=[], uses=("lab",)), work("b", needs=[]))
    m = Memory(made, world=World(taken={"lab"}))
    assert (m.open, m.held) == ([], {"b": ("lane", ("a",))})


# --- the claim

CLAIMED = sharing(work("a", uses=("bus", "desk", "lab")), work("b"))
GRANTED = ["bus", "lab"]


@pytest.mark.rule("granted-at-claim")
def test_a_claim_comes_with_a_slot_of_each() -> None:
    m = Memory(CLAIMED).claim("a", granted=GRANTED)
    assert m.phase("a") == "claimed"


@pytest.mark.rule("granted-at-claim")
@pytest.mark.parametrize(
    "refused",
    [
        *(
            case(
                f"granted: {given}",
                CLAIMED,
                lambda m: m,
                (E.CLAIMED, lambda m, given=given: m.claiming("a") | given),
                ["a/1 needs a slot of bus, lab, all at once"],
                "why ITEM STEP",
            )
            for given in ({}, {"granted": []}, {"granted": ["lab"]}, {"granted": ["lab", "bus"]})
        ),
        case(
            "more than it needs",
            sharing(work("a", uses=("desk",))),
            lambda m: m,
            (E.CLAIMED, lambda m: m.claiming("a") | {"granted": ["lab"]}),
            ["a/1 needs a slot of nothing"],
        ),
    ],
)
def test_a_claim_without_its_slots_is_refused(refused: Case) -> None:
    refused.check()


@pytest.mark.rule("granted-at-claim", "global-constraints")
def test_the_runner_needs_them_too() -> None:
    m = Memory(sharing(auto("a", uses=("lab",))), follow=False)
    m.queue("a")
    answer = refusal(m, E.CLAIMED, m.claiming("a"))
    assert "a/1 needs a slot of lab" in answer.message
    assert m.claim("a", granted=["lab"]).phase("a") == "claimed"


@pytest.mark.rule("integration-alone", "item-slots")
def test_an_integration_that_waits_takes_no_slot() -> None:
    """It waits for what launches with it, and keeps neither slots nor the lane from that."""
    made = using(
        *beside("b"),
        integrate("z", needs=["b"], uses=("desk",)),
        work("c", parallel=True, needs=["b", "z"], join="any", uses=("desk",)),
        work("e", parallel=True, needs=["b"]),
        work("d", needs=["z", "c"]),
    )
    m = Memory(made).do("b")
    assert m.open == ["c/1", "e/1"]
    assert m.held["z"] == ("join", ("c/1", "e/1"))
