"""DT080: a step that can never run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dovetail.diagnostics import Diagnostic
from dovetail.plan.model import Step
from dovetail.rules.base import Context, Rule
from dovetail.rules.constant_condition import why

__all__ = ["RULE"]

_SHOWN = 4


def _check(context: Context) -> Iterator[Diagnostic]:
    skipped: set[int] = set()
    for site, analysis, verdict in context.constant:
        if site.step is not None and site.path[2:] == ("when",) and verdict == "never":
            skipped.add(site.step)
            key = context.blueprint.steps[site.step].key
            yield RULE.at(
                context.spans.value(site.path),
                f"step `{key}` can never run: its `when` is never true",
                why(analysis),
            )
    if skipped:
        yield from _cut_off(context, skipped)


def _cut_off(context: Context, skipped: set[int]) -> Iterator[Diagnostic]:
    """Find the joins that wait for one of some steps, of which none ever completes."""
    out: set[str] = set()
    for step in () if context.plan is None else context.plan.steps:
        i = context.index.get(step.key)
        if i is None:
            if out.issuperset(step.inputs):  # the checkpoint of a step that never runs
                out.add(step.key)
        elif i in skipped:
            out.add(step.key)
        elif step.join != "all" and step.inputs and out.issuperset(step.inputs):
            out.add(step.key)
            yield RULE.at(
                context.spans.value(("steps", i, "join")),
                f"step `{step.key}` can never run: {_told(context, step)} is always skipped",
                f"let `{step.key}` need a step that runs",
            )


def _told(context: Context, step: Step) -> str:
    inputs: Sequence[str] = context.blueprint.steps[context.index[step.key]].needs or ()
    if len(inputs) == 1:
        return f"`{inputs[0]}`, which it waits for,"
    named = " and ".join(f"`{key}`" for key in inputs)
    each = named if len(inputs) <= _SHOWN else f"the {len(inputs)} steps"
    return f"each of {each} that it waits for"


RULE = Rule(
    code="DT080",
    severity="error",
    stage="names",
    title="A step that can never run",
    explanation="""
A step whose `when` is never true is always skipped. So is a step that waits for some of its needs,
by a `join` other than `all`, when each of those is always skipped. The values that count are those
that the declarations allow: of an enum its values, of a number those from `min` to `max`.
""",
    bad="""
params: {risk: {type: int, min: 1, max: 5}}
steps:
  - {key: draft}
  - {key: audit, when: params.risk > 5}
""",
    good="""
params: {risk: {type: int, min: 1, max: 5}}
steps:
  - {key: draft}
  - {key: audit, when: params.risk > 3}
""",
    check=_check,
)
