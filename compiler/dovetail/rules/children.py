"""What the children of calls give: the outputs of what is called, with their types (SPEC 2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from dovetail.expressions import Analysis, analyse
from dovetail.plan.model import Field, Plan
from dovetail.plan.scope import Scopes
from dovetail.rules.base import Context
from dovetail.rules.calls import callees, calls

__all__ = ["results"]

_TYPES = {"string": "string", "int": "int", "bool": "bool", "timestamp": "date"}


def results(context: Context) -> dict[str, Mapping[str, Field]]:
    """Give the outputs of each call's children, by the calling step's key.

    A call may lead to several versions. Where they don't agree, or one can't be read, nothing is
    known of its children's outputs, and no name in them is wrong.
    """
    found: dict[str, Mapping[str, Field]] = {}
    for place, _, call in calls(context.blueprint):
        versions = [b.version for b in callees(context, call) if b is not context.blueprint]
        plans = [context.library.plan(call.blueprint, version) for version in versions]
        given = [_outputs(plan) for plan in plans if plan is not None]
        if given and len(given) == len(plans) and all(one == given[0] for one in given):
            found[context.blueprint.steps[place].key] = given[0]
    return found


def _outputs(plan: Plan) -> dict[str, Field]:
    scope = Scopes(plan).of(None, "end")
    return {name: _type(analyse(text, scope, demand="any")) for name, text in plan.outputs.items()}


def _type(analysis: Analysis) -> Field:
    if analysis.expression is None:
        return Field("object")
    if analysis.expression.declared is not None:
        return analysis.expression.declared
    kind = analysis.expression.returns
    if kind.startswith("list<"):
        return Field("list", of=analysis.element)
    return Field(_TYPES.get(kind.rpartition(".")[2], "object"))
