"""Gates, the rework that they cause, and blockers (SPEC 5.5 to 5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.kernel.decide import Block, decide, rework_limit
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
from dovetail.kernel.state import Attempt, Blocker, State, StepState
from dovetail.plan.model import Gate, Plan

__all__ = ["HANDLERS", "open_gate", "rework_targets"]


def open_gate(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Gate, StepState, Attempt]:
    """Give the open gate that a decision speaks of, and check who decides.

    Raises:
        Refused: when it is not open, or is not for the one who decides.
    """
    spec, step, attempt = find(plan, state, data)
    gate = spec.gate
    if gate is None:
        raise Refused(f"{spec.key} is not a gate but {spec.kind}", "dovetail complete ATTEMPT")
    demand(
        attempt.status == "queued",
        f"{spec.key}/{attempt.number} is {attempt.status}: it is not open for a decision",
        "dovetail status ITEM shows what is open",
        stale=True,
    )
    demand(
        data["generation"] == step.generation,
        f"{spec.key} is open in generation {step.generation}, not {data['generation']}",
        "dovetail status ITEM shows what is open",
        stale=True,
    )
    demand_role(plan, data, gate.reviewers or (spec.role,), f"the gate {spec.key}")
    demand(
        not gate.human or data["kind"] == "person",
        f"the gate {spec.key} is decided by a person; {data['executor']} is of kind {data['kind']}",
        "decide as a person: --as NAME",
    )
    if gate.independent and data["executor"] in _workers(plan, state, spec.key):
        raise Refused(
            f"the gate {spec.key} is independent, and {data['executor']} worked on what it reviews",
            "let somebody else decide: --as NAME",
        )
    return gate, step, attempt


def _workers(plan: Plan, state: State, gate: str) -> set[str | None]:
    attempts = (a for i in plan.upstream(gate) for a in state.steps[i].attempts)
    return {a.executor for a in attempts if a.executor is not None}


def _approved(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    gate, step, attempt = open_gate(plan, state, data)
    if gate.evidence is not None:
        demand(
            gate.evidence in data["evidence"],
            f"approving {attempt.step} takes evidence of the type {gate.evidence}; there is none",
            "--evidence FILE with a record of that type",
        )
    demand(
        gate.approve_when is None or data["approve_when"] is True,
        f"the evidence contradicts the verdict: {gate.approve_when} does not hold",
        f"reject, or approve {attempt.step} with evidence that agrees",
    )
    end_attempt(state, attempt)
    attempt.status = step.phase = "completed"
    _note_decision(attempt, data)
    settle(plan, state, plan.position[attempt.step])


def _note_decision(attempt: Attempt, data: Mapping[str, Any]) -> None:
    attempt.executor, attempt.reason = data["executor"], data["reason"]
    attempt.evidence = data["evidence"]


def rework_targets(plan: Plan, state: State, gate: str) -> tuple[str, ...]:
    """Give the steps that a gate may send the item back to now.

    Not offered are skipped ones (SPEC 5.5), and those before what is in the baseline (SPEC 5.6).
    """
    spec = plan.step(gate).gate
    targets = spec.reject if spec else ()
    return tuple(
        t
        for t in targets
        if state.steps[plan.position[t]].phase != "skipped" and not _behind(plan, state, t)
    )


def _behind(plan: Plan, state: State, target: str) -> list[str]:
    """Give the integrations that rework to a step would undo."""
    if state.baseline == "pre":
        return []
    return [
        plan.steps[i].key
        for i in plan.downstream(target)
        if plan.steps[i].kind == "integrate" and state.steps[i].phase == "completed"
    ]


def _rejected(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    gate, step, attempt = open_gate(plan, state, data)
    targets = rework_targets(plan, state, attempt.step)
    past = [t for t in gate.reject if _behind(plan, state, t)]
    crossed = f"; rework to {', '.join(past)} would cross the baseline" if past else ""
    demand(
        bool(targets),
        f"the gate {attempt.step} has nothing to send the item back to{crossed}",
        f"dovetail gate ITEM {attempt.step} approve",
    )
    demand(
        data["to"] in targets,
        f"{attempt.step} can't send the item back to {data['to']}; it can to {', '.join(targets)}",
        f"--to {targets[0]}" if targets else "",
    )
    demand(bool(data["reason"].strip()), "a rejection says why", "--reason WORDS")
    agrees = gate.approve_when is None or not data["evidence"] or data["approve_when"] is not True
    demand(
        agrees,
        f"the evidence contradicts the verdict: {gate.approve_when} holds",
        f"approve {attempt.step}, or reject with evidence that agrees",
    )
    end_attempt(state, attempt)
    attempt.status = step.phase = "rejected"
    _note_decision(attempt, data)
    step.to, step.reason = data["to"], data["reason"]
    state.attention.add(plan.position[attempt.step])


def _rework(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = find(plan, state, {"step": data["gate"], "attempt": data["attempt"]})
    asked = step.phase == "rejected" and attempt is step.latest
    demand(asked, f"{spec.key}/{attempt.number} is {attempt.status}, not rejected", stale=True)
    demand(step.to == data["to"], f"{spec.key} was rejected to {step.to}, not to {data['to']}")
    limit = rework_limit(spec, step)
    demand(
        step.reworks < limit,
        f"{spec.key} was rejected and its limit of {limit} reworks is used up",
        "dovetail unblock ITEM BLOCKER --reason … grants one more rework",
    )
    behind = ", ".join(_behind(plan, state, data["to"]))
    demand(not behind, f"rework across the baseline: {behind} is completed")
    reopened = plan.downstream(data["to"])
    step.reworks += 1
    again = {plan.steps[i].key for i in reopened}
    for blocker in state.blockers:
        # What an attempt raised goes with it (SPEC 5.5): the steps begin anew.
        if blocker.open and blocker.type in _OF_ATTEMPTS and again.issuperset(blocker.steps):
            blocker.open = False
            state.unresolved -= 1
    for i in reopened:
        _reopen(plan, state, i)
        state.steps[i].sent_back = (data["gate"], data["attempt"])
    for i in reopened:
        reset = state.steps[i]
        inputs = [state.steps[plan.position[p]].settled for p in plan.steps[i].inputs]
        reset.unsettled = inputs.count(False)
        if True in inputs or not inputs:
            state.frontier.add(i)
        else:
            state.frontier.discard(i)


def _reopen(plan: Plan, state: State, place: int) -> None:
    """Begin a new generation of a step; what was in flight is cancelled or drains (SPEC 5.5)."""
    step = state.steps[place]
    if step.settled:
        state.open_steps += 1
    if (last := step.latest) is not None:
        key = (last.step, last.number)
        if last.status == "queued":
            last.status = "cancelled"
            end_attempt(state, last)
        elif last.status == "claimed":
            last.superseded = True
            state.draining.add(key)
    step.phase, step.generation = "idle", step.generation + 1
    step.failures = 0
    if plan.steps[place].gate is None:
        step.granted = 0  # a gate counts its reworks over all generations
    step.condition = step.to = step.reason = None
    state.attention.discard(place)


_OF_ATTEMPTS = ("attempts-exhausted", "rework-limit", "expression-error")


def _blocked(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    if data["type"] in ("attempts-exhausted", "rework-limit"):
        due = any(
            isinstance(r, Block) and (r.type, list(r.steps)) == (data["type"], list(data["steps"]))
            for r in decide(plan, state)
        )
        demand(due, f"nothing of {', '.join(data['steps'])} calls for {data['type']}")
    number = len(state.blockers) + 1
    demand(data["blocker"] == number, f"the next blocker is {number}, not {data['blocker']}")
    unknown = [s for s in data["steps"] if s not in plan.position]
    demand(not unknown, f"the plan has no step {', '.join(unknown)}")
    state.blockers.append(Blocker(number, data["type"], tuple(data["steps"]), data["reason"]))
    state.unresolved += 1


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
    blocker.open = False
    state.unresolved -= 1
    if blocker.type in ("rework-limit", "attempts-exhausted"):
        for key in blocker.steps:  # resolving it grants one more
            place = plan.position[key]
            step = state.steps[place]
            step.granted += 1
            if step.phase in ("idle", "failed"):
                step.phase = "idle"
                state.attention.discard(place)


HANDLERS: dict[EventType, Handler] = {
    EventType.APPROVED: _approved,
    EventType.REJECTED: _rejected,
    EventType.REWORK: _rework,
    EventType.BLOCKED: _blocked,
    EventType.UNBLOCKED: _unblocked,
}
