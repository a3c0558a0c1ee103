"""The one small interface to CEL: compile an expression against a scope, evaluate it on data.

What the language promises (SPEC 2.3) and CEL alone does not give is added here, on the words of an
expression and at unchanged columns: unknown names with the nearest known one, `has(x)` as a boolean
whatever x's type, enums that order by declared position, dates as midnight UTC. A result counts
only when it is exactly a boolean; whatever can't be evaluated is an error, never false.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from dovetail.errors import ExpressionFailedError
from dovetail.expressions import names as _names
from dovetail.expressions import words as _words
from dovetail.expressions.engine import Program, compile_slots, slot_names
from dovetail.expressions.names import Mistake, Named, Read, Slot, Variable
from dovetail.expressions.unknown import Scope
from dovetail.plan.fields import Field, snake

__all__ = [
    "MAX_LENGTH",
    "Analysis",
    "Demand",
    "Expression",
    "Mistake",
    "Read",
    "Scope",
    "Variable",
    "analyse",
    "compile_expression",
    "matches",
    "pattern_mistake",
]

MAX_LENGTH = 8192

Demand: TypeAlias = Literal["bool", "list", "text", "rank", "any"]
"""What the result has to be; a rank is a number, or an enum, which counts by position."""

_RESULTS: Mapping[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "list": ("list", "dyn"),
    "text": ("string", "dyn"),
    "rank": ("int", "dyn"),
}


_ANYTHING = Field(type="object")


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; it can be evaluated any number of times.

    Attributes:
        text: as written.
        returns: the type of its result, in CEL's words.
    """

    text: str
    returns: str
    _program: Program
    _slots: tuple[Slot, ...]

    @property
    def declared(self) -> Field | None:
        """The declared type, where the expression is a name and nothing else."""
        if len(self._slots) != 1 or self._slots[0].use == "presence":
            return None
        variable = self._slots[0].variable
        return variable.field if self.text.strip() == variable.name else None

    def evaluate(self, data: Mapping[str, Any]) -> Any:
        """Give the value on nested data, as `dovetail.plan.scope.bind` makes it.

        Raises:
            ExpressionFailedError: when it has no value there; the message says why.
        """
        return self._run(data)[1]

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Tell whether it is exactly true on the data.

        Raises:
            ExpressionFailedError: when it has no value there, or one that is not a boolean.
        """
        kind, value = self._run(data)
        if kind != "bool" or not isinstance(value, bool):
            raise ExpressionFailedError(
                f"`{self.text}` gave a value of type {kind}; expected a boolean"
            )
        return value is True

    def _run(self, data: Mapping[str, Any]) -> tuple[str, Any]:
        values: dict[str, Any] = {}
        missing = False
        for slot in self._slots:
            value = _value(data, slot.variable.path)
            if slot.use == "presence":
                values[slot.name] = value is not None
            elif value is None:
                missing = True
            elif slot.use == "position":
                values[slot.name] = self._position(slot.variable, value)
            else:
                values[slot.name] = _converted(value, slot.variable.field)
        kind, value = self._program.run(values)
        if kind == "error":
            names = {s.name: s.variable.name for s in self._slots}
            raise ExpressionFailedError(
                f"`{self.text}` can't be evaluated: {_words.at_run_time(str(value), names)}",
                "guard what may be missing with `has(…)`" if missing else "",
            )
        return kind, value

    def _position(self, variable: Variable, value: object) -> int:
        try:
            return variable.field.enum.index(value)
        except ValueError:
            raise ExpressionFailedError(
                f"`{self.text}` can't be evaluated: `{variable.name}` is {value!r}, "
                f"expected one of {', '.join(map(str, variable.field.enum))}"
            ) from None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What there is to know about an expression; without mistakes it has compiled."""

    expression: Expression | None
    mistakes: tuple[Mistake, ...]
    reads: tuple[Read, ...]

    @property
    def element(self) -> Field:
        """The type of the elements, where the expression gives a list; else an object."""
        if self.expression is None:
            return _ANYTHING
        declared = self.expression.declared
        if declared is not None:
            return declared.of or _ANYTHING
        kind = self.expression.returns.removeprefix("list<").removesuffix(">")
        return Field(type=kind) if kind in {"string", "int", "bool"} else _ANYTHING


