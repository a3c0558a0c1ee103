"""DT070: a version of a blueprint that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import known_ones
from dovetail.rules.file_rule import FileContext, FileRule
from dovetail.rules.library import Library

__all__ = ["RULE"]


def _named(context: FileContext) -> Iterator[tuple[str, str, Path]]:
    """Give every version that the file names, and where it does."""
    if context.scenario is not None:
        yield context.scenario.name, context.scenario.version, ("blueprint",)
    if context.migration is not None:
        yield context.migration.blueprint, context.migration.from_, ("from",)
        yield context.migration.blueprint, context.migration.to, ("to",)


def _check(context: FileContext) -> Iterator[Diagnostic]:
    library = context.library
    if library.root is None:
        return
    for name, version, path in _named(context):
        versions = library.versions(name)
        if not versions:
            yield _no_blueprint(context, library, name)
            return
        if version not in versions:
            said = f"blueprint `{name}` has no version {version}"
            yield RULE.at(context.spans.value(path), said, known_ones(versions))


def _no_blueprint(context: FileContext, library: Library, name: str) -> Diagnostic:
    guess = context.names(library.names).guess(name)
    hint = f"did you mean `{guess.close}`?" if guess.close else known_ones(library.names)
    at = context.spans.value(("blueprint",))
    return RULE.at(at, f"there is no blueprint `{name}`", hint)


RULE = FileRule(
    code="DT070",
    severity="error",
    stage="project",
    title="An unknown version of a blueprint",
    explanation="""
A scenario plays one version of a blueprint; a migration leads from one to another. Each of them is
a file `blueprints/<name>/<version>.yaml`. The examples are in a project with `demo` 1.0.0 and
1.1.0.
""",
    bad="""
schema: dovetail/scenario/v1
blueprint: demo@1.2.0
""",
    good="""
schema: dovetail/scenario/v1
blueprint: demo@1.1.0
""",
    place="blueprints/demo/scenarios/plain.yaml",
    examine=_check,
)
