"""DT101: a call of a blueprint, or of a version, that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.versions import fitting
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule, known_ones
from dovetail.rules.calls import calls

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for _, at, call in calls(context.blueprint):
        versions = context.library.versions(call.blueprint)
        if not versions:
            path = (*at, "blueprint")
            names = context.names(context.library.names)
            hint, fix = context.suggest(call.blueprint, path, names)
            said = f"there is no blueprint `{call.blueprint}`"
            yield RULE.at(context.spans.value(path), said, hint, fix)
        elif not fitting(call.version, versions):
            path = (*at, "version") if call.version != "*" else (*at, "blueprint")
            said = f"no version of `{call.blueprint}` is in the range `{call.version}`"
            yield RULE.at(context.spans.value(path), said, known_ones(versions))


RULE = Rule(
    code="DT101",
    severity="error",
    stage="project",
    title="A call of an unknown blueprint or version",
    explanation="""
A call names a blueprint of the project, and the range of its versions that will do: `^1` and `^1.2`
up to the next incompatible one, `~1.2` up to the next `1.3`, `1.2.0` that one, `*` any. At least
one version has to be in the range; a pre-release is only when it is named. The examples are in a
project with `chunk` 1.0.0.
""",
    bad="""
steps:
  - {key: work, call: {blueprint: chunk, version: ^2, with: {goal: item.title}}}
""",
    good="""
steps:
  - {key: work, call: {blueprint: chunk, version: ^1, with: {goal: item.title}}}
""",
    check=_check,
)
