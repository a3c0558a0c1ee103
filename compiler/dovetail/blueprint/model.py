"""The blueprint language `dovetail/v1` as typed records (SPEC 2).

A record holds what the file says, with the defaults that need no other part of the file. It does
not know whether names refer to anything (that is what `dovetail.rules` finds) and nothing about
edges (that is what `dovetail.plan.lower` resolves).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from dovetail.blueprint.actions import (
    CallModel,
    CheckpointModel,
    GateModel,
    IntegrateModel,
    OnFailureModel,
    RenderModel,
    RunModel,
)
from dovetail.blueprint.criteria import CriterionModel
from dovetail.blueprint.fields import FieldModel, Fields
from dovetail.blueprint.record import (
    AtLeastOne,
    Or,
    Record,
    at_least_one_of,
    at_most_one,
    listed,
    one_of,
)
from dovetail.blueprint.types import (
    Callable,
    Date,
    FieldName,
    Flag,
    Glob,
    ItemId,
    Key,
    Many,
    Positive,
    Text,
    Version,
    is_key,
    refuse,
)

__all__ = [
    "ACTIONS",
    "OWNER",
    "SCHEMA",
    "BlockerModel",
    "BlockersModel",
    "Blueprint",
    "Change",
    "ChangesModel",
    "ConstraintModel",
    "CriterionModel",
    "Effective",
    "FieldModel",
    "GateModel",
    "IntakeModel",
    "JoinModel",
    "Kind",
    "StepModel",
    "WipModel",
    "resolve_orders",
]

SCHEMA = "dovetail/v1"
OWNER = "owner"
"""The implicit role: whoever is accountable for the blueprint."""

Kind: TypeAlias = Literal["external", "run", "python", "render", "call", "gate", "integrate"]
ACTIONS: tuple[Kind, ...] = ("run", "python", "render", "call", "gate", "integrate")


class Effective(Record):
    """When a version is in effect: from midnight UTC of a day; `until` retires it (SPEC 8)."""

    from_: Date = Field(alias="from")
    """The first day."""
    until: Date | None = None
    """The first day on which it no longer is."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Effective:
        if self.until is not None and self.until <= self.from_:
            raise refuse("value", f"a date after {self.from_}, the `from`", at=("until",))
        return self


class Change(Record):
    """An entry of the change log."""

    version: Version
    """The version that brought the change."""
    date: Date
    """The day of the change."""
    author: Text
    """Who made it."""
    reason: Text
    """Why it was made."""
    impact: Text
    """What it means for those who work by the blueprint."""


class IntakeModel(Record):
    """Who does the pre-handoff review; an empty `review` stands for `intake: none`."""

    review: Annotated[Many[Text], AtLeastOne("at least one role, or `intake: none`")]
    """The roles of which any may decide whether an item's work may start."""

    NONE: ClassVar[IntakeModel]


IntakeModel.NONE = IntakeModel.model_construct(review=())


