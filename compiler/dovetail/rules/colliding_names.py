"""DT031: names that are one identifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dovetail.blueprint.model import FieldModel
from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.plan.scope import snake
from dovetail.rules.base import Context, Rule
from dovetail.rules.sites import outputs

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    blueprint = context.blueprint
    yield from _fields(context, ("params",), blueprint.params)
    for kind, fields in blueprint.evidence.items():
        yield from _fields(context, ("evidence", kind), fields)
    for path, fields in outputs(blueprint, context.gates):
        yield from _fields(context, path, fields)
    yield from _names(context, ("outputs",), blueprint.outputs)


def _fields(context: Context, at: Path, fields: Mapping[str, FieldModel]) -> Iterator[Diagnostic]:
    if len(fields) > 1:
        yield from _names(context, at, fields)
    for name, field in fields.items():
        path, inner = (*at, name), field
        while inner.of is not None:
            path, inner = (*path, "of"), inner.of
        if inner.fields:
            yield from _fields(context, (*path, "fields"), inner.fields)


def _names(context: Context, at: Path, names: Iterable[str]) -> Iterator[Diagnostic]:
    taken: dict[str, str] = {}
    for name in names:
        first = taken.setdefault(snake(name), name)
        if first != name:
            yield RULE.at(
                context.spans.key((*at, name)),
                f"`{name}` and `{first}` are both `{snake(name)}` in expressions",
                "rename one of the two",
            )


RULE = Rule(
    code="DT031",
    severity="error",
    stage="names",
    title="Two names become one identifier",
    explanation="""
In expressions and in emitted code a hyphen becomes an underscore. Two names that differ in
nothing else can't be told apart there.
""",
    bad="""
steps:
  - {key: draft, outputs: {due-on: {type: date}, due_on: {type: date}}}
""",
    good="""
steps:
  - {key: draft, outputs: {due-on: {type: date}, begun-on: {type: date}}}
""",
    check=_check,
)
