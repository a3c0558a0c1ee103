"""The blueprint language `dovetail/v1` as typed records (SPEC 2).

A record holds what the file says, with the defaults that need no other part of the file. It does
not know whether names refer to anything (that is what `dovetail.rules` finds) and nothing about
edges (that is what `dovetail.plan.lower` resolves).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from dovetail.blueprint.fields import FieldModel, Fields
from dovetail.blueprint.types import (
    ArtifactPath,
    Callable,
    Count,
    Date,
    Duration,
    EnvName,
    FieldName,
    Flag,
    Key,
    Many,
    Positive,
    Text,
    Version,
    as_text,
    refuse,
)

__all__ = [
    "ACTIONS",
    "OWNER",
    "SCHEMA",
    "Blueprint",
    "Change",
    "CriterionModel",
    "Effective",
    "FieldModel",
    "GateModel",
    "IntakeModel",
    "IntegrateModel",
    "Kind",
    "RejectModel",
    "RunModel",
    "StepModel",
    "resolve_orders",
]

SCHEMA = "dovetail/v1"
OWNER = "owner"
"""The implicit role: whoever is accountable for the blueprint."""

Kind: TypeAlias = Literal["external", "run", "python", "gate", "integrate"]
ACTIONS: tuple[Kind, ...] = ("run", "python", "gate", "integrate")


def _one_of(*words: str) -> BeforeValidator:
    def read(value: object) -> str:
        text = as_text(value)
        if text not in words:
            raise refuse("value", " or ".join(f"`{w}`" for w in words))
        return text

    return BeforeValidator(read)


def _at_least_one(expected: str) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, list | tuple) and not value:
            raise refuse("value", expected)
        return value

    return BeforeValidator(read)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Effective(_Record):
    """When a version is in effect: from midnight UTC of a day; `until` retires it (SPEC 8)."""

    from_: Date = Field(alias="from")
    until: Date | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Effective:
        if self.until is not None and self.until <= self.from_:
            raise refuse("value", f"a date after {self.from_}, the `from`", at=("until",))
        return self


class Change(_Record):
    """An entry of the change log."""

    version: Version
    date: Date
    author: Text
    reason: Text
    impact: Text


class IntakeModel(_Record):
    """Who does the pre-handoff review; an empty `review` stands for `intake: none`."""

    review: Annotated[Many[Text], _at_least_one("at least one role, or `intake: none`")]

    NONE: ClassVar[IntakeModel]


IntakeModel.NONE = IntakeModel.model_construct(review=())


def _intake(value: object) -> object:
    return IntakeModel.NONE if isinstance(value, str) and value == "none" else value


class CriterionModel(_Record):
    """A criterion: an id, exactly one of `check`, `artifact`, `evidence`, and what to say."""

    id: Key
    check: Text | None = None
    artifact: ArtifactPath | None = None
    matches: Text | None = None
    min_bytes: Count | None = None
    evidence: Text | None = None
    say: Text | None = None

    KINDS: ClassVar[tuple[str, ...]] = ("check", "artifact", "evidence")

    @property
    def kind(self) -> Literal["check", "artifact", "evidence"]:
        """Which of the three it is."""
        if self.check is not None:
            return "check"
        return "artifact" if self.artifact is not None else "evidence"

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> CriterionModel:
        written = [k for k in self.KINDS if getattr(self, k) is not None]
        if len(written) != 1:
            raise refuse(
                "criterion",
                "exactly one of `check`, `artifact` and `evidence`",
                at=written[1:2],
                hint=f"criterion `{self.id}` has {_listed(written) or 'none of them'}",
            )
        for name in ("matches", "min_bytes"):
            if getattr(self, name) is not None and self.artifact is None:
                raise refuse("criterion", f"`{name}` only beside `artifact`", at=(name,))
        return self


class RunModel(_Record):
    """A process. Each element of `command` is a template of its own; `timeout` is in seconds."""

    command: Annotated[Many[Text], _at_least_one("the program to run, and its arguments")]
    env: dict[EnvName, Text] = {}
    timeout: Duration | None = None


class RejectModel(_Record):
    """Where a rejection may send the item back to, and how often."""

    to: Annotated[Many[Text], _at_least_one("at least one step to send the item back to")]
    limit: Count
    then: Annotated[Literal["block", "close"], _one_of("block", "close")] = "block"


class GateModel(_Record):
    """A decision. Without `reviewers`, the step's role decides (SPEC 2.2, 5.5)."""

    reviewers: Annotated[
        Many[Text], _at_least_one("at least one role; leave it out for the step's role")
    ] = ()
    evidence: Text | None = None
    approve_when: Text | None = None
    reject: RejectModel | None = None
    human: Flag = False
    independent: Flag = False


class IntegrateModel(_Record):
    """Baseline integration; `message` is a template."""

    message: Text | None = None


class StepModel(_Record):
    """A step as written; at most one action.

    Attributes:
        order: the written index; None where the file leaves it out: see `resolve_orders`.
        needs: the written predecessors; None where the file leaves it out, `()` for a root.
        role: `owner` where the file leaves it out.
    """

    key: Key
    title_: Text | None = Field(default=None, alias="title")
    description: Text | None = None
    order: Positive | None = None
    role: Text = OWNER
    needs: Many[Text] | None = None
    parallel: Flag = False
    join: Annotated[Literal["all"], _one_of("all")] = "all"
    when: Text | None = None
    skip_say: Text | None = None
    exit: Many[CriterionModel] = ()
    done: Text | None = None
    outputs: Fields = {}
    attempts: Positive = 3
    run: RunModel | None = None
    python: Callable | None = None
    gate: GateModel | None = None
    integrate: IntegrateModel | None = None

    @property
    def title(self) -> str:
        """The written title, else one made from the key."""
        return self.title_ or self.key.replace("-", " ").capitalize()

    @property
    def kind(self) -> Kind:
        """What the step does; `external` when an executor claims it."""
        return next((k for k in ACTIONS if getattr(self, k) is not None), "external")

    @model_validator(mode="after")
    def _does_one_thing(self) -> StepModel:
        written = [k for k in ACTIONS if getattr(self, k) is not None]
        if len(written) > 1:
            raise refuse(
                "actions",
                f"one action, but step `{self.key}` has {_listed(written)}",
                at=(written[1],),
            )
        if self.skip_say is not None and self.when is None:
            raise refuse("value", "`skip_say` only beside `when`", at=("skip_say",))
        return self


class Blueprint(_Record):
    """One version of one blueprint."""

    schema_: Annotated[Literal["dovetail/v1"], _one_of(SCHEMA)] = Field(alias="schema")
    name: Key
    version: Version
    title: Text
    description: Text | None = None
    owner: Text
    effective: Effective | None = None
    changes: Many[Change] = ()
    roles: dict[Key, Text] = {}
    params: Fields = {}
    evidence: dict[Key, dict[FieldName, FieldModel]] = {}
    intake: Annotated[IntakeModel | None, BeforeValidator(_intake)] = None
    steps: Annotated[Many[StepModel], _at_least_one("at least one step")]

    @property
    def intake_roles(self) -> tuple[str, ...]:
        """The roles of which any may decide on intake; empty for `intake: none`."""
        return (OWNER,) if self.intake is None else self.intake.review


def resolve_orders(steps: Sequence[StepModel]) -> list[int]:
    """Give each step's order, in file order: the written one, else previous + 1 (SPEC 2.4, 1)."""
    orders: list[int] = []
    for step in steps:
        previous = orders[-1] if orders else 0
        orders.append(previous + 1 if step.order is None else step.order)
    return orders
