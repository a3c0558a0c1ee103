"""Python source for the records of a plan: calls that make them again, defaults left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from dovetail.emit.literals import Atom, Bracket, Item, Node, literal, text
from dovetail.plan.model import (
    Artifact,
    Blocker,
    Changes,
    Check,
    Command,
    Constraint,
    Evidence,
    Field,
    ForEach,
    Gate,
    Pause,
    Render,
    Wip,
)
from dovetail.plan.records import defaults

__all__ = ["RECORDS", "Source"]

# How many values stand by position: those that a reader knows without their names.
_POSITIONAL: Mapping[type[Any], tuple[str, ...]] = {
    Artifact: ("id", "path"),
    Blocker: ("title",),
    Changes: (),
    Check: ("id", "expr"),
    Command: ("id", "argv"),
    Constraint: ("scope",),
    Evidence: ("id", "type"),
    Field: ("type",),
    ForEach: (),
    Gate: (),
    Pause: ("when",),
    Render: ("template", "to"),
    Wip: ("slots",),
}

RECORDS: Mapping[str, type[Any]] = {record.__name__: record for record in _POSITIONAL}
"""The records that emitted modules make, by name."""


@cache
def _named(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Give the values of a record that stand by name, each with its default."""
    return tuple(pair for pair in defaults(kind) if pair[0] not in _POSITIONAL[kind])


class Source:
    """Makes the source of values, and remembers which records it takes to read it back."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def value(self, value: Any) -> Node:
        """Give the source of a record, a collection of records, or a literal."""
        kind = type(value)
        if kind is str:
            return Atom(text(value))
        if kind in _POSITIONAL:
            return self._record(value)
        if isinstance(value, Mapping):
            return self.mapping(value)
        if isinstance(value, tuple) and value and type(value[0]) in _POSITIONAL:
            return self.listed(value)
        return literal(value)

    def mapping(self, values: Mapping[str, Any]) -> Bracket:
        """Give a dictionary, sorted by key."""
        items = [Item(self.value(values[k]), f"{text(k)}: ") for k in sorted(values)]
        return Bracket("{", tuple(items), "}")

    def listed(self, values: Iterable[Any]) -> Bracket:
        """Give a list."""
        return Bracket("[", tuple([Item(self.value(v)) for v in values]), "]")

    def texts(self, values: Sequence[str]) -> Bracket:
        """Give a list of texts."""
        return Bracket("[", tuple([Item(literal(v)) for v in values]), "]")

    def _record(self, record: Any) -> Bracket:
        kind = record.__class__
        self.used.add(kind.__name__)
        items = [Item(self.value(getattr(record, name))) for name in _POSITIONAL[kind]]
        for name, default in _named(kind):
            value = getattr(record, name)
            if value is not default and value != default:
                items.append(Item(self._argument(value), f"{name}="))
        return Bracket(f"{kind.__name__}(", tuple(items), ")")

    def _argument(self, value: Any) -> Node:
        """Give an argument of a record; a tuple stays one, so that records stay equal."""
        if isinstance(value, tuple) and value and type(value[0]) in _POSITIONAL:
            items = tuple([Item(self.value(v)) for v in value])
            return Bracket("(", items, ")", "always" if len(items) == 1 else "opened")
        return self.value(value)
