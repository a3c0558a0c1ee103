"""DT044: two criteria of one id in a list."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.sites import criteria

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for _, path, written in criteria(context.blueprint):
        first: dict[str, int] = {}
        for j, criterion in enumerate(written):
            k = first.setdefault(criterion.id, j)
            if k != j:
                line = context.spans.value((*path, k, "id")).line
                yield RULE.at(
                    context.spans.value((*path, j, "id")),
                    f"there is already a criterion `{criterion.id}` in this list, at line {line}",
                    "give one of the two another id",
                )


RULE = Rule(
    code="DT044",
    severity="error",
    stage="names",
    title="Two criteria of a list have one id",
    explanation="""
The id names a criterion when it is not met, and in the history. So it is unique within its list.
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
