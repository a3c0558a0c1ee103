"""DT047: rework that leads to a step that is no flow ancestor."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule, known_ones

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    plan = context.plan
    if plan is None:
        return
    for i, path, targets in context.retreats:
        step = context.blueprint.steps[i]
        before = [plan.steps[p].key for p in plan.upstream(step.key)]
        for j, target in enumerate(targets):
            if target in before or target not in context.index:
                continue
            where = "itself" if target == step.key else f"`{target}`, which does not hand on to it"
            yield RULE.at(
                context.spans.value((*path, j)),
                f"step `{step.key}` sends back to {where}; expected a step that comes before it",
                known_ones(before) or f"let `{step.key}` need the step that it sends back to",
            )


RULE = Rule(
    code="DT047",
    severity="error",
    stage="plan",
    title="Rework leads to a step that is not before",
    explanation="""
Rework opens a step and everything that follows from it again, up to the gate that rejected or the
automatic step that failed. So that one has to depend on the step it sends the item back to,
directly or through other steps.
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
