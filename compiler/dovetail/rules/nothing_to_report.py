"""DT038: results demanded of a step that reports none."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]

_INSTEAD = {
    "call": "a call reports `outputs.children`; criteria may read those",
    "gate": "a gate has a verdict: use its `evidence`, `approve_when` and `gate.outputs`",
    "integrate": "use `integrate.require`, or a step before it that reports and is checked",
    "render": "what is rendered is in the files",
}
_MEANINGLESS = {
    "call": ("outputs", "changes"),
    "gate": ("outputs", "exit", "attempts", "changes"),
    "integrate": ("outputs", "exit", "changes"),
    "render": ("outputs", "changes"),
}


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        for name in _MEANINGLESS.get(step.kind, ()):
            if name in step.model_fields_set:
                article = "an" if step.kind == "integrate" else "a"
                yield RULE.at(
                    context.spans.key(("steps", i, name)),
                    f"step `{step.key}` is {article} {step.kind}, which has no `{name}`",
                    _INSTEAD[step.kind],
                )


RULE = Rule(
    code="DT038",
    severity="error",
    stage="names",
    title="Results demanded of a step that has none",
    explanation="""
A gate is decided, integration is carried out, a call is done by children and a file is rendered:
none of them reports outputs of its own, and a gate is not tried again. What is written here would
never be looked at.
""",
    bad="""
steps:
  - key: write
  - key: look
    gate: {reject: {to: [write], limit: 1}}
    exit:
      - {id: fine, check: attempt.number < 3}
""",
    good="""
steps:
  - key: write
    exit:
      - {id: fine, check: attempt.number < 3}
  - key: look
    gate: {reject: {to: [write], limit: 1}}
""",
    check=_check,
)
