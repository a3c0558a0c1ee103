"""Scheduling decisions: what one records, when it stands, and how it is carried out (SPEC 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Acquire, Hold, Launch, Probe, Request, Skip, schedule, survey
from dovetail.kernel import EventType as E
from dovetail.plan.model import Constraint, Plan
from tests.support.memory import RUNNER, Memory
from tests.support.plans import auto, beside, gate, plan, work
from tests.support.refusals import refusal
from tests.support.world import World

FAN = plan(*beside("a", "b", "c"), work("d"))
LANE = plan(work("a"), work("b"))


def decided(m: Memory) -> dict[str, Any]:
    """Give the record of a decision that launches all that is ready."""
    requests = m.requests
    return schedule(requests, [r for r in requests if isinstance(r, Launch)])


def queue(step: str, attempt: int = 1, generation: int = 1) -> dict[str, Any]:
    return {"step": step, "attempt": attempt, "generation": generation}


def start(made: Plan = FAN) -> Memory:
    """Give an item with a decision that nobody has carried out yet."""
    m = Memory(made, follow=False)
    return m.say(E.SCHEDULED, **decided(m))


# --- the record


@pytest.mark.rule("decision-recorded")
def test_a_decision_says_what_was_ready_what_launches_and_what_was_held() -> None:
    launch = Launch("c", 2, 1, "lane")
    granted = Acquire("d", 1, 1, "parallel", ("bus", "lab"))
    requests: list[Request] = [
        Probe("when", "a", 1),
        Hold("b", "join", ("a", "x")),
        launch,
        granted,
        Acquire("e", 1, 3, "parallel", ("lab",)),
        Skip("f", 1, "no"),
        Hold("g", "blocker", ("scope (blocker 1)",)),
    ]
    assert schedule(requests, [launch, granted]) == {
        "ready": ["c", "d", "e"],
        "launches": [
            {"step": "c", "attempt": 2, "rule": "lane"},
            {"step": "d", "attempt": 1, "rule": "parallel"},
        ],
        "held": [
            {"step": "b", "why": "join", "on": ["a", "x"]},
            {"step": "e", "why": "constraint", "on": ["lab"]},
            {"step": "g", "why": "blocker", "on": ["scope (blocker 1)"]},
        ],
    }


@pytest.mark.rule("decision-recorded")
def test_what_a_decision_leaves_to_others_is_not_held() -> None:
    """Ready, but for somebody else to launch: a command leaves automatic work to its driver."""
    requests = [Launch("a", 1, 1, "lane"), Launch("b", 1, 1, "parallel")]
    told = schedule(requests, requests[1:])
    assert (told["ready"], told["held"]) == (["a", "b"], [])


@pytest.mark.rule("decision-recorded", "parallel-together")
def test_what_launches_together_is_one_decision() -> None:
    m = Memory(FAN)
    (told,) = m.told(E.SCHEDULED)
    rule = {"attempt": 1, "rule": "parallel"}
    assert told["launches"] == [{"step": k} | rule for k in "abc"]
    assert m.do("a", "b", "c").told(E.SCHEDULED)[1]["launches"] == [
        {"step": "d", "attempt": 1, "rule": "lane"}
    ]


@pytest.mark.rule("decision-recorded")
def test_a_decision_tells_of_what_was_reached_since_the_last_one() -> None:
    made = plan(
        *beside("a", "b"),
        work("c", parallel=True, needs=["a"]),
        work("d", parallel=True, needs=["a", "b"]),
        work("e", parallel=True, needs=["c"]),
        work("f", parallel=True, needs=["d", "e"]),
    )
    m = Memory(made).do("a", "c", "e", "b")
    told = [([x["step"] for x in d["launches"]], d["held"]) for d in m.told(E.SCHEDULED)]
    assert told == [
        (["a", "b"], []),
        (["c"], [{"step": "d", "why": "join", "on": ["b"]}]),
        (["e"], []),
        (["d"], [{"step": "f", "why": "join", "on": ["d"]}]),
    ]


@pytest.mark.rule("decision-recorded", "lane-edge")
def test_the_first_decision_tells_of_what_the_lane_holds() -> None:
    (told,) = Memory(plan(work("a", needs=[]), work("b", needs=[]))).told(E.SCHEDULED)
    assert told["held"] == [{"step": "b", "why": "lane", "on": ["a"]}]


# --- what is decided


def lines(*steps: str, rule: str = "parallel") -> list[dict[str, Any]]:
    return [{"step": k, "attempt": 1, "rule": rule} for k in steps]


@pytest.mark.rule("decision-recorded")
@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        pytest.param({"launches": []}, "launches", id="nothing launches"),
        pytest.param({"ready": []}, "ready", id="something else is ready"),
        pytest.param({"held": [{"step": "d", "why": "join", "on": []}]}, "held", id="more is held"),
        pytest.param({"launches": lines("d")}, "launches", id="what is not ready"),
        pytest.param({"launches": lines("a", "b")}, "launches", id="one is put off"),
        pytest.param(
            {"launches": [{"step": "a", "attempt": 2, "rule": "parallel"}, *lines("b", "c")]},
            "launches",
            id="another attempt",
        ),
        pytest.param(
            {"launches": lines("a", "b", "c", rule="lane")}, "launches", id="another rule"
        ),
        pytest.param({"launches": lines("b", "a", "c")}, "launches", id="another order"),
        pytest.param({"launches": lines("a", "a", "b", "c")}, "launches", id="one of them twice"),
        pytest.param({"ready": [], "held": ["x"]}, "ready, held", id="all that is wrong is named"),
    ],
)
def test_a_decision_is_exactly_what_the_plan_decides(more: dict[str, Any], wrong: str) -> None:
    m = Memory(FAN, follow=False)
    answer = refusal(m, E.SCHEDULED, decided(m) | more)
    assert answer.message == (
        f"this is not what the plan decides: look at {wrong}; due is a/1, b/1, c/1"
    )
    assert (answer.way_out, answer.stale) == ("dovetail status ITEM", True)
    m.say(E.SCHEDULED, **decided(m))


TWO_KINDS = plan(
    *beside("a"),
    auto("b", parallel=True),
    auto("c", parallel=True, uses=("lab",)),
    auto("d", parallel=True, uses=("lab",)),
    constraints={"lab": Constraint("global")},
)


@pytest.mark.rule("decision-recorded", "parallel-together")
@pytest.mark.parametrize(
    ("chosen", "allowed"),
    [
        pytest.param("abcd", True, id="all"),
        pytest.param("a", True, id="what people do: the driver is somebody else"),
        pytest.param("ab", True, id="what got no slot waits"),
        pytest.param("abd", True, id="one of those that need a slot"),
        pytest.param("bcd", False, id="not what people do"),
        pytest.param("ac", False, id="not what needs no slot"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_only_automatic_work_is_put_off(chosen: str, allowed: bool) -> None:
    m = Memory(TWO_KINDS, follow=False)
    told = schedule(
        m.requests, [r for r in m.requests if isinstance(r, Launch) and r.step in chosen]
    )
    if allowed:
        m.say(E.SCHEDULED, **told)
        for step in chosen:
            m.say(E.QUEUED, **queue(step))
        assert m.open == [f"{k}/1" for k in chosen]
    else:
        answer = refusal(m, E.SCHEDULED, told)
        assert "look at launches; due is a/1, b/1, c/1, d/1" in answer.message


@pytest.mark.rule("decision-recorded")
def test_where_nothing_is_due_nothing_is_decided() -> None:
    m = Memory(FAN)
    answer = refusal(m, E.SCHEDULED, {"ready": [], "launches": [], "held": []})
    assert "look at launches; due is nothing" in answer.message


@pytest.mark.rule("intake-first", "decision-recorded")
def test_nothing_is_decided_in_intake() -> None:
    m = Memory(plan(work("a"), intake=("crew",)))
    line = {"step": "a", "attempt": 1, "rule": "lane"}
    answer = refusal(m, E.SCHEDULED, {"ready": ["a"], "launches": [line], "held": []})
    assert "look at ready, launches; due is nothing" in answer.message


# --- carrying it out


@pytest.mark.rule("launches-in-order")
@pytest.mark.parametrize(
    ("said", "names"),
    [
        (queue("b"), "no decision launches b/1 now"),
        (queue("a", 2), "no decision launches a/2 now"),
        (queue("d"), "no decision launches d/1 now"),
        (queue("x"), "no decision launches x/1 now"),
        (queue("a", 1, 2), "a is in generation 1"),
    ],
)
def test_launches_come_in_the_order_of_the_decision(said: dict[str, Any], names: str) -> None:
    m = start()
    assert names in refusal(m, E.QUEUED, said).message
    m.say(E.QUEUED, **queue("a")).say(E.QUEUED, **queue("b"))
    assert m.open == ["a/1", "b/1"]


@pytest.mark.rule("launches-in-order")
def test_nothing_launches_without_a_decision() -> None:
    m = Memory(FAN, follow=False)
    answer = refusal(m, E.QUEUED, queue("a"))
    assert "no decision launches a/1 now" in answer.message
    assert (answer.way_out, answer.stale) == ("dovetail status ITEM", True)


@pytest.mark.rule("launches-in-order")
def test_a_decision_launches_each_step_once() -> None:
    m = start().say(E.QUEUED, **queue("a"))
    assert "no decision" in refusal(m, E.QUEUED, queue("a", 2)).message
    m.say(E.QUEUED, **queue("b")).say(E.QUEUED, **queue("c"))
    assert "no decision launches d/1 now" in refusal(m, E.QUEUED, queue("d")).message


@pytest.mark.rule("launches-in-order")
def test_a_claim_may_come_between_two_launches() -> None:
    m = start().say(E.QUEUED, **queue("a")).claim("a").say(E.QUEUED, **queue("b"))
    assert m.open == ["a/1", "b/1"]


@pytest.mark.rule("launches-in-order")
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda m: m.block("credentials"), id="a blocker"),
        pytest.param(lambda m: m.say(E.NOTED, note=1, text="x"), id="a note"),
        pytest.param(lambda m: m.claim("a").complete("a"), id="a completion"),
        pytest.param(
            lambda m: m.say(E.TRANSFERRED, step="c", to="bea", reason="r"), id="a transfer"
        ),
    ],
)
def test_a_decision_is_out_of_date_after_anything_else(script: Any) -> None:
    m = start().say(E.QUEUED, **queue("a"))
    script(m)
    assert "no decision launches b/1 now" in refusal(m, E.QUEUED, queue("b")).message


@pytest.mark.rule("launches-in-order")
def test_what_is_refused_does_not_make_a_decision_out_of_date() -> None:
    m = start()
    refusal(m, E.QUEUED, queue("c"))
    assert m.say(E.QUEUED, **queue("a")).open == ["a/1"]


@pytest.mark.rule("launches-in-order", "decision-recorded")
def test_a_later_decision_takes_the_place_of_an_earlier_one() -> None:
    m = start().say(E.QUEUED, **queue("a"))
    m.say(E.SCHEDULED, **decided(m))
    m.say(E.QUEUED, **queue("b")).say(E.QUEUED, **queue("c"))
    assert m.open == ["a/1", "b/1", "c/1"]


def test_an_attempt_keeps_what_it_was_queued_after() -> None:
    made = plan(
        work("a"),
        work("s", parallel=True, when="asked"),
        work("b", parallel=True),
        work("x", needs=["b", "s"]),
        gate("g", ["b"]),
    )
    m = Memory(made, {"s": False}).do("a").claim("b").fail("b").requeue("b").do("b")
    assert m.attempt("a/1").after == ()
    assert m.attempt("x/1").after == (("s", 0, 1), ("b", 2, 1))
    m.do("x").reject("g").do("b")
    assert ("b", 3, 2) in m.attempt("x/2").after
    assert m.events[m.attempt("x/1").closed_at - 1].type is E.COMPLETED


def test_an_attempt_of_the_lane_was_queued_after_the_one_before_it() -> None:
    m = Memory(plan(work("a", needs=[]), work("b", needs=[]))).do("a")
    assert m.attempt("b").after == (("a", 1, 1),)


# --- what a decision looks at, and what `survey` adds


def test_a_survey_tells_of_every_step_that_something_has_reached() -> None:
    made = plan(*beside("a", "b"), work("c"), work("d"))
    m = Memory(made).do("a")
    assert m.requests == []
    assert m.held == {"c": ("join", ("b",))}


def test_a_survey_asks_for_what_a_decision_asks_for() -> None:
    made = plan(*beside("a", "b"), work("c"), work("d", needs=[]))
    m = Memory(made, follow=False)
    assert [r for r in survey(made, m.state) if not isinstance(r, Hold)] == [
        r for r in m.requests if not isinstance(r, Hold)
    ]


@pytest.mark.rule("canonical-order", "lane-one-at-a-time")
def test_a_step_takes_its_turn_and_its_slots_before_the_next() -> None:
    made = plan(
        *beside("p", uses=("desk",)),
        work("a", needs=[], uses=("desk",)),
        work("b", needs=[], parallel=True, uses=("desk",)),
        constraints={"desk": Constraint("item", 2)},
    )
    m = Memory(made, follow=False)
    assert m.requests == [
        Launch("p", 1, 1, "parallel"),
        Launch("a", 1, 1, "lane"),
        Hold("b", "constraint", ("desk (p, a)",)),
    ]


# --- who launches what


@pytest.mark.rule("granted-at-claim")
def test_an_automatic_step_that_gets_no_slot_lets_the_others_launch() -> None:
    made = plan(
        auto("a", parallel=True, uses=("lab",)),
        auto("b", parallel=True, uses=("bus",)),
        constraints={"lab": Constraint("global"), "bus": Constraint("global")},
    )
    m = Memory(made, world=World(taken={"lab"}))
    assert m.open == ["b/1"]
    assert m.attempt("b").executor == RUNNER
