"""Decisions at gates, those between the children of a call among them (SPEC 5.5)."""

from __future__ import annotations

from typing import Any

from dovetail import kernel
from dovetail.errors import DovetailError
from dovetail.files.base import typed_all
from dovetail.files.scenario import Outcome
from dovetail.kernel import Attempt, EventType
from dovetail.plan.fields import Field
from dovetail.plan.model import Call, Gate, Step
from dovetail.plan.values import read_values
from dovetail.simulate.cues import Cue
from dovetail.simulate.made_up import least_of
from dovetail.simulate.player import Player
from dovetail.simulate.trace import Happening
from dovetail.simulate.work import read_evidence
from dovetail.simulate.world import Task

__all__ = ["decide", "open_gate"]

_UNSAID = "as the scenario says"


def open_gate(player: Player, task: Task) -> Attempt | None:
    """Give the gate that a task stands for; None: it is not open."""
    attempt = player.attempt(task)
    if attempt is not None and task.child:
        child = attempt.call.children.get(task.child) if attempt.call else None
        gate = None if child is None or attempt.overtaken else child.gate
    else:
        gate = attempt
    return gate if gate is not None and gate.status == "queued" else None


def decide(player: Player, task: Task) -> None:
    """Decide an open gate with the next outcome of its step."""
    spec, gate = player.plan.step(task.step), kernel.gate_of(player.plan.step(task.step))
    attempt, cue = open_gate(player, task), player.cues.take(task.step)
    if gate is None or attempt is None or cue is None:
        return
    verdict = cue.outcome.verdict
    if verdict in ("complete", "fail", "interrupted"):
        _refuse(player, task, cue, f"the gate {task.step} is decided, not done: not `{verdict}`")
        return
    try:
        data = _decision(player, task, spec, gate, attempt, cue.outcome)
        if verdict == "reject":
            player.put(EventType.REJECTED, **data, to=cue.outcome.reject)
        else:
            player.put(EventType.APPROVED, **data)
    except (kernel.Refused, DovetailError) as error:
        _refuse(player, task, cue, error.message)


def _refuse(player: Player, task: Task, cue: Cue, says: str) -> None:
    happening = Happening(
        "refused", task.step, task.attempt, task.child, by=cue.outcome.by or "", says=says
    )
    player.refuse(happening, task.step, cue.path, expected=False)
    if not cue.scripted:
        player.stuck.add(task)


def _decision(
    player: Player, task: Task, spec: Step, gate: Gate, attempt: Attempt, outcome: Outcome
) -> dict[str, Any]:
    rejects = outcome.verdict == "reject"
    fields = _fields(spec, task.child)
    outputs, evidence = _report(player, task, gate, fields, outcome)
    checked = outcome.evidence or player.world.strict or (outcome.outputs and not gate.evidence)
    holds: bool | None = None
    if checked:
        holds = player.judge.verdict(task.step, task.attempt, evidence, outputs, task.child)
    elif gate.approve_when is not None and not rejects and not outcome.override:
        holds = True  # assumed
    data: dict[str, Any] = {
        "step": task.step,
        "attempt": task.attempt,
        "generation": attempt.generation,
        **_who(player, spec, gate, attempt, outcome),
        "reason": outcome.reason or _UNSAID,
        "evidence": evidence,
        "approve_when": holds,
    }
    if task.child:
        data["child"] = task.child
    if outputs:
        data["outputs"] = outputs
    if outcome.follow_ups:
        data["follow_ups"] = list(outcome.follow_ups)
    if outcome.override:
        step = player.state.at(player.plan, task.step)
        contradicts = kernel.contradicted(step, task.child or None)
        data |= {"override": True, "contradicts": contradicts}
    if not rejects:
        data["shown"] = kernel.shown(player.plan, player.state, task.step, task.child or None)
    return data


def _fields(spec: Step, child: str) -> dict[str, Field]:
    """Give the further fields of the form."""
    if not child:
        return dict(spec.outputs)
    each = spec.action.for_each if isinstance(spec.action, Call) else None
    return dict(each.pause.outputs) if each and each.pause else {}


def _report(
    player: Player, task: Task, gate: Gate, fields: dict[str, Field], outcome: Outcome
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Read what comes with a decision; what an approval needs is made up, unless strict."""
    assumes = not (player.world.strict or outcome.override or outcome.verdict == "reject")
    what = f"outputs of {task.step}"
    outputs: dict[str, Any] = {}
    if outcome.outputs or player.world.strict:
        outputs = read_values(fields, typed_all(fields, outcome.outputs), what=what)
    elif assumes:
        outputs = least_of(fields, what)
    evidence = read_evidence(player, outcome)
    kind = gate.evidence
    if assumes and kind is not None and not outcome.evidence:
        evidence[kind] = least_of(player.plan.evidence[kind], f"evidence {kind}")
    return outputs, evidence


def _who(
    player: Player, spec: Step, gate: Gate, attempt: Attempt, outcome: Outcome
) -> dict[str, Any]:
    """Name who decides: as the scenario says, else somebody who may."""
    wanted = gate.override if outcome.override else gate.reviewers or (spec.role,)
    without = {approval.executor for approval in attempt.approvals}
    if gate.independent:
        without |= _workers(player, spec)
    role = wanted[0] if wanted else spec.role
    name = outcome.by or player.world.somebody(role, without, free=False)
    return {"executor": name, "kind": "person", "roles": player.roles(name, wanted)}


def _workers(player: Player, spec: Step) -> set[str]:
    before = (player.state.steps[i] for i in player.plan.upstream(spec.key))
    return {a.executor for step in before for a in step.attempts if a.executor is not None}
