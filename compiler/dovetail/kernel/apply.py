"""The next state, or a refusal: an event is checked against the rules before it changes anything.

Each handler first says what must be true and raises `Refused` when it is not, then changes the
state (SPEC 5.2 to 5.7). So the same few lines answer a person at the command line, a form in
Prefect's pages and a verifier that replays a history.
"""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.kernel import answers, attempts, blockers, calls, gates, items, rework
from dovetail.kernel.events import Event, EventType
from dovetail.kernel.guards import Handler, Refused, demand
from dovetail.kernel.state import State
from dovetail.plan.model import Plan

__all__ = ["apply", "fold"]


def fold(plan: Plan, events: Iterable[Event]) -> State:
    """Give the state after these events.

    Raises:
        Refused: at the first event that the plan does not allow.
    """
    state = State.initial(plan)
    for event in events:
        apply(plan, state, event)
    return state


def apply(plan: Plan, state: State, event: Event) -> State:
    """Advance a state by one event and give it back; a refused event changes nothing.

    Raises:
        Refused: when the plan or the state does not allow the event.
    """
    if event.type is not EventType.REGISTERED:
        demand(state.registered is not None, "the item is not registered")
        # rule: over-is-over (5.2) Completed and closed items are immutable: only notes, an
        # override of intake and a revert are recorded.
        if state.over and not _outlives(state, event):
            ended = "completed" if state.completed else f"closed: {state.closed}"
            raise Refused(f"the item is {ended}", "register a new item for further work")
    _HANDLERS[event.type](plan, state, event.data)
    if event.type not in _LAUNCHING:
        state.scheduled.clear()
    state.events += 1
    return state


_LAUNCHING = (EventType.SCHEDULED, EventType.QUEUED, EventType.CLAIMED)
"""What may stand between a decision and its last launch; after anything else it is out of date."""


def _outlives(state: State, event: Event) -> bool:
    """Tell whether an event may be recorded of an item that is over.

    Notes outlive their item; intake may be overridden, and an integration reverted.
    """
    if event.type is EventType.INTAKE:
        return bool(event.data["decision"] == "override")
    if event.type is EventType.REVERTED:
        return state.completed
    return event.type in (EventType.NOTED, EventType.NOTE_RESOLVED)


_HANDLERS: dict[EventType, Handler] = {
    **items.HANDLERS,
    **answers.HANDLERS,
    **attempts.HANDLERS,
    **gates.HANDLERS,
    **rework.HANDLERS,
    **blockers.HANDLERS,
    **calls.HANDLERS,
}
