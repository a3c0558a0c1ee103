"""DT046: rework that leads to a step that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.checkpoint import checked_step
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, path, targets in context.retreats:
        step = context.blueprint.steps[i]
        for j, target in enumerate(targets):
            if target not in context.index:
                at = (*path, j)
                names = context.step_names
                hint, fix = context.suggest(target, at, names, but=step.key, beside=targets)
                checked = checked_step(context.blueprint.steps, target)
                if checked is not None:
                    hint = f"name `{checked}`: after it, its checkpoint is decided again"
                yield RULE.at(
                    context.spans.value(at),
                    f"step `{step.key}` sends back to `{target}`, which is not a step",
                    hint,
                    fix if checked is None else None,
                )


RULE = Rule(
    code="DT046",
    severity="error",
    stage="names",
    title="Rework leads to an unknown step",
    explanation="""
A rejection sends the item back to one of the steps under `reject.to`, and an exhausted automatic
step to those under `on_failure.to`. Both name steps by their keys.
""",
    bad="""
steps:
  - key: draft
  - {key: edit, gate: {reject: {to: [write], limit: 2}}}
""",
    good="""
steps:
  - key: draft
  - {key: edit, gate: {reject: {to: [draft], limit: 2}}}
""",
    check=_check,
)
