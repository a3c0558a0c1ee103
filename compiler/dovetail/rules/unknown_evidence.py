"""DT042: an evidence type that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for _, kind, path in context.asked:
        if kind not in context.blueprint.evidence:
            hint, fix = context.suggest(kind, path, context.evidence_names)
            yield RULE.at(
                context.spans.value(path),
                f"`{kind}` is not an evidence type of this blueprint",
                hint or f"declare it: `evidence: {{{kind}: {{…}}}}`",
                fix,
            )


RULE = Rule(
    code="DT042",
    severity="error",
    stage="names",
    title="An unknown evidence type",
    explanation="""
Evidence is checked by machine, so its type has to be declared under `evidence`, with its fields.
""",
    bad="""
evidence: {edit-review: {result: {type: string}}}
steps:
  - {key: edit, gate: {evidence: edit-reveiw}}
  - {key: look, gate: {evidence: edit-review}}
""",
    good="""
evidence: {edit-review: {result: {type: string}}}
steps:
  - {key: edit, gate: {evidence: edit-review}}
""",
    check=_check,
)
