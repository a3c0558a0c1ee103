"""Reading typed values as a person types them at a command line (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from dovetail.errors import RefusedError
from dovetail.plan.model import Field

__all__ = ["from_words"]


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
