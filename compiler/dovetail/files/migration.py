"""Migrations, `dovetail/migration/v1`: from one version of a blueprint to another (SPEC 8).

A record holds what the file says. Whether every step is mapped, and to what, is not known here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from dovetail.blueprint.record import one_of
from dovetail.blueprint.types import FieldName, Flag, Key, Many, Text, Version, refuse
from dovetail.files.base import NOTHING, FileRecord

__all__ = ["SCHEMA", "Assumed", "Mapping", "Migration"]

SCHEMA = "dovetail/migration/v1"


class Mapping(FileRecord):
    """Which step of the old version becomes which step of the new one.

    Example: {same: true, screenshots: shots}
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Key, Key] = Field(init=False)

    same: Flag = False
    """Steps whose keys are equal in both versions map to themselves."""

    @property
    def steps(self) -> dict[str, str]:
        """The steps that are mapped by name: old key → new key."""
        return dict(self.__pydantic_extra__)


class Assumed(FileRecord):
    """Why a new step counts as done for items that are past it, and what it is taken to report.

    Example: {reason: packages were fixed before, outputs: {packages: old.params.packages}}
    """

    reason: Text
    """Why it may be assumed. It is recorded, and shown for ever."""
    outputs: dict[FieldName, Text] = NOTHING
    """The step's outputs, each an expression over the item as the old version left it.

    Example: {packages: old.steps.collect.outputs.sources}
    """


class Migration(FileRecord):
    """How items in flight move from one version of a blueprint to another."""

    schema_: Annotated[Literal["dovetail/migration/v1"], one_of(SCHEMA)] = Field(alias="schema")
    """What kind of file this is."""
    blueprint: Key
    """The blueprint's name: the folder that the file's folder is in."""
    from_: Version = Field(alias="from")
    """The version that items leave; the first half of the file's name."""
    to: Version
    """The version that they move to; the second half of the file's name."""
    author: Text
    """Who wrote the migration."""
    reason: Text
    """Why items should move."""
    impact: Text
    """What it means for those who work on these items."""
    map: Mapping = Field(default_factory=Mapping)
    """Which old step becomes which new one."""
    drop: dict[Key, Text] = NOTHING
    """The old steps that have no successor, each with the reason.

    Example: {old-check: no longer needed}
    """
    assume: dict[Key, Assumed] = NOTHING
    """The new steps, before where items already are, that count as done."""
    params: dict[FieldName, Text] = NOTHING
    """The values of new params, each an expression.

    Example: {audience: "'all'"}
    """
    redo: Many[Key] = ()
    """Completed steps that are to be done again, with all that depends on them."""
    claims: Annotated[Literal["drain", "cancel"], one_of("drain", "cancel")] = "drain"
    """What becomes of claimed attempts: `drain` lets them end first, `cancel` ends them."""
    counters: Annotated[Literal["carry", "reset"], one_of("carry", "reset")] = "carry"
    """Whether attempts and rework count on (`carry`) or from nothing (`reset`)."""

    @model_validator(mode="after")
    def _leads_elsewhere(self) -> Migration:
        if self.from_ == self.to:
            raise refuse("value", f"another version than {self.from_}, the `from`", at=("to",))
        return self
