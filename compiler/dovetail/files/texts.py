"""What records say of themselves and their keys, read from their source when somebody asks.

The text below a key is its description, so it stands once and costs nothing when files are checked.
`Example: …` in such a text is a value in YAML.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from dovetail.blueprint.source import parse

__all__ = ["Said", "about", "about_keys"]

_CLAUSE = re.compile(r" \(SPEC [^)]*\)")
_EXAMPLE = re.compile(r"^Example: (.*)$", re.MULTILINE)
_FIELDS = re.compile(r"\n\nAttributes:\n.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """A description in words, and values as examples."""

    text: str = ""
    examples: tuple[Any, ...] = ()


def about(model: type[BaseModel]) -> Said:
    """Give what a record says of itself."""
    return _said(model.__dict__.get("__doc__") or "")


def about_keys(model: type[BaseModel]) -> dict[str, Said]:
    """Give what a record says of its keys, by the names that the file has for them."""
    written: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            written |= _below(base.__module__).get(base.__name__, {})
    return {
        field.alias or name: _said(written[name])
        for name, field in model.model_fields.items()
        if name in written
    }


def _said(text: str) -> Said:
    text = _FIELDS.sub("", _CLAUSE.sub("", inspect.cleandoc(text)))
    examples = [_value(match[1]) for match in _EXAMPLE.finditer(text)]
    paragraphs = _EXAMPLE.sub("", text).split("\n\n")
    words = "\n\n".join(filter(None, (" ".join(p.split()) for p in paragraphs)))
    return Said(words, tuple(examples))


def _value(written: str) -> Any:
    parsed = parse(written.encode(), "example")
    if parsed.root is None or parsed.diagnostics:
        raise ValueError(f"an example is not YAML: {written}")
    return parsed.root.to_plain()


@cache
def _below(module: str) -> dict[str, dict[str, str]]:
    """Give the texts below the fields of each class of a module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for member, below in zip(node.body, node.body[1:], strict=False):
        match member, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, text
            case _:
                pass
