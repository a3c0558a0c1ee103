"""Laws of how it ends: nothing stands still in silence, and what is over stays over (SPEC 5.2)."""

from __future__ import annotations

from dovetail.kernel import Block, EventType, Hold, Launch, status
from tests.support.course import Course
from tests.support.laws import law
from tests.support.play import play
from tests.support.random_plans import random_plan
from tests.support.soak import many

_OUTLIVE = (
    EventType.NOTED,
    EventType.NOTE_RESOLVED,
    EventType.INTAKE,
    EventType.REVERTED,
)


@law
def test_nothing_stands_still_in_silence(course: Course) -> None:
    """Whoever looks at an item that is not over finds whose turn it is, or what is wrong."""
    r = course.reading
    if r.over or not r.accepted:
        return
    asked = any(not isinstance(q, Hold) for q in course.requests)
    people = any(t.open for t in r.flying()) or any(t.waits for k in r.keys for t in r.now(k))
    waits = bool(r.awaited) and not r.started
    blocked = any(b.open for b in r.blockers)
    assert asked or people or waits or blocked or r.reverted, course.survey


@law
def test_an_attempt_in_flight_has_somebody_who_can_end_it(course: Course) -> None:
    """A claimed call is not a sign of life by itself: its children, pauses or requests are."""
    r = course.reading
    if r.over:
        return
    for t in r.flying():
        if course.plan.step(t.step).kind == "call" and t.status == "claimed":
            kids = [*t.kids.values()]
            live = any(k.item and not k.status for k in kids)
            paused = any(k.pause == "open" for k in kids) and not t.overtaken
            rejected = t.step in r.rejected
            asked = any(getattr(q, "step", "") == t.step for q in course.requests)
            first = len(course.requests) == 1
            assert live or paused or rejected or asked or first, t.step


@law
def test_what_an_attempt_raised_becomes_a_blocker_before_anything_else(course: Course) -> None:
    r = course.reading
    asked = [(q.type, *q.source) for q in course.requests if isinstance(q, Block) and q.source]
    assert asked == ([] if r.over else r.to_raise[:1])
    assert not r.to_raise or r.over or len(course.requests) == 1
    for kind, step, number in r.to_raise:
        t = r.tries[step][number - 1]
        assert t.status in ("completed", "rejected"), kind


@law
def test_what_is_completed_is_settled_whole(course: Course) -> None:
    r = course.reading
    if course.event.type is not EventType.ITEM_COMPLETED:
        return
    assert all(r.settled(k) for k in r.keys)
    assert r.flying() == []
    assert not any(b.open for b in r.blockers)
    assert not r.to_look_at
    assert r.good or not course.plan.done
    for key in r.keys:
        now = [t.status for t in r.now(key)]
        assert now.count("completed") <= 1


@law
def test_what_is_over_stays_over(course: Course) -> None:
    was = course.seen.get("over", False)
    assert not was or course.event.type in _OUTLIVE
    course.seen["over"] = course.reading.over
    if course.reading.over:
        assert course.requests == course.survey == []
        assert not course.reading.flying()


@law
def test_the_status_is_the_first_that_holds(course: Course) -> None:
    r = course.reading
    launchable = any(isinstance(q, Launch) for q in course.requests)
    blocked = any(b.open for b in r.blockers) and not launchable
    claimed = any(t.status == "claimed" for t in r.flying())
    first = [
        ("closed", r.closed),
        ("completed", r.completed),
        ("intake", not r.accepted),
        ("ready", not r.started and not blocked),
        ("blocked", blocked),
        ("active", claimed),
        ("waiting", True),
    ]
    told = status(course.state, launchable=launchable)
    assert told == next(word for word, holds in first if holds)


def test_every_type_of_event_occurs_in_plays() -> None:
    """So that no law holds for want of what it speaks of."""
    seen: set[EventType] = set()
    for seed in range(many(250, 2000)):
        seen |= {e.type for e in play(random_plan(seed, 7), seed, (60, 120)[seed % 2]).events}
    assert {*EventType} - seen == set()
