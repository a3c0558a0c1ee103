"""The children of a call: their order, what comes after each, and rework (SPEC 2.2, 5.5, 5.6).

A call is one attempt of an automatic step, in flight until all its children have settled. The
driver works out the elements once; from then on the kernel says which child starts, when the parent
takes over what a child made, and when a gate opens between two of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dovetail.kernel.events import EventType
from dovetail.kernel.guards import Handler, Refused, demand, find
from dovetail.kernel.holds import blocked_by
from dovetail.kernel.requests import (
    Absorb,
    Expand,
    Finish,
    Pause,
    Probe,
    Recall,
    Render,
    Request,
    Spawn,
)
from dovetail.kernel.state import Attempt, Call, Child, State, StepState
from dovetail.plan.model import Call as CallAction
from dovetail.plan.model import ForEach, Plan, Step

__all__ = ["HANDLERS", "call_requests", "calling", "child_of", "children_of"]


# --- what the kernel asks for


def call_requests(plan: Plan, state: State, attempt: Attempt) -> list[Request]:
    """Give what a call in flight asks for."""
    step, number = attempt.step, attempt.number
    call = attempt.call
    live = [c for c in call.children.values() if _live(c)] if call else []
    # rule: children-drain (5.5) Children of a call that rework overtook are closed if they have
    # not started; else they run to their end.
    if attempt.overtaken:
        recalls = [Recall(step, number, c.key, c.item or "") for c in live]
        return [*recalls] or [Finish(step, number)]
    spec = plan.step(step)
    # rule: blocked-spawns-nothing (5.7) While a blocker names a call, none of its children starts.
    if blocked := blocked_by(plan, state, spec):
        return [blocked]
    if call is None:
        return [Expand(step, number)]
    if after := list(_after(spec, attempt, call)):
        return after
    # rule: pause-before-the-next (2.2) While the gate between two children is open, none starts.
    if any(c.gate is not None and c.gate.status != "completed" for c in call.children.values()):
        return []  # it waits for a decision, or for what follows from one
    if spawns := list(_spawns(spec, attempt, call, live)):
        return [*spawns]
    return [] if live else _finish(spec, attempt, call)


def _live(child: Child) -> bool:
    return child.item is not None and child.status is None


def _each(spec: Step) -> ForEach | None:
    return spec.action.for_each if isinstance(spec.action, CallAction) else None


def _after(spec: Step, attempt: Attempt, call: Call) -> Iterator[Request]:
    """Give what comes after each child that has settled, one thing at a time."""
    each, step, number = _each(spec), attempt.step, attempt.number
    for child in call.children.values():
        if child.status is None:
            continue
        taken = _absorbed_with(spec, call, child)
        if each and each.after and not child.rendered:
            yield Render(step, number, child.key)
        elif taken:
            yield Absorb(step, number, taken)
        elif each and each.pause and child.pauses is None:
            yield _pause_probe(attempt, call, child)
        elif child.pauses and child.gate is None:
            yield Pause(step, number, child.key)


def _absorbed_with(spec: Step, call: Call, child: Child) -> tuple[str, ...]:
    """Give the children whose results join the parent's workspace when this one has settled."""
    action = spec.action
    when = action.integrate_each if isinstance(action, CallAction) else "end"
    if when == "end":
        return ()
    # rule: integrate-each (2.2) Results of completed children join the parent's workspace after
    # each child, each group, or at the end.
    together = [child] if when == "child" else _group(call, child)
    if not _is_last(together, child):
        return ()
    return tuple(c.key for c in together if c.status == "completed" and not c.absorbed)


def _group(call: Call, child: Child) -> list[Child]:
    return [c for c in call.children.values() if c.group == child.group]


def _is_last(together: Sequence[Child], child: Child) -> bool:
    """Tell whether all of them have settled, and none after this one."""
    return all(c.status is not None and c.settled_at <= child.settled_at for c in together)


def _pause_probe(attempt: Attempt, call: Call, child: Child) -> Probe:
    return Probe(
        "pause",
        attempt.step,
        attempt.generation,
        attempt.number,
        child.key,
        group_last=_is_last(_group(call, child), child),
        last=_is_last([*call.children.values()], child),
    )


