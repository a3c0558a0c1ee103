"""Conformance: the first event that the plan did not allow is named (SPEC 7).

A forger here writes through the engine with the rules taken out: hashes, tree, numbers, lists and
files of what is forged are as honest code makes them. So only the replay can notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from dovetail import kernel
from dovetail.history.verify import verify
from dovetail.kernel import Event, EventType
from dovetail.plan.model import Plan
from dovetail.runtime.answers import RUNNER
from tests.support.projects import Bench

A = "WI-000001"
HIGH = {"params": {"risk": "high"}}
PASS = {"review": {"result": "PASS"}}

PARTS = """\
schema: dovetail/v1
name: parts
version: 1.0.0
title: Make parts
owner: lead
effective: {from: 2026-01-01}
changes: [{version: 1.0.0, date: 2026-01-01, author: lead, reason: first, impact: none}]
intake: none
roles: {lead: Leads, maker: Makes, judge: Judges}
steps:
  - {key: cut, role: maker, outputs: {size: {type: int}}}
  - {key: press, run: {command: ['true']}}
  - {key: look, role: judge, gate: {reject: {to: [cut], limit: 2}}}
"""


@contextmanager
def alone(bench: Bench) -> Iterator[None]:
    """Have events recorded without what follows from them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.engine, "_follow", lambda *_, **__: None)
        yield


@contextmanager
def lawless(bench: Bench) -> Iterator[None]:
    """Have any event recorded, with nothing but itself."""
    lawful = kernel.apply

    def apply(plan: Plan, state: kernel.State, event: Event) -> kernel.State:
        try:
            lawful(plan, state, event)
        except (kernel.Refused, LookupError, TypeError):
            state.events += 1
        return state

    with alone(bench), pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "apply", apply)
        yield


def write(bench: Bench, *events: Event, actor: str = "mallory") -> None:
    for event in events:
        bench.engine.record(A, lambda _view, event=event: [event], actor=actor)


def event(kind: EventType, /, **data: Any) -> Event:
    return Event(kind, data)


def queued(step: str, attempt: int = 1, generation: int = 1) -> Event:
    return event(EventType.QUEUED, step=step, attempt=attempt, generation=generation)


def claimed(step: str, executor: str, fence: int, *roles: str, kind: str = "agent") -> Event:
    who = {"executor": executor, "kind": kind, "roles": [*roles], "handoffs": []}
    return event(EventType.CLAIMED, step=step, attempt=1, fence=fence, **who)


def completed(step: str, executor: str, fence: int, attempt: int = 1, **more: Any) -> Event:
    told: dict[str, Any] = {"outputs": {}, "evidence": {}, "artifacts": {}, "criteria": {}}
    named = {"step": step, "attempt": attempt, "executor": executor, "fence": fence}
    return Event(EventType.COMPLETED, named | told | more)


def scheduled(*launches: tuple[str, str], ready: tuple[str, ...] = (), held: Any = ()) -> Event:
    named = [step for step, _ in launches]
    told = [{"step": s, "attempt": 1, "rule": rule} for s, rule in launches]
    return event(EventType.SCHEDULED, ready=[*(ready or named)], launches=told, held=[*held])


def evaluated(step: str, *, holds: bool, generation: int = 1) -> Event:
    named = {"step": step, "generation": generation}
    return event(EventType.EVALUATED, what="when", holds=holds, **named)


def skipped(step: str, reason: str = "") -> Event:
    return event(EventType.SKIPPED, step=step, generation=1, reason=reason)


def approved(step: str, executor: str, *roles: str, **more: Any) -> Event:
    who = {"executor": executor, "kind": "person", "roles": [*roles], "reason": "fine"}
    told = {"step": step, "attempt": 1, "generation": 1, "evidence": {}, "approve_when": None}
    told["shown"] = "sha256:0"
    return Event(EventType.APPROVED, told | who | more)


# --- how far an honest history goes


def accepted(bench: Bench) -> None:
    """Intake is decided, and nothing has followed: events 1 and 2."""
    bench.add()
    with alone(bench):
        bench.desk.intake(A, reason="wanted", actor="lea")


def started(bench: Bench) -> None:
    """`sketch/1` is queued: events 1 to 4."""
    bench.started()


