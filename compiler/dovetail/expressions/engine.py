"""Google's CEL compiler, behind typed slots. The only module that imports it.

Making an environment costs ten times what compiling an expression in it does. So expressions never
reach the compiler with their own names: each name becomes a *slot*, a short variable of its type,
and all expressions share a few environments. A slot is never longer than the name it stands for,
and is padded with blanks, so that columns stay true.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from dovetail.plan.model import Field

__all__ = ["SLOT_LENGTH", "Complaint", "Program", "compile_slots", "signature", "slot_names"]

SLOT_LENGTH = 3
"""No longer than `has`, the shortest word that a slot replaces."""

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASIC = {
    "string": cel.Type.STRING,
    "int": cel.Type.INT,
    "bool": cel.Type.BOOL,
    "date": cel.Type.TIMESTAMP,
}
_SCALARS = ("bool", "date", "int", "object", "string")
_ALWAYS = (*_SCALARS, *(f"list<{kind}>" for kind in _SCALARS))
_ROUND = 8
"""Slots of a type come in this many, so that environments are alike."""

_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): ([\s\S]*?)(?=\n \||\nERROR: <| \[[A-Z_]+\]$|$)")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the compiler said, and where: line and column count from 1."""

    line: int
    column: int
    message: str


class Program:
    """A compiled expression over slots."""

    __slots__ = ("_expression", "returns")

    def __init__(self, expression: Any) -> None:
        self._expression = expression
        self.returns: str = expression.return_type().name().lower()

    def run(self, values: Mapping[str, Any]) -> tuple[str, Any]:
        """Give the type and the value; the type `error` comes with what went wrong as its value."""
        try:
            result = self._expression.eval(data=values)
            kind = result.type()
            if kind == cel.Type.ERROR:
                return "error", _inner(str(result.value()))
            return kind.name().lower(), result.plain_value()
        except (RuntimeError, TypeError, ValueError, OverflowError) as e:
            return "error", _inner(str(e).splitlines()[0])


def signature(field: Field) -> str:
    """Give the name of a field's type as slots know it."""
    if field.type == "list":
        return f"list<{signature(field.of) if field.of else 'object'}>"
    return field.type


@lru_cache(maxsize=256)
def slot_names(types: tuple[str, ...]) -> tuple[str, ...]:
    """Give each of some values its slot."""
    layout = _layout(_counts(types))
    used: Counter[str] = Counter()
    out = []
    for kind in types:
        out.append(layout[kind][used[kind]])
        used[kind] += 1
    return tuple(out)


@lru_cache(maxsize=4096)
def compile_slots(text: str, types: tuple[str, ...]) -> Program | tuple[Complaint, ...]:
    """Compile an expression whose names are slots of these types."""
    try:
        return Program(_environment(_counts(types)).compile(text))
    except (RuntimeError, TypeError) as e:
        return _complaints(str(e))


def _counts(types: Sequence[str]) -> tuple[tuple[str, int], ...]:
    need = Counter(types)
    kinds = [*_ALWAYS, *sorted(set(need) - set(_ALWAYS))]
    return tuple((k, -(-max(need[k], 1) // _ROUND) * _ROUND) for k in kinds)


@lru_cache(maxsize=64)
def _layout(counts: tuple[tuple[str, int], ...]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    number = 0
    for kind, many in counts:
        out[kind] = [_slot(n) for n in range(number, number + many)]
        number += many
    return out


@lru_cache(maxsize=64)
def _environment(counts: tuple[tuple[str, int], ...]) -> Any:
    layout = _layout(counts)
    return cel.NewEnv(variables={slot: _type(kind) for kind in layout for slot in layout[kind]})


def _slot(number: int) -> str:
    high, low = divmod(number, len(_LETTERS))
    return f"_{_LETTERS[high]}{_LETTERS[low]}"


def _type(kind: str) -> Any:
    if kind.startswith("list<"):
        return cel.Type.List(_type(kind[5:-1]))
    return _BASIC.get(kind) or cel.Type.Map(cel.Type.STRING, cel.Type.DYN)


def _complaints(text: str) -> tuple[Complaint, ...]:
    found = tuple(Complaint(int(m[1]), int(m[2]), m[3]) for m in _ERROR.finditer(text))
    return found or (Complaint(1, 1, _inner(text.splitlines()[0])),)


def _inner(message: str) -> str:
    """Take off the status word that the library puts around a message."""
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", message)
