"""Scenarios, `dovetail/scenario/v1`: what happens to one item, and what must follow (SPEC 10).

A record knows nothing of the blueprint that it is about. Whether steps, params and outcomes fit it
is what `dovetail.rules` finds.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from dovetail.blueprint.record import one_of
from dovetail.blueprint.types import (
    Count,
    FieldName,
    Flag,
    Key,
    Many,
    Text,
    Version,
    as_text,
    is_key,
    refuse,
)
from dovetail.files.base import NOTHING, AsWritten, FileRecord
from dovetail.files.script import Act, Intake, Outcome, Script, Verb, Verdict

__all__ = [
    "SCHEMA",
    "Act",
    "Expectation",
    "Held",
    "Intake",
    "ItemStatus",
    "Outcome",
    "Scenario",
    "Script",
    "Verb",
    "Verdict",
]

SCHEMA = "dovetail/scenario/v1"

ItemStatus: TypeAlias = Literal[
    "intake", "ready", "active", "waiting", "blocked", "completed", "closed"
]
Held: TypeAlias = Literal[
    "join",
    "lane",
    "entry",
    "constraint",
    "blocker",
    "draining",
    "wip",
    "attempts",
    "requeue",
    "reverted",
]
"""Why a step may be held (SPEC 5.3)."""

_LATER = ConfigDict(defer_build=True)
_VERSION = TypeAdapter[str](Version, config=_LATER)


def _reference(value: object) -> str:
    text = as_text(value)
    name, _, version = text.partition("@")
    try:
        return f"{is_key(name)}@{_VERSION.validate_python(version)}"
    except (PydanticCustomError, ValidationError):
        raise refuse("value", "a version of a blueprint like release-note@1.0.0") from None


def _launch(value: object) -> str:
    text = as_text(value)
    is_key(text.partition("/")[0])
    return text


Reference = Annotated[
    str,
    BeforeValidator(_reference),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z][a-z0-9-]*@[0-9]+\.[0-9]+\.[0-9]+"}),
]
Launch = Annotated[
    str,
    BeforeValidator(_launch),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:/.*)?$"}),
]


class Expectation(FileRecord):
    """What must have followed when nothing more can happen. What is left out may be anything."""

    launches: Many[Launch] | None = None
    """Every launch of a step or opening of a gate, in order; a step again for each generation.

    A gate between the children of a call is written `step/child`, as in `chunks/billing`.
    """
    skips: Many[Key] | None = None
    """The steps that were skipped, in order."""
    status: (
        Annotated[
            ItemStatus,
            one_of(*get_args(ItemStatus)),
        ]
        | None
    ) = None
    """The item's status at the end."""
    rework: dict[Key, Count] | None = None
    """How often the item went back to each step; steps that are left out: never."""
    blockers: Many[Key] | None = None
    """The types of the blockers that are open at the end, in order of their raising.

    Example: [attempts-exhausted]
    """
    raised: Many[Key] | None = None
    """The types of all blockers that were ever raised, in order."""
    notes: Many[Text] | None = None
    """The notes that are open at the end, in order."""
    reused: Many[Key] | None = None
    """The steps whose recorded result was used again, in order."""
    late: Many[Key] | None = None
    """The steps whose attempts ended when no join waited for them any more, in order."""
    superseded: Many[Key] | None = None
    """The steps whose attempts ended after rework had overtaken them, in order."""
    held: (
        dict[
            Key,
            Annotated[
                Held,
                one_of(*get_args(Held)),
            ],
        ]
        | None
    ) = None
    """The steps that are held at the end, each with the reason; those left out: may be held or not.

    Example: {publish: blocker}
    """
    children: dict[Key, Many[Text]] | None = None
    """The keys of a call's children in the order in which they started, by the call's step."""
    baseline: Annotated[Literal["pre", "post"], one_of("pre", "post")] | None = None
    """Whether the item's result is in the baseline at the end (`post`) or not (`pre`)."""
    refused: Many[Key] | None = None
    """The steps, and the verbs of acts, of which something was refused, in order."""
    outputs: dict[FieldName, AsWritten] | None = None
    """The item's result."""


class _Head(FileRecord):
    schema_: Annotated[Literal["dovetail/scenario/v1"], one_of(SCHEMA)] = Field(alias="schema")
    """What kind of file this is."""
    blueprint: Reference
    """The version of a blueprint that is played.

    Example: release-note@1.0.0
    """
    description: Text | None = None
    """What the scenario shows, in words."""
    params: dict[FieldName, AsWritten] = NOTHING
    """What the item is registered with."""
    strict: Flag = False
    """Assume nothing: a step without an outcome waits, and every criterion is evaluated."""
    after_items: Many[Text] = ()
    """The items that this one waits for; each ends by an act, or not at all."""


class Scenario(Script, _Head):
    """One course that an item may take, played without anybody working."""

    expect: Expectation = Field(default_factory=Expectation)
    """What must follow."""

    @property
    def name(self) -> str:
        """The blueprint's name."""
        return self.blueprint.partition("@")[0]

    @property
    def version(self) -> str:
        """The blueprint's version."""
        return self.blueprint.partition("@")[2]
