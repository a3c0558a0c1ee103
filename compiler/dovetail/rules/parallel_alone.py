"""DT083: a parallel step that nothing can run beside (SPEC 2.4)."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.model import Plan
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    plan = context.plan
    if plan is None or not any(s.parallel for s in plan.steps):
        return
    alone = _ordered_against_all(plan)
    outrun = _outrun(context)
    for i, step in enumerate(context.blueprint.steps):
        place = plan.position[step.key]
        if not alone[place] or not step.parallel or outrun >> place & 1:
            continue
        others = "all others come before or after it"
        yield RULE.at(
            context.spans.key(("steps", i, "parallel")),
            f"step `{step.key}` is parallel, but no other step can run beside it: "
            + (others if len(plan.steps) > 1 else "there is none"),
            "leave `parallel` out, or make the steps parallel that should run beside it",
        )


def _outrun(context: Context) -> int:
    """Give the steps that may run beside one that they come before, and those, as bits.

    A join that does not wait for all lets steps go on beside those that it did not wait for.
    """
    plan, scopes, bits = context.plan, context.scopes, 0
    if plan is None or scopes is None or all(s.join == "all" for s in plan.steps):
        return bits
    for i, (before, certain) in enumerate(zip(scopes.ancestors, scopes.certain, strict=True)):
        loose = before & ~certain
        bits |= loose | (1 << i if loose else 0)
    return bits


def _ordered_against_all(plan: Plan) -> list[bool]:
    """Tell of each step whether every other one comes before or after it, by edges of any kind.

    All earlier steps lead to a step when each of them leads on to one that is not beyond it; all
    later ones come from it when each of them comes from one that is not before it.
    """
    count, position = len(plan.steps), plan.position
    first_after = [count] * count
    last_before = [-1] * count
    for i, step in enumerate(plan.steps):
        places = [position[edge.step] for edge in step.edges]
        last_before[i] = max(places, default=-1)
        for place in places:
            if first_after[place] == count:
                first_after[place] = i
    alone = [True] * count
    reach = 0
    for i in range(count):
        alone[i] = reach <= i
        reach = max(reach, first_after[i])
    reach = count
    for i in reversed(range(count)):
        alone[i] = alone[i] and reach >= i
        reach = min(reach, last_before[i])
    return alone


RULE = Rule(
    code="DT083",
    severity="warning",
    stage="plan",
    title="A parallel step that is alone",
    explanation="""
`parallel: true` lets a step run beside others. Where `needs` and the order put every other step
before or after it, it runs alone all the same: either the word is left over, or an edge is there
that nobody wanted.
""",
    bad="""
steps:
  - {key: draft}
  - {key: shoot, parallel: true}
  - {key: edit}
""",
    good="""
steps:
  - {key: draft, parallel: true}
  - {key: shoot, parallel: true}
  - {key: edit}
""",
    check=_check,
)
