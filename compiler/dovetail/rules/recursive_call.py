"""DT104: blueprints that call each other."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.calls import calls, refs, trails

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    own = context.blueprint
    for _, at, call in calls(own):
        circle = next((t for t in trails(context, call) if t[-1] is own), None)
        if circle is not None:
            said = "these blueprints call each other, so no item would ever be done"
            yield RULE.at(
                context.spans.value((*at, "blueprint")),
                f"{said}: {refs((own, *circle))}",
                "take out one of these calls; to do work again, let a gate reject to it",
            )


RULE = Rule(
    code="DT104",
    severity="error",
    stage="project",
    title="Recursive calls",
    explanation="""
Each call makes a child item. Where a blueprint calls itself, be it by way of others, there would be
children without end. The finding shows the whole circle, each blueprint followed by the one it
calls. The examples are in a project whose blueprint `package` calls `demo`.
""",
    bad="""
steps:
  - {key: all, call: {blueprint: package}}
""",
    good="""
steps:
  - {key: one, call: {blueprint: chunk, with: {goal: item.title}}}
""",
    check=_check,
)
