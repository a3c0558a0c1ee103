"""JSON Schemas of all files, for editors: draft-07, made from the records (SPEC 10).

A schema says what an editor can know while somebody types: keys, kinds of values, patterns, what
excludes what. It refuses nothing that `dovetail check` accepts; `check` knows more.
"""

from __future__ import annotations

import json
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from dovetail.files.kinds import Kind
from dovetail.files.texts import Said, about, about_keys

__all__ = ["BASE", "json_schema", "render"]

BASE = "https://dovetail.dev/schema/"
_DIALECT = "http://json-schema.org/draft-07/schema#"


def render(kind: Kind) -> str:
    """Give the schema of a kind of file as text."""
    return json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"


def json_schema(kind: Kind) -> dict[str, Any]:
    """Give the schema of a kind of file."""
    made = kind.model.model_json_schema(
        by_alias=True, ref_template="#/definitions/{model}", schema_generator=_Draft07
    )
    definitions = made.pop("$defs", {})
    head = {
        "$schema": _DIALECT,
        "$id": f"{BASE}{kind.file}",
        "title": f"Dovetail: {kind.noun.removeprefix('the ')}",
    }
    return head | made | ({"definitions": definitions} if definitions else {})


class _Draft07(GenerateJsonSchema):
    """Writes what pydantic knows of a record the way that draft-07 has it."""

    schema_dialect = _DIALECT

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        model: type[BaseModel] = schema["cls"]
        made = super().model_schema(schema)
        made.pop("title", None)
        made = _with(about(model), made)
        properties = made.get("properties", {})
        for key, said in about_keys(model).items():
            if key in properties:
                properties[key] = _with(said, properties[key])
        return made

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Leave keys in the order in which people read them."""
        del parent_key
        return value

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema  # a key is its own title
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Give the schema of a value: a key without one is refused, it has to be left out."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Give a schema with its default, where that is something that one could write."""
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default")
        return _beside(inner, {"default": default}) if isinstance(default, str | int) else inner

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Give the schema of a mapping of names."""
        made: dict[str, Any] = {"type": "object"}
        if "values_schema" in schema:
            values = self.generate_inner(schema["values_schema"])
            made |= {"additionalProperties": values} if values else {}
        if "keys_schema" in schema:
            keys = self.generate_inner(schema["keys_schema"])
            names = {k: v for k, v in keys.items() if k not in {"type", "examples"}}
            made |= {"propertyNames": names} if names else {}
        return made


def _with(said: Said, schema: JsonSchemaValue) -> JsonSchemaValue:
    more: dict[str, Any] = {"description": said.text} if said.text else {}
    if said.examples:
        more["examples"] = list(said.examples)
    return _beside(schema, more)


def _beside(schema: JsonSchemaValue, more: dict[str, Any]) -> JsonSchemaValue:
    """Add keywords to a schema. In draft-07 nothing beside `$ref` counts; it leads to a mapping."""
    if not more:
        return schema
    whole = {"type": "object", "allOf": [schema]} if "$ref" in schema else schema
    return cast("JsonSchemaValue", more | whole | more)
