"""The signature of an emitted flow, of which Prefect makes a form: the item and the params."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from dovetail.emit.literals import Atom, Bracket, Item, Node, Union, call, lines, literal
from dovetail.emit.names import ARGUMENTS, EmissionError, identifier
from dovetail.plan.model import Field

__all__ = ["drive", "imports", "signature"]

_SCALARS = {"string": "str", "int": "int", "bool": "bool", "date": "date"}
_LISTED = ("list", "object")


def imports(params: Mapping[str, Field]) -> Iterator[str]:
    """Give the imports from the standard library that the annotations need."""
    used = set[str]().union(*map(_used, params.values()))
    if "date" in used:
        yield "from datetime import date"
    if typing := sorted(used - {"date"}):
        yield f"from typing import {', '.join(typing)}"


def signature(flow: str, params: Mapping[str, Field]) -> str:
    """Give the line or lines of `def`: required params first, each part by name.

    Raises:
        EmissionError: when two params have one name in Python.
    """
    names = _names(params)
    items = (_parameter(name, params[p]) for p, name in names.items())
    node = Bracket("(", (Item(Atom("str"), "item: "), *items), ")")
    return "\n".join(lines(node, f"def {flow}", " -> None:"))


def drive(params: Mapping[str, Field]) -> str:
    """Give the call that is the flow's body."""
    named = {name: Atom(name) for name in _names(params).values()}
    return "\n".join(lines(call("blueprint.drive", [Atom("item")], named), indent=4))


def _names(params: Mapping[str, Field]) -> dict[str, str]:
    names = {
        p: identifier(p, ARGUMENTS) for p in sorted(params, key=lambda p: (_may_miss(params[p]), p))
    }
    if len(set(names.values())) != len(names):
        raise EmissionError(f"of the params {', '.join(names)}, two have one name in Python")
    return names


def _may_miss(field: Field) -> bool:
    return field.optional or field.default is not None


def _parameter(name: str, field: Field) -> Item:
    """Give a parameter. A default that can be changed in place is left to the declaration."""
    node = _annotation(field)
    if field.optional or (field.default is not None and field.type in _LISTED):
        return Item(Union(node, "| None = None"), f"{name}: ")
    if field.default is None:
        return Item(node, f"{name}: ")
    if field.type == "date":
        day = dt.date.fromisoformat(field.default)
        parts = [literal(n) for n in (day.year, day.month, day.day)]
        return Item(call("date", parts, {}), f"{name}: {node.flat} = ")
    return Item(node, f"{name}: ", f" = {literal(field.default).flat}")


def _annotation(field: Field) -> Node:
    if field.enum:
        return _subscript("Literal", *map(literal, field.enum))
    if field.type == "list":
        return _subscript("list", Atom("Any") if field.of is None else _annotation(field.of))
    if field.type == "object":
        return _subscript("dict", Atom("str"), Atom("Any"))
    return Atom(_SCALARS[field.type])


def _subscript(head: str, *of: Node) -> Bracket:
    comma = "never" if len(of) == 1 else "opened"
    return Bracket(f"{head}[", tuple(map(Item, of)), "]", comma)


def _used(field: Field) -> set[str]:
    if field.enum:
        return {"Literal"}
    if field.type == "list":
        return {"Any"} if field.of is None else _used(field.of)
    return {"date": {"date"}, "object": {"Any"}}.get(field.type, set())
