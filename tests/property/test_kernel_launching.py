"""Laws of scheduling: what launches, what is held, and what is said of both (SPEC 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.kernel import EventType, Hold, Launch, Probe, Reuse, Skip, entry_criteria
from tests.support.course import Course
from tests.support.laws import law
from tests.support.reading import Reading

_SETTLING = (
    EventType.COMPLETED,
    EventType.INTEGRATED,
    EventType.APPROVED,
    EventType.SKIPPED,
    EventType.REUSED,
)
_TURNS = (EventType.REGISTERED, EventType.SCHEDULED)


def _lane(r: Reading, but: str = "") -> list[str]:
    """Give the steps of the lane that are in flight."""
    return [t.step for t in r.flying() if not r.plan.step(t.step).parallel and t.step != but]


@law
def test_one_step_of_the_lane_at_most_is_in_flight(course: Course) -> None:
    assert len(_lane(course.reading)) <= 1


@law
def test_what_is_asked_to_launch_is_in_canonical_order_and_one_of_the_lane(course: Course) -> None:
    asked = [r for r in course.requests if isinstance(r, Launch)]
    places = [course.plan.position[r.step] for r in asked]
    assert places == sorted(places)
    lane = [r for r in asked if not course.plan.step(r.step).parallel]
    assert len(lane) <= 1
    assert all((r.rule == "lane") == (r in lane) for r in asked)


@law
def test_nothing_launches_before_all_that_it_waits_for_is_there(course: Course) -> None:
    if course.event.type is EventType.QUEUED:
        key, number, r = course.event.data["step"], course.event.data["attempt"], course.reading
        assert obstacles(r, key, number) == []
        assert number == len(r.tries[key])
        assert course.event.data["generation"] == r.generation[key]


def obstacles(r: Reading, key: str, number: int) -> list[str]:
    """Say all that stands against an attempt, which may be in flight itself."""
    spec = r.plan.step(key)
    tries = [t for k in r.keys for t in r.tries[k] if (t.step, t.number) != (key, number)]
    others = [t for t in tries if t.open]
    started = bool(tries or r.skipped)
    entry = r.entries.get(key, (0, {"not looked at"}))
    last = [t for t in r.now(key) if t.number != number][-1:]
    against = {
        "the item is over or in intake": r.over or not r.accepted,
        "the item waits for others": not started and bool(r.awaited),
        "the item has no place": r.plan.wip_limit is not None and not r.admitted,
        "it has settled": key in r.results or key in r.skipped or r.out(key),
        "join": not r.joined(key),
        "lane edge": spec.lane is not None and not r.settled(spec.lane),
        "lane": not spec.parallel and bool(_lane(r, key)),
        "condition": spec.when is not None and r.conditions.get(key) is not True,
        "entry": bool(entry_criteria(spec)) and (entry[0] != number or bool(entry[1])),
        "attempts": r.exhausted(key),
        "requeue": any(t.waits for t in last),
        "rejected": key in r.rejected,
        "blocker": bool(r.blocking(key)),
        "draining": any(t.overtaken and t.step in r.below[key] for t in others if _drains(r, t)),
        "in flight": any(t.step == key for t in others),
        "reverted": spec.kind == "integrate" and r.reverted,
        "rejections": spec.kind == "integrate" and bool(r.rejected),
        "alone": spec.kind == "integrate" and bool(others),
        "integration": any(r.plan.step(t.step).kind == "integrate" for t in others),
        "slots": any(_slots(r, others, c) <= 0 for c in spec.uses),
    }
    return [what for what, stands in against.items() if stands]


def _drains(r: Reading, t: Any) -> bool:
    return t.overtaken == "superseded" or not r.out(t.step)


def _slots(r: Reading, flying: list[Any], name: str) -> int:
    """Give how many slots of a constraint are left; of a global one the item can't tell."""
    constraint = r.plan.constraints[name]
    used = sum(name in r.plan.step(t.step).uses for t in flying)
    return constraint.slots - used if constraint.scope == "item" else 1


@law
def test_no_more_slots_are_held_than_there_are(course: Course) -> None:
    r = course.reading
    for name, constraint in course.plan.constraints.items():
        if constraint.scope == "item":
            users = [t for t in r.flying() if name in course.plan.step(t.step).uses]
            assert len(users) <= constraint.slots
    if course.event.type is EventType.CLAIMED:
        uses = course.plan.step(course.event.data["step"]).uses
        shared = [c for c in uses if course.plan.constraints[c].scope == "global"]
        assert course.event.data.get("granted", []) == shared


@law
def test_what_nothing_stands_against_is_asked_to_launch(course: Course) -> None:
    """Together, in canonical order; but for what has to be answered before."""
    r, asked = course.reading, course.requests
    if any(not isinstance(q, (Hold, Launch, Probe, Skip, Reuse)) for q in asked):
        return
    if any(isinstance(q, Probe) and q.what == "blockers" for q in asked):
        return
    due = {q.step for q in asked if isinstance(q, (Launch, Reuse, Skip))}
    for spec in course.plan.steps:
        free = spec.parallel and not spec.uses and spec.kind != "integrate"
        if free and not obstacles(r, spec.key, len(r.tries[spec.key]) + 1):
            assert spec.key in due


@law
def test_every_launch_follows_a_decision_that_names_it(course: Course) -> None:
    if course.event.type is not EventType.QUEUED:
        return
    last = max(i for i, e in enumerate(course.events) if e.type is EventType.SCHEDULED)
    since = course.events[last + 1 : -1]
    assert {e.type for e in since} <= {EventType.QUEUED, EventType.CLAIMED}
    line = course.events[last].data["launches"][sum(e.type is EventType.QUEUED for e in since)]
    key, number = course.event.data["step"], course.event.data["attempt"]
    rule = "parallel" if course.plan.step(key).parallel else "lane"
    assert line == {"step": key, "attempt": number, "rule": rule}


