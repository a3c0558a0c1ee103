"""The next state, or a refusal: an event is checked against the rules before it changes anything.

Each handler (here for items and forms, in `attempts` and `decisions` for the rest) first says what
must be true and raises `Refused` when it is not, then changes the state (SPEC 5.3 to 5.7). So the
same few lines answer a person at the command line, a form in Prefect's pages and a verifier that
replays a history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dovetail.kernel import attempts, decisions
from dovetail.kernel.decide import Close, decide
from dovetail.kernel.events import Event, EventType
from dovetail.kernel.guards import (
    Handler,
    Refused,
    demand,
    demand_role,
    end_attempt,
)
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
        if state.over:
            ended = "completed" if state.completed else f"closed: {state.closed}"
            raise Refused(f"the item is {ended}", "register a new item for further work")
    _HANDLERS[event.type](plan, state, event.data)
    state.events += 1
    return state


def _registered(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    demand(state.registered is None, "the item is already registered")
    demand(
        data["digest"] == plan.digest,
        f"the item is on plan {data['digest']}, and this is {plan.digest} ({plan.ref})",
    )
    state.registered = data
    state.accepted = not data["intake"]


def _intake(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    demand(not state.accepted, "intake is already decided", "dovetail status ITEM")
    demand(data["decision"] == "accept", f"intake is accept, not {data['decision']}")
    demand_role(plan, data, plan.intake, "the intake review")
    state.accepted = True


def _item_completed(_plan: Plan, state: State, _data: Mapping[str, Any]) -> None:
    demand(not state.open_steps, f"{state.open_steps} steps have not settled")
    flying = ", ".join(f"{s}/{n}" for s, n in sorted(state.in_flight))
    demand(not flying, f"completion waits for {flying}")
    blockers = ", ".join(f"{b.number} ({b.type})" for b in state.open_blockers())
    demand(not blockers, f"completion waits for the blocker {blockers}", "dovetail unblock ITEM")
    state.completed = True
    state.forms.clear()


def _item_closed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    due = any(isinstance(r, Close) for r in decide(plan, state))
    demand(due, "no gate that was rejected closes the item")
    for attempt in list(state.in_flight.values()):
        attempt.status = "cancelled" if attempt.status == "queued" else "superseded"
        end_attempt(state, attempt)
    state.closed = data["reason"]
    state.forms.clear()


def _suspended(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    state.suspended = state.events + 1
    if data["gates"]:
        state.forms[data["form"]] = data["gates"]


def _answered(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    demand(data["form"] in state.forms, f"the form {data['form']} is not open", stale=True)
    del state.forms[data["form"]]


_HANDLERS: dict[EventType, Handler] = {
    **attempts.HANDLERS,
    **decisions.HANDLERS,
    EventType.REGISTERED: _registered,
    EventType.INTAKE: _intake,
    EventType.ITEM_COMPLETED: _item_completed,
    EventType.ITEM_CLOSED: _item_closed,
    EventType.SUSPENDED: _suspended,
    EventType.ANSWERED: _answered,
}
