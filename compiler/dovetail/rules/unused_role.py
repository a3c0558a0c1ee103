"""DT041: a role that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    blueprint = context.blueprint
    used = {blueprint.owner, *blueprint.intake_roles}
    for step in blueprint.steps:
        used.add(step.role)
        used.update(() if step.checkpoint is None else (step.checkpoint.by,))
    for _, _, gate in context.gates:
        used.update((*gate.reviewers, *gate.override))
    meant = context.meant(used - {blueprint.owner}, context.role_names)
    for role in blueprint.roles:
        if role not in meant and role != blueprint.owner:
            yield RULE.at(
                context.spans.key(("roles", role)),
                f"role `{role}` is declared, but no step, gate or intake names it",
                "use it, or take it out",
            )


RULE = Rule(
    code="DT041",
    severity="warning",
    stage="names",
    title="An unused role",
    explanation="""
A role that is declared and never named is often a step whose `role` was forgotten: such a step
falls to the owner.
""",
    bad="""
roles: {writer: Writes the text, editor: Reads it}
steps:
  - {key: draft, role: writer}
""",
    good="""
roles: {writer: Writes the text, editor: Reads it}
steps:
  - {key: draft, role: writer}
  - {key: edit, role: editor}
""",
    check=_check,
)