def working(bench: Bench) -> None:
    """`sketch/1` is claimed by mia, with fence 5: events 1 to 5."""
    bench.started()
    bench.claim(A, "sketch/1")


def sketched(bench: Bench) -> None:
    """`sketch` is complete, and nothing has followed: events 1 to 6. `paint` has a condition."""
    bench.started(**HIGH)
    bench.claim(A, "sketch/1")
    with alone(bench):
        bench.complete(A, "sketch/1", outputs={"size": 2})


def probed(bench: Bench) -> None:
    """The condition of `paint` holds: events 1 to 7."""
    sketched(bench)
    with alone(bench):
        write(bench, evaluated("paint", holds=True))


def built(bench: Bench) -> None:
    """The gate `review` is open: events 1 to 14."""
    bench.built()


def judged(bench: Bench) -> None:
    """The gate `sign` is open: events 1 to 17."""
    bench.judged()


def closed(bench: Bench) -> None:
    """The item is over: `sign` has rejected it twice."""
    bench.judged()
    bench.decide(A, "sign", "reject", "bob")
    bench.build(A, 2)
    bench.decide(A, "review", "approve", "jan", evidence=PASS)
    bench.decide(A, "sign", "reject", "bob")
    assert bench.status(A) == "closed"


def pressed_again(size: int) -> Callable[[Bench], None]:
    """`press` was done once; `cut` was sent back, and is done again: events 1 to 18."""

    def play(bench: Bench) -> None:
        bench.text = PARTS
        bench.add()
        bench.claim(A, "cut/1")
        bench.complete(A, "cut/1", outputs={"size": 1})
        bench.engine.record(A, lambda _: (), actor=RUNNER, automatic=True)
        (claim,) = [c for c in bench.events(A, "attempt-claimed") if c["step"] == "press"]
        write(bench, completed("press", RUNNER, claim["fence"]), actor=RUNNER)
        bench.decide(A, "look", "reject", "jan")
        bench.claim(A, "cut/2")
        with alone(bench):
            bench.complete(A, "cut/2", outputs={"size": size})

    return play


def pressing(bench: Bench) -> None:
    """`press/1` is queued, and nobody has claimed it: events 1 to 7."""
    bench.text = PARTS
    bench.add()
    bench.claim(A, "cut/1")
    bench.complete(A, "cut/1", outputs={"size": 1})
    with alone(bench):
        write(bench, scheduled(("press", "lane")), queued("press"))


def reused(attempt: int = 1) -> Event:
    return event(EventType.REUSED, step="press", generation=2, attempt=attempt)


@dataclass(frozen=True)
class Forgery:
    """What is forged after an honest beginning, and what is said of it."""

    after: Callable[[Bench], None]
    events: tuple[Event, ...]
    says: str


BOTH = (("build", "parallel"), ("paint", "parallel"))
BIG = {"big": True, "named": True}
DECIDES = "(scheduling-decided): this is not what the plan decides: look at"

