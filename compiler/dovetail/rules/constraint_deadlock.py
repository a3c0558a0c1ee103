"""DT105: a call that holds what its children wait for."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.model import Blueprint
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.calls import Trail, calls, refs, trails

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    own = context.blueprint
    for i, _, call in calls(own):
        step = own.steps[i]
        for j, name in enumerate(step.uses):
            if not _is_global(own, name) or name in step.uses[:j]:
                continue
            found = next(_users(name, trails(context, call)), None)
            if found is not None:
                trail, user = found
                said = f"`{step.key}` holds `{name}` while its children wait for it"
                yield RULE.at(
                    context.spans.value(("steps", i, "uses", j)),
                    f"{said}: {refs((own, *trail))}, step `{user}`",
                    f"take `{name}` out of `uses` here: each child holds it by itself",
                )


def _users(name: str, found: Iterator[Trail]) -> Iterator[tuple[Trail, str]]:
    for trail in found:
        if _is_global(trail[-1], name):
            yield from ((trail, s.key) for s in trail[-1].steps if name in s.uses)


def _is_global(blueprint: Blueprint, name: str) -> bool:
    constraint = blueprint.constraints.get(name)
    return constraint is not None and constraint.scope == "global"


RULE = Rule(
    code="DT105",
    severity="error",
    stage="project",
    title="A call holds a constraint that its children use",
    explanation="""
A step holds its constraints while it runs, and a call runs until its children are done. A child
that needs the same global constraint waits for the call, and the call for the child. The examples
are in a project with `chunk` 1.0.0, of which a step uses the global constraint `staging`.
""",
    bad="""
constraints: {staging: {scope: global}}
steps:
  - {key: work, uses: [staging], call: {blueprint: chunk, with: {goal: item.title}}}
""",
    good="""
constraints: {staging: {scope: global}}
steps:
  - {key: work, call: {blueprint: chunk, with: {goal: item.title}}}
  - {key: try, uses: [staging]}
""",
    check=_check,
)
