"""DT100: a shared list of blockers that is not there, is broken, or defines a type twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetail.blueprint.model import BlockerModel
from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.library import FOLDER, SHARED
from dovetail.rules.shared_types import mistakes

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    blockers, library = context.blueprint.blockers, context.library
    if not blockers.use:
        return
    defined: dict[str, str] = {}
    lists, seen, used = context.names(library.lists), set[str](), frozenset(blockers.use)
    for j, name in enumerate(blockers.use):
        at: Path = ("blockers", "use", j)
        if name in seen:
            said = f"the shared list `{name}` is used twice"
            yield RULE.at(context.spans.value(at), said, "take one of them out")
        elif name not in library.lists:
            hint, fix = context.suggest(name, at, lists, beside=used)
            yield RULE.at(
                context.spans.value(at),
                f"there is no shared list `{name}`",
                hint or f"write it as {FOLDER}/{SHARED}/{name}.yaml",
                fix,
            )
        elif (types := library.shared(name)) is None:
            said = f"the shared list `{name}` has errors"
            file = f"{FOLDER}/{SHARED}/{name}.yaml"
            yield RULE.at(context.spans.value(at), said, f"dovetail check {file}")
        else:
            yield from _twice(context, at, name, types, defined)
            for key, mistake in mistakes(context, j):
                if mistake.kind != "name":
                    said = f"`{key}` of the list `{name}` can't be evaluated here"
                    yield RULE.at(context.spans.value(at), f"{said}: {mistake.message}")
        seen.add(name)


def _twice(
    context: Context,
    at: Path,
    name: str,
    types: Mapping[str, BlockerModel],
    defined: dict[str, str],
) -> Iterator[Diagnostic]:
    """Find the types that something else defines, too; learn those of the list."""
    for key in types:
        if key in context.blueprint.blockers.types:
            said = f"`{key}` is a type of the shared list `{name}` already"
            where = context.spans.key(("blockers", key))
            yield RULE.at(where, said, "give one of the two another key, or take this one out")
        elif key in defined:
            said = f"the shared lists `{defined[key]}` and `{name}` both define `{key}`"
            yield RULE.at(context.spans.value(at), said, "give one of the two another key")
        defined.setdefault(key, name)


RULE = Rule(
    code="DT100",
    severity="error",
    stage="project",
    title="A shared list of blockers that can't be used",
    explanation="""
`blockers: {use: [LIST]}` takes types of blockers from `blueprints/_shared/<list>.yaml`. The list
has to be there and without errors. No type may be defined twice, by two lists or by a list and the
blueprint. The examples are in a project with the list `risks`.
""",
    bad="""
blockers: {use: [risk]}
""",
    good="""
blockers: {use: [risks]}
""",
    check=_check,
)
