"""DT066: a regular expression that is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetail.blueprint.model import FieldModel
from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.expressions import pattern_mistake
from dovetail.rules.base import Context, Rule
from dovetail.rules.sites import criteria, outputs

__all__ = ["RULE"]


def _patterns(context: Context) -> Iterator[tuple[str, Path]]:
    blueprint = context.blueprint
    yield from _of(("params",), blueprint.params)
    for kind, fields in blueprint.evidence.items():
        yield from _of(("evidence", kind), fields)
    for path, fields in outputs(blueprint, context.gates):
        yield from _of(path, fields)
    for _, path, written in criteria(blueprint):
        for j, criterion in enumerate(written):
            if criterion.matches is not None:
                yield criterion.matches, (*path, j, "matches")


def _of(at: Path, fields: Mapping[str, FieldModel]) -> Iterator[tuple[str, Path]]:
    for name, field in fields.items():
        path, inner = (*at, name), field
        while inner.of is not None:
            path, inner = (*path, "of"), inner.of
        if inner.pattern is not None:
            yield inner.pattern, (*path, "pattern")
        if inner.fields:
            yield from _of((*path, "fields"), inner.fields)


def _check(context: Context) -> Iterator[Diagnostic]:
    for pattern, path in _patterns(context):
        mistake = pattern_mistake(pattern)
        if mistake is not None:
            yield RULE.at(
                context.spans.value(path),
                f"`{pattern}` is not a regular expression: {mistake}",
                "the syntax is RE2's, without back-references and look-around",
            )


RULE = Rule(
    code="DT066",
    severity="error",
    stage="names",
    title="Not a regular expression",
    explanation="""
`pattern` and `matches` are regular expressions in the syntax of RE2, which no input can slow
down.
""",
    bad="""
steps:
  - {key: draft, exit: [{id: text, artifact: note.md, matches: "(draft"}]}
""",
    good="""
steps:
  - {key: draft, exit: [{id: text, artifact: note.md, matches: "(draft)"}]}
""",
    check=_check,
)
