"""DT037: more than one crossing into the baseline."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    places = [i for i, s in enumerate(context.blueprint.steps) if s.kind == "integrate"]
    for i in places[1:]:
        first = context.blueprint.steps[places[0]].key
        yield RULE.at(
            context.spans.key(("steps", i, "integrate")),
            f"step `{context.blueprint.steps[i].key}` integrates, but step `{first}` does already",
            "a blueprint crosses into the baseline once: keep one `integrate`",
        )


RULE = Rule(
    code="DT037",
    severity="error",
    stage="names",
    title="More than one integrate",
    explanation="""
Integration is the boundary behind which work can no longer simply be done again. A work item
crosses it once.
""",
    bad="""
steps:
  - {key: stage, integrate: {}}
  - {key: publish, integrate: {}}
""",
    good="""
steps:
  - key: stage
  - {key: publish, integrate: {}}
""",
    check=_check,
)
