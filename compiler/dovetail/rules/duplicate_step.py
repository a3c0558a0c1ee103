"""DT030: two steps of one key."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        first = context.index[step.key]
        if first != i:
            line = context.spans.key(("steps", first, "key")).line
            yield RULE.at(
                context.spans.value(("steps", i, "key")),
                f"step `{step.key}` is already there, at line {line}",
                "give one of the two another key",
            )


RULE = Rule(
    code="DT030",
    severity="error",
    stage="graph",
    title="Two steps have one key",
    explanation="""
A step's key names it in `needs`, in rejections, in expressions, in commands and in the history.
So every step needs a key of its own.
""",
    bad="""
steps:
  - key: draft
  - key: draft
""",
    good="""
steps:
  - key: draft
  - key: redraft
""",
    check=_check,
)
