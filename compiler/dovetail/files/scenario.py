"""Scenarios, `dovetail/scenario/v1`: what happens to one item, and what must follow (SPEC 10).

A record knows nothing of the blueprint that it is about. Whether steps, params and outcomes fit it
is what `dovetail.rules` finds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dovetail.blueprint.record import AtLeastOne, Or, at_most_one, one_of
from dovetail.blueprint.types import (
    ArtifactPath,
    Count,
    Duration,
    FieldName,
    Flag,
    Key,
    Many,
    Text,
    Version,
    as_flag,
    as_text,
    is_key,
    refuse,
)
from dovetail.files.base import NOTHING, AsWritten, FileRecord

__all__ = ["SCHEMA", "Expectation", "ItemStatus", "Outcome", "Scenario", "Verdict"]

SCHEMA = "dovetail/scenario/v1"

ItemStatus: TypeAlias = Literal[
    "intake", "ready", "active", "waiting", "blocked", "completed", "closed"
]
Verdict: TypeAlias = Literal["approve", "complete", "reject", "fail"]

_VERDICTS: tuple[Verdict, ...] = ("approve", "complete", "reject", "fail")
_WORDS: dict[str, dict[str, Any]] = {
    "approve": {"approve": True},
    "complete": {"complete": True},
    "fail": {"fail": "as the scenario says"},
}
"""Outcomes that are one word, and what each of them stands for."""

_LATER = ConfigDict(defer_build=True)
_VERSION = TypeAdapter[str](Version, config=_LATER)


def _reference(value: object) -> str:
    text = as_text(value)
    name, _, version = text.partition("@")
    try:
        return f"{is_key(name)}@{_VERSION.validate_python(version)}"
    except (PydanticCustomError, ValidationError):
        raise refuse("value", "a version of a blueprint like release-note@1.0.0") from None


def _yes(value: object) -> bool:
    if not as_flag(value):
        raise refuse("value", "`true`; leave it out for anything else")
    return True


def _outcome(value: object) -> object:
    if isinstance(value, str):
        if value not in _WORDS:
            raise refuse("value", "`approve`, `complete`, `fail` or a mapping of keys")
        return dict(_WORDS[value])
    return value


Reference = Annotated[
    str,
    BeforeValidator(_reference),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z][a-z0-9-]*@[0-9]+\.[0-9]+\.[0-9]+"}),
]
Yes = Annotated[
    Literal[True] | None,
    BeforeValidator(_yes),
    WithJsonSchema({"type": "boolean", "const": True}),
]


class Outcome(FileRecord):
    """What comes of one attempt of a step, or of one decision at a gate.

    At most one of `approve`, `complete`, `reject` and `fail`; without any of them a step is
    completed and a gate approved. Only an outcome that gives outputs or evidence has its criteria
    evaluated; of any other they are assumed met, unless the scenario is `strict`.

    Example: approve
    Example: {reject: draft, reason: too long}
    Example: {complete: true, outputs: {sources: [CHANGELOG.md]}}
    """

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": at_most_one(_VERDICTS),
            "if": {"required": ["fail"]},
            "then": {"properties": {"reason": False}},
        }
    )

    approve: Yes = None
    """The gate approves."""
    complete: Yes = None
    """The attempt is completed."""
    reject: Key | None = None
    """The gate rejects, and the item goes back to this step.

    Example: draft
    """
    fail: Text | None = None
    """The attempt fails, for this reason."""
    reason: Text | None = None
    """The reason of an approval or a rejection."""
    by: Text | None = None
    """Who does it: a name, for gates that count or exclude people. Left out: somebody suitable."""
    takes: Duration | None = None
    """How long it takes by the scenario's clock, which otherwise stands still.

    Example: 2h
    """
    outputs: dict[FieldName, AsWritten] = NOTHING
    """What the attempt reports. It is checked against what the step declares."""
    evidence: dict[Key, dict[FieldName, AsWritten]] = NOTHING
    """The records that come with it, by type of evidence.

    Example: {edit-review: {result: PASS, reviewed: [note.md]}}
    """
    files: Many[ArtifactPath] = ()
    """The files that the attempt declares. They need not exist."""

    @property
    def verdict(self) -> Verdict | None:
        """Which of the four it is; None: a success."""
        return next((v for v in _VERDICTS if getattr(self, v) is not None), None)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Outcome:
        written = [v for v in _VERDICTS if getattr(self, v) is not None]
        if len(written) > 1:
            raise refuse(
                "value",
                f"nothing but `{written[0]}`, as one thing happens",
                at=written[1:2],
            )
        if self.reason is not None and self.fail is not None:
            raise refuse("value", "the reason beside `fail` alone", at=("reason",))
        return self


class Expectation(FileRecord):
    """What must have followed when nothing more can happen. What is left out may be anything."""

    launches: Many[Key] | None = None
    """Every launch of a step or opening of a gate, in order; a step again for each generation."""
    skips: Many[Key] | None = None
    """The steps that were skipped, in order."""
    status: (
        Annotated[
            ItemStatus,
            one_of("intake", "ready", "active", "waiting", "blocked", "completed", "closed"),
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
    outputs: dict[FieldName, AsWritten] | None = None
    """The item's result."""


class Scenario(FileRecord):
    """One course that an item may take, played without anybody working."""

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
    outcomes: dict[
        Key,
        Annotated[
            Many[Annotated[Outcome, BeforeValidator(_outcome), Or({"enum": list(_WORDS)})]],
            AtLeastOne("at least one outcome; leave the step out where any will do"),
        ],
    ] = NOTHING
    """What comes of each attempt of a step, or decision at a gate, in order.

    After the last of them, and at steps that are left out, work is completed and gates approve.

    Example: {edit: [{reject: draft, reason: too long}, approve]}
    """
    expect: Expectation = Field(default_factory=Expectation)
    """What must follow."""
    strict: Flag = False
    """Assume nothing: a step without an outcome waits, and every criterion is evaluated."""

    @property
    def name(self) -> str:
        """The blueprint's name."""
        return self.blueprint.partition("@")[0]

    @property
    def version(self) -> str:
        """The blueprint's version."""
        return self.blueprint.partition("@")[2]
