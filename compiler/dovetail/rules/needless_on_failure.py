"""DT094: `on_failure` of a step that does not run by itself."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.model import AUTOMATIC
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]

_INSTEAD = {
    "external": "an executor's last failure blocks the item; let a gate after the step reject",
    "gate": "a gate sends back by `gate.reject`",
}
_KIND = {"external": "is done by an executor", "gate": "is a gate"}


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        if step.on_failure is not None and step.kind not in AUTOMATIC:
            yield RULE.at(
                context.spans.key(("steps", i, "on_failure")),
                f"step `{step.key}` {_KIND[step.kind]}; `on_failure` is for automatic steps alone",
                _INSTEAD[step.kind],
            )


RULE = Rule(
    code="DT094",
    severity="error",
    stage="names",
    title="A step with `on_failure` that is not automatic",
    explanation="""
When a command, a function, a template, a call or an integration has failed for the last time,
`on_failure` sends the item back without asking anybody. Where people or agents do the work, they
decide: at a gate, by rejecting.
""",
    bad="""
steps:
  - {key: draft}
  - {key: shoot, on_failure: {to: [draft], limit: 2}}
""",
    good="""
steps:
  - {key: draft}
  - {key: shoot, run: {command: [shoot]}, on_failure: {to: [draft], limit: 2}}
""",
    check=_check,
)
