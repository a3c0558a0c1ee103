"""DT109: children that would all have the same key."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.calls import calls

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    given = {tuple(site.path): analysis for site, analysis, _ in context.analyses}
    for _, at, call in calls(context.blueprint):
        path = (*at, "for_each", "key")
        analysis = given.get(path)
        if call.for_each is None or analysis is None or analysis.mistakes:
            continue
        name = call.for_each.as_
        if not any(read.variable.path[0] == name for read in analysis.reads):
            yield RULE.at(
                context.spans.value(path),
                f"all children would have the same key: it does not read `{name}`",
                f"name what tells the elements apart, such as `{name}.key`",
            )


RULE = Rule(
    code="DT109",
    severity="error",
    stage="names",
    title="A key that is the same for all children",
    explanation="""
`for_each` makes one child for each element of a list. The `key` tells them apart, and finds them
again when the work is done once more, so it has to come from the element.
""",
    bad="""
params: {pieces: {type: list, of: string}}
steps:
  - key: work
    call: {blueprint: chunk, for_each: {items: params.pieces, as: piece, key: item.id}}
""",
    good="""
params: {pieces: {type: list, of: string}}
steps:
  - key: work
    call: {blueprint: chunk, for_each: {items: params.pieces, as: piece, key: piece}}
""",
    check=_check,
)
