"""What a step does, as written (SPEC 2.2)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from dovetail.blueprint.criteria import CriterionModel, pair_up
from dovetail.blueprint.fields import Fields
from dovetail.blueprint.record import AtLeastOne, Record, one_of
from dovetail.blueprint.types import (
    ArtifactPath,
    Count,
    Duration,
    EnvName,
    FieldName,
    Flag,
    Key,
    Many,
    Positive,
    TemplatePath,
    Text,
    VersionRange,
)

__all__ = [
    "CallModel",
    "CheckpointModel",
    "ForEachModel",
    "GateModel",
    "IntegrateModel",
    "OnFailureModel",
    "PauseModel",
    "RejectModel",
    "RenderModel",
    "RunModel",
]

_TARGETS = AtLeastOne("at least one step to send the item back to")


class RunModel(Record):
    """A process, never a shell."""

    command: Annotated[Many[Text], AtLeastOne("the program to run, and its arguments")]
    """The program and its arguments; each element is a template of its own, never split."""
    env: dict[EnvName, Text] = {}
    """Further variables of the environment; the values are templates."""
    timeout: Duration | None = None
    """How long it may take, like 90s, 10m or 2h."""


class RenderModel(Record):
    """A file made from a template."""

    model_config = ConfigDict(json_schema_extra={"dependencies": {"each": ["as"], "as": ["each"]}})

    template: TemplatePath
    """The template, below the project's `templates/` or among the shipped ones."""
    to: ArtifactPath
    """The file to make, below the item's folder; a template, too."""
    each: Text | None = None
    """An expression that gives a list: one file is made per element."""
    as_: FieldName | None = Field(default=None, alias="as")
    """What the templates call the element of `each`."""

    @model_validator(mode="after")
    def _names_its_element(self) -> RenderModel:
        pair_up(self.each, self.as_)
        return self


class RejectModel(Record):
    """Where a rejection may send the item back to, and how often."""

    to: Annotated[Many[Text], _TARGETS]
    """The steps that a rejection may lead to; the first is the default."""
    limit: Count
    """How many reworks this gate may cause."""
    then: Annotated[Literal["block", "close"], one_of("block", "close")] = "block"
    """What the next rejection does: block the item, or close it."""


class GateModel(Record):
    """A decision. Without `reviewers`, the step's role decides (SPEC 2.2, 5.5)."""

    reviewers: Annotated[
        Many[Text], AtLeastOne("at least one role; leave it out for the step's role")
    ] = ()
    """The roles of which any may decide; the step's role unless given."""
    approvals: Positive = 1
    """How many distinct executors have to approve."""
    human: Flag = False
    """Only a person may decide."""
    independent: Flag = False
    """Nobody decides on what they worked on."""
    show: Text | None = None
    """A template, in Markdown, of what the decision is about."""
    outputs: Fields = {}
    """Further fields of the form that the decision is made with."""
    evidence: Text | None = None
    """The evidence type that comes with the verdict."""
    approve_when: Text | None = None
    """An expression that the verdict has to agree with."""
    reject: RejectModel | None = None
    """Where a rejection sends the item back to; without it the gate can only approve."""
    override: Annotated[
        Many[Text], AtLeastOne("at least one role; leave it out where nobody may")
    ] = ()
    """Roles that may approve against the evidence, with a reason."""


class CheckpointModel(Record):
    """Shorthand for a gate `<key>-check` right after the step, which may reject to it 3 times."""

    by: Text = "owner"
    """The role that decides."""
    ask: Text | None = None
    """The question, which becomes the gate's title."""
    show: Text | None = None
    """A template, in Markdown, of what the decision is about."""

    LIMIT: ClassVar[int] = 3


class OnFailureModel(Record):
    """Where an exhausted automatic step sends the item back to, and how often."""

    to: Annotated[Many[Text], _TARGETS]
    """The steps that it may lead back to; the item goes to the first."""
    limit: Count
    """How many reworks this step may cause; the next exhaustion blocks the item."""


class PauseModel(Record):
    """A gate between children."""

    when: Text
    """An expression, evaluated as each child settles; it knows `child`, `group_last` and `last`."""
    gate: GateModel
    """The gate that opens before the next child."""


class ForEachModel(Record):
    """One child per element of a list, by dependencies, then priority, then key."""

    items: Text
    """An expression that gives the list."""
    as_: FieldName = Field(alias="as")
    """What expressions call the element."""
    key: Text
    """An expression that names the child among its siblings; a text."""
    needs: Text | None = None
    """An expression that gives the keys of the siblings that have to settle before; a list."""
    priority: Text | None = None
    """An expression that gives a number, or an enum's value; smaller ones go first."""
    parallel: Flag = False
    """Children may run beside each other."""
    group: Text | None = None
    """An expression; children with equal values belong together."""
    pause: PauseModel | None = None
    """A gate between children."""
    after: Many[RenderModel] = ()
    """What is rendered in the parent's folder as each child settles."""


class CallModel(Record):
    """Child items on another blueprint."""

    blueprint: Key
    """The name of the blueprint."""
    version: VersionRange = "*"
    """The versions that will do, like `^1`, `~1.2` or `1.2.0`; the one in effect is taken."""
    with_: dict[FieldName, Text] = Field(default={}, alias="with")
    """The child's params, as expressions."""
    for_each: ForEachModel | None = None
    """One child per element of a list; without it, one child."""
    integrate_each: Annotated[Literal["child", "group", "end"], one_of("child", "group", "end")] = (
        "end"
    )
    """When children's results join the parent's workspace."""


class IntegrateModel(Record):
    """Baseline integration (SPEC 5.6)."""

    message: Text | None = None
    """A template of the message that integration is recorded with."""
    require: Many[CriterionModel] = ()
    """Criteria that have to hold before."""
