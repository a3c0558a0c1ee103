"""DT046: rework that leads to a step that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.sites import retreats

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, path, targets in retreats(context.blueprint):
        step = context.blueprint.steps[i]
        for j, target in enumerate(targets):
            if target not in context.index:
                at = (*path, j)
                names = context.step_names
                hint, fix = context.suggest(target, at, names, but=step.key, beside=targets)
                yield RULE.at(
                    context.spans.value(at),
                    f"step `{step.key}` sends back to `{target}`, which is not a step",
                    hint,
                    fix,
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
