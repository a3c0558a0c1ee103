"""DT074: an outcome that a step can't have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.plan.model import Call, Gate, Step
from dovetail.rules.base import known_ones
from dovetail.rules.file_rule import FileContext, FileRule

if TYPE_CHECKING:
    from dovetail.files.scenario import Outcome

__all__ = ["RULE"]


def _check(context: FileContext) -> Iterator[Diagnostic]:
    if context.played is None:
        return
    scenario, plan = context.played
    for key, outcomes in scenario.outcomes.items():
        if key not in plan.position:
            continue
        for i, outcome in enumerate(outcomes):
            said = _impossible(plan.step(key), outcome, set(plan.position))
            if said is not None:
                path: Path = ("outcomes", key, i)
                path = path if outcome.reject is None else (*path, "reject")
                yield RULE.at(context.spans.value(path), *said)


def _impossible(step: Step, outcome: Outcome, known: set[str]) -> tuple[str, str] | None:
    """Say what can't be, and the way out."""
    verdict, gate = outcome.verdict, _gate(step)
    if gate is None:
        if verdict in {"approve", "reject"}:
            told = f"step `{step.key}` is no gate: it can't {verdict}"
            return told, "`complete` and `fail` are what may come of it"
        if verdict == "interrupted" and not step.automatic:
            told = f"step `{step.key}` is done by somebody: no driver of it can die"
            return told, "`fail` is what may come of it"
        return None
    if verdict in {"complete", "fail", "interrupted"}:
        what = f"gate `{step.key}`" if step.gate else f"the gate between children of `{step.key}`"
        return (
            f"{what} is decided, not done: it can't {verdict}",
            "`approve` and `reject` are its verdicts",
        )
    if outcome.reject is not None and not gate.reject:
        return f"gate `{step.key}` can't reject", "give it `reject: {to: …, limit: …}`"
    if outcome.reject is not None and outcome.reject in known - set(gate.reject):
        told = f"gate `{step.key}` can't send an item back to `{outcome.reject}`"
        return told, known_ones(gate.reject)
    return None


def _gate(step: Step) -> Gate | None:
    """Give what the outcomes of a step decide: of a call, the gate between its children."""
    if isinstance(step.action, Call) and step.action.for_each and step.action.for_each.pause:
        return step.action.for_each.pause.gate
    return step.gate


RULE = FileRule(
    code="DT074",
    severity="error",
    stage="project",
    title="An outcome that a step can't have",
    explanation="""
A gate approves or rejects, and rejects only to the steps that it names; any other step is completed
or fails. The `demo` of the examples has a gate `edit` that rejects to `draft`.
""",
    bad="""
schema: dovetail/scenario/v1
blueprint: demo@1.0.0
outcomes:
  draft: [approve]
""",
    good="""
schema: dovetail/scenario/v1
blueprint: demo@1.0.0
outcomes:
  draft: [complete]
  edit: [{reject: draft, reason: too long}, approve]
""",
    place="blueprints/demo/scenarios/plain.yaml",
    examine=_check,
)