def _intake(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value != "none":
        raise refuse("value", "`none` or `{review: [roles]}`")
    return IntakeModel.NONE


class WipModel(Record):
    """How many items may be in work at a time."""

    slots: Positive
    """How many."""
    per: Annotated[Literal["blueprint", "parent"], one_of("blueprint", "parent")] = "blueprint"
    """Among all items of the blueprint, or among the children of one parent."""


def _wip(value: object) -> object:
    return value if isinstance(value, dict | WipModel) else {"slots": value}


class ConstraintModel(Record):
    """Something of which there is not enough for everybody."""

    scope: Annotated[Literal["item", "global"], one_of("item", "global")]
    """Within one item, or across all."""
    slots: Positive = 1
    """How many may hold it at a time."""


class BlockerModel(Record):
    """A type of blocker."""

    title: Text
    """What is in the way, in a line."""
    description: Text | None = None
    """More about it: who resolves it, and how."""
    when: Text | None = None
    """An expression over an attempt that just closed; true raises the blocker."""


class BlockersModel(Record):
    """Types of blockers by key; `use` takes those of shared lists as well."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, BlockerModel]
    OTHERS: ClassVar[type[Record]] = BlockerModel
    """What stands below a key that is none of the record's."""

    use: Many[Key] = ()
    """Shared lists, by the names of their files in `blueprints/_shared/`."""

    @property
    def types(self) -> Mapping[str, BlockerModel]:
        """The types that the blueprint itself lists."""
        return self.__pydantic_extra__ or {}

    @model_validator(mode="after")
    def _has_keys(self) -> BlockersModel:
        for name in self.types:
            is_key(name, at=(name, "[key]"))
        return self


class ChangesModel(Record):
    """Which files of the workspace an attempt may touch."""

    model_config = ConfigDict(json_schema_extra={"anyOf": at_least_one_of(["only", "never"])})

    only: Many[Glob] = ()
    """Globs; other files may not be touched."""
    never: Many[Glob] = ()
    """Globs; these may not be touched."""

    @model_validator(mode="after")
    def _says_something(self) -> ChangesModel:
        if not self.only and not self.never:
            raise refuse("value", "`only` or `never`, with at least one glob")
        return self


class JoinModel(Record):
    """How a step with several predecessors becomes ready."""

    at_least: Positive
    """How many of them have to complete."""

    ALL: ClassVar[JoinModel]
    ANY: ClassVar[JoinModel]

    @property
    def rule(self) -> Literal["all", "any", "at_least"]:
        """Which of the three it is; at least one is any."""
        if self.at_least == 0:
            return "all"
        return "any" if self.at_least == 1 else "at_least"


JoinModel.ALL = JoinModel.model_construct(at_least=0)
JoinModel.ANY = JoinModel.model_construct(at_least=1)


def _join(value: object) -> object:
    if isinstance(value, dict | JoinModel):
        return value
    if value not in ("all", "any"):
        raise refuse("value", "`all`, `any` or `{at_least: n}`")
    return JoinModel.ALL if value == "all" else JoinModel.ANY


_JOINED: dict[str, Any] = {
    "if": {"properties": {"join": {"const": "all"}}},
    "else": {"required": ["needs"], "errorMessage": "A join other than `all` needs `needs`."},
}
"""Tells editors that only steps that are named can be joined otherwise."""


class StepModel(Record):
    """A step as written; at most one action."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [*at_most_one(ACTIONS), _JOINED],
            "dependencies": {"skip_say": ["when"]},
        }
    )

    key: Key
    """The step's name; unique in the blueprint."""
    title_: Text | None = Field(default=None, alias="title")
    """What people read; made from the key unless given."""
    description: Text | None = None
    """More about it: what whoever does it has to know."""
    order: Positive | None = None
    """The step's index: the previous one plus 1 unless given; equal only among parallel steps."""
    role: Text = OWNER
    """Who may do it; the blueprint's owner unless given."""
    needs: Many[Text] | None = None
    """The steps before it, by key; `[]` for none. Without it, every step of the groups before."""
    parallel: Flag = False
    """Whether it may run beside other steps."""
    join: Annotated[JoinModel, BeforeValidator(_join), Or({"enum": ["all", "any"]})] = JoinModel.ALL
    """How many of `needs` have to be done: `all`, `any`, or `{at_least: n}`."""
    when: Text | None = None
    """An expression; when it is false, the step is skipped."""
    skip_say: Text | None = None
    """The reason that is recorded when the step is skipped."""
    entry: Many[CriterionModel] = ()
    """What has to hold before the step is launched."""
    exit: Many[CriterionModel] = ()
    """What has to hold when an attempt completes."""
    done: Text | None = None
    """The definition of done, in words; shown, not checked."""
    outputs: Fields = {}
    """What an attempt reports, by name; other outputs are refused."""
    uses: Many[Text] = ()
    """The constraints that are held while it runs."""
    attempts: Positive = 3
    """How often it may fail in one generation; the last failure blocks the item."""
    on_failure: OnFailureModel | None = None
    """Where the item goes back to when an automatic step has failed for the last time."""
    changes: ChangesModel | None = None
    """Which files of the workspace an attempt may touch."""
    checkpoint: CheckpointModel | None = None
    """A gate right after the step."""
    run: RunModel | None = None
    """A process does it."""
    python: Callable | None = None
    """A function `package.module:function` does it."""
    render: Annotated[Many[RenderModel], AtLeastOne("at least one template")] | None = None
    """Files are made from templates."""
    call: CallModel | None = None
    """Child items on another blueprint do it."""
    gate: GateModel | None = None
    """It is a decision."""
    integrate: IntegrateModel | None = None
    """It makes the item's results part of the baseline."""

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
                f"one action, but step `{self.key}` has {listed(written)}",
                at=(written[1],),
            )
        if self.skip_say is not None and self.when is None:
            raise refuse("value", "`skip_say` only beside `when`", at=("skip_say",))
        if self.join.rule != "all" and self.needs is None:
            raise refuse("value", "`needs` beside a `join` other than `all`", at=("join",))
        return self


class Blueprint(Record):
    """One version of one blueprint."""

    schema_: Annotated[Literal["dovetail/v1"], one_of(SCHEMA)] = Field(alias="schema")
    """The language: `dovetail/v1`."""
    name: Key
    """The blueprint's name, which is also its folder's."""
    version: Version
    """A semantic version, which is also the file's name."""
    title: Text
    """What it is for, in a line."""
    description: Text | None = None
    """More about it."""
    owner: Text
    """The role or person that is accountable; the implicit role `owner` means it."""
    effective: Effective | None = None
    """From which day on new items get this version, and until which; always unless given."""
    changes: Many[Change] = ()
    """The change log; once there is one, this version needs an entry."""
    intake: Annotated[IntakeModel | None, BeforeValidator(_intake), Or({"const": "none"})] = None
    """Who decides whether an item's work may start, or `none`; the owner unless given."""
    item_id: ItemId | None = None
    """How items are named, with `{seq}`, `{slug}` and `{date}`; `WI-{seq:06}` unless given."""
    wip_limit: Annotated[
        WipModel | None, BeforeValidator(_wip), Or({"type": "integer", "minimum": 1})
    ] = None
    """How many items may be in work at a time; others stay ready. Any number unless given."""
    roles: dict[Key, Text] = {}
    """Who takes part: a key, and what the role does."""
    params: Fields = {}
    """What an item is registered with, by name."""
    outputs: dict[FieldName, Text] = {}
    """The item's result, as expressions by name; a caller can read it."""
    evidence: dict[Key, dict[FieldName, FieldModel]] = {}
    """Types of evidence, each with its fields."""
    constraints: dict[Key, ConstraintModel] = {}
    """Things of which there is not enough for everybody, for `uses`."""
    blockers: BlockersModel = BlockersModel.model_construct(use=())
    """Types of impediments that can stop an item."""
    start: Text | None = None
    """The step with whose start the clock of cycle time starts; the first unless given."""
    finish: Text | None = None
    """The step with whose end the clock of cycle time stops; the last unless given."""
    done: Many[CriterionModel] = ()
    """What has to hold before an item completes."""
    steps: Annotated[Many[StepModel], AtLeastOne("at least one step")]
    """The steps, in order."""

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
