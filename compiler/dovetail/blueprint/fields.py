"""Typed values as a blueprint declares them: params, outputs, fields of evidence (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dovetail.blueprint.record import Or, Record
from dovetail.blueprint.types import (
    Bound,
    FieldName,
    Flag,
    Many,
    Text,
    as_date,
    as_flag,
    as_text,
    as_whole,
    refuse,
)
from dovetail.plan.fields import within

__all__ = ["MEANT", "TYPES", "FieldModel", "Fields", "TypeName"]

TypeName: TypeAlias = Literal["string", "int", "bool", "date", "list", "object"]
TYPES: tuple[TypeName, ...] = ("string", "int", "bool", "date", "list", "object")
MEANT: dict[str, TypeName] = {
    **dict.fromkeys(("array", "sequence", "tuple"), "list"),
    **dict.fromkeys(("boolean", "flag"), "bool"),
    **dict.fromkeys(("dict", "map", "mapping", "record"), "object"),
    **dict.fromkeys(("integer", "number"), "int"),
    **dict.fromkeys(("str", "text"), "string"),
}
"""What other languages call the types."""

_BOUNDED: tuple[TypeName, ...] = ("string", "int", "date", "list")
_ONLY_WITH: dict[str, tuple[TypeName, ...]] = {
    "of": ("list",),
    "fields": ("object",),
    "enum": ("string", "int"),
    "min": _BOUNDED,
    "max": _BOUNDED,
    "pattern": ("string",),
}
"""The types that a key says something about."""
_VALUES: dict[TypeName, dict[str, str]] = {
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    "object": {"type": "object"},
}
"""What a default looks like in a file."""


def _type_name(value: object) -> object:
    text = as_text(value)
    if text not in TYPES:
        meant = MEANT.get(text.lower())
        hint = f"did you mean `{meant}`?" if meant else ""
        raise refuse("value", "one of " + ", ".join(TYPES), hint=hint)
    return text


def _of(value: object) -> object:
    """Read `of: string` as `of: {type: string}`."""
    return {"type": value} if isinstance(value, str) else value


def _for_editors() -> dict[str, Any]:
    """Tell editors which keys belong to which types."""
    there = {"minItems": 1, "minProperties": 1}
    only = [
        {
            "if": {"properties": {key: there}, "required": [key]},
            "then": {"properties": {"type": {"enum": list(types)}}},
        }
        for key, types in _ONLY_WITH.items()
    ]
    fits = [_where(name, {"properties": {"default": value}}) for name, value in _VALUES.items()]
    fits += [_where(name, _bounded("string" if name == "date" else "integer")) for name in _BOUNDED]
    optional = {"properties": {"optional": {"const": True}}, "required": ["optional"]}
    either = {"if": optional, "then": {"properties": {"default": False}}}
    return {"allOf": [*only, *fits, _where("list", {"required": ["of"]}), either]}


def _bounded(by: str) -> dict[str, Any]:
    return {"properties": {"min": {"type": by}, "max": {"type": by}}}


def _where(name: TypeName, then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": then}


class FieldModel(Record):
    """A typed value; without `default` and `optional` it has to be given.

    Example: {type: string, enum: [low, high], default: low}
    """

    # After validation `enum` and `default` are of the declared type.

    model_config = ConfigDict(json_schema_extra=_for_editors())

    type: Annotated[TypeName, BeforeValidator(_type_name)]
    """The kind of value; a date is written like 2026-01-31."""
    of: Annotated[FieldModel | None, BeforeValidator(_of), Or({"enum": list(TYPES)})] = None
    """The type of a list's elements: a type's name, or a mapping like this one."""
    fields: dict[FieldName, FieldModel] = {}
    """The fields of an object, by name; without any, it may hold anything."""
    enum: Annotated[Many[Any], Field(json_schema_extra={"uniqueItems": True})] = ()
    """The allowed values of a string or an int, in order: later ones are greater."""
    default: Any = None
    """The value when none is given."""
    optional: Flag = False
    """The value may be missing; not together with `default`."""
    min: Bound | None = None
    """The least value of an int, the first date, the least length of a string or a list."""
    max: Bound | None = None
    """The greatest value of an int, the last date, the greatest length of a string or a list."""
    pattern: Text | None = None
    """A regular expression (RE2) that the whole string has to match."""

    @model_validator(mode="before")
    @classmethod
    def _fits_its_type(cls, data: Any) -> Any:
        """Read `enum` and `default` as the declared type, as long as they are as written."""
        if not isinstance(data, dict) or data.get("type") not in TYPES:
            return data
        if "enum" not in data and "default" not in data:
            return data
        data = dict(data)
        if isinstance(data.get("enum"), list):
            data["enum"] = [_read(v, data, ("enum", i)) for i, v in enumerate(data["enum"])]
        if "default" in data:
            data["default"] = _read(data["default"], data, ("default",))
        return data

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> FieldModel:
        written = self.model_fields_set
        for name, types in _ONLY_WITH.items() if len(written) > 1 else ():
            if self.type not in types and getattr(self, name) not in (None, {}, ()):
                raise _contradiction(f"`{name}` only with type {_or(types)}", name)
        if self.type == "list" and self.of is None:
            raise refuse("missing_of", "`of: <type>`, the type of the list's elements")
        for name, bound in (("min", self.min), ("max", self.max)):
            if bound is not None and isinstance(bound, str) != (self.type == "date"):
                expected = "a date" if self.type == "date" else "a whole number"
                raise _contradiction(f"{expected}, as the type is {self.type}", name)
        if self.min is not None and self.max is not None and self.min > self.max:  # type: ignore[operator]
            raise _contradiction(f"a `max` of at least {self.min}, the `min`", "max")
        if len(set(self.enum)) != len(self.enum):
            twice = next(i for i, v in enumerate(self.enum) if v in self.enum[:i])
            raise _contradiction("values that differ from each other", "enum", twice)
        if self.default is not None and self.optional:
            raise _contradiction("either `default` or `optional`, not both", "optional")
        if self.default is not None and self.enum and self.default not in self.enum:
            raise _contradiction("one of " + ", ".join(map(str, self.enum)), "default")
        if self.default is not None and not within(self.type, self.default, self.min, self.max):
            raise _contradiction("a value between `min` and `max`", "default")
        return self


Fields: TypeAlias = dict[FieldName, FieldModel]


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)


def _contradiction(expected: str, *at: str | int) -> PydanticCustomError:
    return refuse("contradiction", expected, at=at)


def _read(value: object, declared: dict[str, Any], at: tuple[str | int, ...]) -> object:
    """Read a value written in the blueprint as the declared type."""
    kind = declared.get("type")
    try:
        if kind == "string":
            return as_text(value)
        if kind == "int":
            return as_whole(value)
        if kind == "bool":
            return as_flag(value)
        if kind == "date":
            return as_date(value).isoformat()
    except PydanticCustomError as e:
        expected = (e.context or {}).get("expected")
        raise _contradiction(f"{expected}, as the type is {kind}", *at) from None
    if kind == "list" and isinstance(value, list):
        inner = _of(declared.get("of"))
        if isinstance(inner, dict):
            return [_read(v, inner, (*at, i)) for i, v in enumerate(value)]
    if kind == "object" and isinstance(value, dict):
        return _read_object(value, declared, at)
    raise _contradiction(f"a {'list' if kind == 'list' else 'mapping'}, as the type is {kind}", *at)


def _read_object(
    value: dict[str, Any], declared: dict[str, Any], at: tuple[str | int, ...]
) -> object:
    inner = declared.get("fields")
    if not isinstance(inner, dict):
        return value
    unknown = next((k for k in value if k not in inner), None)
    if unknown is not None:
        raise _contradiction("one of the declared fields " + ", ".join(inner), *at, unknown)
    return {
        k: _read(v, inner[k], (*at, k)) if isinstance(inner[k], dict) else v
        for k, v in value.items()
    }
