"""DT099: an element whose name hides something else."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.model import Blueprint
from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.expressions.names import ROOTS
from dovetail.plan.scope import SETTLED, snake
from dovetail.rules.base import Context, Rule
from dovetail.rules.sites import criteria

__all__ = ["RULE"]

_TYPES = frozenset({"bool", "bytes", "double", "int", "list", "map", "string", "type", "uint"})
"""What an expression would rather take for a type."""
_JINJA = frozenset(
    {"caller", "cycler", "dict", "joiner", "kwargs", "loop", "namespace", "none", "not", "range"}
    | {"self", "super", "varargs"}
)
"""What a template would rather take for its own, and what it would lose."""


def _elements(blueprint: Blueprint) -> Iterator[tuple[str, Path, dict[str, str]]]:
    """Give the names of elements, each with its place and what else is known there."""
    for _, path, written in criteria(blueprint):
        for j, criterion in enumerate(written):
            if criterion.as_ is not None:
                yield criterion.as_, (*path, j, "as"), {}
    for i, step in enumerate(blueprint.steps):
        for j, render in enumerate(step.render or ()):
            if render.as_ is not None:
                yield render.as_, ("steps", i, "render", j, "as"), {}
        each = step.call.for_each if step.call is not None else None
        if each is not None:
            path = ("steps", i, "call", "for_each")
            child = dict.fromkeys(SETTLED, "what `pause` and `after` know of the child")
            yield each.as_, (*path, "as"), dict.fromkeys(_TYPES, "a type in expressions") | child
            inside = child | {snake(each.as_): "the element of `for_each`"}
            for j, render in enumerate(each.after):
                if render.as_ is not None:
                    yield render.as_, (*path, "after", j, "as"), inside


def _check(context: Context) -> Iterator[Diagnostic]:
    for name, path, also in _elements(context.blueprint):
        word = snake(name)
        hidden = also.get(word)
        if word in ROOTS:
            hidden = "a name that every expression and template knows"
        elif hidden is None and word in _JINJA:
            hidden = "a word of the template language"
        if hidden is not None:
            yield RULE.at(
                context.spans.value(path),
                f"`{name}` can't be what an element is called: it is {hidden}",
                "choose another name",
            )


RULE = Rule(
    code="DT099",
    severity="error",
    stage="names",
    title="An element whose name hides something else",
    explanation="""
`as` says what expressions and templates call an element of a list. That can't be something that
they know already, such as `item` or `params`, nor a word of their own, such as `loop` or `list`.
""",
    bad="""
steps:
  - key: draft
    outputs: {parts: {type: list, of: string}}
    exit: [{id: parts, artifact: "{{ item }}.md", each: outputs.parts, as: item}]
""",
    good="""
steps:
  - key: draft
    outputs: {parts: {type: list, of: string}}
    exit: [{id: parts, artifact: "{{ part }}.md", each: outputs.parts, as: part}]
""",
    check=_check,
)
