"""What people, agents and runners may do in a play: work, decide, send back, block, and talk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dovetail import kernel
from dovetail.kernel import Attempt, Child, EventType, rework_targets
from dovetail.plan.model import Gate
from tests.support.answering import RUNNER, claim_as, settle_child
from tests.support.course import Course, Move, named

__all__ = ["beginnings", "impediments", "ways_out", "words", "work"]

WORKERS = {"ana": "person", "ben": "person", "cleo": "agent"}
REVIEWERS = ("rex", "sue", "tom")
"""They review and never work."""

_SO = "so"


def who(course: Course, executor: str, step: str = "") -> dict[str, Any]:
    """Give how an event names who decides: reviewers have every role, workers that of the step."""
    every = {course.plan.owner, *course.plan.roles, *course.plan.intake}
    roles = [course.plan.step(step).role] if executor in WORKERS else sorted(every)
    return {"executor": executor, "kind": WORKERS.get(executor, "person"), "roles": roles}


def beginnings(course: Course) -> Iterator[Move]:
    """Give what an item waits for before anything starts."""
    if not course.state.accepted and not course.state.over:
        yield Move(6, _intake, ("accept",))
        yield Move(1, _intake, ("link",))
        yield from (Move(1, _intake, (d,)) for d in ("merge", "close"))
    for item in course.state.waits_for if not course.state.over else ():
        yield Move(2, _depended, (item,))


def _intake(course: Course, decision: str) -> None:
    told: dict[str, Any] = {"decision": decision, "reason": _SO, **who(course, "rex")}
    if decision in ("link", "merge"):
        told["items"] = ["WI-1"]
    if decision == "override":
        told["overrides"] = course.state.ended_at
    course.say(EventType.INTAKE, **told)


def _depended(course: Course, item: str) -> None:
    course.say(EventType.DEPENDENCY_SETTLED, item=item, status="completed")


# --- work


def work(course: Course) -> Iterator[Move]:
    """Give what may happen to what is in flight; the first of each leads to its end."""
    for attempt in list(course.state.in_flight.values()):
        kind = course.plan.step(attempt.step).kind
        if kind == "gate":
            yield from _decisions(course, attempt)
        elif attempt.status == "queued":
            yield from _claims(course, attempt)
        else:
            yield from _ends(course, attempt, kind)
    for spec, step in zip(course.plan.steps, course.state.steps, strict=True):
        spent = step.failures >= spec.attempts + step.granted
        if step.phase == "failed" and not spent:
            yield Move(4, _requeue, (spec.key, step.attempts[-1].number))


def _claims(course: Course, attempt: Attempt) -> Iterator[Move]:
    spec = course.plan.step(attempt.step)
    if spec.automatic:
        yield Move(4, claim_as, (attempt.step, attempt.number, RUNNER, "runner"))
        return
    busy = {a.executor for a in course.state.in_flight.values()}
    for name, kind in WORKERS.items():
        if name not in busy:
            yield Move(1, claim_as, (attempt.step, attempt.number, name, kind))


def _ends(course: Course, attempt: Attempt, kind: str) -> Iterator[Move]:
    at = (attempt.step, attempt.number)
    live = []
    if kind == "call":
        children = attempt.call.children.values() if attempt.call else ()
        live = [c for c in children if c.item and not c.status]
        for child in live:
            yield from _children(course, attempt, child)
        for child in children:
            if child.gate is not None and child.gate.open and not attempt.overtaken:
                yield from _decisions(course, attempt, child)
    elif kind == "integrate":
        if not course.state.unresolved:
            yield Move(6, _integrate, at, ends=attempt.step)
    else:
        yield Move(5, _complete, (*at, 0), ends=attempt.step)
        yield Move(1, _complete, (*at, 1), ends=attempt.step)
    if not live:
        yield Move(1, _fail, (*at, False), ends=attempt.step)
        if course.plan.step(attempt.step).automatic and course.left["interruption"]:
            yield Move(1, _fail, (*at, True), "interruption", attempt.step)


def _writing(course: Course, step: str, number: int) -> dict[str, Any]:
    attempt = course.state.attempt(course.plan, step, number)
    assert attempt is not None
    return named(step, number) | {"executor": attempt.executor, "fence": attempt.fence}


def _complete(course: Course, step: str, number: int, value: int) -> None:
    made = {"outputs": {"v": value}, "artifacts": {f"{step}.md": f"text {value}"}}
    criteria = {c.id: True for c in course.plan.step(step).exit}
    told = _writing(course, step, number) | made
    course.say(EventType.COMPLETED, **told, evidence={}, criteria=criteria)


def _integrate(course: Course, step: str, number: int) -> None:
    course.say(EventType.INTEGRATED, **_writing(course, step, number), artifacts={}, message="m")


def _fail(course: Course, step: str, number: int, interrupted: bool) -> None:
    told = _writing(course, step, number)
    course.say(EventType.FAILED, **told, reason="broke", interrupted=interrupted)


def _requeue(course: Course, step: str, number: int) -> None:
    course.say(EventType.REQUEUED, **named(step, number), reason="again")


# --- children


def _children(course: Course, attempt: Attempt, child: Child) -> Iterator[Move]:
    at = (attempt.step, attempt.number, child.key)
    yield Move(4, settle_child, (*at, "completed", 0))
    yield Move(1, settle_child, (*at, "completed", 1))
    yield Move(1, settle_child, (*at, "closed", 0))
    theirs = [b.number for b in course.state.open_blockers() if b.child == child.item]
    for number in theirs:
        yield Move(2, _unblock, (number, child.item))
    if not theirs and course.left["blocked child"]:
        for kind in ("credentials", "attempts-exhausted", "rework-limit", "entry-unmet"):
            yield Move(1, _block, (kind, (attempt.step,), child.item), "blocked child")


# --- decisions


def _decisions(course: Course, attempt: Attempt, child: Child | None = None) -> Iterator[Move]:
    """Give the decisions that are open to those who may take them; a guest has done nothing."""
    at = (attempt.step, attempt.number, child.key if child else None)
    gate = course.reading.gate(attempt.step)
    assert gate is not None
    able = [*_deciders(course, attempt, child, gate)] or [f"guest-{len(course.events)}"]
    for name in able:
        yield Move(1, _approve, (*at, name, False))
    if gate.override and course.left["override"]:
        yield Move(1, _approve, (*at, able[0], True), "override")
    for to in rework_targets(course.plan, course.state, attempt.step):
        yield Move(4, _reject, (*at, able[-1], to))


def _deciders(course: Course, attempt: Attempt, child: Child | None, gate: Gate) -> Iterator[str]:
    opened = child.gate if child else attempt
    words = {a.executor for a in opened.approvals} if opened else set()
    workers = set(_workers(course, attempt.step))
    for name in (*REVIEWERS, *WORKERS):
        reviews = name in REVIEWERS or not gate.reviewers
        able = WORKERS.get(name, "person") == "person" or not gate.human
        own = gate.independent and name in workers
        if reviews and able and not own and name not in words:
            yield name


def _workers(course: Course, gate: str) -> Iterator[str]:
    """Give who had a hand in what a gate reviews, earlier decisions included."""
    for data in (e.data for e in course.events if "executor" in e.data and "step" in e.data):
        if data["step"] in course.reading.above[gate] and data.get("child") is None:
            yield data["executor"]


def _verdict(course: Course, step: str, number: int, child: str | None) -> dict[str, Any]:
    told: dict[str, Any] = named(step, number) | {"generation": course.reading.generation[step]}
    told |= {"reason": _SO, "evidence": {}, "approve_when": None}
    return told if child is None else told | {"child": child}


def _approve(
    course: Course, step: str, number: int, child: str | None, executor: str, override: bool
) -> None:
    gate = course.reading.gate(step)
    assert gate is not None
    told = _verdict(course, step, number, child) | who(course, executor, step)
    if override:
        told["override"] = True
        told["roles"] = [*told["roles"], *gate.override]
        told["contradicts"] = last_rejection(course, step, child)
    elif gate.evidence or gate.approve_when:
        evidence = {gate.evidence: {"good": True}} if gate.evidence else {}
        told |= {"evidence": evidence, "approve_when": True}
    seen = kernel.shown(course.plan, course.state, step, child)
    course.say(EventType.APPROVED, **told, shown=seen)


def last_rejection(course: Course, step: str, child: str | None) -> int:
    """Give the number of the event that last rejected a gate; 0: none has."""
    said = (
        i
        for i, e in enumerate(course.events, start=1)
        if e.type is EventType.REJECTED and (e.data["step"], e.data.get("child")) == (step, child)
    )
    return max(said, default=0)


def _reject(
    course: Course, step: str, number: int, child: str | None, executor: str, to: str
) -> None:
    told = _verdict(course, step, number, child) | who(course, executor, step)
    course.say(EventType.REJECTED, **told, to=to)


# --- sending back, blocking, talking


def ways_out(course: Course) -> Iterator[Move]:
    """Give what operators do when an item stands still."""
    state = course.state
    if state.over:
        return
    mine = [b.number for b in state.open_blockers() if b.child is None]
    if course.left["resolution"]:
        yield from (Move(3, _unblock, (n, None), "resolution") for n in mine)
    if state.reverted:
        for to in _begun(course):
            below = course.reading.below[to]
            if any(course.plan.step(k).kind == "integrate" for k in below):
                yield Move(4, _rework, (to, False))


def impediments(course: Course) -> Iterator[Move]:
    """Give what nobody has to do: what sends the item back, holds it up or opens it again."""
    state = course.state
    if state.completed and course.left["revert"] and state.baseline == "post":
        yield Move(1, _revert, (), "revert")
    if state.closed and state.by_intake and course.left["override"]:
        yield Move(3, _intake, ("override",), "override")
    if state.over or not state.accepted:
        return
    if state.baseline == "post" and course.left["revert"]:
        yield Move(1, _revert, (), "revert")
    if course.left["rework"]:
        for to in _begun(course):
            yield Move(1, _rework, (to, False), "rework")
            yield Move(1, _rework, (to, True), "rework")
    if course.left["impediment"]:
        some = tuple(course.reading.keys[len(course.events) % 3 :: 3])
        plain = (k for k, b in sorted(course.plan.blockers.items()) if b.when is None)
        yield Move(1, _block, (next(plain, "conflict"), (), None), "impediment")
        yield Move(1, _block, ("handoff-missing", some, None), "impediment")


def _begun(course: Course) -> Iterator[str]:
    """Give the steps that an operator may send the item back to."""
    reading = course.reading
    if any(course.plan.step(t.step).kind == "integrate" for t in reading.flying()):
        return
    for key in reading.keys:
        crossed = any(
            course.plan.step(k).kind == "integrate" and k in reading.results
            for k in reading.below[key]
        )
        begun = reading.tries[key] or reading.out(key)
        if begun and not crossed and key not in reading.skipped:
            yield key


def _rework(course: Course, to: str, force: bool) -> None:
    keys = [k for k in course.reading.keys if k in course.reading.below[to]]
    told = {"gate": None, "attempt": 0, "to": to, "reason": _SO, "reopened": keys}
    course.say(EventType.REWORK, **told, **({"force": True} if force else {}))


def _revert(course: Course) -> None:
    crossing = next(
        course.reading.results[s.key]
        for s in course.plan.steps
        if s.kind == "integrate" and s.key in course.reading.results
    )
    course.say(EventType.REVERTED, **named(crossing.step, crossing.number), reason=_SO)


def _block(course: Course, kind: str, steps: tuple[str, ...], child: str | None) -> None:
    told: dict[str, Any] = {"type": kind, "steps": [*steps], "reason": _SO}
    told |= {"child": child} if child else {}
    course.say(EventType.BLOCKED, blocker=len(course.state.blockers) + 1, **told)


def _unblock(course: Course, number: int, child: str | None) -> None:
    told = {"child": child} if child else {}
    course.say(EventType.UNBLOCKED, blocker=number, notes=_SO, **told)


def words(course: Course) -> Iterator[Move]:
    """Give what changes nothing of what is to be done: notes, transfers, forms."""
    open_forms = list(course.state.forms)
    yield from (Move(4, _answer_form, (form,)) for form in open_forms)
    if course.state.open_gates(course.plan) and not open_forms and course.left["form"]:
        yield Move(3, _suspend, (), "form")
    if not course.left["word"]:
        return
    yield Move(1, _note, (), "word")
    yield from (Move(1, _note_done, (n.number,), "word") for n in course.state.open_notes())
    if not course.state.over:
        yield from (Move(1, _transfer, (s,), "word") for s in (None, course.plan.steps[0].key))


def _note(course: Course) -> None:
    course.say(EventType.NOTED, note=len(course.state.notes) + 1, text="later")


def _note_done(course: Course, number: int) -> None:
    course.say(EventType.NOTE_RESOLVED, note=number, reason=_SO)


def _transfer(course: Course, step: str | None) -> None:
    course.say(EventType.TRANSFERRED, step=step, to="ben", reason=_SO)


def _suspend(course: Course) -> None:
    gates = {k: a.number for k, a in course.state.open_gates(course.plan).items()}
    course.say(EventType.SUSPENDED, form=f"form-{len(course.events)}", gates=gates)


def _answer_form(course: Course, form: str) -> None:
    course.say(EventType.ANSWERED, form=form, outcome="superseded", reason=_SO)
