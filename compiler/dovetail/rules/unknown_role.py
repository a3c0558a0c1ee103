"""DT040: a role that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.model import OWNER
from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _uses(context: Context) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """Give every role that is named, where, and the list that it stands in."""
    blueprint = context.blueprint
    if blueprint.intake is not None:
        for j, role in enumerate(blueprint.intake.review):
            yield role, ("intake", "review", j), blueprint.intake.review
    for i, step in enumerate(blueprint.steps):
        if step.gate is None or step.gate.reviewers:
            yield step.role, ("steps", i, "role"), ()
        if step.checkpoint is not None:
            yield step.checkpoint.by, ("steps", i, "checkpoint", "by"), ()
    for _, path, gate in context.gates:
        # A gate that nobody can decide is a finding of its own, which names its roles.
        decided = any(r in context.roles for r in gate.reviewers)
        for name, roles in (
            ("reviewers", gate.reviewers if decided else ()),
            ("override", gate.override),
        ):
            for j, role in enumerate(roles):
                yield role, (*path, name, j), roles


def _check(context: Context) -> Iterator[Diagnostic]:
    for role, path, beside in _uses(context):
        if role not in context.roles:
            hint, fix = context.suggest(role, path, context.role_names, beside=beside)
            if role == context.blueprint.owner:
                hint, fix = f"`{OWNER}` is the role of the blueprint's owner", None
            yield RULE.at(
                context.spans.value(path),
                f"`{role}` is not a role of this blueprint",
                hint,
                fix,
            )


RULE = Rule(
    code="DT040",
    severity="error",
    stage="names",
    title="An unknown role",
    explanation="""
A role has to be declared under `roles`, with what it does, before a step, a gate or the intake
can name it. `owner` needs no declaration: it is whoever the blueprint's `owner` is.
""",
    bad="""
roles: {writer: Writes the text}
steps:
  - {key: draft, role: wirter}
  - {key: check, role: writer}
""",
    good="""
roles: {writer: Writes the text}
steps:
  - {key: draft, role: writer}
""",
    check=_check,
)
