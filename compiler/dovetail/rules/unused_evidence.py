"""DT043: an evidence type that nothing asks for."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    kinds = {kind for _, kind, _ in context.asked}
    used = context.meant(kinds, context.evidence_names)
    for kind in context.blueprint.evidence:
        if kind not in used:
            yield RULE.at(
                context.spans.key(("evidence", kind)),
                f"evidence type `{kind}` is declared, but no criterion or gate asks for it",
                "ask for it, or take it out",
            )


RULE = Rule(
    code="DT043",
    severity="warning",
    stage="names",
    title="An unused evidence type",
    explanation="""
Evidence that no exit criterion and no gate asks for is never submitted.
""",
    bad="""
evidence: {edit-review: {result: {type: string}}}
steps:
  - {key: edit, gate: {}}
""",
    good="""
evidence: {edit-review: {result: {type: string}}}
steps:
  - {key: edit, gate: {evidence: edit-review}}
""",
    check=_check,
)
