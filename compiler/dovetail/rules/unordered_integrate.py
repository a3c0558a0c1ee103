"""DT092: an integrate that some step may run before or after."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]

_SHOWN = 4


def _check(context: Context) -> Iterator[Diagnostic]:
    plan, place = context.plan, context.integrate
    if plan is None or place is None:
        return
    before = context.before
    # A checkpoint's gate goes with its step.
    loose = [
        step.key
        for i, step in enumerate(plan.steps)
        if i != place
        and step.key in context.index
        and not before[place] >> i & 1
        and not before[i] >> place & 1
    ]
    if not loose:
        return
    key = plan.steps[place].key
    named = " and ".join(f"`{k}`" for k in loose[:_SHOWN])
    more = f" and {len(loose) - _SHOWN} more" if len(loose) > _SHOWN else ""
    verb = "is" if len(loose) == 1 else "are"
    yield RULE.at(
        context.spans.key(("steps", context.index[key], "integrate")),
        f"step `{key}` integrates, but {named}{more} {verb} neither before nor after it",
        f"let `{key}` need `{loose[0]}`, or `{loose[0]}` need `{key}`",
    )


RULE = Rule(
    code="DT092",
    severity="error",
    stage="plan",
    title="An integrate that is not ordered against every step",
    explanation="""
Integration divides the work into what came before the baseline and what came after it. A step that
may run before, beside or after it would be on either side, as chance will have it. So each step has
to come before the integration or after it, by `needs` or by the order.
""",
    bad="""
steps:
  - {key: draft}
  - {key: shoot, parallel: true, needs: [draft]}
  - {key: publish, needs: [draft], integrate: {}}
""",
    good="""
steps:
  - {key: draft}
  - {key: shoot, parallel: true, needs: [draft]}
  - {key: tell, parallel: true, needs: [draft]}
  - {key: publish, needs: [draft, shoot, tell], integrate: {}}
""",
    check=_check,
)
