"""DT073: values in a scenario that are not as the blueprint declares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.files.base import AsWritten, typed_all
from dovetail.plan.misfits import Misfit, dotted, misfits
from dovetail.plan.model import Call, Field, Plan, Step
from dovetail.rules.file_rule import FileContext, FileRule

if TYPE_CHECKING:
    from dovetail.files.scenario import Outcome

__all__ = ["RULE"]


def _check(context: FileContext) -> Iterator[Diagnostic]:
    if context.played is None:
        return
    scenario, plan = context.played
    yield from _values(context, plan.params, scenario.params, ("params",))
    for name in scenario.expect.outputs or ():
        if name not in plan.outputs:
            yield _undeclared(context, ("expect", "outputs", name), plan.outputs)
    for key, outcomes in scenario.outcomes.items():
        if key in plan.position:
            for i, outcome in enumerate(outcomes):
                at = ("outcomes", key, i)
                yield from _outcome(context, plan, plan.step(key), outcome, at)


def _outcome(
    context: FileContext, plan: Plan, step: Step, outcome: Outcome, at: Path
) -> Iterator[Diagnostic]:
    if outcome.outputs:
        yield from _values(context, _reported(step), outcome.outputs, (*at, "outputs"))
    for kind, record in outcome.evidence.items():
        path = (*at, "evidence", kind)
        if kind in plan.evidence:
            yield from _values(context, plan.evidence[kind], record, path)
        else:
            hint, fix = context.suggest(kind, path, context.names(plan.evidence), key=True)
            said = f"`{kind}` is not a type of evidence of {plan.ref}"
            yield RULE.at(context.spans.key(path), said, hint, fix)


def _reported(step: Step) -> Mapping[str, Field]:
    """Give what an outcome may report: of a call, the form of the gate between its children."""
    each = step.action.for_each if isinstance(step.action, Call) else None
    return each.pause.outputs if each is not None and each.pause is not None else step.outputs


def _values(
    context: FileContext, fields: Mapping[str, Field], given: Mapping[str, AsWritten], at: Path
) -> Iterator[Diagnostic]:
    for misfit in misfits(fields, typed_all(fields, given)):
        yield _finding(context, misfit, at)


def _finding(context: FileContext, misfit: Misfit, at: Path) -> Diagnostic:
    path, name = (*at, *misfit.place), dotted((at[-1], *misfit.place))
    if misfit.known is not None:
        return _undeclared(context, path, misfit.known)
    if context.spans.node(path) is not context.spans.node(path[:-1]):
        return RULE.at(context.spans.value(path), f"`{name}` {misfit.says}")
    return RULE.at(context.spans.key(path[:-1]), f"`{name}` {misfit.says}", f"add `{path[-1]}: …`")


def _undeclared(context: FileContext, path: Path, known: Iterable[str]) -> Diagnostic:
    hint, fix = context.suggest(str(path[-1]), path, context.names(known), key=True)
    said = f"`{path[-2]}.{path[-1]}` is not declared"
    return RULE.at(context.spans.key(path), said, hint or "nothing is", fix)


RULE = FileRule(
    code="DT073",
    severity="error",
    stage="project",
    title="A value that is not as declared",
    explanation="""
A scenario's params are those that the blueprint declares, and what an outcome gives as outputs or
evidence has to be what the step, or the type of evidence, declares. The `demo` of the examples has
the param `risk`, which is `low` or `high`.
""",
    bad="""
schema: dovetail/scenario/v1
blueprint: demo@1.0.0
params: {risk: none}
""",
    good="""
schema: dovetail/scenario/v1
blueprint: demo@1.0.0
params: {risk: high}
""",
    place="blueprints/demo/scenarios/plain.yaml",
    examine=_check,
)
