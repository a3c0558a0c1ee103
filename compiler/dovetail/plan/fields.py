"""Typed values: params, outputs, fields of evidence (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Field", "fields_data", "fields_from", "snake", "within"]


@dataclass(frozen=True, slots=True)
class Field:
    """A typed value: a param, an output, or a field of evidence (SPEC 2.1).

    Attributes:
        type: string, int, bool, date (an ISO 8601 text), list (`of`) or object (`fields`).
        enum: the allowed values, in order; an enum orders by declared position.
        default: the value when none is given; None: there is none.
        optional: whether the value may be absent.
        min, max: bounds of an int or a date, or of the length of a string or list; both inclusive.
        pattern: an RE2 pattern that the whole string matches.
    """

    type: str
    of: Field | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    enum: tuple[Any, ...] = ()
    default: Any = None
    optional: bool = False
    min: int | str | None = None
    max: int | str | None = None
    pattern: str | None = None

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        out: dict[str, Any] = {"type": self.type}
        if self.of is not None:
            out["of"] = self.of.to_data()
        if self.fields:
            out["fields"] = fields_data(self.fields)
        if self.enum:
            out["enum"] = list(self.enum)
        if self.default is not None:
            out["default"] = self.default
        if self.min is not None:
            out["min"] = self.min
        if self.max is not None:
            out["max"] = self.max
        if self.pattern is not None:
            out["pattern"] = self.pattern
        if self.optional:
            out["optional"] = True
        return out

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Field:
        """Read the data form."""
        return cls(
            type=data["type"],
            of=cls.from_data(data["of"]) if "of" in data else None,
            fields=fields_from(data.get("fields", {})),
            enum=tuple(data.get("enum", ())),
            default=data.get("default"),
            optional=data.get("optional", False),
            min=data.get("min"),
            max=data.get("max"),
            pattern=data.get("pattern"),
        )


def snake(name: str) -> str:
    """Give a name as expressions write it."""
    return name.replace("-", "_")


def within(type_: str, value: Any, least: Any, most: Any) -> bool:
    """Tell whether a value of a type, or its size, is neither below nor above bounds."""
    if type_ not in {"string", "int", "date", "list"}:
        return True
    size = value if type_ in {"int", "date"} else len(value)
    return (least is None or size >= least) and (most is None or size <= most)


def fields_data(declared: Mapping[str, Field]) -> dict[str, Any]:
    """Give the data of declared values, by name."""
    return {name: declared[name].to_data() for name in sorted(declared)}


def fields_from(data: Mapping[str, Any]) -> dict[str, Field]:
    """Read declared values."""
    return {name: Field.from_data(value) for name, value in data.items()}
