"""DT090: a constraint that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        for j, name in enumerate(step.uses):
            if name not in context.blueprint.constraints:
                path = ("steps", i, "uses", j)
                names = context.constraint_names
                hint, fix = context.suggest(name, path, names, beside=step.uses)
                yield RULE.at(
                    context.spans.value(path),
                    f"step `{step.key}` uses `{name}`, which is not a constraint of this blueprint",
                    hint or f"declare it: `constraints: {{{name}: {{scope: global}}}}`",
                    fix,
                )


RULE = Rule(
    code="DT090",
    severity="error",
    stage="names",
    title="An unknown constraint",
    explanation="""
`uses` names what a step holds while it runs. Each of them is declared under `constraints`, with how
many may hold it at a time, within an item or across all.
""",
    bad="""
constraints: {staging: {scope: global}}
steps:
  - {key: shoot, uses: [stagign]}
""",
    good="""
constraints: {staging: {scope: global}}
steps:
  - {key: shoot, uses: [staging]}
""",
    check=_check,
)
