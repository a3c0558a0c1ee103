"""DT048: a param that nothing reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dovetail.blueprint.source import Node
from dovetail.diagnostics import Diagnostic
from dovetail.plan.scope import snake
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]

_NAME = re.compile(r"\bparams(?:\.([a-z][a-z0-9_]*)|\b(?!\.))")
_READERS = frozenset({"run", "python", "render"})
_PARTS = ("steps", "outputs", "done", "blockers")


def _texts(node: Node) -> Iterator[str]:
    if node.kind == "scalar":
        yield str(node.text)
    for item in node.items:
        yield from _texts(item)
    for _, value in node.pairs.values():
        yield from _texts(value)


def _check(context: Context) -> Iterator[Diagnostic]:
    blueprint = context.blueprint
    if not blueprint.params or any(s.kind in _READERS for s in blueprint.steps):
        return  # They are given all params, and nobody can tell which of them they read.
    used: set[str] = set()
    for part in _PARTS:
        if part in context.spans.node(()).pairs:
            used |= {n for t in _texts(context.spans.node((part,))) for n in _NAME.findall(t)}
    if "" in used:
        return
    used = context.meant(used, context.names(map(snake, blueprint.params)))
    for name in blueprint.params:
        if snake(name) not in used:
            yield RULE.at(
                context.spans.key(("params", name)),
                f"param `{name}` is declared, but no expression and no template reads it",
                f"read it as `params.{snake(name)}`, or take it out",
            )


RULE = Rule(
    code="DT048",
    severity="warning",
    stage="names",
    title="An unused param",
    explanation="""
Everybody who registers an item is asked for its params. One that no condition, criterion or
template reads is asked for in vain. Where a step runs a command or a function or renders files
there is no such finding, because those are given all params.
""",
    bad="""
params: {risk: {type: string}}
steps:
  - key: draft
""",
    good="""
params: {risk: {type: string}}
steps:
  - {key: draft, when: params.risk == 'high'}
""",
    check=_check,
)
