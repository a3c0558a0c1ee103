"""Laws of the kernel as a whole: what it keeps is what the events say (SPEC 5.1)."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from dovetail import kernel
from dovetail.kernel import Event, EventType, State
from dovetail.plan.model import Plan
from tests.support.course import Course
from tests.support.laws import law
from tests.support.play import play
from tests.support.random_plans import random_plan
from tests.support.reading import Reading
from tests.support.soak import many

# --- bookkeeping


@law
def test_the_state_is_what_the_events_say(course: Course) -> None:
    if course.state.closed is None:  # what a closed item had in flight has ended with it
        assert _kept(course.plan, course.state) == _told(course.reading)


def _told(r: Reading) -> dict[str, Any]:
    return {
        "item": (r.accepted, r.started, r.completed, r.integrated, r.reverted, r.awaited),
        "blockers": [(b.type, b.steps, b.source, b.child, b.open) for b in r.blockers],
        "steps": {
            k: {
                "phase": r.phase(k),
                "generation": r.generation[k],
                "attempts": [
                    (t.number, t.generation, t.status, t.overtaken, t.executor, t.interrupted)
                    for t in r.tries[k]
                ],
                "result": r.results[k].number if k in r.results else None,
                "failures": r.failures(k),
                "condition": r.conditions.get(k),
                "joined": r.joined(k),
                "winners": r.fired.get(k, ()),
            }
            for k in r.keys
        },
    }


def _kept(plan: Plan, state: State) -> dict[str, Any]:
    return {
        "item": (
            state.accepted,
            state.started,
            state.completed,
            state.baseline == "post",
            state.reverted,
            state.waits_for,
        ),
        "blockers": [(b.type, b.steps, b.source, b.child, b.open) for b in state.blockers],
        "steps": {
            spec.key: {
                "phase": step.phase,
                "generation": step.generation,
                "attempts": [
                    (a.number, a.generation, a.status, a.overtaken, a.executor, a.interrupted)
                    for a in step.attempts
                ],
                "result": step.result.number if step.result else None,
                "failures": step.failures,
                "condition": step.condition,
                "joined": step.fired,
                "winners": step.winners if step.fired and spec.join != "all" else (),
            }
            for spec, step in zip(plan.steps, state.steps, strict=True)
        },
    }


@law
def test_bookkeeping_is_what_the_steps_say(course: Course) -> None:
    state, r = course.state, course.reading
    if state.closed is not None:
        return
    kept = {
        "counts": [(s.unsettled, s.wins, s.skips) for s in state.steps],
        "open_steps": state.open_steps,
        "firing": state.firing,
        "out": state.out,
        "attention": state.attention,
        "in_flight": state.in_flight,
        "lane": state.lane,
        "unresolved": state.unresolved,
        "closing": [*state.closing],
    }
    assert kept == _naive(course)
    began = {i for i, s in enumerate(course.plan.steps) if not s.inputs or _touched(course, s.key)}
    assert state.reached <= began
    assert not state.reached or course.event.type is not EventType.SCHEDULED
    idle = {k for k in r.keys if r.phase(k) in ("idle", "failed") and r.joined(k)}
    due = {r.keys[i] for i in state.due}
    assert {k for k in idle if _asks(r, k) or _lane_free(r, k)} <= due <= idle
    slow = [t for t in r.flying() if t.overtaken]
    drains = [t for t in slow if t.overtaken == "superseded" or not r.out(t.step)]
    some, most = ({(t.step, t.number) for t in ts} for ts in (drains, slow))
    assert some <= state.draining <= most


def _naive(course: Course) -> dict[str, Any]:
    """Say all that the state keeps ready, from what the events say alone."""
    r, state, place = course.reading, course.state, course.plan.position
    phases = {k: r.phase(k) for k in r.keys}
    unset = {
        k: [i for i in r.inputs[k] if phases[i] not in ("completed", "skipped")] for k in r.keys
    }
    flight = {(t.step, t.number) for t in r.flying()}
    wins = {k: [i for i in r.inputs[k] if i in r.results] for k in r.keys}
    skips = {k: [i for i in r.inputs[k] if i in r.skipped] for k in r.keys}
    lapsed = {
        k
        for k in r.keys
        if phases[k] != "out"
        if r.exhausted(k) or k in r.rejected or r.entries.get(k, (0, ()))[1]
    }
    return {
        "counts": [(len(unset[k]), len(wins[k]), len(skips[k])) for k in r.keys],
        "open_steps": sum(not r.settled(k) for k in r.keys),
        "firing": {
            place[k]
            for k in r.keys
            if course.plan.step(k).join != "all" and not r.joined(k) and phases[k] != "out"
            if len(wins[k]) >= r.wanted(k)
        },
        "out": {place[k] for k in r.keys if phases[k] == "out"},
        "attention": {place[k] for k in lapsed},
        "in_flight": {k: state.attempt(course.plan, *k) for k in flight},
        "lane": {k for k in flight if not course.plan.step(k[0]).parallel},
        "unresolved": sum(b.open for b in r.blockers),
        "closing": r.to_look_at,
    }


def _asks(r: Reading, key: str) -> bool:
    return r.plan.step(key).when is not None and key not in r.conditions


def _lane_free(r: Reading, key: str) -> bool:
    lane = r.plan.step(key).lane
    return lane is None or r.settled(lane)


def _touched(course: Course, key: str) -> bool:
    """Tell whether an input has settled in any generation."""
    over = (EventType.SKIPPED, EventType.COMPLETED, EventType.INTEGRATED, EventType.APPROVED)
    ended = {e.data["step"] for e in course.events if e.type in over}
    return bool(ended & {*course.reading.inputs[key]})


# --- one kernel


def _courses() -> list[Course]:
    return [
        play(random_plan(seed, 9), seed, (30, 60, 120)[seed % 3]) for seed in range(many(60, 1500))
    ]


def test_equal_events_give_equal_states_and_equal_decisions() -> None:
    """Folded again, in two parts, and from their JSON."""
    for played in _courses():
        plan = played.plan
        lines = [json.dumps([e.type, e.data], sort_keys=True) for e in played.events]
        written = [Event(EventType(kind), data) for kind, data in map(json.loads, lines)]
        half = len(written) // 2
        in_parts = kernel.fold(plan, written[:half])
        for event in played.events[half:]:
            kernel.apply(plan, in_parts, event)
        again = kernel.fold(plan, written)
        assert again == in_parts == played.state
        assert kernel.decide(plan, again) == kernel.decide(plan, in_parts) == played.requests
        assert again.events == len(lines)


@law
def test_deciding_changes_nothing(course: Course) -> None:
    if len(course.events) % 5 == 0:
        before = deepcopy(course.state)
        first = [kernel.decide(course.plan, course.state), kernel.survey(course.plan, course.state)]
        assert course.state == before
        second = [kernel.decide(course.plan, before), kernel.survey(course.plan, before)]
        assert first == second


@law
def test_what_is_asked_for_still_stands(course: Course) -> None:
    """Whoever looks at one request alone is told the same as who looks at all."""
    for request in course.requests:
        assert kernel.asks(course.plan, course.state, request), request
