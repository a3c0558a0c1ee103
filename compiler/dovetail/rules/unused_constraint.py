"""DT091: a constraint that no step uses."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    named = {name for step in context.blueprint.steps for name in step.uses}
    used = context.meant(named, context.constraint_names)
    for name in context.blueprint.constraints:
        if name not in used:
            yield RULE.at(
                context.spans.key(("constraints", name)),
                f"constraint `{name}` is declared, but no step uses it",
                f"name it where it is held, `uses: [{name}]`, or take it out",
            )


RULE = Rule(
    code="DT091",
    severity="warning",
    stage="names",
    title="An unused constraint",
    explanation="""
A constraint limits only the steps that name it under `uses`. One that no step names limits nothing.
""",
    bad="""
constraints: {staging: {scope: global}}
steps:
  - {key: shoot}
""",
    good="""
constraints: {staging: {scope: global}}
steps:
  - {key: shoot, uses: [staging]}
""",
    check=_check,
)
