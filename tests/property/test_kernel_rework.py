"""Laws of rework: what it reopens, what survives it, what is done again (SPEC 5.5 and 5.6)."""

from __future__ import annotations

from dovetail.kernel import Block, Close, EventType, Fire, Probe, Rework, shown
from dovetail.plan.model import Integrate
from tests.support.course import Course
from tests.support.laws import law
from tests.support.reading import Reading, Try

_REUSABLE = ("run", "python", "render", "call")


@law
def test_rework_reopens_the_target_and_its_flow_descendants_alone(course: Course) -> None:
    now = {s.key: x.generation for s, x in zip(course.plan.steps, course.state.steps, strict=True)}
    before = course.seen.get("generations", dict.fromkeys(now, 1))
    course.seen["generations"] = now
    opened = {k for k in now if now[k] != before[k]}
    assert all(now[k] == before[k] + 1 for k in opened)
    below: set[str] = set()
    if course.event.type in (EventType.REWORK, EventType.REVERTED):
        below = {course.event.data["to" if course.event.type is EventType.REWORK else "step"]}
        for spec in course.plan.steps:  # canonical order: what is above comes first
            if below & {e.step for e in spec.edges if e.reason != "lane"}:
                below.add(spec.key)
    assert opened == below


@law
def test_attempts_are_counted_from_one_over_all_generations(course: Course) -> None:
    for step in course.state.steps:
        assert [a.number for a in step.attempts] == list(range(1, len(step.attempts) + 1))
        generations = [a.generation for a in step.attempts]
        assert generations == sorted(generations)
        assert all(1 <= g <= step.generation for g in generations)


@law
def test_limits_are_kept(course: Course) -> None:
    r = course.reading
    if course.event.type is EventType.FAILED:
        key = course.event.data["step"]
        tries = course.plan.step(key).attempts + r.tries_granted[key]
        assert r.failures(key) <= tries
    if course.event.type is EventType.REWORK and course.event.data["gate"] is not None:
        key = course.event.data["gate"]
        gate, spec = r.gate(key), course.plan.step(key)
        limit = (gate.limit or 0) if gate else 0
        assert r.rejections[key] <= limit + r.reworks_granted[key]
        assert r.retreats[key] <= (spec.failure_limit or 0)


@law
def test_a_rejection_has_its_consequence(course: Course) -> None:
    """Rework while the limit allows it; then the item blocks, or closes."""
    r, asked = course.reading, course.requests
    if r.over or not r.accepted:
        return
    for key, to in r.rejected.items():
        gate = r.gate(key)
        if r.out(key):
            continue  # nobody waits for it any more
        assert gate is not None
        if r.rejections[key] < (gate.limit or 0) + r.reworks_granted[key]:
            due = any(isinstance(q, Rework) and (q.gate, q.to) == (key, to) for q in asked)
        else:
            own = [b for b in r.blockers if b.open and b.child is None]
            blocked = any((b.type, b.steps) == ("rework-limit", (key,)) for b in own)
            kind = Block if gate.then == "block" else Close
            due = blocked or any(isinstance(q, kind) for q in asked)
        first = len(asked) == 1 and isinstance(asked[0], (Probe, Block, Fire, Rework, Close))
        assert due or first, key


@law
def test_rework_crosses_no_baseline_and_goes_to_what_was_begun(course: Course) -> None:
    r = course.reading
    if course.event.type is EventType.REWORK:
        crossed = [
            s.key
            for s in course.plan.steps
            if isinstance(s.action, Integrate)
            if s.key in r.below[course.event.data["to"]]
        ]
        assert not crossed or not course.seen["baseline"]
        if course.event.data["gate"] is None:
            begun, skipped = course.seen["begun"]
            assert course.event.data["to"] in begun - skipped
    course.seen["baseline"] = r.integrated
    course.seen["begun"] = ({k for k in r.keys if r.tries[k] or r.out(k)}, {*r.skipped})
    integrated = [t for s in course.plan.steps if s.kind == "integrate" for t in r.tries[s.key]]
    assert r.integrated == any(r.results.get(t.step) is t for t in integrated)


# --- approvals


@law
def test_no_approval_survives_a_change_of_what_it_was_shown(course: Course) -> None:
    r = course.reading
    for key, now in _approved(r):
        for executor, content in now.approvals:
            assert content == r.shows(key), executor


def _approved(r: Reading) -> list[tuple[str, Try]]:
    """Give the gates that approvals count of."""
    gates = [k for k in r.keys if r.plan.step(k).kind == "gate"]
    standing = [(k, r.results[k]) for k in gates if k in r.results]
    waiting = [(t.step, t) for t in r.flying() if t.step in gates and t.approvals]
    return [*standing, *waiting]


@law
def test_what_an_approval_binds_stays_as_it_is(course: Course) -> None:
    """The digest of what a gate shows is the same as long as an approval of it counts."""
    bound: dict[tuple[str, int], str] = course.seen.setdefault("bound", {})
    counting = {(key, t.number) for key, t in _approved(course.reading)}
    for which in [w for w in bound if w not in counting]:
        del bound[which]
    if course.reading.closed:
        return
    for key, number in counting:
        digest = shown(course.plan, course.state, key)
        assert bound.setdefault((key, number), digest) == digest


@law
def test_a_gate_is_approved_by_as_many_as_it_takes(course: Course) -> None:
    r = course.reading
    for key, now in _approved(r):
        people = [executor for executor, _ in now.approvals]
        gate = r.gate(key)
        assert gate is not None
        assert len({*people}) == len(people)
        assert (now.status == "completed") == (len(people) >= gate.approvals)


# --- reuse


@law
def test_a_result_is_reused_only_when_nothing_changed_that_went_into_it(course: Course) -> None:
    if course.event.type is not EventType.REUSED:
        return
    r, key = course.reading, course.event.data["step"]
    assert course.plan.step(key).kind in _REUSABLE
    assert key not in r.redo
    t = r.named(course.event.data)
    assert t.status == "completed"
    assert t.generation < r.generation[key]
    assert t.saw == r.sees(key)


@law
def test_an_unchanged_automatic_step_is_not_done_twice(course: Course) -> None:
    if course.event.type is not EventType.QUEUED:
        return
    r, key = course.reading, course.event.data["step"]
    if course.plan.step(key).kind not in _REUSABLE or key in r.redo:
        return
    *earlier, now = r.tries[key]
    assert all(t.saw != now.saw for t in earlier if t.status == "completed")
