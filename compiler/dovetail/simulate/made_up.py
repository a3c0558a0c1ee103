"""Values for what a scenario does not say: the least that a declared field takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dovetail.errors import RefusedError
from dovetail.plan.fields import Field
from dovetail.plan.misfits import describe, misfits

__all__ = ["least", "least_of"]

_LETTERS = ("a", "A", "0", "1", "x")
_SHAPES = ("a-1", "A1", "A-1", "1.0.0", "v1.0.0", "2026-01-01", "a.md", "a@b.c", "https://a.b")
"""Texts that patterns are often written for."""
_DAY = "2026-01-01"


def least_of(fields: Mapping[str, Field], what: str) -> dict[str, Any]:
    """Give values for the fields that have to have one.

    Args:
        fields: as declared.
        what: names them in a message.

    Raises:
        RefusedError: when nothing fits a pattern.
    """
    return {
        name: least(field, f"{what}: {name}")
        for name, field in sorted(fields.items())
        if not field.optional
    }


def least(field: Field, what: str) -> Any:
    """Give the default, else the first value of an enum, else the least or shortest value.

    Raises:
        RefusedError: when nothing fits a pattern.
    """
    if field.default is not None:
        return field.default
    if field.enum:
        return field.enum[0]
    match field.type:
        case "bool":
            return False
        case "int":
            return _near(0, field)
        case "date":
            return _near(_DAY, field)
        case "list":
            count = field.min if isinstance(field.min, int) else 0
            inner = field.of or Field("string")
            return [least(inner, what) for _ in range(count)]
        case "object":
            return least_of(field.fields, what)
        case _:
            return _text(field, what)


def _near(start: Any, field: Field) -> Any:
    if field.min is not None:
        return field.min
    return start if field.max is None else min(start, field.max)


def _text(field: Field, what: str) -> str:
    length = field.min if isinstance(field.min, int) else 0
    for text in _texts(length):
        if not any(True for _ in misfits({"": field}, {"": text})):
            return text
    raise RefusedError(
        f"{what}: no text was found that is {describe(field)} and matches {field.pattern}",
        "let an outcome of the scenario give one",
    )


def _texts(length: int) -> Iterator[str]:
    if not length:
        yield ""
    for letter in _LETTERS:
        for size in sorted({max(length, 1), *range(2, 9), 10, 12, 16, 32, 40, 64}):
            if size >= length:
                yield letter * size
    yield from _SHAPES
