"""DT093: a clock of cycle time that can't run."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.checkpoint import check_key
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    blueprint = context.blueprint
    gates = {check_key(s.key) for s in blueprint.steps if s.checkpoint is not None}
    for name, key in (("start", blueprint.start), ("finish", blueprint.finish)):
        if key is not None and key not in context.index and key not in gates:
            hint, fix = context.suggest(key, (name,), context.step_names)
            yield RULE.at(
                context.spans.value((name,)), f"`{name}` is `{key}`, which is not a step", hint, fix
            )
    position = {} if context.plan is None else context.plan.position
    start, finish = (position.get(key or "") for key in (blueprint.start, blueprint.finish))
    if start is not None and finish is not None and context.before[start] >> finish & 1:
        yield RULE.at(
            context.spans.value(("finish",)),
            f"the clock stops with `{blueprint.finish}`, which comes before `{blueprint.start}`, "
            "with which it starts",
            "swap `start` and `finish`, or name a later step",
        )


RULE = Rule(
    code="DT093",
    severity="error",
    stage="names",
    title="A start or a finish that the clock can't use",
    explanation="""
Cycle time runs from the step under `start` to the step under `finish`: by default from the first
one to the last. Both name steps by their keys, and `finish` does not come before `start`.
""",
    bad="""
start: edit
finish: draft
steps:
  - key: draft
  - key: edit
""",
    good="""
start: draft
finish: edit
steps:
  - key: draft
  - key: edit
""",
    check=_check,
)
