"""DT098: a checkpoint whose gate can't have its key."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.checkpoint import check_key
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]

_LONGEST = 63
"""So many characters a key has at most."""


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        if step.checkpoint is None:
            continue
        key, span = check_key(step.key), context.spans.key(("steps", i, "checkpoint"))
        other = context.index.get(key)
        if other is not None:
            line = context.spans.value(("steps", other, "key")).line
            yield RULE.at(
                span,
                f"the checkpoint of step `{step.key}` is the gate `{key}`, "
                f"but there is a step `{key}` already, at line {line}",
                f"rename that step, or take the checkpoint out and let `{key}` be the gate",
            )
        elif len(key) > _LONGEST:
            yield RULE.at(
                span,
                f"the checkpoint's gate would be `{key}`, which has {len(key)} characters; "
                f"expected at most {_LONGEST}",
                f"give the step a key of at most {_LONGEST - len(check_key(''))} characters",
            )


RULE = Rule(
    code="DT098",
    severity="error",
    stage="graph",
    title="A checkpoint whose gate can't have its key",
    explanation="""
`checkpoint` is short for a gate right after the step, whose key is the step's with `-check` behind
it. That key has to be free, and no longer than any other.
""",
    bad="""
steps:
  - {key: draft, checkpoint: {ask: Is this the text?}}
  - {key: draft-check}
""",
    good="""
steps:
  - {key: draft, checkpoint: {ask: Is this the text?}}
  - {key: proofread}
""",
    check=_check,
)
