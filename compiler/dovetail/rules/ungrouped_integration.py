"""DT108: children whose results are to be integrated by groups, without any groups."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.calls import calls

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for _, at, call in calls(context.blueprint):
        grouped = call.for_each is not None and call.for_each.group is not None
        if call.integrate_each == "group" and not grouped:
            yield RULE.at(
                context.spans.value((*at, "integrate_each")),
                "children are integrated by groups, but nothing says what groups there are",
                "give `for_each` a `group`, or integrate by `child` or at the `end`",
            )


RULE = Rule(
    code="DT108",
    severity="error",
    stage="names",
    title="Integration by groups that there are not",
    explanation="""
`integrate_each: group` joins the results of children with the parent's as soon as their group is
complete. `group` of `for_each` says which of them belong together.
""",
    bad="""
params: {pieces: {type: list, of: string}}
steps:
  - key: work
    call:
      blueprint: chunk
      for_each: {items: params.pieces, as: piece, key: piece}
      integrate_each: group
""",
    good="""
params: {pieces: {type: list, of: string}}
steps:
  - key: work
    call:
      blueprint: chunk
      for_each: {items: params.pieces, as: piece, key: piece, group: size(piece)}
      integrate_each: group
""",
    check=_check,
)
