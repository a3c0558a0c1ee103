"""What may happen next, and why (SPEC 5.3). Reads a state, changes nothing.

`decide` gives requests in a fixed order. A driver answers them with events: first what needs nobody
(probes, skips, rework, blockers, the end of the item), then launches. A step that nothing upstream
has reached yet is not mentioned; every other step that can't launch is held, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from dovetail.kernel.state import State, StepState
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
    "rework_limit",
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
    for request in requests:
        if isinstance(request, (Rework, Close)):
            return [request]  # it changes what every other step may do
    lane = sorted({step for step, _ in state.lane})
    for i in sorted(state.frontier):
        request = _consider(plan, state, i, lane)
        requests.append(request)
        if isinstance(request, Launch) and request.rule == "lane":
            lane = [request.step]
    if not state.open_steps and not state.in_flight and not state.unresolved:
        requests.append(Complete())
    return _integrate_alone(plan, requests)


def _integrate_alone(plan: Plan, requests: list[Request]) -> list[Request]:
    """Let integration wait for whatever else launches now, as it does for what is in flight."""
    launches = [r for r in requests if isinstance(r, Launch)]
    last = [r for r in launches if plan.step(r.step).kind == "integrate"]
    others = [r for r in launches if r not in last] if last else []
    waits = last if others else last[1:]
    if not waits:
        return requests
    on = tuple(f"{r.step}/{r.attempt}" for r in others or last[:1])
    return [Hold(r.step, "join", on) if r in waits else r for r in requests]


def _mend(plan: Plan, state: State, place: int) -> Request | None:
    """Answer a rejected gate, or a step that has failed for the last time."""
    spec, step = plan.steps[place], state.steps[place]
    blocked = any(spec.key in b.steps for b in state.open_blockers())
    if spec.gate and step.phase == "rejected":
        limit = rework_limit(spec, step)
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


def rework_limit(spec: Step, step: StepState) -> int:
    """Give how many reworks a gate may cause: its limit, and what unblocking granted on top."""
    return ((spec.gate and spec.gate.limit) or 0) + step.granted


def _consider(plan: Plan, state: State, place: int, lane: list[str]) -> Request:
    spec, step = plan.steps[place], state.steps[place]
    # The condition is evaluated once the join is satisfied, whatever else still holds the step; but
    # for a blocker, because a condition that could not be evaluated raises one.
    due = spec.when is not None and step.condition is None and not step.unsettled
    if due and _blocked_by(plan, state, spec) is None:
        return Probe(spec.key, step.generation, spec.when or "")
    if hold := hold_of(plan, state, spec):
        return hold
    if step.condition is False:
        return Skip(spec.key, step.generation, spec.skip_say or f"not {spec.when}")
    if not spec.parallel and lane:
        return Hold(spec.key, "lane", tuple(lane))
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
        tries = spec.attempts + step.granted
        return Hold(spec.key, "attempts", (f"{step.failures} of {tries} failed",))
    if step.phase == "failed":
        return Hold(spec.key, "requeue", (f"{spec.key}/{step.attempts[-1].number}",))
    if blocked := _blocked_by(plan, state, spec):
        return blocked
    drains = [(s, n) for s, n in sorted(state.draining) if _reaches(plan, (spec.key,), s)]
    if drains:
        return Hold(spec.key, "draining", tuple(f"{s}/{n}" for s, n in drains))
    if state.in_flight and (spec.kind == "integrate" or _integrating(plan, state)):
        others = sorted(state.in_flight, key=lambda k: (plan.position[k[0]], k[1]))
        return Hold(spec.key, "join", tuple(f"{s}/{n}" for s, n in others))
    return None


def _blocked_by(plan: Plan, state: State, spec: Step) -> Hold | None:
    """Give the first blocker that holds a step; integration passes none (SPEC 5.7)."""
    for blocker in state.open_blockers():
        everything = not blocker.steps or spec.kind == "integrate"
        if everything or _reaches(plan, blocker.steps, spec.key):
            return Hold(spec.key, "blocker", (f"{blocker.type} (blocker {blocker.number})",))
    return None


def _integrating(plan: Plan, state: State) -> bool:
    """Tell whether integration is in flight, which it is only by itself."""
    first = next(iter(state.in_flight))
    return plan.step(first[0]).kind == "integrate"


def _reaches(plan: Plan, sources: tuple[str, ...], target: str) -> bool:
    """Tell whether the target is one of the sources or downstream of one."""
    return target in sources or any(
        plan.position[target] in plan.downstream(s) for s in sources if s in plan.position
    )
