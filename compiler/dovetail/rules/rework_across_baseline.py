"""DT087: rework from behind the baseline to a step before it (SPEC 5.6)."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.plan.checkpoint import check_key
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    plan, boundary = context.plan, context.integrate
    if plan is None or boundary is None:
        return
    before, crossing = context.before, plan.steps[boundary].key
    for source, path, targets in _retreats(context):
        # A target that is no step, or not before, has a finding of its own.
        place = plan.position[source]
        if not before[place] >> boundary & 1:
            continue
        for j, target in enumerate(targets):
            there = plan.position.get(target)
            if there is None or not before[place] >> there & 1:
                continue
            if there == boundary or before[boundary] >> there & 1:
                which = "which" if there == boundary else f"but `{crossing}` between them"
                yield RULE.at(
                    context.spans.value((*path, j) if path[-1] == "to" else path),
                    f"step `{source}` sends back to `{target}`, {which} has integrated by then",
                    f"put it before `{crossing}`, or leave it to an operator: `dovetail revert` "
                    "takes results out of the baseline",
                )


def _retreats(context: Context) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """Give the steps that send back, where that is written, and to which steps."""
    for i, path, targets in context.retreats:
        yield context.blueprint.steps[i].key, path, tuple(targets)
    for i, step in enumerate(context.blueprint.steps):
        if step.checkpoint is not None:
            yield check_key(step.key), ("steps", i, "checkpoint"), (step.key,)


RULE = Rule(
    code="DT087",
    severity="error",
    stage="plan",
    title="Rework across the baseline",
    explanation="""
With `integrate` the results become part of the baseline. What was done before can't simply be done
again: that takes `dovetail revert`, an operator's decision with a reason. So no gate and no
`on_failure` after the integration leads to it, or to a step before it.
""",
    bad="""
steps:
  - {key: draft}
  - {key: publish, integrate: {}}
  - {key: look, gate: {reject: {to: [draft], limit: 2}}}
""",
    good="""
steps:
  - {key: draft}
  - {key: look, gate: {reject: {to: [draft], limit: 2}}}
  - {key: publish, integrate: {}}
""",
    check=_check,
)
