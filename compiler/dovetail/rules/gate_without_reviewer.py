"""DT045: a gate that nobody can decide."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, path, gate in context.gates:
        step = context.blueprint.steps[i]
        reviewers = gate.reviewers or (step.role,)
        if any(r in context.roles for r in reviewers):
            continue
        if step.gate is None and not gate.reviewers:
            continue  # the step's role is unknown, and is told as such
        at: Path = (*path, "reviewers") if gate.reviewers else ("steps", i, "role")
        first = (*at, 0) if gate.reviewers else at
        hint, fix = context.suggest(reviewers[0], first, context.role_names, beside=reviewers)
        named = " and ".join(f"`{r}`" for r in reviewers)
        roles = "is not a role" if len(reviewers) == 1 else "are no roles"
        yield RULE.at(
            context.spans.value(at),
            f"nobody can decide gate `{step.key}`: {named} {roles} of this blueprint",
            hint,
            fix,
        )


RULE = Rule(
    code="DT045",
    severity="error",
    stage="names",
    title="A gate without a reviewer",
    explanation="""
A gate is decided by somebody who has one of the reviewing roles: those under `reviewers`, or else
the step's role. If none of them is declared, every item waits at the gate for ever.
""",
    bad="""
steps:
  - {key: edit, gate: {reviewers: [editor]}}
""",
    good="""
roles: {editor: Signs the text off}
steps:
  - {key: edit, gate: {reviewers: [editor]}}
""",
    check=_check,
)
