"""DT096: a name that stands twice in a list of names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _lists(context: Context) -> Iterator[tuple[Path, Sequence[str]]]:
    blueprint = context.blueprint
    if blueprint.intake is not None:
        yield ("intake", "review"), blueprint.intake.review
    for i, step in enumerate(blueprint.steps):
        if step.needs is not None and len(step.needs) > 1:
            yield ("steps", i, "needs"), step.needs
        if len(step.uses) > 1:
            yield ("steps", i, "uses"), step.uses
    for _, path, gate in context.gates:
        yield (*path, "reviewers"), gate.reviewers
        yield (*path, "override"), gate.override
    for _, path, targets in context.retreats:
        yield path, targets


def _check(context: Context) -> Iterator[Diagnostic]:
    for path, names in _lists(context):
        if len(set(names)) == len(names):
            continue
        seen: set[str] = set()
        for j, name in enumerate(names):
            if name in seen:
                yield RULE.at(
                    context.spans.value((*path, j)),
                    f"`{name}` stands in `{path[-1]}` already",
                    "take it out, or name the one that was meant",
                )
            seen.add(name)


RULE = Rule(
    code="DT096",
    severity="warning",
    stage="names",
    title="A name that stands twice in a list",
    explanation="""
Naming a step, a role or a constraint twice in one list says no more than naming it once. Often
another one was meant.
""",
    bad="""
steps:
  - {key: left, parallel: true}
  - {key: right, parallel: true}
  - {key: edit, needs: [left, right, left]}
""",
    good="""
steps:
  - {key: left, parallel: true}
  - {key: right, parallel: true}
  - {key: edit, needs: [left, right]}
""",
    check=_check,
)
