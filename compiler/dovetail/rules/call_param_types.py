"""DT103: a param of a call whose type does not fit the called blueprint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from dovetail.diagnostics import Diagnostic
from dovetail.errors import ExpressionFailedError
from dovetail.expressions import Analysis
from dovetail.plan.lower import lower_field
from dovetail.plan.misfits import describe, dotted, misfits
from dovetail.plan.model import Field
from dovetail.rules.base import Context, Rule
from dovetail.rules.calls import callees, calls, refs

__all__ = ["RULE"]

_KINDS = {
    "bool": "bool",
    "bytes": "bytes",
    "double": "number with a fraction",
    "int": "int",
    "list": "list",
    "map": "object",
    "string": "string",
    "timestamp": "date",
}
"""What declarations, or else people, call the types of expressions."""


def _check(context: Context) -> Iterator[Diagnostic]:
    given = {tuple(site.path): analysis for site, analysis, _ in context.analyses}
    for _, at, call in calls(context.blueprint):
        for name in call.with_:
            analysis = given.get((*at, "with", name))
            for callee in callees(context, call):
                param = callee.params.get(name)
                if analysis is None or param is None:
                    continue
                said = _misfit(analysis, lower_field(param), name)
                if said:
                    where = context.spans.value((*at, "with", name))
                    yield RULE.at(where, f"param `{name}` of {refs((callee,))}: {said}")
                    break


def _misfit(analysis: Analysis, param: Field, name: str) -> str:
    """Say what does not fit; nothing where it does, or may do."""
    expression = analysis.expression
    if expression is None:
        return ""
    if not analysis.reads:
        try:
            value = _as_given(expression.evaluate({}))
        except ExpressionFailedError as error:
            return f"{error.message}; expected {describe(param)}"
        if value is None and param.optional:
            return ""
        found = next(misfits({name: param}, {name: value}), None)
        where = "this" if found is None or len(found.place) == 1 else f"`{dotted(found.place)}`"
        return "" if found is None else f"{where} {found.says}"
    declared = expression.declared
    if declared is not None:
        return _against(declared, param)
    kind, _, of = expression.returns.partition("<")
    kind = kind.rpartition(".")[2]
    if kind not in _KINDS or _KINDS[kind] == param.type:
        element = _KINDS.get(of.removesuffix(">").rpartition(".")[2])
        wanted = param.of.type if param.of is not None else None
        if kind != "list" or element is None or wanted is None or element == wanted:
            return ""
        return f"this is a list of {element}s; expected {describe(param)}"
    return f"this is {_a(_KINDS[kind])}; expected {describe(param)}"


def _as_given(value: Any) -> Any:
    """Give a value as whoever registers an item would."""
    if isinstance(value, dt.datetime):
        whole = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if whole else value.isoformat()
    return value


def _against(found: Field, param: Field) -> str:
    """Compare a declared type with that of a param."""
    if found.type == "object" and not found.fields:
        return ""  # nobody said what it holds
    if found.type != param.type:
        return f"this is {_a(found.type)}; expected {describe(param)}"
    other = [v for v in found.enum if param.enum and v not in param.enum]
    if other:
        return f"this may be `{other[0]}`; expected {describe(param)}"
    if found.of is not None and param.of is not None:
        within = _against(found.of, param.of)
        return f"in the list, {within}" if within else ""
    for name, field in param.fields.items():
        if name in found.fields:
            within = _against(found.fields[name], field)
        else:
            needed = field.default is None and not field.optional
            within = f"there is no `{name}`; expected {describe(field)}" if needed else ""
        if within:
            return f"in the object, {within}"
    surplus = [name for name in found.fields if param.fields and name not in param.fields]
    return f"the object has a field `{surplus[0]}` too many" if surplus else ""


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


RULE = Rule(
    code="DT103",
    severity="error",
    stage="project",
    title="A param of a call has another type",
    explanation="""
What `with` gives has to be of the type that the called blueprint declares: a text for a string, a
number for an int, and of an enum no value that the other one does not have. A constant is checked
like a param that a person gives. The examples are in a project with `chunk` 1.0.0, whose param
`goal` is a string.
""",
    bad="""
steps:
  - {key: work, call: {blueprint: chunk, with: {goal: size(item.title)}}}
""",
    good="""
steps:
  - {key: work, call: {blueprint: chunk, with: {goal: item.title}}}
""",
    check=_check,
)
