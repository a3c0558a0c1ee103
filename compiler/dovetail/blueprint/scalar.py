"""Plain scalars of YAML 1.2's core schema, which remember how they were written (SPEC 2).

`version: 1.10` is a float to YAML and a version to the planner. So a plain scalar that is not a
string stays a text, and carries the value that it has where a number, a truth value or nothing at
all is wanted. Whoever reads it decides.
"""

from __future__ import annotations

import math
import re
from typing import Self, TypeAlias

__all__ = ["Plain", "PlainValue", "resolve"]

PlainValue: TypeAlias = int | float | bool | None

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"(?=.*[.eE])[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_MAX_DIGITS = 400
"""Longer runs of digits stay text: no number of this language has them, and int() refuses some."""


class Plain(str):
    """A plain scalar that core YAML would not call a string: its text, with that other value."""

    __slots__ = ("value",)

    value: PlainValue

    def __new__(cls, text: str, value: PlainValue) -> Self:
        """Make one from the source text and the value it stands for."""
        self = super().__new__(cls, text)
        self.value = value
        return self


def resolve(text: str) -> str:
    """Give a plain scalar's text, as a `Plain` where the core schema makes it something else."""
    if text in _WORDS:
        return Plain(text, _WORDS[text])
    if len(text) > _MAX_DIGITS or text[0] not in "-+.0123456789":
        return text
    if _INT.match(text):
        return Plain(text, int(text))
    if _FLOAT.match(text):
        return Plain(text, float(text))
    if _NOT_FINITE.match(text):
        return Plain(text, math.nan if "n" in text.lower()[:2] else math.inf)
    return text
