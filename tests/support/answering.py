"""What a driver may do in a play: answer what the kernel asks for, in any order and any way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dovetail import kernel
from dovetail.kernel import EventType, Launch, Request, entry_criteria
from dovetail.plan.model import Call
from tests.support.course import Course, Move, named

__all__ = ["RUNNER", "answers", "launches", "settle_child"]

RUNNER = "dovetail"

SHAPES: tuple[tuple[dict[str, Any], ...], ...] = (
    ({"key": "p"}, {"key": "q", "needs": ["p"]}),
    ({"key": "p"},),
    (),
    (
        {"key": "p", "priority": 2, "group": 1},
        {"key": "q", "priority": 1, "group": 1},
        {"key": "r"},
    ),
    ({"key": "q"}, {"key": "p", "needs": ["r", "q"]}, {"key": "r", "group": 2}),
)
"""What a list of elements may give: keys, what they need, their priority and group."""


def answers(course: Course) -> Iterator[Move]:
    """Give the ways to answer each request that is not a launch; the first leads to the end."""
    for request in course.requests:
        match request:
            case kernel.Launch() | kernel.Hold() | kernel.Spawn() | kernel.Recall():
                pass
            case kernel.Expand():
                yield from _expansions(course, request)
            case kernel.Probe():
                yield from _evaluations(course, request)
            case _:
                yield Move(6, _answer, (request,))
    for request in course.requests:
        if isinstance(request, kernel.Spawn):
            yield Move(6, _spawn, (request,))
        if isinstance(request, kernel.Recall):
            recalled = (request.step, request.attempt, request.child)
            yield Move(1, settle_child, (*recalled, "closed", 0))
            yield Move(1, settle_child, (*recalled, "completed", 0))


def launches(course: Course) -> Iterator[Move]:
    """Give the ways to launch: all, what nobody drives, what gets its slots; claimed or not."""
    due = [r for r in course.requests if isinstance(r, Launch)]
    if not due:
        return
    yield Move(6, _launch, (tuple(due), True))
    by_hand = tuple(r for r in due if not course.plan.step(r.step).automatic)
    if 0 < len(by_hand) < len(due):
        yield Move(2, _launch, (by_hand, True))
    modest = tuple(r for r in due if not isinstance(r, kernel.Acquire))
    if 0 < len(modest) < len(due) and modest != by_hand:
        yield Move(2, _launch, (modest, True))
    if len(by_hand) < len(due):
        yield Move(1, _launch, (tuple(due), False))


def _launch(course: Course, chosen: tuple[Launch, ...], claim: bool) -> None:
    requests = list(course.requests)
    held = [[r.step, r.why, [*r.on]] for r in requests if isinstance(r, kernel.Hold)]
    for r in requests:
        if isinstance(r, kernel.Acquire) and r not in chosen:
            held.append([r.step, "constraint", [*r.constraints]])
    course.say(
        EventType.SCHEDULED,
        ready=[r.step for r in requests if isinstance(r, Launch)],
        launches=[{"step": r.step, "attempt": r.attempt, "rule": r.rule} for r in chosen],
        held=[{"step": step, "why": why, "on": on} for step, why, on in _in_order(requests, held)],
    )
    for r in chosen:
        told = named(r.step, r.attempt)
        course.say(EventType.QUEUED, **told, generation=r.generation)
        if claim and course.plan.step(r.step).automatic:
            claim_as(course, r.step, r.attempt, RUNNER, "runner")


def _in_order(requests: list[Request], held: list[list[Any]]) -> list[list[Any]]:
    """Put what is held in the order of the requests, of which there is one for a step."""
    places = {r.step: i for i, r in enumerate(requests) if isinstance(r, (kernel.Hold, Launch))}
    return sorted(held, key=lambda line: places[line[0]])


def claim_as(course: Course, step: str, number: int, executor: str, kind: str) -> None:
    """Claim an attempt; the global constraints that it uses are granted."""
    spec = course.plan.step(step)
    shared = [c for c in spec.uses if course.plan.constraints[c].scope == "global"]
    told: dict[str, Any] = {"executor": executor, "kind": kind, "roles": [spec.role]}
    told |= {"fence": len(course.events) + 1, "handoffs": []}
    told |= {"granted": shared} if shared else {}
    course.say(EventType.CLAIMED, **named(step, number), **told)


# --- evaluations


def _evaluations(course: Course, probe: kernel.Probe) -> Iterator[Move]:
    untold = course.left["untold"] > 0
    match probe.what:
        case "when":
            yield Move(6, _told, (probe, {"holds": True}))
            yield Move(2, _told, (probe, {"holds": False}))
            if untold:
                yield Move(1, _untold, (probe,), "untold")
        case "entry":
            asked = entry_criteria(course.plan.step(probe.step))
            met: dict[str, Any] = {"attempt": probe.attempt, "criteria": dict.fromkeys(asked, True)}
            yield Move(6, _told, (probe, met))
            if course.left["unmet"]:
                yield Move(
                    2, _told, (probe, met | {"criteria": dict.fromkeys(asked, False)}), "unmet"
                )
            if untold:
                yield Move(1, _untold, (probe,), "untold")
        case "blockers":
            yield Move(6, _told, (probe, {"attempt": probe.attempt, "raised": []}))
            if course.left["raise"]:
                watched = [k for k, b in course.plan.blockers.items() if b.when is not None]
                met = {"attempt": probe.attempt, "raised": watched[:1]}
                yield Move(2, _told, (probe, met), "raise")
            if untold:
                yield Move(1, _untold, (probe,), "untold")
        case "pause":
            where = {"attempt": probe.attempt, "child": probe.child}
            where |= {"group_last": probe.group_last, "last": probe.last}
            yield Move(3, _told, (probe, where | {"holds": False}))
            yield Move(3, _told, (probe, where | {"holds": True}))
        case "done":
            yield Move(6, _told, (probe, {"criteria": {c.id: True for c in course.plan.done}}))
            if course.left["unmet"]:
                told = {"criteria": {c.id: False for c in course.plan.done}}
                yield Move(2, _told, (probe, told), "unmet")


def _told(course: Course, probe: kernel.Probe, answer: dict[str, Any]) -> None:
    which = {"what": probe.what, "step": probe.step, "generation": probe.generation}
    course.say(EventType.EVALUATED, **which, **answer)


def _untold(course: Course, probe: kernel.Probe) -> None:
    """Say that an expression can't be evaluated."""
    told: dict[str, Any] = {"reason": f"{probe.step}: no such name"}
    if probe.what == "blockers":
        told["source"] = [probe.step, probe.attempt]
    _blocked(course, "expression-error", [probe.step], told)


