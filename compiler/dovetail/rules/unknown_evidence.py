"""DT042: an evidence type that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE", "uses"]


def uses(context: Context) -> Iterator[tuple[str, Path]]:
    """Give every evidence type that a criterion or a gate asks for, and where."""
    for i, step in enumerate(context.blueprint.steps):
        for j, criterion in enumerate(step.exit):
            if criterion.evidence is not None:
                yield criterion.evidence, ("steps", i, "exit", j, "evidence")
        if step.gate is not None and step.gate.evidence is not None:
            yield step.gate.evidence, ("steps", i, "gate", "evidence")


def _check(context: Context) -> Iterator[Diagnostic]:
    for kind, path in uses(context):
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
