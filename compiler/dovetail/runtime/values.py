"""Reading typed values: params, outputs and evidence against their declared fields (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from dovetail.canonical import MAX_INTEGER
from dovetail.errors import RefusedError
from dovetail.expressions import matches
from dovetail.plan.model import Field

__all__ = ["from_words", "read_values"]


def read_values(
    fields: Mapping[str, Field], given: Mapping[str, Any], *, what: str, way_out: str
) -> dict[str, Any]:
    """Give the values with defaults filled in.

    Args:
        fields: the declared fields; they are closed.
        given: values as JSON has them.
        what: names them in a message, such as `outputs of WI-000001/draft/1`.
        way_out: how to give them right.

    Raises:
        RefusedError: it lists all that is unknown, missing or of another type.
    """
    problems = list(_problems(fields, given))
    if problems:
        lines = "".join(f"\n  · {p}" for p in problems)
        raise RefusedError(f"the {what} are not as declared:{lines}", way_out)
    return {
        name: given.get(name, field.default)
        for name, field in sorted(fields.items())
        if name in given or field.default is not None
    }


def _problems(fields: Mapping[str, Field], given: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(map(str, set(given) - set(fields))):
        known = ", ".join(sorted(fields)) or "none"
        yield f"{name} is not declared; declared: {known}"
    for name, field in sorted(fields.items()):
        if name in given:
            yield from _misfits(field, given[name], name)
        elif field.default is None and not field.optional:
            yield f"{name} is missing; expected {describe(field)}"


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


def _misfits(field: Field, value: Any, where: str) -> Iterator[str]:
    found = _shown(value)
    if not _has_type(field, value):
        yield f"{where} is {found[:80]}; expected {describe(field)}"
        return
    if field.enum and value not in field.enum:
        yield f"{where} is {found[:80]}; expected {describe(field)}"
    size = (
        value if field.type == "int" else len(value) if field.type in ("string", "list") else None
    )
    if size is not None and (
        (field.min is not None and size < field.min) or (field.max is not None and size > field.max)
    ):
        yield f"{where} is {found[:80]}; expected {describe(field)}"
    if (
        field.pattern is not None
        and isinstance(value, str)
        and not matches(rf"\A(?:{field.pattern})\z", value)
    ):
        yield f"{where} is {found[:80]}; expected a text that matches {field.pattern}"
    if field.type == "list" and field.of is not None:
        for i, element in enumerate(value):
            yield from _misfits(field.of, element, f"{where}[{i}]")
    if field.type == "object":
        for problem in _problems(field.fields, value):
            yield f"{where}.{problem}"


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


def from_words(fields: Mapping[str, Field], words: Sequence[str], *, what: str) -> dict[str, Any]:
    """Read `name=value` as a person types it at a command line.

    A string is taken as it is, anything else as JSON. Several values of one list add up.

    Raises:
        RefusedError: for a word without `=`, or a name given twice.
    """
    out: dict[str, Any] = {}
    for name, text in _pairs(words, what):
        field = fields.get(name)
        value = _from_word(field, text)
        if field is not None and field.type == "list" and not isinstance(value, list):
            out[name] = [*out.get(name, []), value]
        elif name in out:
            raise RefusedError(
                f"{what}: {name} is given twice", "give it once; only the values of a list add up"
            )
        else:
            out[name] = value
    return out


def _pairs(words: Sequence[str], what: str) -> Iterable[tuple[str, str]]:
    for word in words:
        name, found, text = word.partition("=")
        if not found or not name:
            raise RefusedError(
                f"{what}: {word!r} is not of the form name=value", f"{what} NAME=VALUE"
            )
        yield name, text


def _from_word(field: Field | None, text: str) -> Any:
    kind = field.type if field else "string"
    if kind in ("string", "date") or (
        kind == "list"
        and field is not None
        and field.of is not None
        and field.of.type in ("string", "date")
        and not text.startswith("[")
    ):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text  # the check against the field says what was expected
