"""Scripts: what people, runners and the world around do to one item in a scenario (SPEC 10).

A script is a part of a scenario, and each child of a call may have one of its own.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, core_schema

from dovetail.blueprint.record import AtLeastOne, Or, at_least_one_of, at_most_one, listed
from dovetail.blueprint.types import (
    ArtifactPath,
    Duration,
    FieldName,
    Flag,
    Key,
    Many,
    Positive,
    Text,
    as_flag,
    as_text,
    is_key,
    refuse,
)
from dovetail.files.base import NOTHING, AsWritten, FileRecord

__all__ = ["DECISIONS", "VERBS", "Act", "Intake", "Outcome", "Script", "Verb", "Verdict", "Yes"]

Verdict: TypeAlias = Literal["approve", "complete", "reject", "fail", "interrupted"]
Decision: TypeAlias = Literal["accept", "link", "merge", "close", "wait"]
Verb: TypeAlias = Literal[
    "block",
    "unblock",
    "rework",
    "revert",
    "note",
    "resolve",
    "requeue",
    "override",
    "ended",
    "take",
    "free",
    "admit",
]

_VERDICTS: tuple[Verdict, ...] = ("approve", "complete", "reject", "fail", "interrupted")
DECISIONS: tuple[Decision, ...] = ("accept", "link", "merge", "close", "wait")
VERBS: tuple[Verb, ...] = (
    "block",
    "unblock",
    "rework",
    "revert",
    "note",
    "resolve",
    "requeue",
    "override",
    "ended",
    "take",
    "free",
    "admit",
)
_ONLY_WITH: dict[str, tuple[str, ...]] = {
    "unmet": ("complete",),
    "override": ("approve",),
    "follow_ups": ("approve", "reject"),
}
"""The verdicts that a key says something about; without a verdict, it decides what is meant."""
_OUTCOMES: dict[str, dict[str, Any]] = {
    "approve": {"approve": True},
    "complete": {"complete": True},
    "fail": {"fail": "as the scenario says"},
}
"""Outcomes that are one word, and what each of them stands for."""
_INTAKES: dict[str, dict[str, Any]] = {"accept": {"accept": True}, "wait": {"wait": True}}


def _yes(value: object) -> bool:
    if not as_flag(value):
        raise refuse("value", "`true`; leave it out for anything else")
    return True


Yes = Annotated[
    Literal[True] | None,
    BeforeValidator(_yes),
    WithJsonSchema({"type": "boolean", "const": True}),
]


def _attempt(value: object) -> str:
    text = as_text(value)
    step, slash, number = text.partition("/")
    is_key(step)
    if slash and not (number.isascii() and number.isdigit() and int(number)):
        raise refuse("value", "a step, or an attempt of one like draft/2")
    return text


AttemptName = Annotated[
    str,
    BeforeValidator(_attempt),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z][a-z0-9-]*(?:/[1-9][0-9]*)?$"}),
]


def _outcome(value: object) -> object:
    if isinstance(value, str):
        if value not in _OUTCOMES:
            words = ", ".join(f"`{w}`" for w in _OUTCOMES)
            raise refuse("value", f"{words} or a mapping of keys")
        return dict(_OUTCOMES[value])
    return value


def _intake(value: object) -> object:
    if isinstance(value, str):
        if value not in _INTAKES:
            raise refuse("value", "`accept`, `wait` or a mapping of keys")
        return dict(_INTAKES[value])
    return value


class Outcome(FileRecord):
    """What comes of one attempt of a step, or of one decision at a gate.

    At most one of `approve`, `complete`, `reject`, `fail` and `interrupted`; without any of them a
    step is completed and a gate approved. Only an outcome that gives outputs or evidence has its
    criteria evaluated; of any other they are assumed met, unless the scenario is `strict`.

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
    interrupted: Yes = None
    """The driver of the automatic attempt dies. That does not count as a try."""
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
    unmet: Many[Key] = ()
    """The exit criteria that do not hold. External work is then refused and stays claimed: the next
    outcome is what its holder tries next. Automatic work fails."""
    override: Flag = False
    """The approval goes against the evidence, by one of the roles that may do so."""
    follow_ups: Many[Text] = ()
    """Notes that come with the decision."""

    @property
    def verdict(self) -> Verdict | None:
        """Which of the five it is; None: a success."""
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
        for name, verdicts in _ONLY_WITH.items():
            if written and written[0] not in verdicts and getattr(self, name):
                said = " or ".join(f"`{v}`" for v in verdicts)
                raise refuse("value", f"`{name}` only beside {said}", at=(name,))
        return self


class Intake(FileRecord):
    """What the review before the work decides.

    Example: accept
    Example: {merge: WI-000007, reason: The same release}
    """

    model_config = ConfigDict(
        json_schema_extra={"allOf": at_most_one(DECISIONS), "anyOf": at_least_one_of(DECISIONS)}
    )

    accept: Yes = None
    """The work may begin."""
    link: Text | None = None
    """The work may begin, and the item is linked to this one."""
    merge: Text | None = None
    """The item ends; this one goes on for it."""
    close: Yes = None
    """The item ends."""
    wait: Yes = None
    """Nobody decides."""
    reason: Text | None = None
    """Why."""

    @property
    def decision(self) -> Decision:
        """Which of the five it is."""
        return next((d for d in DECISIONS if getattr(self, d) is not None), "accept")

    @property
    def items(self) -> tuple[str, ...]:
        """The items that it names."""
        return tuple(item for item in (self.link, self.merge) if item is not None)

    @model_validator(mode="after")
    def _is_one_decision(self) -> Intake:
        written = [d for d in DECISIONS if getattr(self, d) is not None]
        if not written:
            raise refuse("value", f"one of {listed(DECISIONS)}")
        if len(written) > 1:
            raise refuse("value", f"nothing but `{written[0]}`", at=written[1:2])
        return self


