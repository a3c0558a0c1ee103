"""Gates: who may decide, what an approval takes, and what a rejection asks for (SPEC 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.kernel.attempts import watch
from dovetail.kernel.events import EventType
from dovetail.kernel.guards import Handler, Refused, demand, demand_role, find
from dovetail.kernel.mending import behind, gate_of, rework_targets
from dovetail.kernel.settling import end_attempt, settle, visible_ancestors
from dovetail.kernel.state import Approval, Attempt, Note, State, StepState
from dovetail.plan.model import Gate, Plan
from dovetail.plan.shown import digest_of_results

__all__ = ["HANDLERS", "contradicted", "open_gate", "shown"]


def open_gate(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Gate, StepState, Attempt]:
    """Give the open gate that a decision speaks of, and check who decides.

    A decision on the pause after a child names it as `child`; its gate is not an attempt of the
    step, so what is given is the pause's own.

    Raises:
        Refused: when it is not open, or is not for the one who decides.
    """
    spec, step, attempt = find(plan, state, data)
    gate, child = gate_of(spec), data.get("child")
    name = attempt.name if child is None else f"{attempt.name} after {child}"
    if gate is None or (spec.kind == "call") != (child is not None):
        raise Refused(f"{name} is not a gate but {spec.kind}", "dovetail complete ATTEMPT")
    if child is not None:
        attempt = _pause(attempt, child, name)
    demand(
        attempt.status == "queued",
        f"{name} is {attempt.status}: it is not open for a decision",
        "dovetail status ITEM shows what is open",
        stale=True,
    )
    # rule: decision-current (5.5) A decision speaks of the gate as it is open now: a stale one is
    # refused.
    demand(
        data["generation"] == step.generation,
        f"{spec.key} is open in generation {step.generation}, not {data['generation']}",
        "dovetail status ITEM shows what is open",
        stale=True,
    )
    # rule: gate-reviewers (5.5) A gate is decided by an executor of a reviewing role, even one who
    # holds a task.
    wanted = gate.override if data.get("override") else gate.reviewers or (spec.role,)
    demand_role(plan, data, wanted, f"the gate {spec.key}")
    # rule: gate-human (2.2) `human` demands a person.
    demand(
        not gate.human or data["kind"] == "person",
        f"the gate {spec.key} is decided by a person; {data['executor']} is of kind {data['kind']}",
        "decide as a person: --as NAME",
    )
    # rule: gate-independent (2.2) Of an independent gate, nobody decides on what they worked on.
    if gate.independent and data["executor"] in _workers(plan, state, spec.key):
        raise Refused(
            f"the gate {spec.key} is independent, and {data['executor']} worked on what it reviews",
            "let somebody else decide: --as NAME",
        )
    return gate, step, attempt


def _pause(attempt: Attempt, child: str, name: str) -> Attempt:
    """Give the gate after a child; it closes with its call."""
    found = attempt.call.children.get(child) if attempt.call else None
    if found is None or found.gate is None or not attempt.open or attempt.overtaken:
        raise Refused(
            f"{name} is not open for a decision", "dovetail status ITEM shows what is", stale=True
        )
    return found.gate


def _workers(plan: Plan, state: State, gate: str) -> set[str | None]:
    """Give everybody who worked on what a gate reviews; a decision before it is work, too."""
    attempts = [a for i in plan.upstream(gate) for a in state.steps[i].attempts]
    approved = {word.executor for a in attempts for word in a.approvals}
    return {a.executor for a in attempts} | approved


def shown(plan: Plan, state: State, gate: str, child: str | None = None) -> str:
    """Give the digest of what a gate shows: the results of all that came before it.

    Args:
        plan, state: where it is.
        gate: the step.
        child: of a pause, the key of the child that it comes after.
    """
    # rule: approval-binds (5.5) An approval binds the digest of what was shown: the results of all
    # that came before the gate.
    before = [state.steps[i] for i in visible_ancestors(plan, state, gate)]
    results = {
        s.result.step: (s.result.outputs, s.result.evidence, s.result.artifacts)
        for s in before
        if s.result is not None
    }
    latest = state.at(plan, gate).latest
    if child is not None and latest is not None and latest.call is not None:
        after = latest.call.children[child]
        results[f"{gate}/{child}"] = (after.outputs, {}, after.artifacts)
    return digest_of_results(results)


def contradicted(step: StepState, child: str | None = None) -> int:
    """Give the event that an override of a gate contradicts: its last rejection; 0: none.

    Args:
        step: of the gate, or of the call.
        child: of a pause, the key of the child that it comes after.
    """
    gates = step.attempts
    if child is not None:
        calls = (a.call for a in step.attempts if a.call is not None)
        after = (call.children.get(child) for call in calls)
        gates = [c.gate for c in after if c is not None and c.gate is not None]
    return max((a.closed_at for a in gates if a.status == "rejected"), default=0)


def _approved(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    gate, step, attempt = open_gate(plan, state, data)
    overrides = bool(data.get("override"))
    if overrides:
        demand(bool(data["reason"].strip()), "an override says why", "--reason WORDS")
        # rule: override-linked (2.2) An override approves against the evidence, with a reason and
        # a link to the decision that it contradicts.
        last = contradicted(step, data.get("child"))
        demand(data.get("contradicts") == last, f"this overrides event {last}", stale=True)
    else:
        _demand_evidence(gate, attempt, data)
    # rule: approvals-distinct (5.5) `approvals: n` takes n different executors.
    again = data["executor"] in {a.executor for a in attempt.approvals}
    demand(
        not again,
        f"{data['executor']} has approved {attempt.name} already; it takes {gate.approvals} people",
        "let somebody else decide: --as NAME",
    )
    same = data["shown"] == shown(plan, state, attempt.step, data.get("child"))
    demand(same, f"what {attempt.name} shows has changed since", "look again", stale=True)
    word = Approval(data["executor"], data["reason"], data.get("contradicts"))
    attempt.approvals.append(word)
    _note_decision(state, attempt, data)
    if len(attempt.approvals) < gate.approvals:
        return
    attempt.status = "completed"
    if "child" in data:
        attempt.closed_at = state.events + 1
        return
    end_attempt(state, attempt)
    step.phase = "completed"
    watch(plan, state, attempt)
    settle(plan, state, plan.position[attempt.step], attempt)


def _demand_evidence(gate: Gate, attempt: Attempt, data: Mapping[str, Any]) -> None:
    """Have the evidence of an approval there, and agree with it."""
    # rule: evidence-agrees (5.5) The evidence of a decision has to be there, and to agree with the
    # verdict.
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


def _note_decision(state: State, attempt: Attempt, data: Mapping[str, Any]) -> None:
    attempt.executor, attempt.reason = data["executor"], data["reason"]
    attempt.evidence = {**attempt.evidence, **data["evidence"]}
    attempt.outputs = {**attempt.outputs, **data.get("outputs", {})}
    # rule: follow-ups-are-notes (5.5) Follow-ups of a decision become notes.
    for text in data.get("follow_ups", ()):
        state.notes.append(Note(len(state.notes) + 1, text))


def _rejected(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    gate, step, attempt = open_gate(plan, state, data)
    demand(not data.get("override"), "only an approval overrides")
    targets = rework_targets(plan, state, attempt.step)
    past = [t for t in gate.reject if behind(plan, state, t)]
    crossed = f"; rework to {', '.join(past)} would cross the baseline" if past else ""
    demand(
        bool(targets),
        f"the gate {attempt.step} has nothing to send the item back to{crossed}",
        f"dovetail gate ITEM {attempt.step} approve",
    )
    # rule: rejection-target (5.5) A rejection names one of the targets that the gate offers now.
    demand(
        data["to"] in targets,
        f"{attempt.step} can't send the item back to {data['to']}; it can to {', '.join(targets)}",
        f"--to {targets[0]}" if targets else "",
    )
    # rule: rejection-says-why (5.5) A rejection has a reason.
    demand(bool(data["reason"].strip()), "a rejection says why", "--reason WORDS")
    agrees = gate.approve_when is None or not data["evidence"] or data["approve_when"] is not True
    demand(
        agrees,
        f"the evidence contradicts the verdict: {gate.approve_when} holds",
        f"approve {attempt.step}, or reject with evidence that agrees",
    )
    _note_decision(state, attempt, data)
    attempt.status = "rejected"
    if "child" in data:
        attempt.closed_at = state.events + 1
    else:
        end_attempt(state, attempt)
        step.phase = "rejected"
        watch(plan, state, attempt)
    step.to, step.reason = data["to"], data["reason"]
    state.attention.add(plan.position[attempt.step])


HANDLERS: dict[EventType, Handler] = {
    EventType.APPROVED: _approved,
    EventType.REJECTED: _rejected,
}