def _spawns(spec: Step, attempt: Attempt, call: Call, live: Sequence[Child]) -> Iterator[Spawn]:
    """Give the children that may start: those whose siblings they need have settled."""
    each = _each(spec)
    parallel = each is not None and each.parallel
    # rule: children-one-at-a-time (2.2) Children start one after the other, unless the call is
    # parallel.
    if live and not parallel:
        return
    for child in call.children.values():
        # rule: children-wait-for-siblings (2.2) A child starts when the siblings that it needs
        # have settled.
        waits = any(call.children[key].status is None for key in child.needs)
        if child.item is None and not waits:
            yield Spawn(attempt.step, attempt.number, child.key, child.supersedes)
            if not parallel:
                return


def _finish(spec: Step, attempt: Attempt, call: Call) -> list[Request]:
    action = spec.action
    if isinstance(action, CallAction) and action.integrate_each == "end":
        settled = call.children.values()
        keys = tuple(c.key for c in settled if c.status == "completed" and not c.absorbed)
        if keys:
            return [Absorb(attempt.step, attempt.number, keys)]
    return [Finish(attempt.step, attempt.number)]


def children_of(call: Call) -> list[dict[str, Any]]:
    """Give what a call reports of its children."""
    return [
        {"key": c.key, "item": c.item, "status": c.status, "outputs": dict(c.outputs)}
        for c in call.children.values()
    ]


# --- what may happen


def calling(
    plan: Plan, state: State, data: Mapping[str, Any]
) -> tuple[Step, StepState, Attempt, Call]:
    """Give the call in flight that an event speaks of.

    Raises:
        Refused: when it is none, or its children are not known yet.
    """
    spec, step, attempt = find(plan, state, data)
    demand(spec.kind == "call", f"{spec.key} is not a call but {spec.kind}")
    name = attempt.name
    demand(attempt.status == "claimed", f"{name} is {attempt.status}, not under way", stale=True)
    if attempt.call is None:
        raise Refused(f"the children of {name} are not known yet", "dovetail run ITEM")
    return spec, step, attempt, attempt.call


def child_of(call: Call, data: Mapping[str, Any]) -> Child:
    """Give the child that an event speaks of.

    Raises:
        Refused: when there is none.
    """
    key = data["child"]
    demand(key in call.children, f"there is no child {key}; there are {', '.join(call.children)}")
    return call.children[key]


def _demand_due(plan: Plan, state: State, attempt: Attempt, request: Request) -> None:
    due = request in call_requests(plan, state, attempt)
    demand(due, f"{attempt.name} does not ask for this now: {request}", "dovetail status ITEM")


