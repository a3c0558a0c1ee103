"""Sending an item back: rework, revert, and what either would do (SPEC 5.5 and 5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dovetail.kernel.decide import asks
from dovetail.kernel.events import EventType
from dovetail.kernel.guards import Handler, demand
from dovetail.kernel.holds import REUSABLE
from dovetail.kernel.mending import behind
from dovetail.kernel.requests import Rework
from dovetail.kernel.settling import OF_ATTEMPTS, reopen
from dovetail.kernel.state import State, StepState
from dovetail.plan.model import Plan

__all__ = ["HANDLERS", "Preview", "preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What rework to a step would do.

    Attributes:
        reopened: the step and its flow descendants, in canonical order.
        invalidated: those of them whose result would count no more.
        reusable: those of these whose result counts again if nothing changes that goes into it.
        cancelled: attempts that nobody has claimed yet.
        drained: claimed attempts that have to end, and count for nothing.
        kept: steps whose result stands.
    """

    reopened: tuple[str, ...]
    invalidated: tuple[str, ...]
    reusable: tuple[str, ...]
    cancelled: tuple[str, ...]
    drained: tuple[str, ...]
    kept: tuple[str, ...]


def preview(plan: Plan, state: State, to: str) -> Preview:
    """Tell what rework to a step would do; it changes nothing.

    Raises:
        KeyError: when the plan has no such step.
    """
    places = plan.downstream(to)
    reopened = tuple(plan.steps[i].key for i in places)
    done = [i for i in places if state.steps[i].phase == "completed"]
    flying = [a for a in state.in_flight.values() if a.step in reopened]
    others = (s.key for s in plan.steps if s.key not in reopened)
    return Preview(
        reopened=reopened,
        invalidated=tuple(plan.steps[i].key for i in done),
        reusable=tuple(
            plan.steps[i].key
            for i in done
            if plan.steps[i].kind in REUSABLE and plan.steps[i].key != to
        ),
        cancelled=tuple(a.name for a in flying if a.status == "queued"),
        drained=tuple(a.name for a in flying if a.status == "claimed"),
        kept=tuple(k for k in others if state.at(plan, k).phase == "completed"),
    )


def _rework(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    cause, to = data["gate"], data["to"]
    demand(to in plan.position, f"the plan has no step {to}", "dovetail status ITEM")
    if cause is None:
        _demand_operator(plan, state, data)
    else:
        asked = Rework(cause, data["attempt"], to, data["reason"])
        demand(
            asks(plan, state, asked),
            f"{cause}/{data['attempt']} does not send the item back to {to} now",
            "dovetail status ITEM",
            stale=True,
        )
    # rule: rework-reopens (5.5) Rework to a step begins a new generation of it and of all its flow
    # descendants.
    reopened = plan.downstream(to)
    keys = [plan.steps[i].key for i in reopened]
    demand(data["reopened"] == keys, f"rework to {to} reopens {', '.join(keys)}")
    if cause is not None:
        _count(state.at(plan, cause))
    _begin_anew(plan, state, reopened)
    for i in reopened:
        state.steps[i].sent_back = (cause or "", data["attempt"])
        state.steps[i].forced = bool(data.get("force"))
    state.at(plan, to).redo = True


def _count(step: StepState) -> None:
    """Count what a step causes: rejections, and retreats after its last failure."""
    if step.to is not None:
        step.reworks += 1
    else:
        step.retreats += 1


def _demand_operator(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    """Let an operator send an item back to what was begun, before the baseline alone."""
    to = data["to"]
    step = state.at(plan, to)
    demand(state.accepted, "the item is in intake", "dovetail intake ITEM accept")
    demand(bool(data["reason"].strip()), "rework says why", "--reason WORDS")
    demand(step.phase != "skipped", f"{to} was skipped; there is nothing to do again")
    begun = bool(step.attempts) or step.phase == "out"
    # rule: operator-rework (5.5) An operator may send an item back to any step that was begun, at
    # any time before the baseline.
    demand(begun, f"{to} was not begun yet; there is nothing to do again", "dovetail status ITEM")
    crossed = ", ".join(behind(plan, state, to))
    demand(
        not crossed,
        f"rework across the baseline: {crossed} is completed",
        "dovetail revert ITEM --reason WORDS comes first",
    )
    integrating = [s for s, _ in state.in_flight if plan.step(s).kind == "integrate"]
    demand(not integrating, f"{', '.join(integrating)} is under way", "wait until it has ended")


def _begin_anew(plan: Plan, state: State, places: tuple[int, ...]) -> None:
    """Reopen steps; what their attempts raised goes with them (SPEC 5.5)."""
    keys = {plan.steps[i].key for i in places}
    # rule: raised-goes-with-it (5.5) What an attempt raised belongs to it, and goes when its step
    # begins anew.
    for blocker in state.open_blockers():
        tried = blocker.type in OF_ATTEMPTS and blocker.steps and keys.issuperset(blocker.steps)
        raised = blocker.source is not None and blocker.source[0] in keys
        if blocker.own and (tried or raised or blocker.type == "done-unmet"):
            blocker.open = False
            state.unresolved -= 1
    state.closing = [c for c in state.closing if c[0] not in keys]
    state.raised = [r for r in state.raised if r[1] not in keys]
    state.done = None
    integrates = any(plan.steps[i].kind == "integrate" for i in places)
    state.reverted = state.reverted and not integrates
    reopen(plan, state, places)


def _reverted(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    # rule: revert (5.6) A revert takes the integration back, with a reason: it and its descendants
    # begin anew, and results are provisional again.
    demand(state.baseline == "post", "nothing of the item is in the baseline", "dovetail rework")
    demand(bool(data["reason"].strip()), "a revert says why", "--reason WORDS")
    crossing = next(
        s.key
        for s in plan.steps
        if s.kind == "integrate" and state.at(plan, s.key).phase == "completed"
    )
    last = state.at(plan, crossing).attempts[-1]
    named = (data["step"], data["attempt"])
    demand(named == (last.step, last.number), f"what stands in the baseline is {last.name}")
    _begin_anew(plan, state, plan.downstream(crossing))
    state.baseline, state.reverted = "pre", True
    state.completed, state.outputs = False, {}


HANDLERS: dict[EventType, Handler] = {
    EventType.REWORK: _rework,
    EventType.REVERTED: _reverted,
}
