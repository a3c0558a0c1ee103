"""DT081: a join that waits for more steps than there are."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        least = step.join.at_least
        there = len(set(step.needs or ())) if least else 0
        if least > there:
            wanted = "any step" if least == 1 else f"{least} steps"
            named = {0: "none", 1: "one"}.get(there, str(there))
            yield RULE.at(
                context.spans.value(("steps", i, "join", "at_least")),
                f"step `{step.key}` waits for {wanted} of its `needs`, which name {named}",
                "name more steps in `needs`"
                + (f", or wait for at most {there}" if there > 1 else ", or leave `join` out"),
            )


RULE = Rule(
    code="DT081",
    severity="error",
    stage="names",
    title="A join that can never fire",
    explanation="""
A step with `join: {at_least: n}` becomes ready when n of the steps under `needs` have completed,
and one with `join: any` when one has. So there have to be that many; one that is named twice
counts once.
""",
    bad="""
steps:
  - {key: left, parallel: true}
  - {key: right, parallel: true}
  - {key: edit, needs: [left, right], join: {at_least: 3}}
""",
    good="""
steps:
  - {key: left, parallel: true}
  - {key: middle, parallel: true}
  - {key: right, parallel: true}
  - {key: edit, needs: [left, middle, right], join: {at_least: 2}}
""",
    check=_check,
)
