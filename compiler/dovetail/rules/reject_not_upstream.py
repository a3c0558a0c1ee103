"""DT047: a rejection to a step that the gate does not depend on."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule, known_ones

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    plan = context.plan
    if plan is None:
        return
    for i, step in enumerate(context.blueprint.steps):
        if step.gate is None or step.gate.reject is None:
            continue
        before = [plan.steps[p].key for p in plan.upstream(step.key)]
        for j, target in enumerate(step.gate.reject.to):
            if target in before or target not in context.index:
                continue
            where = "itself" if target == step.key else f"`{target}`, which does not hand on to it"
            yield RULE.at(
                context.spans.value(("steps", i, "gate", "reject", "to", j)),
                f"gate `{step.key}` rejects to {where}; expected a step that comes before the gate",
                known_ones(before) or f"let `{step.key}` need the step that it reviews",
            )


RULE = Rule(
    code="DT047",
    severity="error",
    stage="plan",
    title="A rejection to a step that is not before the gate",
    explanation="""
Rework opens a step and everything that follows from it again, up to the gate. So the gate has to
depend on the step it rejects to, directly or through other steps.
""",
    bad="""
steps:
  - {key: draft, needs: []}
  - {key: shoot, needs: []}
  - {key: edit, needs: [draft], gate: {reject: {to: [shoot], limit: 2}}}
""",
    good="""
steps:
  - {key: draft, needs: []}
  - {key: shoot, needs: []}
  - {key: edit, needs: [draft, shoot], gate: {reject: {to: [shoot], limit: 2}}}
""",
    check=_check,
)
