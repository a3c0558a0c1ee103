"""The life of an attempt: queued, claimed, completed or failed (SPEC 5.3 and 5.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dovetail.kernel.decide import hold_of
from dovetail.kernel.events import EventType
from dovetail.kernel.guards import (
    Handler,
    Refused,
    demand,
    demand_role,
    end_attempt,
    find,
    settle,
)
from dovetail.kernel.state import Attempt, State, StepState
from dovetail.plan.model import Plan, Step

__all__ = ["HANDLERS", "held", "predecessors", "unmet"]


def _idle(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[int, StepState]:
    """Give a step that a scheduling event speaks of, in the generation it speaks of."""
    place = plan.position.get(data["step"], -1)
    demand(place >= 0, f"the plan has no step {data['step']}")
    step = state.steps[place]
    demand(state.accepted, "the item is in intake")
    current = step.phase == "idle" and step.generation == data["generation"]
    demand(
        current,
        f"{data['step']} is {step.phase} in generation {step.generation}; "
        f"this speaks of it as idle in generation {data['generation']}",
        "dovetail status ITEM",
        stale=True,
    )
    waiting = [p for p in plan.steps[place].inputs if not state.steps[plan.position[p]].settled]
    demand(not waiting, f"{data['step']} waits for {', '.join(waiting)}", "dovetail status ITEM")
    return place, step


def _evaluated(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _, step = _idle(plan, state, data)
    demand(step.condition is None, f"the condition of {data['step']} is already evaluated")
    step.condition = data["holds"]


def _skipped(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place, step = _idle(plan, state, data)
    demand(step.condition is False, f"nothing says that {data['step']} is to be skipped")
    state.started = True
    step.phase, step.reason = "skipped", data["reason"]
    settle(plan, state, place)


def _scheduled(_plan: Plan, state: State, _data: Mapping[str, Any]) -> None:
    demand(state.accepted, "the item is in intake")


def _queued(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place, step = _idle(plan, state, data)
    spec, number = plan.steps[place], data["attempt"]
    due = len(step.attempts) + 1
    demand(number == due, f"the next attempt is {spec.key}/{due}, not {spec.key}/{number}")
    demand(
        spec.when is None or step.condition is True,
        f"{spec.key} has a condition, and it is not true",
    )
    hold = hold_of(plan, state, spec)
    if hold is not None:
        raise Refused(
            f"{spec.key} is held: {hold.why}: {', '.join(hold.on)}", "dovetail status ITEM"
        )
    busy = ", ".join(f"{s}/{n}" for s, n in sorted(state.lane))
    demand(spec.parallel or not busy, f"{spec.key} is held: lane: {busy}")
    attempt = Attempt(
        spec.key, number, step.generation, after=tuple(predecessors(plan, state, spec))
    )
    step.attempts.append(attempt)
    step.phase, step.reason = "queued", None
    state.started = True
    state.frontier.discard(place)
    state.in_flight[spec.key, number] = attempt
    if not spec.parallel:
        state.lane.add((spec.key, number))


def predecessors(plan: Plan, state: State, spec: Step) -> Iterator[tuple[str, int, int]]:
    """Give what a step comes after now: step, number of its attempt (0: skipped), generation."""
    for edge in spec.edges:
        step = state.steps[plan.position[edge.step]]
        number = len(step.attempts) if step.phase != "skipped" else 0
        yield edge.step, number, step.generation


def _claimed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = find(plan, state, data)
    name = f"{attempt.step}/{attempt.number}"
    demand(spec.kind != "gate", f"{spec.key} is a gate", "dovetail gate ITEM STEP approve|reject")
    holder = f" by {attempt.executor} (fence {attempt.fence})" if attempt.executor else ""
    demand(
        attempt.status == "queued",
        f"{name} is {attempt.status}{holder}; only a queued attempt can be claimed",
        "dovetail next --role ROLE shows what is open",
        stale=True,
    )
    if not spec.automatic:
        demand_role(plan, data, (spec.role,), name)
    demand(
        data["fence"] == state.events + 1,
        f"the next fence is {state.events + 1}, not {data['fence']}",
    )
    attempt.status = step.phase = "claimed"
    attempt.executor, attempt.fence = data["executor"], data["fence"]


def held(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Step, StepState, Attempt]:
    """Give the attempt that the writer holds.

    Raises:
        Refused: when it is not claimed, is over, or somebody else or an earlier claim speaks.
    """
    spec, step, attempt = find(plan, state, data)
    name = f"{attempt.step}/{attempt.number}"
    if attempt.status == "queued":
        demand(spec.kind != "gate", f"{spec.key} is a gate", "dovetail gate ITEM STEP …")
        raise Refused(f"{name} is not claimed", f"dovetail claim ITEM/{name} --as NAME")
    if attempt.status != "claimed":
        raise Refused(f"{name} is over: {attempt.status}", "dovetail status ITEM", stale=True)
    if attempt.executor != data["executor"] or attempt.fence != data["fence"]:
        fence = f" with fence {data['fence']}" if data["fence"] is not None else ""
        raise Refused(
            f"{name} is held by {attempt.executor} under fence {attempt.fence}; "
            f"this is {data['executor']}{fence}",
            f"only its holder can end it: --as {attempt.executor}, with the fence of that claim",
            stale=True,
        )
    return spec, step, attempt


def _completed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    demand(spec.kind != "integrate", f"{spec.key} completes by integrating", "dovetail run ITEM")
    _complete(plan, state, data, spec, step, attempt)


def _complete(
    plan: Plan,
    state: State,
    data: Mapping[str, Any],
    spec: Step,
    step: StepState,
    attempt: Attempt,
) -> None:
    against = {
        k: None if holds is True else "does not hold" for k, holds in data["criteria"].items()
    }
    lacking = None if attempt.superseded else unmet(spec, against)
    if lacking is not None:
        raise Refused(lacking, "meet them and complete again; the attempt stays claimed")
    attempt.outputs, attempt.evidence = data["outputs"], data["evidence"]
    attempt.artifacts = data["artifacts"]
    end_attempt(state, attempt)
    if attempt.superseded:
        attempt.status = "superseded"
        return
    attempt.status = step.phase = "completed"
    settle(plan, state, plan.position[spec.key])


def unmet(spec: Step, against: Mapping[str, str | None]) -> str | None:
    """Say which exit criteria of a step do not hold; None: all do.

    Args:
        spec: the step.
        against: criterion id → what stands against it, if only an empty text; None: it holds. One
            left out does not hold.
    """
    missing = [(c, against.get(c.id, "not looked at")) for c in spec.exit]
    missing = [(c, why) for c, why in missing if why is not None]
    if not missing:
        return None
    told = [f"{c.say} ({why})" if c.say and why else c.say or why for c, why in missing]
    lines = "".join(f"\n  · {c.id}: {say}" for (c, _), say in zip(missing, told, strict=True))
    return f"{len(missing)} of {len(spec.exit)} exit criteria of {spec.key} are not met:{lines}"


def _integrated(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    demand(spec.kind == "integrate", f"{spec.key} does not integrate", "dovetail complete ATTEMPT")
    blockers = ", ".join(f"{b.number} ({b.type})" for b in state.open_blockers())
    demand(not blockers, f"integration waits for the blocker {blockers}", "dovetail unblock ITEM")
    # It is alone: it launches when nothing is in flight, and holds everything else until it ends.
    told = {"criteria": {}, "outputs": {}, "evidence": {}} | dict(data)
    _complete(plan, state, told, spec, step, attempt)
    if not attempt.superseded:
        state.baseline = "post"


def _failed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    end_attempt(state, attempt)
    attempt.reason, attempt.interrupted = data["reason"], data["interrupted"]
    if attempt.superseded:
        attempt.status = "superseded"
        return
    attempt.status = "failed"
    step.reason = data["reason"]
    step.failures += not attempt.interrupted
    place = plan.position[spec.key]
    if step.failures >= spec.attempts + step.granted:
        state.attention.add(place)
    step.phase = "idle" if spec.automatic or attempt.interrupted else "failed"
    state.frontier.add(place)


def _requeued(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = find(plan, state, data)
    last = step.phase == "failed" and step.attempts[-1] is attempt
    demand(
        step.failures < spec.attempts + step.granted,
        f"{spec.key} has failed {step.failures} of {spec.attempts + step.granted} times",
        "dovetail unblock ITEM BLOCKER --reason … grants one more attempt",
    )
    demand(
        last,
        f"{attempt.step}/{attempt.number} is {attempt.status}; "
        "only the last attempt is re-queued, and only when it failed",
        "dovetail status ITEM",
        stale=True,
    )
    step.phase = "idle"


HANDLERS: dict[EventType, Handler] = {
    EventType.EVALUATED: _evaluated,
    EventType.SKIPPED: _skipped,
    EventType.SCHEDULED: _scheduled,
    EventType.QUEUED: _queued,
    EventType.CLAIMED: _claimed,
    EventType.COMPLETED: _completed,
    EventType.INTEGRATED: _integrated,
    EventType.FAILED: _failed,
    EventType.REQUEUED: _requeued,
}
