"""Criteria: what has to hold before a step, after it, before integration, and at the end (2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from dovetail.plan.records import written

__all__ = [
    "Artifact",
    "Check",
    "Command",
    "Criterion",
    "Evidence",
    "criteria_data",
    "criteria_from",
]


@dataclass(frozen=True, slots=True)
class Check:
    """A criterion that holds when a CEL expression is exactly true."""

    id: str
    expr: str
    say: str | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A criterion that holds when a file was declared, is in the item's folder, and fits.

    Attributes:
        path: a template of a path below the item's folder.
        matches: an RE2 pattern that is found in the file's text.
        min_bytes: how large it is at least.
        each: a CEL list; the criterion asks for one file per element, which `path` names by `as_`.
    """

    id: str
    path: str
    matches: str | None = None
    min_bytes: int | None = None
    each: str | None = None
    as_: str | None = None
    say: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A criterion that holds when a valid record of this evidence type came with the attempt."""

    id: str
    type: str
    say: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A criterion that holds when a process ends with status 0; elements are templates."""

    id: str
    argv: tuple[str, ...]
    say: str | None = None


Criterion: TypeAlias = Check | Artifact | Evidence | Command

_KINDS: dict[str, tuple[type[Any], str]] = {
    "check": (Check, "expr"),
    "artifact": (Artifact, "path"),
    "evidence": (Evidence, "type"),
    "command": (Command, "argv"),
}
_WORDS = {kind: (word, attribute) for word, (kind, attribute) in _KINDS.items()}


def criteria_data(criteria: Iterable[Criterion]) -> list[dict[str, Any]]:
    """Give the data form: id, kind, and the rest."""
    return [_data(c) for c in criteria]


def _data(criterion: Criterion) -> dict[str, Any]:
    word, attribute = _WORDS[type(criterion)]
    data = written(criterion)
    return {"id": data.pop("id"), word: data.pop(attribute), **data}


def criteria_from(data: Iterable[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """Read the data form."""
    return tuple(map(_criterion, data))


def _criterion(data: Mapping[str, Any]) -> Criterion:
    word, (kind, attribute) = next((k, v) for k, v in _KINDS.items() if k in data)
    rest = {("as_" if k == "as" else k): v for k, v in data.items() if k != word}
    value = data[word]
    found: Criterion = kind(
        **{attribute: tuple(value) if isinstance(value, list) else value}, **rest
    )
    return found