def _expanded(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = find(plan, state, data)
    demand(spec.kind == "call", f"{spec.key} is not a call but {spec.kind}")
    demand(attempt.status == "claimed", f"{attempt.name} is {attempt.status}, not under way")
    due = attempt.call is None and not attempt.overtaken
    demand(due, f"the children of {attempt.name} are not asked for", stale=True)
    made = {c.key: c for c in _in_order(data["children"])}
    before = _before(step, attempt)
    for child in made.values():
        version, old = before.get(child.key, ("", None))
        if old is None:
            continue
        # rule: child-reused (5.5) On rework children match by key: completed and unchanged ones
        # are reused, others are superseded by a new child.
        same = (
            not step.forced
            and version == data["version"]
            and dict(old.params) == dict(child.params)
        )
        if old.status == "completed" and not old.overtaken and same:
            _take_over(child, old)
        else:
            child.supersedes = old.item
        attempt.artifacts = {**attempt.artifacts, **child.artifacts}
    attempt.call = Call(data["version"], made)


def _take_over(child: Child, old: Child) -> None:
    """Let a child count again, with what was done after it."""
    child.item, child.status, child.outputs = old.item, old.status, old.outputs
    child.settled_at, child.reused = old.settled_at, True
    child.rendered, child.absorbed = old.rendered, old.absorbed
    child.artifacts = old.artifacts
    # rule: milestone-not-passed-by (2.2) A child that is taken over is put to the reviewers again
    # unless they have approved it.
    if old.gate is not None and old.gate.status == "completed":
        child.pauses, child.gate = True, old.gate


def _before(step: StepState, attempt: Attempt) -> dict[str, tuple[str, Child]]:
    """Give the last child of each key in earlier attempts, with the version it was on."""
    found: dict[str, tuple[str, Child]] = {}
    for earlier in step.attempts[: attempt.number - 1]:
        if earlier.call is not None:
            for key, child in earlier.call.children.items():
                if child.item is not None:
                    found[key] = (earlier.call.version, child)
    return found


def _in_order(elements: Sequence[Mapping[str, Any]]) -> list[Child]:
    """Put children in the order in which they start: needs, then priority, then key.

    Raises:
        Refused: when two have the same key, one needs an unknown one, or they need each other.
    """
    known = {e["key"]: e for e in elements}
    keys = [e["key"] for e in elements]
    twice = sorted({k for k in keys if keys.count(k) > 1}) if len(known) < len(keys) else []
    demand(not twice, f"two children are called {', '.join(twice)}; their keys have to differ")
    waits: dict[str, set[str]] = {k: set(e.get("needs") or ()) for k, e in known.items()}
    for key, needs in waits.items():
        unknown = ", ".join(sorted(needs - set(known)))
        demand(not unknown, f"the child {key} needs {unknown}, which is not among the children")
    after: dict[str, list[str]] = {k: [] for k in known}
    for key, needs in waits.items():
        for need in needs:
            after[need].append(key)
    ready = [(known[k].get("priority") or 0, k) for k, needs in waits.items() if not needs]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        _, key = heapq.heappop(ready)
        order.append(key)
        for k in after[key]:
            waits[k].discard(key)
            if not waits[k]:
                heapq.heappush(ready, (known[k].get("priority") or 0, k))
    # rule: children-in-order (2.2) Children start in the order of what they need, then priority,
    # then key; a cycle, an unknown need or a doubled key is refused before any starts.
    stuck = ", ".join(sorted(set(known) - set(order)))
    demand(not stuck, f"the children {stuck} need each other, so none of them can start")
    return [_made(known[k]) for k in order]


def _made(element: Mapping[str, Any]) -> Child:
    needs = tuple(sorted(element.get("needs") or ()))
    return Child(element["key"], element["params"], needs, element.get("group"))


def _started(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _, _, attempt, call = calling(plan, state, data)
    child = child_of(call, data)
    asked = Spawn(attempt.step, attempt.number, child.key, data.get("supersedes"))
    _demand_due(plan, state, attempt, asked)
    child.item = data["item"]


def _settled(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _, _, attempt, call = calling(plan, state, data)
    child = child_of(call, data)
    demand(_live(child), f"the child {child.key} of {attempt.name} is not under way", stale=True)
    child.status, child.outputs = data["status"], data["outputs"]
    child.settled_at = state.events + 1
    for blocker in state.open_blockers():
        if blocker.child == child.item:  # it went with the child
            blocker.open = False
            state.unresolved -= 1


def _rendered(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _, _, attempt, call = calling(plan, state, data)
    child = child_of(call, data)
    _demand_due(plan, state, attempt, Render(attempt.step, attempt.number, child.key))
    child.rendered, child.artifacts = True, data["artifacts"]
    attempt.artifacts = {**attempt.artifacts, **child.artifacts}


def _absorbed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _, _, attempt, call = calling(plan, state, data)
    keys = tuple(data["children"])
    _demand_due(plan, state, attempt, Absorb(attempt.step, attempt.number, keys))
    for key in keys:
        call.children[key].absorbed = True


def _paused(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _, _, attempt, call = calling(plan, state, data)
    child = child_of(call, data)
    _demand_due(plan, state, attempt, Pause(attempt.step, attempt.number, child.key))
    child.gate = Attempt(attempt.step, attempt.number, attempt.generation)


HANDLERS: dict[EventType, Handler] = {
    EventType.EXPANDED: _expanded,
    EventType.CHILD_STARTED: _started,
    EventType.CHILD_SETTLED: _settled,
    EventType.CHILD_RENDERED: _rendered,
    EventType.CHILDREN_ABSORBED: _absorbed,
    EventType.PAUSED: _paused,
}
