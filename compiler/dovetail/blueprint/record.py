"""What the records of the language have in common.

The text below a field is its description: `dovetail schema`, editors and the reference of the
language show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema

from dovetail.blueprint.types import as_text, refuse

__all__ = ["AtLeastOne", "Or", "Record", "at_least_one_of", "at_most_one", "listed", "one_of"]


class Record(BaseModel):
    """A mapping of the language: closed, and never changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def one_of(*words: str) -> BeforeValidator:
    """Give the validator of a word out of a few."""

    def read(value: object) -> str:
        text = as_text(value)
        if text not in words:
            raise refuse("value", " or ".join(f"`{w}`" for w in words))
        return text

    return BeforeValidator(read)


@dataclass(frozen=True, slots=True)
class AtLeastOne:
    """Refuses an empty list and an empty mapping."""

    expected: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        inner = handler(schema)
        return inner | {"minItems" if inner.get("type") == "array" else "minProperties": 1}

    def _read(self, value: object) -> object:
        if isinstance(value, list | tuple | dict) and not value:
            raise refuse("value", self.expected)
        return value


@dataclass(frozen=True, slots=True)
class Or:
    """Tells editors what may stand in place of a mapping; a validator before it reads that."""

    schema: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [dict(self.schema), handler(schema)]}


def at_most_one(names: Sequence[str]) -> list[Any]:
    """Give what tells editors that of some keys only one may stand; for `allOf`."""
    said = f"Only one of {listed(names)} may stand here."
    return [
        {
            "if": {"required": [name]},
            "then": {"properties": dict.fromkeys(names[i + 1 :], False), "errorMessage": said},
        }
        for i, name in enumerate(names[:-1])
    ]


def at_least_one_of(names: Sequence[str]) -> list[Any]:
    """Give what tells editors that one of some keys has to stand; for `anyOf`."""
    said = f"One of {listed(names)} has to stand here."
    return [{"required": [name], "errorMessage": said} for name in names]


def listed(names: Sequence[str]) -> str:
    """Give names as they stand in a sentence."""
    return " and ".join(f"`{name}`" for name in names)
