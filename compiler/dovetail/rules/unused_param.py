"""DT048: a param that nothing reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dovetail.blueprint.model import StepModel
from dovetail.diagnostics import Diagnostic
from dovetail.plan.scope import snake
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]

_NAME = re.compile(r"\bparams\.([a-z][a-z0-9_]*)")


def _texts(step: StepModel) -> Iterable[str | None]:
    yield from (step.title, step.description, step.when, step.skip_say, step.done)
    for c in step.exit:
        yield from (c.check, c.artifact, c.matches, c.say)
    if step.gate is not None:
        yield step.gate.approve_when
    if step.integrate is not None:
        yield step.integrate.message


def _check(context: Context) -> Iterator[Diagnostic]:
    steps = context.blueprint.steps
    if any(s.kind in {"run", "python"} for s in steps):
        return  # They are given all params, and nobody can tell which of them they read.
    used = {name for s in steps for text in _texts(s) for name in _NAME.findall(text or "")}
    for name in context.blueprint.params:
        if snake(name) not in used:
            yield RULE.at(
                context.spans.key(("params", name)),
                f"param `{name}` is declared, but no expression and no template reads it",
                f"read it as `params.{snake(name)}`, or take it out",
            )


RULE = Rule(
    code="DT048",
    severity="warning",
    stage="names",
    title="An unused param",
    explanation="""
Everybody who registers an item is asked for its params. One that no condition, criterion or
template reads is asked for in vain. Where a step runs a command or a function there is no such
finding, because those are given all params.
""",
    bad="""
params: {risk: {type: string}}
steps:
  - key: draft
""",
    good="""
params: {risk: {type: string}}
steps:
  - {key: draft, when: params.risk == 'high'}
""",
    check=_check,
)
