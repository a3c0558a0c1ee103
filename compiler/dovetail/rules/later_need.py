"""DT035: a need on a step of higher order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.cycle import edges_in_cycles

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    if not context.ordered:
        return
    told = edges_in_cycles(context)
    order_of = {key: context.orders[i] for key, i in context.index.items()}
    for i, step in enumerate(context.blueprint.steps):
        needs = step.needs or ()
        if max(map(order_of.get, needs, repeat(0)), default=0) <= context.orders[i]:
            continue
        for j, need in enumerate(needs):
            other = context.index.get(need)
            if other is None or other == i or (step.key, need) in told:
                continue
            mine, its = context.orders[i], context.orders[other]
            if its > mine:
                yield RULE.at(
                    context.spans.value(("steps", i, "needs", j)),
                    f"step `{step.key}` has order {mine} and needs `{need}`, which has order {its}",
                    f"move `{need}` before `{step.key}`, or give it an order of at most {mine}",
                )


RULE = Rule(
    code="DT035",
    severity="error",
    stage="graph",
    title="A need on a step of higher order",
    explanation="""
The order is the promise of what comes first, and needs have to keep it: a step may need steps of
lower order and, if it is parallel, of its own order.
""",
    bad="""
steps:
  - {key: draft, needs: [collect]}
  - {key: collect, needs: []}
""",
    good="""
steps:
  - {key: collect, needs: []}
  - {key: draft, needs: [collect]}
""",
    check=_check,
)
