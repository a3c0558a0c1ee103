"""DT072: a scenario that names a step which the blueprint does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.file_rule import FileContext, FileRule

if TYPE_CHECKING:
    from dovetail.files.scenario import Scenario

__all__ = ["RULE"]


_Named: TypeAlias = tuple[str, Path, bool]
"""A step that is named, where, and whether it stands there as a key."""


def _named(scenario: Scenario) -> Iterator[_Named]:
    for step, outcomes in scenario.outcomes.items():
        yield step, ("outcomes", step), True
        for i, outcome in enumerate(outcomes):
            if outcome.reject is not None:
                yield outcome.reject, ("outcomes", step, i, "reject"), False
    yield from ((step, ("unmet", step), True) for step in scenario.unmet if step != "done")
    yield from ((step, ("children", step), True) for step in scenario.children)
    for i, act in enumerate(scenario.acts):
        for what in ("after", "rework", "requeue"):
            if (named := getattr(act, what)) is not None:
                yield named.partition("/")[0], ("acts", i, what), False
        yield from ((step, ("acts", i, "steps", k), False) for k, step in enumerate(act.steps))
    yield from _expected(scenario)


def _expected(scenario: Scenario) -> Iterator[_Named]:
    expect = scenario.expect
    for what in ("launches", "skips", "reused", "late", "superseded"):
        for i, step in enumerate(getattr(expect, what) or ()):
            # The gate between the children of a call is written with the child's key.
            yield step.partition("/")[0], ("expect", what, i), False
    for what in ("rework", "held", "children"):
        yield from ((step, ("expect", what, step), True) for step in getattr(expect, what) or ())


def _check(context: FileContext) -> Iterator[Diagnostic]:
    if context.played is None:
        return
    scenario, plan = context.played
    names = context.names(plan.position)
    for step, path, is_key in _named(scenario):
        if step not in plan.position:
            hint, fix = context.suggest(step, path, names, key=is_key)
            at = context.spans.key(path) if is_key else context.spans.value(path)
            yield RULE.at(at, f"`{step}` is not a step of {plan.ref}", hint, fix)


RULE = FileRule(
    code="DT072",
    severity="error",
    stage="project",
    title="A scenario with an unknown step",
    explanation="""
A scenario names the steps of the blueprint that it plays: in `outcomes`, as the target of a
rejection, in `acts` and `unmet`, and in what it expects. The `demo` of the examples has the steps
`draft`, `edit` (a gate) and `publish`.
""",
    bad="""
schema: dovetail/scenario/v1
blueprint: demo@1.0.0
outcomes:
  edti: [approve]
expect: {launches: [draft, edit, publish]}
""",
    good="""
schema: dovetail/scenario/v1
blueprint: demo@1.0.0
outcomes:
  edit: [approve]
expect: {launches: [draft, edit, publish]}
""",
    place="blueprints/demo/scenarios/plain.yaml",
    examine=_check,
)
