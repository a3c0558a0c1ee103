"""DT071: a file that is not where its kind lies, or is called otherwise than what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dovetail.blueprint.spans import Spans
from dovetail.diagnostics import Diagnostic
from dovetail.files.kinds import Kind, placed
from dovetail.rules.file_rule import FileContext, FileRule

__all__ = ["RULE", "misplaced"]


def misplaced(kind: Kind, spans: Spans, file: Path | None) -> Iterator[Diagnostic]:
    """Tell when another kind of file lies where this one does."""
    here = placed(file)
    if here is not None and here.name != kind.name:
        yield RULE.at(
            spans.value(("schema",)),
            f"{_a(kind)} lies where {_a(here)} is expected",
            f"move it to {kind.place}, or write `schema: {here.schema}`"
            if here.schema
            else f"move it to {kind.place}",
        )


def _a(kind: Kind) -> str:
    noun = kind.noun.removeprefix("the ")
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _check(context: FileContext) -> Iterator[Diagnostic]:
    file, here = context.file, placed(context.file)
    if file is None or here is None or here.name != context.kind.name:
        return
    folder = file.absolute().parent.parent.name
    if context.scenario is not None:
        yield from _folder(context, context.scenario.name, folder)
    if context.migration is not None:
        yield from _folder(context, context.migration.blueprint, folder)
        old, new = context.migration.from_, context.migration.to
        if file.stem != f"{old}--{new}":
            said = f"the migration from {old} to {new} lies in {file.name}"
            yield RULE.at(
                context.spans.value(("from",)),
                f"{said}; expected {old}--{new}.yaml",
                "rename the file, or correct the versions",
            )


def _folder(context: FileContext, name: str, folder: str) -> Iterator[Diagnostic]:
    known = context.library.root is None or name in context.library.names
    if known and name != folder:  # else that the name is none says enough
        yield RULE.at(
            context.spans.value(("blueprint",)),
            f"{context.kind.noun} is about `{name}` and lies in blueprints/{folder}/;"
            f" expected blueprints/{name}/",
            "move the file, or correct the name",
        )


RULE = FileRule(
    code="DT071",
    severity="error",
    stage="project",
    title="A file in another place than it says",
    explanation="""
Scenarios of a blueprint lie in `blueprints/<name>/scenarios/`, migrations are called
`blueprints/<name>/migrations/<from>--<to>.yaml`, shared blockers lie in `blueprints/_shared/`. A
file says by its `schema` what it is.
""",
    bad="""
schema: dovetail/migration/v1  # in blueprints/demo/migrations/1.0.0--1.1.0.yaml
blueprint: demo
from: 1.1.0
to: 1.0.0
author: mira
reason: clearer steps
impact: none
map: {same: true}
""",
    good="""
schema: dovetail/migration/v1  # in blueprints/demo/migrations/1.0.0--1.1.0.yaml
blueprint: demo
from: 1.0.0
to: 1.1.0
author: mira
reason: clearer steps
impact: none
map: {same: true}
""",
    place="blueprints/demo/migrations/1.0.0--1.1.0.yaml",
    examine=_check,
)
