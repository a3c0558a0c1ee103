"""Shared lists of blockers, `dovetail/blockers/v1`: `blueprints/_shared/<list>.yaml` (SPEC 2.1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dovetail.blueprint.model import BlockerModel
from dovetail.blueprint.record import AtLeastOne, one_of
from dovetail.blueprint.types import Key, Text
from dovetail.files.base import FileRecord

__all__ = ["SCHEMA", "Blockers"]

SCHEMA = "dovetail/blockers/v1"


class Blockers(FileRecord):
    """A list of types of blockers that blueprints take with `blockers: {use: [LIST]}`."""

    schema_: Annotated[Literal["dovetail/blockers/v1"], one_of(SCHEMA)] = Field(alias="schema")
    """What kind of file this is."""
    title: Text
    """What the blockers of the list have in common."""
    description: Text | None = None
    """More about it."""
    blockers: Annotated[dict[Key, BlockerModel], AtLeastOne("at least one type of blocker")]
    """The types, by key.

    Example: {scope-change: {title: The scope has to grow, when: outputs.scope_changed == true}}
    """
