"""DT107: a version that items of the one before can't move to, and no migration between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dovetail.blueprint.versions import before
from dovetail.diagnostics import Diagnostic
from dovetail.plan.fields import Field
from dovetail.plan.model import Plan
from dovetail.rules.base import Context, Rule

__all__ = ["RULE", "reasons"]

_SHOWN = 3


def _check(context: Context) -> Iterator[Diagnostic]:
    new, library = context.plan, context.library
    if new is None:
        return
    version = before(new.version, library.versions(new.blueprint))
    if version is None or library.has(
        new.blueprint, "migrations", f"{version}--{new.version}.yaml"
    ):
        return
    old = library.plan(new.blueprint, version)
    found = [] if old is None else list(islice(reasons(old, new), _SHOWN + 1))
    if found:
        more = " …" if len(found) > _SHOWN else ""
        said = f"items on {version} can't move to {new.version} without a migration"
        yield RULE.at(
            context.spans.value(("version",)),
            f"{said}: {'; '.join(found[:_SHOWN])}{more}",
            f"say how in migrations/{version}--{new.version}.yaml",
        )


def reasons(old: Plan, new: Plan) -> Iterator[str]:
    """Say why an item of one version can't just go on with another, the gravest first."""
    for step in old.steps:
        if step.key not in new.position:
            yield f"step `{step.key}` is gone"
        elif new.step(step.key).kind != step.kind:
            yield f"step `{step.key}` was {step.kind} and is {new.step(step.key).kind}"
    for name, field in new.params.items():
        if _is_required(field) and (name not in old.params or not _is_required(old.params[name])):
            yield f"param `{name}` is required now"
    yield from _in_the_way(old, new)
    yield from _lost_inputs(old, new)


def _is_required(field: Field) -> bool:
    return field.default is None and not field.optional


def _in_the_way(old: Plan, new: Plan) -> Iterator[str]:
    """Find the new steps that come before one that the old version had."""
    first: dict[int, str] = {}
    for step in new.steps:
        if step.key in old.position:
            for place in new.upstream(step.key):
                first.setdefault(place, step.key)
    for place, step in enumerate(new.steps):
        if step.key not in old.position and place in first:
            yield f"step `{step.key}` is new, before `{first[place]}`"


def _lost_inputs(old: Plan, new: Plan) -> Iterator[str]:
    """Find the joins that no longer wait for what they waited for."""
    for step in old.steps:
        if len(step.inputs) > 1 and step.key in new.position:
            join = new.step(step.key)
            still = {new.steps[i].key for i in new.upstream(step.key)}
            kept = still if join.join == step.join == "all" else set(join.inputs)
            for key in step.inputs:
                if key in new.position and key not in kept:
                    yield f"step `{step.key}` no longer waits for `{key}`"


RULE = Rule(
    code="DT107",
    severity="warning",
    stage="project",
    title="No migration from the version before",
    explanation="""
Items in flight move to a new version step by step: each finds its steps again by their keys. Where
a step is gone or has become another kind, where one has come before steps that items may have done
already, where a join has lost inputs or a param is required that they were not asked for, a
migration has to say what becomes of them. Without one, items end on the version that they began
with. The examples are in a project with `demo` 1.0.0, whose steps are `draft`, `edit` and
`publish`, in this order.
""",
    bad="""
version: 1.1.0
steps:
  - {key: draft}
  - {key: check}
  - {key: edit}
  - {key: publish}
""",
    good="""
version: 1.1.0
steps:
  - {key: draft}
  - {key: edit}
  - {key: publish}
  - {key: announce}
""",
    check=_check,
)
