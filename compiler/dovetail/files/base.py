"""Values that a file holds for another file's types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from pydantic import ConfigDict

from dovetail.blueprint.record import Record
from dovetail.blueprint.scalar import Plain
from dovetail.plan.model import Field

__all__ = ["NOTHING", "AsWritten", "FileRecord", "typed", "typed_all"]

AsWritten: TypeAlias = Any
"""A value whose type another file declares: as the YAML has it, a number as `Plain` text."""
NOTHING: Final[dict[str, Any]] = {}
"""The default of a mapping."""


class FileRecord(Record):
    """A record of a file that most checks never meet: it is built when it is first used."""

    model_config = ConfigDict(defer_build=True)


def typed(value: AsWritten, field: Field | None) -> Any:
    """Give a value as JSON has it, a text where a text is declared and a number where not.

    What does not fit the field comes as the file has it; `dovetail.plan.misfits` finds it.
    """
    if isinstance(value, Plain):
        text = field is not None and field.type in {"string", "date"} and value.value is not None
        return str(value) if text else value.value
    if isinstance(value, list):
        return [typed(v, None if field is None else field.of) for v in value]
    if isinstance(value, dict):
        inner = {} if field is None else field.fields
        return {k: typed(v, inner.get(k)) for k, v in value.items()}
    return value


def typed_all(fields: Mapping[str, Field], given: Mapping[str, AsWritten]) -> dict[str, Any]:
    """Give the values of several fields."""
    return {name: typed(value, fields.get(name)) for name, value in given.items()}
