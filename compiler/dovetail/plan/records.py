"""How the records of a plan become plain data (SPEC 3): fields in order, defaults left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any

__all__ = ["NOTHING", "changed", "defaults", "written"]

NOTHING: Mapping[str, Any] = {}
"""The default of a mapping."""


@cache
def defaults(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Give the names in a kind of record, each with its default, or what equals no value."""
    return tuple((f.name, _default(f)) for f in fields(kind))


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def changed(record: Any) -> dict[str, Any]:
    """Give the values of a record that differ from their defaults, by the names in Python."""
    return {
        name: value
        for name, default in defaults(record.__class__)
        if (value := getattr(record, name)) is not default and value != default
    }


def written(record: Any) -> dict[str, Any]:
    """Give the data of a record and of the records in it. `as_` stands for the word `as`."""
    return {
        name.rstrip("_"): value if type(value) is str else _data(value)
        for name, value in changed(record).items()
    }


def _data(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, tuple):
        return [_data(v) for v in value]
    if isinstance(value, Mapping):
        return {k: _data(value[k]) for k in sorted(value)}
    return value.to_data()