class Act(FileRecord):
    """What somebody does beside the steps, or what happens elsewhere: one verb.

    Example: {after: draft/1, block: credentials, steps: [publish], reason: They were in a log}
    Example: {unblock: credentials, reason: They are new now}
    """

    model_config = ConfigDict(
        json_schema_extra={"allOf": at_most_one(VERBS), "anyOf": at_least_one_of(VERBS)}
    )

    after: AttemptName | None = None
    """The attempt after whose end it happens, by step and number; a step alone means its first.
    Left out: it happens when nothing else can happen by itself."""
    block: Key | None = None
    """A blocker of this type is raised."""
    unblock: Key | None = None
    """The first open blocker of this type is resolved."""
    rework: Key | None = None
    """An operator sends the item back to this step."""
    revert: Yes = None
    """The integration is taken back."""
    note: Text | None = None
    """A note is written down: this text."""
    resolve: Positive | None = None
    """The note of this number is resolved; they count from 1."""
    requeue: Key | None = None
    """Failed work of this step is queued again."""
    override: Yes = None
    """An intake that closed the item, or merged it, is overridden."""
    ended: Text | None = None
    """An item that this one waits for (see `after_items`) has ended."""
    take: Key | None = None
    """Another item takes a slot of this global constraint."""
    free: Key | None = None
    """Another item frees a slot of this global constraint, which it took, or had at the start."""
    admit: Yes = None
    """A place of the `wip_limit` becomes free; until then there is none."""
    reason: Text | None = None
    """Why."""
    steps: Many[Key] = ()
    """The steps that a blocker stops; left out: all."""
    force: Flag = False
    """Rework reuses no recorded result."""

    @property
    def verb(self) -> Verb:
        """What is done."""
        return next(v for v in VERBS if getattr(self, v) is not None)

    @property
    def attempt(self) -> tuple[str, int] | None:
        """The step and the number in `after`."""
        if self.after is None:
            return None
        step, _, number = self.after.partition("/")
        return step, int(number or 1)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Act:
        written = [v for v in VERBS if getattr(self, v) is not None]
        if not written:
            raise refuse("value", f"one of {listed(VERBS)}")
        if len(written) > 1:
            raise refuse("value", f"nothing but `{written[0]}`", at=written[1:2])
        for name, verb in (("steps", "block"), ("force", "rework")):
            if getattr(self, name) and written[0] != verb:
                raise refuse("value", f"`{name}` only beside `{verb}`", at=(name,))
        return self


class _OneOrMany:
    """Reads a script, or a list of scripts: the error of one stands where it is written."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    @staticmethod
    def _read(value: object, _handler: Any) -> object:
        if isinstance(value, list):
            return tuple(_scripts().validate_python(value))
        return (Script.model_validate(value),)


class Script(FileRecord):
    """What happens to one item."""

    intake: Annotated[Intake, BeforeValidator(_intake), Or({"enum": list(_INTAKES)})] = Intake(
        accept=True
    )
    """What the review before the work decides: `accept`, `wait`, or a mapping."""
    outcomes: dict[
        Key,
        Annotated[
            Many[Annotated[Outcome, BeforeValidator(_outcome), Or({"enum": list(_OUTCOMES)})]],
            AtLeastOne("at least one outcome; leave the step out where any will do"),
        ],
    ] = NOTHING
    """What comes of each attempt of a step, or decision at a gate, in order.

    Those of a call are the decisions between its children. After the last of them, and at steps
    that are left out, work is completed and gates approve. Failed external work is queued again
    while there is another outcome.

    Example: {edit: [{reject: draft, reason: too long}, approve]}
    """
    unmet: dict[Key, Many[Key]] = NOTHING
    """The criteria that do not hold when they are looked at for the first time: of a step's entry,
    of what an integration requires, and, under `done`, of the item's.

    Example: {publish: [announced], done: [report]}
    """
    acts: Many[Act] = ()
    """What is done beside the steps, in order."""
    children: dict[Key, dict[Text, Annotated[Script | Many[Script], _OneOrMany()]]] = NOTHING
    """What happens to the children of a call: by the call's step and the child's key.

    A list is for those that take each other's place after rework; the last one serves all further.
    The child of a call without `for_each` has the step's key.

    Example: {chunks: {billing: {outcomes: {qa: [{reject: develop, reason: It fails}, approve]}}}}
    """

    def of_child(self, step: str, key: str, nth: int) -> Script:
        """Give the script of the nth child of a key, from 0; without any, nothing is scripted."""
        found = self.children.get(step, {}).get(key, ())
        if isinstance(found, Script):
            return found
        return found[min(nth, len(found) - 1)] if found else Script()


@cache
def _scripts() -> TypeAdapter[list[Script]]:
    return TypeAdapter(list[Script])
