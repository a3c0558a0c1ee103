"""Reading typed values: params, outputs and evidence against their declared fields (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from dovetail.errors import RefusedError
from dovetail.plan.misfits import misfits
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
    problems = list(misfits(fields, given))
    if problems:
        lines = "".join(f"\n  · {p}" for p in problems)
        raise RefusedError(f"the {what} are not as declared:{lines}", way_out)
    return {
        name: given.get(name, field.default)
        for name, field in sorted(fields.items())
        if name in given or field.default is not None
    }


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
