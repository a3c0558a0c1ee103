"""The item as a whole: registered, reviewed, admitted, completed or closed (SPEC 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.kernel.decide import asks
from dovetail.kernel.events import EventType
from dovetail.kernel.guards import Handler, demand, demand_role
from dovetail.kernel.requests import Admit, Close, Complete
from dovetail.kernel.settling import end_attempt
from dovetail.kernel.state import State
from dovetail.plan.model import Plan

__all__ = ["HANDLERS"]

_DECISIONS = ("accept", "link", "merge", "close", "override")


def _registered(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    demand(state.registered is None, "the item is already registered")
    demand(
        data["digest"] == plan.digest,
        f"the item is on plan {data['digest']}, and this is {plan.digest} ({plan.ref})",
    )
    state.registered = data
    state.accepted = not data["intake"]
    state.waits_for = list(data.get("after", ()))


def _intake(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    decision, items = data["decision"], list(data.get("items", ()))
    demand(
        decision in _DECISIONS,
        f"intake is {', '.join(_DECISIONS[:-1])} or override, not {decision}",
    )
    # rule: intake-override (5.2) What intake closed is reopened under its id by an override,
    # linked to what it overrides.
    if decision == "override":
        demand(state.by_intake, "intake did not close the item", "dovetail status ITEM")
        demand_role(plan, data, plan.intake, "the intake review")
        demand(data.get("overrides") == state.ended_at, f"this overrides event {state.ended_at}")
        state.closed, state.by_intake, state.accepted = None, False, True
        return
    # rule: intake-once (5.2) Intake is decided once, by a reviewer: accept, link, merge or close.
    demand(not state.accepted, "intake is already decided", "dovetail status ITEM")
    demand_role(plan, data, plan.intake, "the intake review")
    if decision in ("link", "merge"):
        demand(bool(items), f"{decision} names another item", f"intake ITEM {decision} --with ITEM")
        state.links += items
    if decision in ("accept", "link"):
        state.accepted = True
        return
    state.closed = f"merged into {items[0]}" if decision == "merge" else data["reason"]
    state.by_intake, state.ended_at = True, state.events + 1


def _dependency_settled(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    item = data["item"]
    demand(item in state.waits_for, f"the item does not wait for {item}", "dovetail status ITEM")
    state.waits_for.remove(item)


def _admitted(plan: Plan, state: State, _data: Mapping[str, Any]) -> None:
    demand(asks(plan, state, Admit()), "the item does not wait for a place", "dovetail status ITEM")
    state.admitted = True


def _transferred(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    step = data["step"]
    demand(bool(data["reason"].strip()), "a transfer says why", "--reason WORDS")
    if step is None:
        state.owner = data["to"]
        return
    demand(step in plan.position, f"the plan has no step {step}", "dovetail status ITEM")
    state.assignees[step] = data["to"]


def _item_completed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    # rule: completion-checked (5.3) An item is completed only when nothing is left to do, in
    # flight or blocked.
    demand(not state.open_steps, f"{state.open_steps} steps have not settled")
    flying = ", ".join(f"{s}/{n}" for s, n in sorted(state.in_flight))
    demand(not flying, f"completion waits for {flying}")
    blockers = ", ".join(f"{b.number} ({b.type})" for b in state.open_blockers())
    demand(not blockers, f"completion waits for the blocker {blockers}", "dovetail unblock ITEM")
    due = asks(plan, state, Complete())
    demand(due, "what the blueprint asks of a finished item is not known to hold")
    state.completed, state.ended_at = True, state.events + 1
    state.outputs = data.get("outputs", {})
    state.forms.clear()


def _item_closed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    due = asks(plan, state, Close(data["reason"]))
    demand(due, "no gate that was rejected closes the item")
    for attempt in list(state.in_flight.values()):
        attempt.status = "cancelled" if attempt.status == "queued" else "superseded"
        end_attempt(state, attempt)
    state.closed, state.ended_at = data["reason"], state.events + 1
    state.forms.clear()


def _suspended(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    state.suspended = state.events + 1
    if data["gates"]:
        state.forms[data["form"]] = data["gates"]


def _answered(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    demand(data["form"] in state.forms, f"the form {data['form']} is not open", stale=True)
    del state.forms[data["form"]]


HANDLERS: dict[EventType, Handler] = {
    EventType.REGISTERED: _registered,
    EventType.INTAKE: _intake,
    EventType.DEPENDENCY_SETTLED: _dependency_settled,
    EventType.ADMITTED: _admitted,
    EventType.TRANSFERRED: _transferred,
    EventType.ITEM_COMPLETED: _item_completed,
    EventType.ITEM_CLOSED: _item_closed,
    EventType.SUSPENDED: _suspended,
    EventType.ANSWERED: _answered,
}
