"""Blockers and notes (SPEC 5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.kernel.decide import asks, decide
from dovetail.kernel.events import EventType
from dovetail.kernel.guards import Handler, demand
from dovetail.kernel.requests import Block, Complete, Expand, Probe
from dovetail.kernel.state import Blocker, Note, State
from dovetail.plan.model import Plan

__all__ = ["HANDLERS", "SYSTEM"]

SYSTEM = (
    "attempts-exhausted",
    "rework-limit",
    "entry-unmet",
    "done-unmet",
    "expression-error",
    "handoff-missing",
    "conflict",
)
"""The types that need no listing. The kernel asks for the first four; drivers meet the others."""

_ASKED_FOR = SYSTEM[:4]


def _blocked(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    kind, steps = data["type"], tuple(data["steps"])
    source, child = data.get("source"), data.get("child")
    number = len(state.blockers) + 1
    demand(data["blocker"] == number, f"the next blocker is {number}, not {data['blocker']}")
    unknown = [s for s in steps if s not in plan.position]
    demand(not unknown, f"the plan has no step {', '.join(unknown)}")
    listed = ", ".join(sorted(plan.blockers)) or "none"
    # rule: blocker-listed (5.7) A blocker is of a type that the blueprint lists; system types need
    # no listing.
    demand(
        kind in plan.blockers or kind in SYSTEM or child is not None,
        f"the blueprint lists no blocker {kind}; it lists {listed}",
        "raise one of those, or list it in a new version",
    )
    if child is not None:
        _demand_child(state, data)
    elif kind == "expression-error":
        due = _evaluates(plan, state, steps, source)
        demand(due, f"nothing of {', '.join(steps) or 'the item'} is evaluated now", stale=True)
    elif kind in _ASKED_FOR or (source is not None and kind not in SYSTEM):
        raised = None if source is None else (source[0], source[1])
        # rule: system-blocker-due (5.7) A limit, an unmet criterion or a reported stop blocks only
        # when it is so.
        due = asks(plan, state, Block(kind, steps, data["reason"], raised))
        demand(due, f"nothing calls for {kind} of {', '.join(steps) or 'the item'}")
    if source is not None:
        _taken(state, kind, (source[0], source[1]))
    state.blockers.append(
        Blocker(
            number,
            kind,
            steps,
            data["reason"],
            source=None if source is None else (source[0], source[1]),
            child=child,
            owner=data.get("owner"),
        )
    )
    state.unresolved += 1


def _taken(state: State, kind: str, source: tuple[str, int]) -> None:
    """Note that what an attempt raised is on record, or that it can't be evaluated."""
    if kind == "expression-error":
        state.closing = [c for c in state.closing if c != source]
    state.raised = [r for r in state.raised if r != (kind, *source)]


def _evaluates(plan: Plan, state: State, steps: tuple[str, ...], source: Any) -> bool:
    """Tell whether an expression of the step, the item or the attempt that closed is asked for."""
    if source is not None:
        return bool(state.closing) and state.closing[0] == (source[0], source[1])
    requests = decide(plan, state)
    if not steps:
        return Probe("done") in requests or Complete() in requests
    asked = [r.step for r in requests if isinstance(r, (Probe, Expand))]
    return len(steps) == 1 and steps[0] in asked


def _demand_child(state: State, data: Mapping[str, Any]) -> None:
    """Have a projected blocker be one of a child that is under way."""
    # rule: child-blocker (5.7) A blocker of a child under way shows on its parent, and is resolved
    # in the child.
    live = {
        child.item
        for attempt in state.in_flight.values()
        if attempt.call is not None
        for child in attempt.call.children.values()
        if child.status is None
    }
    demand(data["child"] in live, f"{data['child']} is no child of the item that is under way")


def _unblocked(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    number = data["blocker"]
    known = 0 < number <= len(state.blockers)
    blockers = ", ".join(f"{b.number} ({b.type})" for b in state.open_blockers()) or "none"
    demand(
        known and state.blockers[number - 1].open,
        f"blocker {number} is not open; open: {blockers}",
        "dovetail status ITEM",
    )
    blocker = state.blockers[number - 1]
    demand(
        blocker.child == data.get("child"),
        f"blocker {number} is the child's: {blocker.child}",
        f"dovetail unblock {blocker.child}",
    )
    blocker.open = False
    state.unresolved -= 1
    if blocker.type == "done-unmet" and blocker.own:
        state.done = None  # looked at again
    for key in blocker.steps if blocker.own else ():
        _grant(state, blocker.type, plan.position[key])


def _grant(state: State, kind: str, place: int) -> None:
    """Give a step what resolving its blocker means: one more try, or another look."""
    step = state.steps[place]
    # rule: unblock-grants-one (5.5) Resolving the blocker of a limit grants one more, on record.
    if kind == "rework-limit":
        step.reworks_granted += 1
    elif kind == "attempts-exhausted":
        step.granted += 1
        step.phase = "idle"
        state.attention.discard(place)
    elif kind == "entry-unmet":
        step.entered, step.unmet = None, ()
        state.attention.discard(place)


def _noted(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    number = len(state.notes) + 1
    demand(data["note"] == number, f"the next note is {number}, not {data['note']}")
    state.notes.append(Note(number, data["text"]))


def _resolved(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    number = data["note"]
    # rule: notes-until-resolved (5.7) A note is carried until it is resolved, even past the end of
    # its item.
    open_ = [str(n.number) for n in state.open_notes()]
    demand(str(number) in open_, f"note {number} is not open; open: {', '.join(open_) or 'none'}")
    state.notes[number - 1].open = False


HANDLERS: dict[EventType, Handler] = {
    EventType.BLOCKED: _blocked,
    EventType.UNBLOCKED: _unblocked,
    EventType.NOTED: _noted,
    EventType.NOTE_RESOLVED: _resolved,
}
