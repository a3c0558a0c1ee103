"""What a blueprint limits and watches: constraints, blockers, items in work, files (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dovetail.plan.records import written

__all__ = ["Blocker", "Changes", "Constraint", "Wip"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something of which there is not enough for everybody: at most `slots` hold it at a time.

    Attributes:
        scope: `item`: within one work item; `global`: across all.
    """

    scope: Literal["item", "global"]
    slots: int = 1

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return {"scope": self.scope, "slots": self.slots}


@dataclass(frozen=True, slots=True)
class Blocker:
    """A type of blocker.

    Attributes:
        when: a CEL expression over an attempt that just closed; true raises the blocker.
    """

    title: str
    description: str | None = None
    when: str | None = None

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return written(self)


@dataclass(frozen=True, slots=True)
class Wip:
    """How many items may be in work at a time: on the blueprint, or below one parent."""

    slots: int
    per: Literal["blueprint", "parent"] = "blueprint"

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return {"slots": self.slots, "per": self.per}


@dataclass(frozen=True, slots=True)
class Changes:
    """Which files of the workspace an attempt may touch, as globs."""

    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return written(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Changes:
        """Read the data form."""
        return cls(tuple(data.get("only", ())), tuple(data.get("never", ())))
