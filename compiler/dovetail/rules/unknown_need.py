"""DT033: a need on a step that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.checkpoint import checked_step
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, step in enumerate(context.blueprint.steps):
        if context.index.keys() >= set(step.needs or ()):
            continue
        for j, need in enumerate(step.needs or ()):
            if need not in context.index:
                path = ("steps", i, "needs", j)
                names = context.step_names
                hint, fix = context.suggest(
                    need, path, names, but=step.key, beside=step.needs or ()
                )
                checked = checked_step(context.blueprint.steps, need)
                if checked is not None:
                    hint = f"need `{checked}`: that waits for its checkpoint as well"
                yield RULE.at(
                    context.spans.value(path),
                    f"step `{step.key}` needs `{need}`, which is not a step",
                    hint,
                    fix if checked is None else None,
                )


RULE = Rule(
    code="DT033",
    severity="error",
    stage="graph",
    title="A need on an unknown step",
    explanation="""
`needs` names the steps that have to settle first, by their keys. Each of them must be a step of
the same blueprint. A step with a `checkpoint` stands for its gate as well.
""",
    bad="""
steps:
  - key: draft
  - {key: edit, needs: [darft]}
""",
    good="""
steps:
  - key: draft
  - {key: edit, needs: [draft]}
""",
    check=_check,
)
