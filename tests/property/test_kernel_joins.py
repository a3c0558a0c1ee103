"""Laws of joins: when they fire, who wins, and what becomes of the rest (SPEC 5.3)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields
from typing import Any

from dovetail.kernel import Block, Close, EventType, Fire, Probe, Rework
from tests.support.course import Course
from tests.support.laws import law


@law
def test_a_join_fires_once_a_generation_when_enough_inputs_are_completed(course: Course) -> None:
    if course.event.type is not EventType.FIRED:
        return
    r, key = course.reading, course.event.data["step"]
    fired = course.seen.setdefault("fired", set())
    assert (key, r.generation[key]) not in fired
    fired.add((key, r.generation[key]))
    assert course.plan.step(key).join != "all"
    assert course.event.data["generation"] == r.generation[key]
    assert tuple(course.event.data["winners"]) == r.won(key)
    assert len(r.won(key)) >= r.wanted(key) > 0


@law
def test_a_join_that_is_satisfied_fires_before_anything_else_starts(course: Course) -> None:
    r = course.reading
    asked = [q for q in course.requests if isinstance(q, Fire)]
    for q in asked:
        assert len(r.won(q.step)) >= r.wanted(q.step) > 0
        assert q.winners == r.won(q.step)
    if r.over or not r.accepted:
        return
    for key in r.keys:
        waits = course.plan.step(key).join != "all" and not r.joined(key) and not r.out(key)
        if waits and len(r.won(key)) >= r.wanted(key):
            assert len(course.requests) == 1
            assert isinstance(course.requests[0], (Fire, Block, Probe, Rework, Close))


@law
def test_winners_stay_completed_as_long_as_what_they_let_in(course: Course) -> None:
    r = course.reading
    for key, winners in r.fired.items():
        assert {*winners} <= {*r.results}
        assert {*winners} <= {*r.inputs[key]}


@law
def test_what_nothing_waits_for_is_neither_queued_nor_counted(course: Course) -> None:
    r = course.reading
    if r.closed:
        return
    for key in r.keys:
        if r.out(key):
            step = course.state.at(course.plan, key)
            assert step.phase == "out"
            assert step.result is None
            assert all(a.status != "queued" for a in step.attempts)
            assert all(a.overtaken for a in step.attempts if a.open)


@law
def test_a_loser_that_something_else_waits_for_goes_on(course: Course) -> None:
    r = course.reading
    before = course.seen.get("flying", {})
    course.seen["flying"] = {(t.step, t.number): t.overtaken for t in r.flying()}
    if course.event.type is not EventType.FIRED:
        return
    for key in course.plan.step(course.event.data["step"]).inputs:
        wanted = any(not r.joined(k) and not r.out(k) for k in r.after[key])
        assert wanted or r.settled(key)
        if wanted:
            for t in r.tries[key]:
                at = (t.step, t.number)
                assert at not in before or (t.open and t.overtaken == before[at])


def standing(course: Course) -> Any:
    """Give all that a step's own result could change: everything but the attempt's own end."""
    s = course.state
    steps = [
        {f.name: getattr(x, f.name) for f in fields(x) if f.name not in ("attempts", "result")}
        for x in s.steps
    ]
    results = [x.result.number if x.result else None for x in s.steps]
    rest = (s.due, s.attention, s.firing, s.out, s.open_steps, s.baseline, s.unresolved)
    return deepcopy((steps, results, rest, s.closing, s.raised, s.done, s.completed))


_ENDS = (EventType.COMPLETED, EventType.FAILED, EventType.INTEGRATED)


@law
def test_what_rework_overtook_or_came_late_counts_for_nothing(course: Course) -> None:
    if course.event.type in _ENDS:
        t = course.reading.named(course.event.data)
        if t.overtaken:
            assert t.status == t.overtaken
            assert standing(course) == course.seen["standing"]
    flying = course.reading.flying()
    course.seen["standing"] = standing(course) if any(t.overtaken for t in flying) else None


_SPENT = "attempts-exhausted"


@law
def test_an_exhausted_step_blocks_the_item_only_when_nothing_else_leads_on(course: Course) -> None:
    r, data = course.reading, course.event.data
    if course.event.type is EventType.BLOCKED and data["type"] == _SPENT and "child" not in data:
        assert {*data["steps"]} <= r.hopeless()
    assert _asked(course) <= r.hopeless()


@law
def test_what_the_item_cannot_do_without_is_blocked_or_sent_back(course: Course) -> None:
    r = course.reading
    if r.over or not r.accepted or len(course.requests) == 1:
        return  # something has to be answered first
    own = [b for b in r.blockers if b.open and b.child is None and b.of_attempts]
    assert r.hopeless() - {*r.rejected} <= _asked(course) | {k for b in own for k in b.steps}


def _asked(course: Course) -> set[str]:
    blocks = [q for q in course.requests if isinstance(q, Block) and q.type == _SPENT]
    return {k for q in blocks for k in q.steps}


@law
def test_a_step_is_skipped_by_its_condition_or_for_want_of_inputs(course: Course) -> None:
    if course.event.type is not EventType.SKIPPED:
        return
    r, key = course.reading, course.event.data["step"]
    empty = course.plan.step(key).join != "all" and {*r.inputs[key]} <= r.skipped
    assert empty or r.conditions.get(key) is False
    assert course.event.data["reason"].strip()
    assert r.joined(key)
    assert key not in r.results
