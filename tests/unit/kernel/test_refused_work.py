"""Refusals of intake, scheduling and attempts: what was found, what was expected, the way out."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import held
from dovetail.plan.model import Check
from tests.support.memory import Memory, registration
from tests.support.plans import auto, gate, integrate, plan, work
from tests.support.refusals import Case, Make, case

WORK = plan(
    work("a", attempts=2, criteria=(Check("size", "x", "List a source"),)),
    auto("b", parallel=True),
    work("c", parallel=True, when="asked"),
)
LANE = plan(work("low", needs=[]), work("high", needs=[]))
CROSSING = plan(work("a"), gate("g", ["a"], 1), integrate("i"))
INTAKE = plan(work("a"), intake=("lead", "triage"))
AGAIN = plan(work("a"), gate("g", ["a"], 1), work("b"))


def nothing(m: Memory) -> object:
    return m


def idle(step: str, generation: int = 1, **more: Any) -> Make:
    return lambda _: {"step": step, "generation": generation} | more


def who(*roles: str) -> dict[str, Any]:
    return {"decision": "accept", "reason": "fits", "executor": "ana", "roles": list(roles)}


REGISTRATION = [
    case(
        "an item is registered once",
        WORK,
        nothing,
        (E.REGISTERED, lambda m: registration(m.plan).data),
        ["already registered"],
    ),
]
INTAKES = [
    case(
        "intake is decided once",
        INTAKE,
        lambda m: m.accept(roles=["lead"]),
        (E.INTAKE, lambda _: who("lead")),
        ["already decided"],
        "status ITEM",
    ),
    case(
        "where there is no intake it is decided",
        WORK,
        nothing,
        (E.INTAKE, lambda _: who("crew")),
        ["already decided"],
    ),
    case(
        "intake accepts, so far",
        INTAKE,
        nothing,
        (E.INTAKE, lambda _: who("lead") | {"decision": "merge"}),
        ["accept", "not merge"],
    ),
    case(
        "intake is for its reviewers",
        INTAKE,
        nothing,
        (E.INTAKE, lambda _: who("writer", "crew")),
        ["intake review", "lead or triage", "ana has crew, writer"],
        "--as NAME; executors.yaml says who is lead",
    ),
    case(
        "intake is for somebody with a role",
        INTAKE,
        nothing,
        (E.INTAKE, lambda _: who()),
        ["ana has none"],
    ),
    case(
        "nothing is queued in intake",
        INTAKE,
        nothing,
        (E.QUEUED, idle("a", attempt=1)),
        ["in intake"],
    ),
    case(
        "nothing is scheduled in intake",
        INTAKE,
        nothing,
        (E.SCHEDULED, lambda _: {}),
        ["in intake"],
    ),
]
SCHEDULING = [
    case("an unknown step", WORK, nothing, (E.QUEUED, idle("x", attempt=1)), ["no step x"]),
    case(
        "a step that is in flight",
        WORK,
        nothing,
        (E.QUEUED, idle("a", attempt=2)),
        ["a is queued in generation 1", "idle in generation 1"],
        "status ITEM",
        stale=True,
    ),
    case(
        "an earlier generation",
        AGAIN,
        lambda m: m.do("a").reject("g"),
        (E.QUEUED, idle("b", attempt=1)),
        ["b is idle in generation 2", "generation 1"],
        stale=True,
    ),
    case(
        "a join", AGAIN, nothing, (E.QUEUED, idle("b", attempt=1)), ["b waits for g"], "status ITEM"
    ),
    case(
        "a number that is not the next",
        LANE,
        nothing,
        (E.QUEUED, idle("low", attempt=2)),
        ["next attempt is low/1", "not low/2"],
        follow=False,
    ),
    case(
        "a condition that is not evaluated",
        plan(work("a", when="asked")),
        nothing,
        (E.QUEUED, idle("a", attempt=1)),
        ["a has a condition"],
        follow=False,
    ),
    case(
        "a condition that is false",
        plan(work("a", when="asked")),
        lambda m: m.say(E.EVALUATED, step="a", generation=1, holds=False),
        (E.QUEUED, idle("a", attempt=1)),
        ["not true"],
        follow=False,
    ),
    case(
        "a lane edge",
        LANE,
        nothing,
        (E.QUEUED, idle("high", attempt=1)),
        ["high is held: lane: low"],
        follow=False,
    ),
    case(
        "a blocker",
        LANE,
        lambda m: m.block("credentials", "low"),
        (E.QUEUED, idle("low", attempt=1)),
        ["low is held: blocker: credentials (blocker 1)"],
        follow=False,
    ),
    case(
        "a lane that is busy",
        plan(
            work("a"),
            work("b", needs=[]),
            gate("g", ["a"], parallel=True, needs=["a"]),
        ),
        lambda m: m.do("a").claim("b").reject("g"),
        (E.QUEUED, idle("a", 2, attempt=2)),
        ["a is held: lane: b/1"],
    ),
    case(
        "a condition that is evaluated already",
        plan(work("a", when="asked"), work("b")),
        lambda m: m.say(E.EVALUATED, step="a", generation=1, holds=True),
        (E.EVALUATED, idle("a", holds=False)),
        ["condition of a is already evaluated"],
        follow=False,
    ),
    case(
        "a skip that no condition asks for",
        LANE,
        nothing,
        (E.SKIPPED, idle("low", reason="bored")),
        ["nothing says that low is to be skipped"],
        follow=False,
    ),
    case(
        "a skip of a condition that holds",
        plan(work("a", when="asked")),
        lambda m: m.say(E.EVALUATED, step="a", generation=1, holds=True),
        (E.SKIPPED, idle("a", reason="bored")),
        ["nothing says that a is to be skipped"],
        follow=False,
    ),
]
CLAIMS = [
    case(
        "an attempt that there is not",
        WORK,
        nothing,
        (E.CLAIMED, lambda m: m.claiming("a") | {"attempt": 2}),
        ["no attempt a/2"],
        "status ITEM",
    ),
    case(
        "attempt 0, which is not the last one",
        WORK,
        nothing,
        (E.CLAIMED, lambda m: m.claiming("a") | {"attempt": 0}),
        ["no attempt a/0"],
    ),
    case(
        "an attempt of an unknown step",
        WORK,
        nothing,
        (E.CLAIMED, lambda m: m.claiming("a") | {"step": "x"}),
        ["no attempt x/1"],
    ),
    case(
        "a gate is not claimed",
        AGAIN,
        lambda m: m.do("a"),
        (E.CLAIMED, lambda m: m.claiming("g")),
        ["g is a gate"],
        "gate ITEM STEP approve|reject",
    ),
    case(
        "what somebody holds",
        WORK,
        lambda m: m.claim("a"),
        (E.CLAIMED, lambda m: m.claiming("a", "bea")),
        ["a/1 is claimed by ana (fence 3)", "only a queued attempt"],
        "next --role ROLE",
        stale=True,
    ),
    case(
        "what is over",
        WORK,
        lambda m: m.do("a"),
        (E.CLAIMED, lambda m: m.claiming("a")),
        ["a/1 is completed"],
        stale=True,
    ),
    case(
        "a role that the executor does not have",
        WORK,
        nothing,
        (E.CLAIMED, lambda m: m.claiming("a") | {"roles": ["cook"]}),
        ["a/1 is for the role crew", "ana has cook"],
        "--as NAME",
    ),
    case(
        "a fence that is not the number of the claim",
        WORK,
        nothing,
        (E.CLAIMED, lambda m: m.claiming("a") | {"fence": 9}),
        ["next fence is 3", "not 9"],
    ),
]
HOLDERS = [
    case(
        "work that nobody has claimed",
        WORK,
        nothing,
        (E.COMPLETED, lambda m: m.result("a")),
        ["a/1 is not claimed"],
        "dovetail claim ITEM/a/1 --as NAME",
    ),
    case(
        "a gate is not completed",
        AGAIN,
        lambda m: m.do("a"),
        (E.COMPLETED, lambda m: m.result("g")),
        ["g is a gate"],
        "gate ITEM STEP",
    ),
    case(
        "an attempt that is over",
        AGAIN,
        lambda m: m.do("a"),
        (E.FAILED, lambda m: m.writing("a") | {"reason": "r", "interrupted": False}),
        ["a/1 is over: completed"],
        "status ITEM",
        stale=True,
    ),
    case(
        "an attempt that rework overtook and that has ended",
        plan(work("a"), work("b"), gate("g", ["a"], parallel=True, needs=["a"])),
        lambda m: m.do("a").claim("b").reject("g").complete("b/1"),
        (E.COMPLETED, lambda m: m.result("b/1")),
        ["b/1 is over: superseded"],
        stale=True,
    ),
    case(
        "somebody else",
        WORK,
        lambda m: m.claim("a"),
        (E.COMPLETED, lambda m: m.result("a") | {"executor": "bea"}),
        ["held by ana under fence 3", "this is bea with fence 3"],
        "only its holder can end it: --as ana",
        stale=True,
    ),
    case(
        "the holder of an earlier claim",
        WORK,
        lambda m: m.claim("a"),
        (E.COMPLETED, lambda m: m.result("a") | {"fence": 2}),
        ["under fence 3", "ana with fence 2"],
        stale=True,
    ),
    case(
        "exit criteria that are not met",
        WORK,
        lambda m: m.claim("a"),
        (E.COMPLETED, lambda m: m.result("a") | {"criteria": {"size": False}}),
        ["1 of 1 exit criteria of a", "size: List a source"],
        "stays claimed",
    ),
    case(
        "integration is not just completed",
        CROSSING,
        lambda m: m.do("a").approve("g"),
        (E.COMPLETED, lambda m: m.result("i")),
        ["i completes by integrating"],
        "run ITEM",
    ),
    case(
        "what is no integration does not integrate",
        WORK,
        lambda m: m.claim("a"),
        (E.INTEGRATED, lambda m: m.writing("a") | {"artifacts": {}, "message": ""}),
        ["a does not integrate"],
        "complete ATTEMPT",
    ),
    case(
        "integration with a blocker open",
        CROSSING,
        lambda m: m.do("a").approve("g").block("credentials", "a"),
        (E.INTEGRATED, lambda m: m.writing("i") | {"artifacts": {}, "message": ""}),
        ["integration waits for the blocker 1 (credentials)"],
        "unblock ITEM",
    ),
]
REQUEUES = [
    case(
        "an attempt that has not failed",
        WORK,
        nothing,
        (E.REQUEUED, lambda _: {"step": "a", "attempt": 1, "reason": "r"}),
        ["a/1 is queued", "only the last attempt", "only when it failed"],
        "status ITEM",
        stale=True,
    ),
    case(
        "an attempt that failed before the last one",
        WORK,
        lambda m: m.claim("a").fail("a").requeue("a"),
        (E.REQUEUED, lambda _: {"step": "a", "attempt": 1, "reason": "r"}),
        ["a/1 is failed", "only the last attempt"],
        stale=True,
    ),
    case(
        "a step that has failed as often as it may",
        WORK,
        lambda m: m.claim("a").fail("a").requeue("a").claim("a").fail("a"),
        (E.REQUEUED, lambda _: {"step": "a", "attempt": 2, "reason": "r"}),
        ["a has failed 2 of 2 times"],
        "unblock ITEM BLOCKER",
    ),
    case(
        "the same when one more was granted",
        WORK,
        lambda m: (
            m.claim("a").fail("a").requeue("a").claim("a").fail("a").unblock().claim("a").fail("a")
        ),
        (E.REQUEUED, lambda _: {"step": "a", "attempt": 3, "reason": "r"}),
        ["a has failed 3 of 3 times"],
    ),
]


@pytest.mark.parametrize(
    "refused", [*REGISTRATION, *INTAKES, *SCHEDULING, *CLAIMS, *HOLDERS, *REQUEUES]
)
def test_refused(refused: Case) -> None:
    refused.check()


def test_held_gives_the_step_its_state_and_the_attempt() -> None:
    m = Memory(WORK).claim("a")
    spec, step, attempt = held(WORK, m.state, m.writing("a"))
    assert (spec.key, step.phase, attempt.fence) == ("a", "claimed", 3)
