"""Laws of calls: their children, the gates between them, and rework (SPEC 2.2 and 5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.kernel import EventType, Recall, Spawn, state
from dovetail.plan.model import Call, ForEach
from tests.support.course import Course
from tests.support.laws import law
from tests.support.reading import Kid, Reading, Try


def _each(r: Reading, key: str) -> ForEach | None:
    action = r.plan.step(key).action
    return action.for_each if isinstance(action, Call) else None


def _calls(r: Reading) -> Iterator[tuple[Try, dict[str, Kid]]]:
    """Give the calls whose children are known."""
    for tries in r.tries.values():
        for t in tries:
            if t.expanded:
                yield t, t.kids


def _call(course: Course, step: str, number: int) -> state.Call:
    """Give what the kernel keeps of a call."""
    attempt = course.state.attempt(course.plan, step, number)
    assert attempt is not None
    assert attempt.call is not None
    return attempt.call


def _live(kids: dict[str, Kid]) -> list[Kid]:
    return [k for k in kids.values() if k.item and not k.status]


@law
def test_children_are_what_the_events_say(course: Course) -> None:
    for t, kids in _calls(course.reading):
        call = _call(course, t.step, t.number)
        assert call.version == t.version
        assert {*call.children} == {*kids}
        for key, child in call.children.items():
            kid = kids[key]
            told = (kid.item, kid.status, kid.reused, kid.supersedes, kid.rendered, kid.absorbed)
            kept = (child.item, child.status, child.reused, child.supersedes, child.rendered)
            assert (*kept, child.absorbed) == told, key
            assert child.overtaken == kid.overtaken, key
            assert child.pauses == kid.pauses


@law
def test_children_start_after_those_they_need_then_by_priority_and_key(course: Course) -> None:
    if course.event.type is not EventType.EXPANDED:
        return
    elements = {e["key"]: e for e in course.event.data["children"]}
    left = dict(elements)
    for key in _call(course, course.event.data["step"], course.event.data["attempt"]).children:
        ready = [k for k, e in left.items() if not {*e.get("needs", ())} & {*left}]
        assert key == min(ready, key=lambda k: (elements[k].get("priority", 0), k))
        del left[key]
    assert not left


@law
def test_a_child_starts_when_nothing_stands_against_it(course: Course) -> None:
    if course.event.type is not EventType.CHILD_STARTED:
        return
    r, key = course.reading, course.event.data["step"]
    t = r.named(course.event.data)
    kids = t.kids
    kid, each = kids[course.event.data["child"]], _each(r, key)
    assert (t.status, t.overtaken) == ("claimed", None)
    assert all(kids[k].status for k in kid.needs)
    assert not r.blocking(key)
    assert course.event.data.get("supersedes") == kid.supersedes
    if each is None or not each.parallel:
        assert _live(kids) == [kid]
    for other in kids.values():
        assert other.pause in ("", "approved")
        if each is not None and other.status:
            assert other.rendered or not each.after
            assert other.pauses is not None or not each.pause
            assert other.pause or not other.pauses


@law
def test_a_completed_and_unchanged_child_is_not_started_again(course: Course) -> None:
    """Unless all is forced to be done again."""
    if course.event.type is EventType.CHILD_STARTED:
        t = course.reading.named(course.event.data)
        kid = t.kids[course.event.data["child"]]
        assert not kid.reused
        started = [k for _, kids in _calls(course.reading) for k in kids.values()]
        items = [k.item for k in started if k.item and not k.reused]
        assert len({*items}) == len(items)


@law
def test_what_rework_overtook_starts_nothing_more(course: Course) -> None:
    slow = {(t.step, t.number): t for t in course.reading.flying() if t.overtaken}
    for q in course.requests:
        if isinstance(q, Spawn):
            assert (q.step, q.attempt) not in slow
        if isinstance(q, Recall):
            kid = slow[q.step, q.attempt].kids[q.child]
            assert (kid.item, kid.status) == (q.item, None)


@law
def test_a_call_ends_when_all_its_children_have(course: Course) -> None:
    if course.event.type not in (EventType.COMPLETED, EventType.FAILED):
        return
    r, key = course.reading, course.event.data["step"]
    t = r.named(course.event.data)
    if course.plan.step(key).kind != "call":
        return
    kids = t.kids
    assert not _live(kids)
    if t.status != "completed":
        return
    each = _each(r, key)
    for kid in kids.values():
        assert kid.status is not None
        assert kid.absorbed == (kid.status == "completed")
        assert kid.pause in ("", "approved")
        if each is not None:
            assert kid.rendered == bool(each.after)
            assert not kid.pauses or kid.pause == "approved"
    told = [(c["key"], c["item"], c["status"]) for c in course.event.data["outputs"]["children"]]
    assert sorted(told) == sorted((k.key, k.item, k.status) for k in kids.values())


@law
def test_results_are_taken_over_when_the_blueprint_says(course: Course) -> None:
    if course.event.type is not EventType.CHILDREN_ABSORBED:
        return
    r, key = course.reading, course.event.data["step"]
    kids = r.named(course.event.data).kids
    taken = [kids[k] for k in course.event.data["children"]]
    action = course.plan.step(key).action
    assert isinstance(action, Call)
    assert {k.status for k in taken} == {"completed"}
    past = course.seen.setdefault("absorbed", [])
    items = [k.item for k in taken]
    assert not {*items} & {*past}
    past += items
    if action.integrate_each == "child":
        assert len(taken) == 1
    elif action.integrate_each == "group":
        assert len({str(k.group) for k in taken}) == 1
        assert all(k.status for k in kids.values() if k.group == taken[0].group)
    else:
        assert all(k.status for k in kids.values())


@law
def test_a_pause_holds_what_has_not_started(course: Course) -> None:
    r = course.reading
    waiting = {
        (t.step, t.number)
        for t, kids in _calls(r)
        if any(k.pause in ("open", "rejected") for k in kids.values())
    }
    for q in course.requests:
        if isinstance(q, Spawn):
            assert (q.step, q.attempt) not in waiting
    for attempt, child in course.state.open_pauses():
        kid = r.tries[attempt.step][attempt.number - 1].kids[child.key]
        assert kid.pause == "open"
