"""Who may do what: `executors.yaml` (SPEC 5.2)."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from dovetail.blueprint.record import one_of
from dovetail.blueprint.types import Many, Text, as_text, refuse
from dovetail.files.base import FileRecord

__all__ = ["BUILT_IN", "ExecutorKind", "ExecutorModel", "Executors"]

ExecutorKind: TypeAlias = Literal["person", "agent", "runner"]
BUILT_IN = "dovetail"
"""The runner that does automatic steps; it needs no entry and can have none."""


def _name(value: object) -> str:
    name = as_text(value)
    if name == BUILT_IN:
        raise refuse("value", "a name other than that of the built-in runner")
    return name


def _distinct(value: object) -> object:
    """Refuse names that look the same: as Unicode writes them, one of them would be lost."""
    if isinstance(value, dict):
        seen: set[str] = set()
        for name in value:
            same = unicodedata.normalize("NFC", str(name))
            if same in seen:
                raise refuse("value", "executors of different names", at=(name,))
            seen.add(same)
    return value


Name = Annotated[
    Text,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "pattern": r"\S", "not": {"const": BUILT_IN}}),
]


class ExecutorModel(FileRecord):
    """Who does attempts and decides at gates: a person, an agent or a runner.

    Example: {kind: person, roles: [reviewer, editor]}
    """

    kind: Annotated[ExecutorKind, one_of("person", "agent", "runner")]
    """`person`, `agent` (a program that judges) or `runner` (a process). Gates that are `human`
    ask for a person.
    """
    roles: Many[Text]
    """The roles it has, as blueprints declare them; the name of an owner is a role, too.

    Example: [reviewer, editor]
    """


class Executors(FileRecord):
    """Who may do what in a project."""

    executors: Annotated[dict[Name, ExecutorModel], BeforeValidator(_distinct)]
    """Everybody who may act, by name. `dovetail` is the built-in runner's name.

    Example: {ana: {kind: person, roles: [reviewer]}}
    """
