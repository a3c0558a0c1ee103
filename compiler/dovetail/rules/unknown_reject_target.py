"""DT046: a rejection to a step that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        if step.gate is None or step.gate.reject is None:
            continue
        targets = step.gate.reject.to
        for j, target in enumerate(targets):
            if target not in context.index:
                path = ("steps", i, "gate", "reject", "to", j)
                names = context.step_names
                hint, fix = context.suggest(target, path, names, but=step.key, beside=targets)
                yield RULE.at(
                    context.spans.value(path),
                    f"gate `{step.key}` rejects to `{target}`, which is not a step",
                    hint,
                    fix,
                )


RULE = Rule(
    code="DT046",
    severity="error",
    stage="names",
    title="A rejection to an unknown step",
    explanation="""
A rejection sends the item back to one of the steps under `reject.to`, named by their keys.
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
