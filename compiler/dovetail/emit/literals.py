"""Python source for values, laid out as ruff's formatter would at its default settings.

Two rules make it stable without calling the formatter: what fits the line stays on it, and what
does not is opened up with one element a line and a comma after the last, which the formatter keeps.
A text that is too wide stays on one line, because no formatter may cut it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from dovetail.plan.characters import quoted, width

__all__ = [
    "WIDTH",
    "Atom",
    "Bracket",
    "Item",
    "Names",
    "Node",
    "Union",
    "arguments",
    "call",
    "lines",
    "literal",
    "opened",
    "text",
]

WIDTH = 88
_INDENT = "    "


class Atom(NamedTuple):
    """Source that is never cut."""

    flat: str


class Item(NamedTuple):
    """An element of a bracket, after its `name=` or `"key": ` and before its ` = default`."""

    node: Node
    head: str = ""
    tail: str = ""

    @property
    def flat(self) -> str:
        """The source on one line."""
        return self.head + self.node.flat + self.tail


class Names(NamedTuple):
    """A list of names, of which there may be thousands."""

    names: list[str]

    @property
    def flat(self) -> str:
        """The source on one line."""
        return f"[{', '.join(self.names)}]"


class Bracket:
    """Elements between brackets.

    Attributes:
        flat: the source on one line.
        comma: `always` for a tuple of one; `never` where a comma would make a tuple of the only
            element of a subscript; else there is one when opened up.
    """

    __slots__ = ("closing", "comma", "flat", "items", "opening")

    flat: str

    def __init__(
        self, opening: str, items: tuple[Item, ...], closing: str, comma: str = "opened"
    ) -> None:
        self.opening, self.items, self.closing, self.comma = opening, items, closing, comma
        end = "," if comma == "always" else ""
        inner = ", ".join([head + node.flat + tail for node, head, tail in items])
        self.flat = f"{opening}{inner}{end}{closing}"


class Union(NamedTuple):
    """`T | None = None` of a parameter: cut before the bar."""

    left: Node
    right: str

    @property
    def flat(self) -> str:
        """The source on one line."""
        return f"{self.left.flat} {self.right}"


Node: TypeAlias = Atom | Bracket | Names | Union


def text(value: str) -> str:
    """Give a string literal: double quotes, unless single ones save escapes."""
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
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
        items = [Item(literal(v), f"{text(k)}: ") for k, v in value.items()]
        return Bracket("{", tuple(items), "}")
    if isinstance(value, tuple):
        comma = "always" if len(value) == 1 else "opened"
        return Bracket("(", tuple(Item(literal(v)) for v in value), ")", comma)
    if isinstance(value, list):
        return Bracket("[", tuple(Item(literal(v)) for v in value), "]")
    raise TypeError(f"{type(value).__name__} has no literal")


def call(function: str, positional: Iterable[Node], named: Mapping[str, Node]) -> Bracket:
    """Give a call."""
    items = [*map(Item, positional), *[Item(node, f"{name}=") for name, node in named.items()]]
    return Bracket(f"{function}(", tuple(items), ")")


def lines(node: Node, head: str = "", tail: str = "", indent: int = 0) -> list[str]:
    """Lay out source at an indentation, between what stands before and after it on its lines."""
    out: list[str] = []
    _lay_out(out, node, head, tail, " " * indent)
    return out


def opened(node: Bracket, head: str = "", tail: str = "") -> list[str]:
    """Lay out a bracket with an element a line, whether it would fit one line or not."""
    out: list[str] = []
    _open(out, node, head, tail, "")
    return out


def arguments(named: Iterable[tuple[str, Node]]) -> list[str]:
    """Lay out the arguments of an opened call."""
    out: list[str] = []
    for name, node in named:
        _lay_out(out, node, f"{name}=", ",", _INDENT)
    return out


def _lay_out(out: list[str], node: Node, head: str, tail: str, margin: str) -> None:
    flat = f"{margin}{head}{node.flat}{tail}"
    if width(flat) <= WIDTH or isinstance(node, Atom):
        out.append(flat)
    elif isinstance(node, Union):
        _lay_out(out, node.left, head, "", margin)
        out.append(f"{margin}{node.right}{tail}")
    elif isinstance(node, Names):
        between = f",\n{margin}{_INDENT}"
        inner = between.join(node.names)
        out.append(f"{margin}{head}[\n{margin}{_INDENT}{inner},\n{margin}]{tail}")
    elif not node.items:
        out.append(flat)
    else:
        _open(out, node, head, tail, margin)


def _open(out: list[str], node: Bracket, head: str, tail: str, margin: str) -> None:
    out.append(f"{margin}{head}{node.opening}")
    comma = "" if node.comma == "never" else ","
    for item in node.items:
        _lay_out(out, item.node, item.head, item.tail + comma, margin + _INDENT)
    out.append(f"{margin}{node.closing}{tail}")
