"""What an item gives to whoever called it: the outputs of its plan, with their types (SPEC 2.2)."""

from __future__ import annotations

from dovetail.expressions import Analysis, analyse
from dovetail.plan.fields import Field
from dovetail.plan.model import Plan
from dovetail.plan.scope import Scopes

__all__ = ["results_of"]

_TYPES = {"string": "string", "int": "int", "bool": "bool", "timestamp": "date"}


def results_of(plan: Plan) -> dict[str, Field]:
    """Give what an item of a plan gives to its caller: its outputs, with their types."""
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
