"""DT086 and DT112: a gate that only those could decide who did the work."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.model import OWNER
from dovetail.diagnostics import Diagnostic
from dovetail.plan.model import Plan, Step
from dovetail.rules.base import Context, Rule

__all__ = ["RULES"]


def _check(context: Context) -> Iterator[Diagnostic]:
    plan, scopes = context.plan, context.scopes
    if plan is None or scopes is None:
        return
    found = [g for g in context.gates if g[2].independent and not g[2].override]
    if not found:
        return
    worked, by = _workers(plan)
    optional = sum(1 << i for i, may_skip in enumerate(scopes.skippable) if may_skip)
    for i, path, gate in found:
        step = context.blueprint.steps[i]
        owner = context.blueprint.owner
        roles = {owner if r == OWNER else r for r in gate.reviewers or (step.role,)}
        before = scopes.ancestors[plan.position[step.key]] & worked
        if len(roles) > 1 or not before:
            continue
        (role,) = roles
        own = before & by.get(role, 0)
        certain = own & ~optional
        span = context.spans.key((*path, "independent"))
        if role == owner and role not in context.blueprint.roles and certain:
            author = plan.steps[(certain & -certain).bit_length() - 1]
            does = "decides gate" if author.gate is not None else "does step"
            yield SOLE.at(
                span,
                f"gate `{step.key}` is independent, but `{role}`, who alone may decide, "
                f"{does} `{author.key}` before it",
                "let somebody else review; if the owner is a team, declare it under `roles`",
            )
        elif own == before:
            hint = f"let another role review, or see to it that two executors have `{role}`"
            said = f"gate `{step.key}` is independent, but its role `{role}` does all before it"
            yield SHARED.at(span, said, hint)


def _workers(plan: Plan) -> tuple[int, dict[str, int]]:
    """Give the steps that people and agents do, and those that only one role can do, as bits."""
    worked, by = 0, dict[str, int]()
    for place, step in enumerate(plan.steps):
        if not step.automatic:
            worked |= 1 << place
            roles = _roles(step)
            if len(roles) == 1:
                by[roles[0]] = by.get(roles[0], 0) | 1 << place
    return worked, by


def _roles(step: Step) -> tuple[str, ...]:
    reviewers = step.gate.reviewers if step.gate is not None else ()
    return reviewers or (step.role,)


SOLE = Rule(
    code="DT086",
    severity="error",
    stage="plan",
    title="A gate that only its author could decide",
    explanation="""
At an `independent` gate nobody decides on what they worked on, and a decision at an earlier gate is
work, too. If the owner, a person, alone may decide and has to do a step before, nobody is left: the
item waits for ever.
""",
    bad="""
steps:
  - {key: draft}
  - {key: look, gate: {independent: true, reject: {to: [draft], limit: 2}}}
""",
    good="""
roles: {writer: Writes the text}
steps:
  - {key: draft, role: writer}
  - {key: look, gate: {independent: true, reject: {to: [draft], limit: 2}}}
""",
    check=_check,
)
SHARED = Rule(
    code="DT112",
    severity="warning",
    stage="plan",
    title="A gate whose only role does all before it",
    explanation="""
At an `independent` gate nobody decides on what they worked on. Where one role does everything
before the gate and decides at it, the item waits for ever as soon as only one executor has that
role.
""",
    bad="""
roles: {writer: Writes the text}
steps:
  - {key: draft, role: writer}
  - {key: look, role: writer, gate: {independent: true, reject: {to: [draft], limit: 2}}}
""",
    good="""
roles: {writer: Writes the text, editor: Reads it}
steps:
  - {key: draft, role: writer}
  - {key: look, role: editor, gate: {independent: true, reject: {to: [draft], limit: 2}}}
""",
)
RULES = (SOLE, SHARED)
