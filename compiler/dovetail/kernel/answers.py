"""The answers to what the kernel asks: evaluations, fired joins, skips, reused results (SPEC 5.3).

Each must answer a request that stands: nothing is evaluated too early, twice or for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.kernel.calls import calling, child_of
from dovetail.kernel.decide import asks
from dovetail.kernel.events import EventType
from dovetail.kernel.guards import Handler, demand
from dovetail.kernel.holds import entry_criteria
from dovetail.kernel.requests import Fire, Probe, Request, Reuse, Skip
from dovetail.kernel.settling import consider, fire, settle
from dovetail.kernel.state import State, StepState
from dovetail.plan.model import Plan

__all__ = ["HANDLERS"]


def _demand_asked(plan: Plan, state: State, request: Request, what: str) -> None:
    demand(
        asks(plan, state, request),
        f"{what}: the plan does not ask for this now",
        "dovetail status ITEM",
        stale=True,
    )


def _place(plan: Plan, data: Mapping[str, Any]) -> int:
    demand(data["step"] in plan.position, f"the plan has no step {data['step']}")
    return plan.position[data["step"]]


def _evaluated(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    what = data["what"]
    known = {"when": _when, "entry": _entry, "blockers": _raises, "pause": _pauses, "done": _done}
    demand(what in known, f"nothing evaluates {what}; expected {', '.join(known)}")
    known[what](plan, state, data)


def _when(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place = _place(plan, data)
    probe = Probe("when", data["step"], data["generation"])
    _demand_asked(plan, state, probe, f"the condition of {data['step']}")
    state.steps[place].condition = data["holds"]
    consider(plan, state, place)


def _entry(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place = _place(plan, data)
    probe = Probe("entry", data["step"], data["generation"], data["attempt"])
    _demand_asked(plan, state, probe, f"the entry criteria of {data['step']}")
    step = state.steps[place]
    asked = entry_criteria(plan.steps[place])
    step.unmet = tuple(c for c in asked if data["criteria"].get(c) is not True)
    step.entered = not step.unmet
    if step.unmet:
        state.attention.add(place)


def _raises(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    step, number = data["step"], data["attempt"]
    _place(plan, data)
    probe = Probe("blockers", step, data["generation"], number)
    _demand_asked(plan, state, probe, f"the blockers of {step}/{number}")
    watched = [k for k in sorted(plan.blockers) if plan.blockers[k].when is not None]
    unknown = ", ".join(k for k in data["raised"] if k not in watched)
    demand(not unknown, f"{unknown} has no condition that an attempt could meet")
    state.closing.pop(0)
    state.raised += [(k, step, number) for k in watched if k in data["raised"]]


def _pauses(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _place(plan, data)
    _, _, attempt, call = calling(plan, state, data)
    child = child_of(call, data)
    probe = Probe(
        "pause",
        data["step"],
        data["generation"],
        data["attempt"],
        child.key,
        group_last=data["group_last"],
        last=data["last"],
    )
    _demand_asked(plan, state, probe, f"the pause of {attempt.name} after {child.key}")
    child.pauses = data["holds"]


def _done(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _demand_asked(plan, state, Probe("done"), "the item's criteria")
    state.done = all(data["criteria"].get(c.id) is True for c in plan.done)


def _fired(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place = _place(plan, data)
    winners = tuple(data["winners"])
    request = Fire(data["step"], data["generation"], winners)
    _demand_asked(plan, state, request, f"the join of {data['step']}")
    fire(plan, state, place, winners)


def _skipped(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place = _place(plan, data)
    request = Skip(data["step"], data["generation"], data["reason"])
    _demand_asked(plan, state, request, f"skipping {data['step']}")
    step = state.steps[place]
    state.started = True
    step.phase, step.reason = "skipped", data["reason"]
    settle(plan, state, place, None)


def _reused(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place = _place(plan, data)
    request = Reuse(data["step"], data["generation"], data["attempt"])
    _demand_asked(plan, state, request, f"reusing {data['step']}/{data['attempt']}")
    step: StepState = state.steps[place]
    step.phase = "completed"
    step.reason = f"the result of {data['step']}/{data['attempt']} is reused: nothing changed"
    settle(plan, state, place, step.attempts[data["attempt"] - 1])


HANDLERS: dict[EventType, Handler] = {
    EventType.EVALUATED: _evaluated,
    EventType.FIRED: _fired,
    EventType.SKIPPED: _skipped,
    EventType.REUSED: _reused,
}