def analyse(text: str, scope: Scope, *, demand: Demand = "bool") -> Analysis:
    """Compile an expression and say everything that is wrong with it.

    Args:
        text: the CEL expression.
        scope: the names it may use.
        demand: what the result has to be; a value whose type nobody declared may be anything but a
            boolean.
    """
    if len(text) > MAX_LENGTH:
        size = f"the expression has {len(text)} characters; at most {MAX_LENGTH} are read"
        return Analysis(None, (Mistake("syntax", 1, 1, 1, size),), ())
    named = _names.resolve(text, scope)
    if demand == "rank":
        named = _ranked(named)
    compiled = compile_slots(named.text, tuple(s.kind for s in named.slots))
    if isinstance(compiled, tuple):
        said = _words.mistakes(compiled, text, named)
        return Analysis(None, _worth_telling(named.mistakes, said), named.reads)
    if named.mistakes:
        return Analysis(None, named.mistakes, named.reads)
    if demand in _RESULTS and compiled.returns.partition("<")[0] not in _RESULTS[demand]:
        return Analysis(None, (_words.not_a(demand, text, compiled.returns),), named.reads)
    expression = Expression(text, compiled.returns, compiled, named.slots)
    return Analysis(expression, (), named.reads)


def compile_expression(text: str, scope: Scope, *, demand: Demand = "bool") -> Expression:
    """Compile an expression that the rules have accepted.

    Raises:
        ExpressionFailedError: when it does not compile; the message names the first mistake.
    """
    analysis = analyse(text, scope, demand=demand)
    if analysis.expression is None:
        first = analysis.mistakes[0]
        raise ExpressionFailedError(f"`{text}`, column {first.column}: {first.message}", first.hint)
    return analysis.expression


def pattern_mistake(pattern: str) -> str | None:
    """Say what is wrong with an RE2 pattern, or nothing."""
    kind, value = _matching(pattern, "")
    return _words.about_pattern(str(value)) if kind == "error" else None


def matches(pattern: str, text: str) -> bool:
    """Tell whether an RE2 pattern is found in a text.

    Raises:
        ExpressionFailedError: when the pattern is not one.
    """
    kind, value = _matching(pattern, text)
    if kind != "bool":
        why = _words.about_pattern(str(value))
        raise ExpressionFailedError(f"`{pattern}` is not a pattern: {why}")
    return value is True


def _matching(pattern: str, text: str) -> tuple[str, Any]:
    sought, within = slot_names(("string", "string"))
    program = compile_slots(f"{within}.matches({sought})", ("string", "string"))
    if not isinstance(program, Program):
        return "error", program[0].message
    return program.run({sought: pattern, within: text})


def _ranked(named: Named) -> Named:
    """Let an enum that is the whole expression stand for its position."""
    slot = named.slots[0] if len(named.slots) == 1 else None
    if slot is None or not slot.variable.field.enum or named.text.strip() != slot.name:
        return named
    (name,) = slot_names(("int",))
    position = Slot(name, "int", slot.variable, "position")
    return replace(named, text=named.text.replace(slot.name, name), slots=(position,))


def _worth_telling(ours: tuple[Mistake, ...], said: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """Leave out what is wrong only because something else is."""
    broken = tuple(m for m in said if m.kind == "syntax")
    if not broken:
        return ours or said
    before = tuple(m for m in ours if (m.line, m.column) < (broken[0].line, broken[0].column))
    return (*before, *broken)


def _value(data: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = data
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _converted(value: Any, field: Field) -> Any:
    """Give a value as CEL takes it: dates as midnight UTC, and fields under their names there.

    The library takes no time stamp inside an object, so dates there stay texts, which the checking
    of names knows.
    """
    if field.type == "date" and isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
        except ValueError:
            return value
    return _renamed(value, field, dates=True)


def _renamed(value: Any, field: Field, *, dates: bool = False) -> Any:
    if field.type == "list" and field.of is not None and isinstance(value, (list, tuple)):
        convert = _converted if dates else _renamed
        return [convert(v, field.of) for v in value]
    if field.type == "object" and field.fields and isinstance(value, Mapping):
        inner = field.fields
        return {snake(k): _renamed(v, inner[k]) if k in inner else v for k, v in value.items()}
    return value
