"""DT032: equal orders where a step is not parallel."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    if not context.ordered:
        return
    steps = context.blueprint.steps
    by_order: dict[int, list[int]] = {}
    for i, order in enumerate(context.orders):
        by_order.setdefault(order, []).append(i)
    for order, places in by_order.items():
        alone = [i for i in places if not steps[i].parallel]
        if len(places) == 1 or not alone:
            continue
        at = next(i for i in reversed(places) if i == alone[-1] or steps[i].order is not None)
        other = next(i for i in places if i != at)
        culprit = steps[at] if not steps[at].parallel else steps[alone[0]]
        yield RULE.at(
            context.spans.value(("steps", at, "order"))
            if steps[at].order is not None
            else context.spans.value(("steps", at, "key")),
            f"steps `{steps[other].key}` and `{steps[at].key}` both have order {order}, "
            f"and `{culprit.key}` is not parallel",
            "give them different orders, or make all of them `parallel: true`",
        )


RULE = Rule(
    code="DT032",
    severity="error",
    stage="graph",
    title="Equal orders where a step is not parallel",
    explanation="""
The order says which step comes first. Only steps that may run beside each other, all of them
`parallel: true`, may share one. A step without `order` has the order of the step written before
it, plus one.
""",
    bad="""
steps:
  - {key: draft, order: 1}
  - {key: shoot, order: 1, parallel: true}
""",
    good="""
steps:
  - {key: draft, order: 1, parallel: true}
  - {key: shoot, order: 1, parallel: true}
""",
    check=_check,
)
