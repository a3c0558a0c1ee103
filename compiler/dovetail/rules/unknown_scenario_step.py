"""DT072: a scenario that names a step which the blueprint does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.file_rule import FileContext, FileRule

if TYPE_CHECKING:
    from dovetail.files.scenario import Scenario

__all__ = ["RULE"]


def _named(scenario: Scenario) -> Iterator[tuple[str, Path, bool]]:
    """Give every step that is named, where, and whether it stands there as a key."""
    for step, outcomes in scenario.outcomes.items():
        yield step, ("outcomes", step), True
        for i, outcome in enumerate(outcomes):
            if outcome.reject is not None:
                yield outcome.reject, ("outcomes", step, i, "reject"), False
    for what in ("launches", "skips"):
        for i, step in enumerate(getattr(scenario.expect, what) or ()):
            yield step, ("expect", what, i), False
    for step in scenario.expect.rework or ():
        yield step, ("expect", "rework", step), True


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
rejection, and in what it expects. The `demo` of the examples has the steps `draft`, `edit` (a gate)
and `publish`.
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
