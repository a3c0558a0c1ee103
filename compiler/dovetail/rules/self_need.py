"""DT034: a step that needs itself."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        needs = step.needs or ()
        for j, need in enumerate(needs if step.key in needs else ()):
            if need == step.key:
                yield RULE.at(
                    context.spans.value(("steps", i, "needs", j)),
                    f"step `{step.key}` needs itself, so it could never start",
                    "name another step, or write `needs: []` for a step that waits for none",
                )


RULE = Rule(
    code="DT034",
    severity="error",
    stage="graph",
    title="A step needs itself",
    explanation="""
A step that waits for itself never starts. To do a step again, let a gate after it reject to it.
""",
    bad="""
steps:
  - {key: draft, needs: [draft]}
""",
    good="""
steps:
  - {key: draft, needs: []}
""",
    check=_check,
)