@law
def test_a_decision_names_all_that_could_go_on_but_for_what_holds_it(course: Course) -> None:
    if course.event.type is not EventType.SCHEDULED:
        return
    r, data = course.reading, course.event.data
    named = {*data["ready"]} | {line["step"] for line in data["held"]}
    asked = {q.step for q in course.requests if isinstance(q, (Probe, Skip, Reuse))}
    for key in r.keys:
        lane = r.plan.step(key).lane
        free = lane is None or r.settled(lane)
        if r.phase(key) in ("idle", "failed") and r.joined(key) and free:
            assert key in named | asked
        if r.phase(key) == "idle" and {*r.inputs[key]} & _news(course):
            assert key in named | asked
    for line in data["launches"]:
        assert line["step"] in data["ready"]
    keys = [line["step"] for line in data["held"]]
    assert len({*keys}) == len(keys)


def _news(course: Course) -> set[str]:
    """Give the steps that have settled since the last decision, and still are."""
    r = course.reading
    last = max(i for i, e in enumerate(course.events[:-1]) if e.type in _TURNS)
    told = {e.data["step"] for e in course.events[last:] if e.type in _SETTLING}
    return {k for k in told if k in r.results or k in r.skipped}


@law
def test_every_hold_of_a_decision_is_true(course: Course) -> None:
    if course.event.type is EventType.SCHEDULED:
        for line in course.event.data["held"]:
            assert true(course, line, course.event.data["ready"]), line


@law
def test_every_reason_that_anyone_is_told_is_true(course: Course) -> None:
    ready = [q.step for q in course.survey if isinstance(q, Launch)]
    for hold in course.survey:
        if isinstance(hold, Hold):
            line = {"step": hold.step, "why": hold.why, "on": [*hold.on]}
            assert true(course, line, ready), line


def true(course: Course, line: Mapping[str, Any], ready: list[str]) -> bool:
    """Tell whether what holds a step holds it, and is named."""
    r, key, on = course.reading, line["step"], line["on"]
    spec, number = course.plan.step(key), len(course.reading.tries[key]) + 1
    flying = [f"{t.step}/{t.number}" for t in r.flying()]
    starting = [f"{k}/{len(r.tries[k]) + 1}" for k in ready]
    match line["why"]:
        case "join":
            waits = [k for k in r.inputs[key] if not r.settled(k)]
            alone = on and {*on} <= {*flying, *starting}
            integrating = spec.kind == "integrate" or any(
                course.plan.step(t.step).kind == "integrate" for t in r.flying()
            )
            early = not r.started and bool(on) and on == r.awaited
            sent = spec.kind == "integrate" and bool(on) and {*on} == {*r.rejected}
            return early or sent or bool(on and on == waits) or bool(alone and integrating)
        case "lane":
            before = on == [spec.lane] and not r.settled(on[0])
            return before or bool(on and {*on} <= {*_lane(r), *_next_in_lane(r, ready)} - {key})
        case "entry":
            number_, unmet = r.entries[key]
            return number_ == number and bool(on) and {*on} == unmet
        case "constraint":
            names = [o.partition(" ")[0] for o in on]
            return bool(on) and all(_taken(r, n, ready) for n in names)
        case "blocker":
            told = [
                f"{b.type} (blocker {i})"
                for i, b in enumerate(r.blockers, start=1)
                if b in r.blocking(key)
            ]
            due = on == ["rework-limit"] and key in r.rejected
            return due or (bool(on) and {*on} <= {*told})
        case "draining":
            drains = {f"{t.step}/{t.number}" for t in r.flying() if t.overtaken}
            return bool(on) and {*on} <= drains
        case "attempts":
            return bool(on) and r.exhausted(key)
        case "requeue":
            return on == [f"{key}/{number - 1}"] and r.tries[key][-1].waits
        case "reverted":
            return spec.kind == "integrate" and r.reverted
        case "wip":
            return course.plan.wip_limit is not None and not r.admitted
    return False


def _next_in_lane(r: Reading, ready: list[str]) -> list[str]:
    """Give the step whose turn it is in the lane: it launches, or its entry criteria are asked."""
    asked = [
        k
        for k in r.keys
        if entry_criteria(r.plan.step(k)) and r.entries.get(k, (0, ()))[0] <= len(r.tries[k])
    ]
    return [k for k in (*ready, *asked) if not r.plan.step(k).parallel]


def _taken(r: Reading, name: str, ready: list[str]) -> bool:
    constraint = r.plan.constraints[name]
    if constraint.scope == "global":
        return True  # the driver alone knows
    users = [t.step for t in r.flying()] + ready
    return sum(name in r.plan.step(k).uses for k in users) >= constraint.slots


@law
def test_integration_is_alone_and_passes_no_blocker(course: Course) -> None:
    kinds = [course.plan.step(t.step).kind for t in course.reading.flying()]
    assert "integrate" not in kinds or len(kinds) == 1
    if course.event.type is EventType.INTEGRATED:
        assert not any(b.open for b in course.reading.blockers)


@law
def test_a_condition_is_asked_once_a_generation_and_only_when_the_join_is_satisfied(
    course: Course,
) -> None:
    if course.event.type is not EventType.EVALUATED or course.event.data["what"] != "when":
        return
    asked = course.seen.setdefault("conditions", set())
    which = (course.event.data["step"], course.event.data["generation"])
    assert which not in asked
    asked.add(which)
    assert which[1] == course.reading.generation[which[0]]
    assert course.reading.joined(which[0])