def _blocked(course: Course, kind: str, steps: list[str], told: dict[str, Any]) -> None:
    number = len(course.state.blockers) + 1
    course.say(EventType.BLOCKED, blocker=number, type=kind, steps=steps, **told)


# --- everything else


def _answer(course: Course, request: Request) -> None:
    match request:
        case kernel.Fire(step, generation, winners):
            course.say(EventType.FIRED, step=step, generation=generation, winners=[*winners])
        case kernel.Skip(step, generation, reason):
            course.say(EventType.SKIPPED, step=step, generation=generation, reason=reason)
        case kernel.Reuse(step, generation, attempt):
            course.say(EventType.REUSED, step=step, generation=generation, attempt=attempt)
        case kernel.Rework(gate, number, to, reason):
            below = [course.plan.steps[i].key for i in course.plan.downstream(to)]
            told = {"gate": gate, "attempt": number, "to": to, "reason": reason}
            course.say(EventType.REWORK, **told, reopened=below)
        case kernel.Block(kind, steps, reason, source):
            where = {} if source is None else {"source": [*source]}
            _blocked(course, kind, [*steps], {"reason": reason, **where})
        case kernel.Close(reason):
            course.say(EventType.ITEM_CLOSED, reason=reason)
        case kernel.Admit():
            course.say(EventType.ADMITTED)
        case kernel.Complete():
            course.say(EventType.ITEM_COMPLETED)
        case kernel.Render(step, number, child):
            told = named(step, number) | {"child": child, "artifacts": {f"{child}.md": "r"}}
            course.say(EventType.CHILD_RENDERED, **told)
        case kernel.Absorb(step, number, children):
            course.say(EventType.CHILDREN_ABSORBED, **named(step, number), children=[*children])
        case kernel.Pause(step, number, child):
            course.say(EventType.PAUSED, **named(step, number), child=child)
        case kernel.Finish(step, number):
            _finish(course, step, number)
        case _:
            raise AssertionError(f"nobody answers {request}")


# --- children


def _expansions(course: Course, request: kernel.Expand) -> Iterator[Move]:
    action = course.plan.step(request.step).action
    assert isinstance(action, Call)
    shapes = range(len(SHAPES)) if action.for_each else (1,)
    first = course.plan.position[request.step] % len(shapes)
    for i in shapes:
        shape = shapes[(first + i) % len(shapes)] if action.for_each else 1
        for x, version in ((0, "1.0.0"), (1, "1.0.0"), (0, "1.1.0")):
            weight = 6 if (i, x, version) == (0, 0, "1.0.0") else 1
            yield Move(weight, _expand, (request.step, request.attempt, shape, x, version))


def _expand(course: Course, step: str, number: int, shape: int, x: int, version: str) -> None:
    children = [{**e, "params": {"x": x if e["key"] == "p" else 0}} for e in SHAPES[shape]]
    course.say(EventType.EXPANDED, **named(step, number), version=version, children=children)


def _spawn(course: Course, request: kernel.Spawn) -> None:
    told = named(request.step, request.attempt) | {"child": request.child}
    told |= {"supersedes": request.supersedes} if request.supersedes else {}
    course.say(EventType.CHILD_STARTED, **told, item=f"CH-{len(course.events)}")


def settle_child(
    course: Course, step: str, number: int, child: str, status: str, value: int
) -> None:
    """Tell of the end of a child."""
    told = named(step, number) | {"child": child, "status": status, "outputs": {"v": value}}
    course.say(EventType.CHILD_SETTLED, **told)


def _finish(course: Course, step: str, number: int) -> None:
    attempt = course.state.attempt(course.plan, step, number)
    assert attempt is not None
    outputs = {"children": kernel.children_of(attempt.call)} if attempt.call else {}
    told = named(step, number) | {"executor": attempt.executor, "fence": attempt.fence}
    told |= {"criteria": {c.id: True for c in course.plan.step(step).exit}}
    course.say(EventType.COMPLETED, **told, outputs=outputs, evidence={}, artifacts={})
