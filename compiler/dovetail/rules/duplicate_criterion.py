"""DT044: two criteria of one id in a step."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        first: dict[str, int] = {}
        for j, criterion in enumerate(step.exit):
            k = first.setdefault(criterion.id, j)
            if k != j:
                line = context.spans.value(("steps", i, "exit", k, "id")).line
                yield RULE.at(
                    context.spans.value(("steps", i, "exit", j, "id")),
                    f"step `{step.key}` already has a criterion `{criterion.id}`, at line {line}",
                    "give one of the two another id",
                )


RULE = Rule(
    code="DT044",
    severity="error",
    stage="names",
    title="Two criteria of a step have one id",
    explanation="""
The id names a criterion when it is not met, and in the history. So it is unique within its step.
""",
    bad="""
steps:
  - key: draft
    exit:
      - {id: text, artifact: note.md}
      - {id: text, artifact: summary.md}
""",
    good="""
steps:
  - key: draft
    exit:
      - {id: text, artifact: note.md}
      - {id: summary, artifact: summary.md}
""",
    check=_check,
)
