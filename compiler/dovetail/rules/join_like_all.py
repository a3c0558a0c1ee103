"""DT082: a join that leaves nothing to choose."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.scope import snake
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    if context.plan is None or context.scopes is None:
        return
    for i, step in enumerate(context.blueprint.steps):
        least = step.join.at_least
        needs = sorted(set(step.needs or ())) if least else ()
        if not needs or least != len(needs):
            continue
        position, skippable = context.plan.position, context.scopes.skippable
        may_skip = any(skippable[position[need]] for need in needs)
        span = context.spans.value(("steps", i, "join"))
        if least == 1:
            need = needs[0]
            skip = (
                f"; to skip `{step.key}` with it, `when: steps.{snake(need)}.state == 'completed'`"
            )
            yield RULE.at(
                span,
                f"the join of step `{step.key}` has one step to wait for, `{need}`",
                "leave `join` out" + (skip if may_skip else ""),
            )
        elif not may_skip:
            # Of steps that may be skipped, fewer than all will do.
            yield RULE.at(
                span,
                f"the join of step `{step.key}` waits for {least} of {least} steps: that is all",
                "leave `join` out, or wait for fewer",
            )


RULE = Rule(
    code="DT082",
    severity="warning",
    stage="plan",
    title="A join that leaves nothing to choose",
    explanation="""
`any` and `at_least` are for steps that need not wait for all of their `needs`. With a single step
under `needs`, or with as many as the join waits for, there is nothing to choose, and usually a
need was forgotten.
""",
    bad="""
steps:
  - {key: left, parallel: true}
  - {key: right, parallel: true}
  - {key: edit, needs: [left], join: any}
""",
    good="""
steps:
  - {key: left, parallel: true}
  - {key: right, parallel: true}
  - {key: edit, needs: [left, right], join: any}
""",
    check=_check,
)
