"""What is unknown of a name, and what was probably meant by it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dovetail.expressions.names import Variable

__all__ = ["Scope", "Unknown", "choice", "nearest", "unknown"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Which part of a dotted name is unknown, and what was probably meant."""

    part: int
    message: str
    hint: str


class Scope(Protocol):
    """The names that an expression may use."""

    def find(self, name: str) -> Variable | None:
        """Give what a dotted name stands for."""

    def names(self) -> Iterable[str]:
        """Give the names that help with the last one that was not found."""

    def absent(self, name: str) -> str:
        """Say why there is no such name, where there is more to say than that; else nothing."""


def unknown(parts: Sequence[str], scope: Scope) -> Unknown | list[str]:
    """Say what is unknown of a name that a scope has just not found, or what may follow it."""
    names = sorted(scope.names())
    known = 0
    while known < len(parts) and _starts(names, parts[: known + 1]):
        known += 1
    within = ".".join(parts[:known])
    below = _children(names, within)
    if known == len(parts):
        return below
    close = nearest(parts[known], below)
    hint = f"did you mean `{within + '.' if within else ''}{close}`?" if close else ""
    value = scope.find(within) if within else None
    reason = scope.absent(".".join(parts))
    if reason:
        return Unknown(known, reason, "")
    if value is not None and not value.field.fields:
        message = f"`{within}` is of type {value.field.type} and has no `{parts[known]}`"
    elif within:
        message = f"`{parts[known]}` is not known in `{within}`"
    else:
        message = f"`{parts[known]}` is not a name here"
    return Unknown(known, message, hint or (choice(below) if below else ""))


def _starts(names: Iterable[str], parts: Sequence[str]) -> bool:
    prefix = ".".join(parts)
    return any(n == prefix or n.startswith(prefix + ".") for n in names)


def _children(names: Iterable[str], within: str) -> list[str]:
    """Give the next parts of the names below a prefix."""
    prefix = within + "." if within else ""
    found = (n[len(prefix) :].partition(".")[0] for n in names if n.startswith(prefix))
    return sorted(set(found))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that was probably meant."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return close[0] if close else None


def choice(known: Iterable[object], most: int = 6) -> str:
    """Say what is known, or the first of it."""
    shown = [f"`{k}`" for k in known]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return "known here: " + ", ".join(shown[:most]) + more
