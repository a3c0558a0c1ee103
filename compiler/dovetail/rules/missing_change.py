"""DT050: a version that its change log does not know."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    blueprint = context.blueprint
    if blueprint.changes and all(c.version != blueprint.version for c in blueprint.changes):
        yield RULE.at(
            context.spans.value(("version",)),
            f"version {blueprint.version} has no entry under `changes`",
            f"add `{{version: {blueprint.version}, date: …, author: …, reason: …, impact: …}}`",
        )


RULE = Rule(
    code="DT050",
    severity="error",
    stage="names",
    title="A version without a change-log entry",
    explanation="""
A blueprint that keeps a change log says in it what its own version changes, who changed it, why,
and what that means for those who work with it.
""",
    bad="""
version: 1.1.0
changes:
  - {version: 1.0.0, date: 2026-01-01, author: mira, reason: first version, impact: none}
""",
    good="""
version: 1.1.0
changes:
  - {version: 1.0.0, date: 2026-01-01, author: mira, reason: first version, impact: none}
  - {version: 1.1.0, date: 2026-02-01, author: mira, reason: clearer title, impact: none}
""",
    check=_check,
)
