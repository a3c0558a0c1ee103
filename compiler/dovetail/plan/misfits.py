"""What is wrong with values against their declared fields (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import orjson

from dovetail.canonical import MAX_INTEGER
from dovetail.expressions import matches
from dovetail.plan.fields import Field, within

__all__ = ["Misfit", "describe", "dotted", "misfits"]

Place: TypeAlias = tuple[str | int, ...]
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that is not as declared.

    Attributes:
        place: where it stands: names of fields, and numbers of elements.
        says: what is wrong with it.
        known: where no such field is declared, the names of those that are.
    """

    place: Place
    says: str
    known: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{dotted(self.place)} {self.says}"


def dotted(place: Place) -> str:
    """Write a place as an expression would."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place).removeprefix(".")


def misfits(
    fields: Mapping[str, Field], given: Mapping[str, Any], at: Place = ()
) -> Iterator[Misfit]:
    """Tell all that is unknown, missing or of another type.

    Args:
        fields: the declared fields; they are closed.
        given: values as JSON has them.
        at: where they stand.
    """
    for name in sorted(map(str, set(given) - set(fields))):
        known = tuple(sorted(fields))
        declared = ", ".join(known) or "none"
        yield Misfit((*at, name), f"is not declared; declared: {declared}", known)
    for name, field in sorted(fields.items()):
        if name in given:
            yield from _of(field, given[name], (*at, name))
        elif field.default is None and not field.optional:
            yield Misfit((*at, name), f"is missing; expected {describe(field)}")


def describe(field: Field) -> str:
    """Say in words what a field takes."""
    if field.enum:
        return "one of " + ", ".join(str(v) for v in field.enum)
    of = f" of {field.of.type}s" if field.of else ""
    article = "an" if field.type[0] in "aeiou" else "a"
    kind = {"list": f"a list{of}", "bool": "true or false"}.get(
        field.type, f"{article} {field.type}"
    )
    unit = {"string": " characters", "list": " elements"}.get(field.type, "")
    bounds = [f"at least {field.min}"] if field.min is not None else []
    bounds += [f"at most {field.max}"] if field.max is not None else []
    told = f" of {' and '.join(bounds)}{unit}" if bounds else ""
    return kind + told


def _of(field: Field, value: Any, place: Place) -> Iterator[Misfit]:
    if not _has_type(field, value):
        yield _instead(place, value, describe(field))
        return
    if (field.enum and value not in field.enum) or not within(
        field.type, value, field.min, field.max
    ):
        yield _instead(place, value, describe(field))
    if (
        field.pattern is not None
        and isinstance(value, str)
        and not matches(rf"\A(?:{field.pattern})\z", value)
    ):
        yield _instead(place, value, f"a text that matches {field.pattern}")
    if field.type == "list" and field.of is not None:
        for i, element in enumerate(value):
            yield from _of(field.of, element, (*place, i))
    if field.type == "object":
        yield from misfits(field.fields, value, place) if field.fields else _of_any(value, place)


def _of_any(value: Any, place: Place) -> Iterator[Misfit]:
    """Tell what can't be kept of a value whose type nobody declared: what history can't hash."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _of_any(inner, (*place, str(name)))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _of_any(inner, (*place, i))
    elif not any(_has_type(Field(kind), value) for kind in ("string", "int", "bool")):
        expected = "a text, a whole number, true or false, a list or a mapping"
        yield _instead(place, value, expected)


def _instead(place: Place, value: Any, expected: str) -> Misfit:
    return Misfit(place, f"is {_shown(value)[:_SHOWN]}; expected {expected}")


def _shown(value: Any) -> str:
    """Show a value that need not be JSON: a function may give anything."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return repr(value)


def _has_type(field: Field, value: Any) -> bool:
    match field.type:
        case "string":
            return isinstance(value, str) and _is_text(value)
        case "int":
            return type(value) is int and abs(value) <= MAX_INTEGER
        case "bool":
            return type(value) is bool
        case "date":
            return isinstance(value, str) and _is_date(value)
        case "list":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _is_text(value: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in value)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
