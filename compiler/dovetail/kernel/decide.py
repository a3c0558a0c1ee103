"""What may happen next, and why (SPEC 5.3). Reads a state, changes nothing.

`decide` gives requests in a fixed order. A driver answers them with events: first what needs nobody
(probes, skips, rework, blockers, the end of the item), then launches. A step that nothing upstream
has reached yet is not mentioned; every other step that can't launch is held, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from dovetail.kernel.state import State
from dovetail.plan.model import Plan, Step

__all__ = [
    "Block",
    "Close",
    "Complete",
    "Hold",
    "HoldReason",
    "Launch",
    "Probe",
    "Request",
    "Rework",
    "Skip",
    "decide",
    "hold_of",
]

HoldReason: TypeAlias = Literal["join", "lane", "attempts", "requeue", "blocker", "draining"]


@dataclass(frozen=True, slots=True)
class Probe:
    """Evaluate the condition of a step: its join is satisfied."""

    step: str
    generation: int
    expr: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Record that a step is skipped: its condition does not hold."""

    step: str
    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class Launch:
    """Start an attempt; `rule` says which rule chose it."""

    step: str
    attempt: int
    generation: int
    rule: Literal["parallel", "lane"]


@dataclass(frozen=True, slots=True)
class Hold:
    """A step that can't launch now; `on` names what holds it."""

    step: str
    why: HoldReason
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rework:
    """Send the item back: a gate was rejected and its limit allows it."""

    gate: str
    attempt: int
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """Raise a system blocker."""

    type: str
    steps: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Close:
    """End the item unfinished."""

    reason: str


@dataclass(frozen=True, slots=True)
class Complete:
    """Record that the item is done: every step has settled and nothing is in flight."""


Request: TypeAlias = Probe | Skip | Launch | Hold | Rework | Block | Close | Complete


def decide(plan: Plan, state: State) -> list[Request]:
    """Give the requests that the state calls for, in canonical order.

    Equal states give equal requests. Nothing is requested of an item that is over or in intake.
    """
    if state.over or not state.accepted:
        return []
    requests: list[Request] = [r for i in sorted(state.attention) if (r := _mend(plan, state, i))]
    if requests and isinstance(requests[0], (Rework, Close)):
        return requests[:1]  # it changes what every other step may do
    lane_free = not state.lane
    for i in sorted(state.frontier):
        request = _consider(plan, state, i, lane_free=lane_free)
        requests.append(request)
        if isinstance(request, Launch) and request.rule == "lane":
            lane_free = False
    if not state.open_steps and not state.in_flight and not state.unresolved:
        requests.append(Complete())
    return requests


def _mend(plan: Plan, state: State, place: int) -> Request | None:
    """Answer a rejected gate, or a step that has failed for the last time."""
    spec, step = plan.steps[place], state.steps[place]
    blocked = any(spec.key in b.steps for b in state.open_blockers())
    if spec.gate and step.phase == "rejected":
        limit = (spec.gate.limit or 0) + step.granted
        number = step.attempts[-1].number
        if step.reworks < limit:
            return Rework(spec.key, number, step.to or "", step.reason or "")
        spent = f"{spec.key} was rejected and its limit of {limit} reworks is used up"
        if spec.gate.then == "close":
            return Close(spent)
        return None if blocked else Block("rework-limit", (spec.key,), spent)
    if step.failures >= spec.attempts + step.granted and not blocked:
        spent = f"{spec.key} failed {step.failures} times: {step.reason}"
        return Block("attempts-exhausted", (spec.key,), spent)
    return None


def _consider(plan: Plan, state: State, place: int, *, lane_free: bool) -> Request:
    spec, step = plan.steps[place], state.steps[place]
    if hold := hold_of(plan, state, spec):
        # The condition is evaluated once the join is satisfied, whatever else still holds the step.
        ready = hold.why == "lane" and spec.when is not None and step.condition is None
        return Probe(spec.key, step.generation, spec.when or "") if ready else hold
    if spec.when is not None and step.condition is None:
        return Probe(spec.key, step.generation, spec.when)
    if step.condition is False:
        return Skip(spec.key, step.generation, spec.skip_say or f"not {spec.when}")
    if not spec.parallel and not lane_free:
        return Hold(spec.key, "lane", tuple(sorted(s for s, _ in state.lane)))
    rule: Literal["parallel", "lane"] = "parallel" if spec.parallel else "lane"
    return Launch(spec.key, len(step.attempts) + 1, step.generation, rule)


def hold_of(plan: Plan, state: State, spec: Step) -> Hold | None:
    """Give what holds an idle step by itself, whoever else is ready; None: nothing does."""
    step = state.steps[plan.position[spec.key]]
    if step.unsettled:
        waiting = (p for p in spec.inputs if not state.steps[plan.position[p]].settled)
        return Hold(spec.key, "join", tuple(waiting))
    if spec.lane is not None and not state.steps[plan.position[spec.lane]].settled:
        return Hold(spec.key, "lane", (spec.lane,))
    if step.failures >= spec.attempts + step.granted:
        return Hold(spec.key, "attempts", (f"{step.failures} of {spec.attempts} failed",))
    if step.phase == "failed":
        return Hold(spec.key, "requeue", (f"{spec.key}/{step.attempts[-1].number}",))
    for blocker in state.open_blockers():
        if not blocker.steps or _reaches(plan, blocker.steps, spec.key):
            return Hold(spec.key, "blocker", (f"{blocker.type} (blocker {blocker.number})",))
    if spec.kind == "integrate" and state.unresolved:
        open_types = tuple(f"{b.type} (blocker {b.number})" for b in state.open_blockers())
        return Hold(spec.key, "blocker", open_types)
    drains = [(s, n) for s, n in sorted(state.draining) if _reaches(plan, (spec.key,), s)]
    if drains:
        return Hold(spec.key, "draining", tuple(f"{s}/{n}" for s, n in drains))
    if spec.kind == "integrate" and state.in_flight:
        others = sorted(state.in_flight)
        return Hold(spec.key, "join", tuple(f"{s}/{n}" for s, n in others))
    return None


def _reaches(plan: Plan, sources: tuple[str, ...], target: str) -> bool:
    """Tell whether the target is one of the sources or downstream of one."""
    return target in sources or any(
        plan.position[target] in plan.downstream(s) for s in sources if s in plan.position
    )
