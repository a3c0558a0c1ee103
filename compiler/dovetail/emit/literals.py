"""Python source for values, laid out as ruff's formatter would at its default settings.

Two rules make it stable without calling the formatter: what fits the line stays on it, and what
does not is opened up with one element a line and a comma after the last, which the formatter keeps.
A text that is too wide stays on one line, because no formatter may cut it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from dovetail.plan.characters import quoted, width

__all__ = [
    "WIDTH",
    "Atom",
    "Bracket",
    "Item",
    "Node",
    "Union",
    "call",
    "lines",
    "literal",
    "opened",
    "text",
]

WIDTH = 88
_INDENT = 4


@dataclass(frozen=True)
class Atom:
    """Source that is never cut."""

    flat: str


@dataclass(frozen=True)
class Item:
    """An element of a bracket, after its `name=` or `"key": ` and before its ` = default`."""

    node: Node
    head: str = ""
    tail: str = ""

    @property
    def flat(self) -> str:
        """The source on one line."""
        return self.head + self.node.flat + self.tail


@dataclass(frozen=True)
class Bracket:
    """Elements between brackets.

    Attributes:
        comma: `always` for a tuple of one; `never` where a comma would make a tuple of the only
            element of a subscript; else there is one when opened up.
    """

    opening: str
    items: tuple[Item, ...]
    closing: str
    comma: str = "opened"

    @cached_property
    def flat(self) -> str:
        """The source on one line."""
        end = "," if self.comma == "always" else ""
        return f"{self.opening}{', '.join(i.flat for i in self.items)}{end}{self.closing}"


@dataclass(frozen=True)
class Union:
    """`T | None = None` of a parameter: cut before the bar."""

    left: Node
    right: str

    @property
    def flat(self) -> str:
        """The source on one line."""
        return f"{self.left.flat} {self.right}"


Node: TypeAlias = Atom | Bracket | Union


def text(value: str) -> str:
    """Give a string literal: double quotes, unless single ones save escapes."""
    return quoted(value, "'" if value.count('"') > value.count("'") else '"')


def literal(value: Any) -> Node:
    """Give the literal of a value made of dict, list, tuple, str, int, bool and None.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(value, str):
        return Atom(text(value))
    if value is None or isinstance(value, bool | int):
        return Atom(repr(value))
    if isinstance(value, Mapping):
        items = (Item(literal(v), f"{text(k)}: ") for k, v in value.items())
        return Bracket("{", tuple(items), "}")
    if isinstance(value, tuple):
        comma = "always" if len(value) == 1 else "opened"
        return Bracket("(", tuple(Item(literal(v)) for v in value), ")", comma)
    if isinstance(value, list):
        return Bracket("[", tuple(Item(literal(v)) for v in value), "]")
    raise TypeError(f"{type(value).__name__} has no literal")


def call(function: str, positional: Iterable[Node], named: Mapping[str, Node]) -> Bracket:
    """Give a call."""
    items = [*map(Item, positional), *(Item(node, f"{name}=") for name, node in named.items())]
    return Bracket(f"{function}(", tuple(items), ")")


def lines(node: Node, head: str = "", tail: str = "", indent: int = 0) -> Iterator[str]:
    """Lay out source at an indentation, between what stands before and after it on its lines."""
    margin = " " * indent
    flat = f"{margin}{head}{node.flat}{tail}"
    if width(flat) <= WIDTH or isinstance(node, Atom):
        yield flat
    elif isinstance(node, Union):
        yield from lines(node.left, head, "", indent)
        yield f"{margin}{node.right}{tail}"
    elif not node.items:
        yield flat
    else:
        yield from opened(node, head, tail, indent)


def opened(node: Bracket, head: str = "", tail: str = "", indent: int = 0) -> Iterator[str]:
    """Lay out a bracket with an element a line, whether it would fit one line or not."""
    margin = " " * indent
    yield f"{margin}{head}{node.opening}"
    for item in node.items:
        comma = "" if node.comma == "never" else ","
        yield from lines(item.node, item.head, item.tail + comma, indent + _INDENT)
    yield f"{margin}{node.closing}{tail}"
