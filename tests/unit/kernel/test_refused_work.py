"""Refusals of intake, scheduling and attempts: what was found, what was expected, the way out."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import held
from dovetail.plan.model import Check
from tests.support.memory import Memory, registration
from tests.support.plans import auto, beside, gate, integrate, plan, work
from tests.support.refusals import Case, Make, case, refusal

WORK = plan(
    work("a", attempts=2, exit=(Check("size", "x", "List a source"),)),
    auto("b", parallel=True),
    work("c", parallel=True, when="asked"),
)
LANE = plan(work("low", needs=[]), work("high", needs=[]))
CROSSING = plan(work("a"), gate("g", ["a"], 1), integrate("i"))
INTAKE = plan(work("a"), intake=("lead",))
AGAIN = plan(work("a"), gate("g", ["a"], 1), work("b"))


def nothing(m: Memory) -> object:
    return m


def idle(step: str, generation: int = 1, **more: Any) -> Make:
    return lambda _: {"step": step, "generation": generation} | more


REGISTRATION = [
    case(
        "an item is registered once",
        WORK,
        nothing,
        (E.REGISTERED, lambda m: registration(m.plan).data),
        ["already registered"],
    ),
]
INTAKE_FIRST = [
    case(
        "nothing is queued in intake",
        INTAKE,
        nothing,
        (E.QUEUED, idle("a", attempt=1)),
        ["no decision launches a/1 now"],
        "status ITEM",
        stale=True,
    ),
]
ANSWERS = [
    *(
        case(
            f"an unknown step ({kind.value})",
            WORK,
            nothing,
            (kind, idle("x", attempt=1, what=what, winners=[], reason="", raised=[])),
            ["the plan has no step x"],
        )
        for kind, what in [
            (E.EVALUATED, "when"),
            (E.EVALUATED, "entry"),
            (E.EVALUATED, "blockers"),
            (E.EVALUATED, "pause"),
            (E.FIRED, ""),
            (E.SKIPPED, ""),
            (E.REUSED, ""),
        ]
    ),
    case(
        "what nobody evaluates",
        WORK,
        nothing,
        (E.EVALUATED, idle("a", what="mood")),
        ["nothing evaluates mood", "expected when, entry, blockers, pause, done"],
    ),
    case(
        "a condition that is evaluated already",
        plan(work("a", when="asked"), work("b")),
        lambda m: m.say(E.EVALUATED, what="when", step="a", generation=1, holds=True),
        (E.EVALUATED, idle("a", what="when", holds=False)),
        ["the condition of a", "does not ask for this now"],
        "status ITEM",
        stale=True,
        follow=False,
    ),
    case(
        "a skip that no condition asks for",
        LANE,
        nothing,
        (E.SKIPPED, idle("low", reason="bored")),
        ["skipping low", "does not ask for this now"],
        stale=True,
        follow=False,
    ),
    case(
        "a skip of a condition that holds",
        plan(work("a", when="asked")),
        lambda m: m.say(E.EVALUATED, what="when", step="a", generation=1, holds=True),
        (E.SKIPPED, idle("a", reason="bored")),
        ["skipping a"],
        stale=True,
        follow=False,
    ),
    case(
        "a skip for another reason than the plan gives",
        plan(work("a", when="asked")),
        lambda m: m.say(E.EVALUATED, what="when", step="a", generation=1, holds=False),
        (E.SKIPPED, idle("a", reason="bored")),
        ["skipping a"],
        stale=True,
        follow=False,
    ),
    *(
        case(
            f"{named} of another generation",
            plan(work("a", when="asked", entry=(Check("c", "x"),))),
            nothing,
            (kind, idle("a", 2, attempt=1, what=what, winners=[], reason="not asked")),
            [f"{named}: the plan does not ask for this now"],
            stale=True,
            follow=False,
        )
        for kind, what, named in [
            (E.EVALUATED, "when", "the condition of a"),
            (E.EVALUATED, "entry", "the entry criteria of a"),
            (E.SKIPPED, "", "skipping a"),
            (E.REUSED, "", "reusing a/1"),
            (E.FIRED, "", "the join of a"),
        ]
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
        ["a/1 is claimed by ana (fence 4)", "only a queued attempt"],
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
        "what nobody claimed before it was cancelled",
        plan(work("a"), work("b")),
        lambda m: m.do("a").rework("a"),
        (E.CLAIMED, lambda m: m.claiming("b/1")),
        ["b/1 is cancelled; only a queued attempt can be claimed"],
        "next --role ROLE",
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
        "automatic work by a person",
        plan(auto("a")),
        lambda m: m.queue("a"),
        (E.CLAIMED, lambda m: m.claiming("a") | {"kind": "person"}),
        ["a/1 is done by the built-in runner"],
        follow=False,
    ),
    case(
        "a second task",
        plan(*beside("a", "c")),
        lambda m: m.claim("a"),
        (E.CLAIMED, lambda m: m.claiming("c")),
        ["ana holds a/1 and does one task at a time"],
    ),
    case(
        "a fence that is not the number of the claim",
        WORK,
        nothing,
        (E.CLAIMED, lambda m: m.claiming("a") | {"fence": 9}),
        ["next fence is 4", "not 9"],
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
        ["held by ana under fence 4", "this is bea with fence 4"],
        "only its holder can end it: --as ana",
        stale=True,
    ),
    case(
        "the holder of an earlier claim",
        WORK,
        lambda m: m.claim("a"),
        (E.COMPLETED, lambda m: m.result("a") | {"fence": 2}),
        ["under fence 4", "ana with fence 2"],
        stale=True,
    ),
    case(
        "exit criteria that are not met",
        WORK,
        lambda m: m.claim("a"),
        (E.COMPLETED, lambda m: m.result("a") | {"criteria": {"size": False}}),
        ["1 of 1 exit criteria of a", "size: List a source (does not hold)"],
        "meet them and complete again; the attempt stays claimed",
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
        ["a/1 is queued; only the last attempt is re-queued, and only when it failed"],
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


@pytest.mark.parametrize("refused", [*REGISTRATION, *INTAKE_FIRST, *ANSWERS])
def test_an_answer_is_refused(refused: Case) -> None:
    refused.check()


@pytest.mark.rule("claim-exclusive", "claim-by-role", "one-task")
@pytest.mark.parametrize("refused", CLAIMS)
def test_a_claim_is_refused(refused: Case) -> None:
    refused.check()


@pytest.mark.rule("fence", "exit-criteria", "integrated-unblocked")
@pytest.mark.parametrize("refused", HOLDERS)
def test_a_result_is_refused(refused: Case) -> None:
    refused.check()


@pytest.mark.rule("requeue-the-last")
@pytest.mark.parametrize("refused", REQUEUES)
def test_a_re_queueing_is_refused(refused: Case) -> None:
    refused.check()


def test_who_never_claimed_anything_speaks_under_no_fence() -> None:
    m = Memory(WORK).claim("a")
    answer = refusal(m, E.COMPLETED, m.result("a") | {"executor": "bea", "fence": None})
    assert answer.message == "a/1 is held by ana under fence 4; this is bea"


def test_held_gives_the_step_its_state_and_the_attempt() -> None:
    m = Memory(WORK).claim("a")
    spec, step, attempt = held(WORK, m.state, m.writing("a"))
    assert (spec.key, step.phase, attempt.fence) == ("a", "claimed", 4)