FORGERIES: dict[str, Forgery] = {
    "a decision leaves out a step that is ready": Forgery(
        probed,
        (scheduled(("paint", "parallel")),),
        f"event 8 {DECIDES} ready; due is build/1, paint/1",
    ),
    "a decision that puts off a step that is ready": Forgery(
        probed,
        (scheduled(BOTH[1], ready=("build", "paint")),),
        f"event 8 {DECIDES} launches; due is build/1, paint/1",
    ),
    "a decision launches in another order": Forgery(
        probed,
        (scheduled(*reversed(BOTH), ready=("build", "paint")),),
        f"event 8 {DECIDES} launches;",
    ),
    "a decision by another rule": Forgery(
        probed,
        (scheduled(("build", "lane"), ("paint", "parallel")),),
        f"event 8 {DECIDES} launches;",
    ),
    "a decision that holds what nothing holds": Forgery(
        probed,
        (scheduled(*BOTH, held=[{"step": "review", "why": "wip", "on": []}]),),
        f"event 8 {DECIDES} held;",
    ),
    "a decision to launch nothing": Forgery(
        started,
        (scheduled(),),
        f"event 5 {DECIDES} launches; due is nothing",
    ),
    "a decision for a step that waits": Forgery(
        started,
        (scheduled(("land", "lane")),),
        f"event 5 {DECIDES} ready, launches; due is nothing",
    ),
    "a launch without a decision": Forgery(
        accepted,
        (queued("sketch"),),
        "event 3 (attempt-queued): no decision launches sketch/1 now",
    ),
    "a launch before its turn": Forgery(
        probed,
        (scheduled(*BOTH), queued("paint")),
        "event 9 (attempt-queued): no decision launches paint/1 now",
    ),
    "a launch long after its decision": Forgery(
        probed,
        (scheduled(*BOTH), event(EventType.NOTED, note=1, text="later"), queued("build")),
        "event 10 (attempt-queued): no decision launches build/1 now",
    ),
    "a launch that nothing waits for": Forgery(
        started, (queued("sketch", 2),), "event 5 (attempt-queued): no decision launches sketch/2"
    ),
    "a claim in the wrong role": Forgery(
        started,
        (claimed("sketch", "jan", 5, "judge"),),
        "event 5 (attempt-claimed): sketch/1 is for the role maker; jan has judge",
    ),
    "a second claim of one attempt": Forgery(
        working,
        (claimed("sketch", "max", 6, "maker"),),
        "event 6 (attempt-claimed): sketch/1 is claimed by mia (fence 5)",
    ),
    "a claim of a person's work by the runner": Forgery(
        started,
        (claimed("sketch", RUNNER, 5),),
        "event 5 (attempt-claimed): sketch/1 is for the role maker; dovetail has none",
    ),
    "a claim of automatic work by a person": Forgery(
        pressing,
        (claimed("press", "mia", 8, "maker", kind="person"),),
        "event 8 (attempt-claimed): press/1 is done by the built-in runner",
    ),
    "a claim with a fence of its own": Forgery(
        started,
        (claimed("sketch", "mia", 99, "maker"),),
        "event 5 (attempt-claimed): the next fence is 5, not 99",
    ),
    "a completion by somebody else": Forgery(
        working,
        (completed("sketch", "max", 5, criteria=BIG),),
        "event 6 (attempt-completed): sketch/1 is held by mia under fence 5; this is max",
    ),
    "a completion against its criteria": Forgery(
        working,
        (completed("sketch", "mia", 5, criteria={"big": False, "named": True}),),
        "event 6 (attempt-completed): 1 of 2 exit criteria of sketch are not met",
    ),
    "a completion that looked at no criteria": Forgery(
        working,
        (completed("sketch", "mia", 5),),
        "event 6 (attempt-completed): 2 of 2 exit criteria of sketch are not met",
    ),
    "a skip of a step whose condition holds": Forgery(
        probed,
        (skipped("paint", "Only a risky piece is painted"),),
        "event 8 (step-skipped): skipping paint: the plan does not ask for this now",
    ),
    "a skip before its condition is known": Forgery(
        sketched,
        (skipped("paint", "Only a risky piece is painted"),),
        "event 7 (step-skipped): skipping paint: the plan does not ask for this now",
    ),
    "a skip of a step without a condition": Forgery(
        sketched, (skipped("build"),), "event 7 (step-skipped): skipping build"
    ),
    "a condition that is looked at twice": Forgery(
        probed,
        (evaluated("paint", holds=False),),
        "event 8 (evaluated): the condition of paint: the plan does not ask for this now",
    ),
    "a condition that is looked at too early": Forgery(
        started, (evaluated("paint", holds=False),), "event 5 (evaluated): the condition of paint"
    ),
    "an answer to what nobody asked": Forgery(
        started,
        (event(EventType.EVALUATED, what="weather", step="sketch", generation=1, holds=True),),
        "event 5 (evaluated): nothing evaluates weather",
    ),
    "an approval by one who worked on it": Forgery(
        built,
        (approved("review", "mia", "judge", evidence=PASS, approve_when=True),),
        "event 15 (gate-approved): the gate review is independent, and mia worked on what",
    ),
    "an approval against its evidence": Forgery(
        built,
        (approved("review", "jan", "judge", evidence=PASS, approve_when=False),),
        "event 15 (gate-approved): the evidence contradicts the verdict",
    ),
    "an approval of what was not shown": Forgery(
        built,
        (approved("review", "jan", "judge", evidence=PASS, approve_when=True, shown="sha256:0"),),
        "event 15 (gate-approved): what review/1 shows has changed since",
    ),
    "an approval by an agent of what a person decides": Forgery(
        judged,
        (approved("sign", "rob", "boss", kind="agent"),),
        "event 18 (gate-approved): the gate sign is decided by a person; rob is of kind agent",
    ),
    "rework that no gate asked for": Forgery(
        built,
        (
            event(
                EventType.REWORK,
                gate="review",
                attempt=1,
                to="build",
                reason="so",
                reopened=["build", "review", "sign", "land"],
            ),
        ),
        "event 15 (rework): review/1 does not send the item back to build now",
    ),
    "rework that spares a step": Forgery(
        built,
        (
            event(
                EventType.REWORK, gate=None, attempt=0, to="build", reason="so", reopened=["build"]
            ),
        ),
        "event 15 (rework): rework to build reopens build, review, sign, land",
    ),
    "a blocker of a type that is not listed": Forgery(
        started,
        (event(EventType.BLOCKED, blocker=1, type="invented", steps=[], reason="so"),),
        "event 5 (blocked): the blueprint lists no blocker invented",
    ),
    "a blocker that only the rules raise": Forgery(
        started,
        (
            event(
                EventType.BLOCKED,
                blocker=1,
                type="attempts-exhausted",
                steps=["sketch"],
                reason="so",
            ),
        ),
        "event 5 (blocked): nothing calls for attempts-exhausted of sketch",
    ),
    "an end before the end": Forgery(
        judged,
        (event(EventType.ITEM_COMPLETED),),
        "event 18 (item-completed): 2 steps have not settled",
    ),
    "a close that no gate asked for": Forgery(
        judged,
        (event(EventType.ITEM_CLOSED, reason="so"),),
        "event 18 (item-closed): no gate that was rejected closes the item",
    ),
    "a result that is reused though its inputs changed": Forgery(
        pressed_again(size=2),
        (reused(),),
        "event 18 (result-reused): reusing press/1: the plan does not ask for this now",
    ),
    "a result that is reused where there is none": Forgery(
        pressed_again(size=1),
        (reused(attempt=2),),
        "event 18 (result-reused): reusing press/2: the plan does not ask for this now",
    ),
    "a step that is done again though its result stands": Forgery(
        pressed_again(size=1),
        (
            event(
                EventType.SCHEDULED,
                ready=["press"],
                launches=[{"step": "press", "attempt": 2, "rule": "lane"}],
                held=[],
            ),
        ),
        f"event 18 {DECIDES} ready, launches; due is nothing",
    ),
    "work on an item that is over": Forgery(
        closed, (queued("sketch", 2),), "(attempt-queued): the item is closed"
    ),
    "a second beginning": Forgery(
        started,
        (
            event(
                EventType.REGISTERED,
                blueprint="piece",
                version="1.0.0",
                digest="sha256:0",
                intake=False,
            ),
        ),
        "event 5 (item-registered): the item is already registered",
    ),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_what_the_plan_did_not_allow_is_named(bench: Bench, case: str) -> None:
    forgery = FORGERIES[case]
    forgery.after(bench)
    assert verify(bench.store, bench.workspace).sound, "the beginning is honest"
    with lawless(bench):
        write(bench, *forgery.events)
    (problem,) = verify(bench.store, bench.workspace).problems
    assert problem.startswith(f"{A}: the plan does not allow event ")
    assert forgery.says in problem


def test_an_event_that_lacks_what_its_type_carries_is_named(bench: Bench) -> None:
    started(bench)
    with lawless(bench):
        write(bench, event(EventType.EVALUATED, what="when", step="paint"))
    (problem,) = verify(bench.store, bench.workspace).problems
    assert problem == f"{A}: event 5 (evaluated) is not of its form: KeyError('generation')"


def test_only_the_first_is_named(bench: Bench) -> None:
    started(bench)
    with lawless(bench):
        write(bench, queued("land"), queued("build"))
    (problem,) = verify(bench.store, bench.workspace).problems
    assert "event 5 (attempt-queued): no decision launches land/1 now" in problem


def test_what_the_plan_allows_is_sound_whoever_wrote_it(bench: Bench) -> None:
    """The forger's way of writing is not what is noticed."""
    probed(bench)
    with lawless(bench):
        write(bench, scheduled(*BOTH), queued("build"), queued("paint"))
        write(bench, claimed("paint", "max", 11, "maker"))
    assert verify(bench.store, bench.workspace).problems == []
