"""What the kernel may ask of a driver (SPEC 5.1). Each request is answered by one kind of event.

A driver answers in their order. What it can't answer now it leaves, and is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "Absorb",
    "Acquire",
    "Admit",
    "Block",
    "Close",
    "Complete",
    "Expand",
    "Finish",
    "Fire",
    "Hold",
    "HoldReason",
    "Launch",
    "Open",
    "Pause",
    "Probe",
    "Recall",
    "Render",
    "Request",
    "Reuse",
    "Rework",
    "Skip",
    "Spawn",
]

HoldReason: TypeAlias = Literal[
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
Rule: TypeAlias = Literal["parallel", "lane"]
Question: TypeAlias = Literal["when", "entry", "blockers", "pause", "done"]


@dataclass(frozen=True, slots=True)
class Probe:
    """Evaluate what the blueprint says; answered by `EVALUATED`.

    Attributes:
        what: `when`: the step's condition. `entry`: its entry criteria, and what an integration
            requires. `blockers`: the types of blockers whose `when` holds for an attempt that has
            closed. `pause`: `pause.when` after a child. `done`: the item's criteria.
        step: the step; of `done`, empty.
        generation: of the step.
        attempt: of `blockers` and `pause`, the attempt.
        child: of `pause`, the key of the child that has settled.
        group_last, last: of `pause`, whether the child is the last of its group, and of all.
    """

    what: Question
    step: str = ""
    generation: int = 0
    attempt: int = 0
    child: str = ""
    group_last: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Fire:
    """Record that a join other than `all` is satisfied; answered by `FIRED`."""

    step: str
    generation: int
    winners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """Record that a step is skipped; answered by `SKIPPED`."""

    step: str
    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """Take the recorded result of an earlier attempt: nothing that went into it has changed.

    Answered by `REUSED`.
    """

    step: str
    generation: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Launch:
    """Start an attempt; answered by `SCHEDULED` for all that start together, and `QUEUED`.

    Attributes:
        rule: which rule chose it.
    """

    step: str
    attempt: int
    generation: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Open(Launch):
    """Open a gate: the launch of a step that is a decision."""


@dataclass(frozen=True, slots=True)
class Acquire(Launch):
    """Start an automatic attempt, once it has a slot of each of these global constraints.

    They are shared between items, so the driver grants them (`granted` of `CLAIMED`), all at once
    or not at all.
    """

    constraints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """A step that can't launch now; `on` names what holds it. It asks for nothing."""

    step: str
    why: HoldReason
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rework:
    """Send the item back; answered by `REWORK`.

    Attributes:
        gate: the step whose rejection, or exhaustion, sends it back.
    """

    gate: str
    attempt: int
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """Raise a blocker; answered by `BLOCKED`.

    Attributes:
        source: step and number of the attempt that raised it, where one did.
    """

    type: str
    steps: tuple[str, ...]
    reason: str
    source: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Admit:
    """Take one of the places of `wip_limit`; answered by `ADMITTED` when one is free."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the item unfinished; answered by `ITEM_CLOSED`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Complete:
    """Record that the item is done; answered by `ITEM_COMPLETED`."""


# --- children of a call


@dataclass(frozen=True, slots=True)
class Expand:
    """Work out the children of a call; answered by `EXPANDED`, or by the attempt's failure."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start a child; answered by `CHILD_STARTED`.

    Attributes:
        supersedes: the item of an earlier generation that it takes the place of.
    """

    step: str
    attempt: int
    child: str
    supersedes: str | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """Close a child that rework overtook, if it has not started; else let it run to its end.

    Answered, sooner or later, by `CHILD_SETTLED`.
    """

    step: str
    attempt: int
    child: str
    item: str


@dataclass(frozen=True, slots=True)
class Render:
    """Render what the call asks for after a child; answered by `CHILD_RENDERED`."""

    step: str
    attempt: int
    child: str


@dataclass(frozen=True, slots=True)
class Absorb:
    """Bring the results of children into the parent's workspace.

    Answered by `CHILDREN_ABSORBED`.
    """

    step: str
    attempt: int
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Open the gate after a child; answered by `PAUSED`."""

    step: str
    attempt: int
    child: str


@dataclass(frozen=True, slots=True)
class Finish:
    """End a call's attempt: every child has settled. Answered by `COMPLETED`."""

    step: str
    attempt: int


Request: TypeAlias = (
    Probe
    | Fire
    | Skip
    | Reuse
    | Launch
    | Hold
    | Rework
    | Block
    | Admit
    | Close
    | Complete
    | Expand
    | Spawn
    | Recall
    | Render
    | Absorb
    | Pause
    | Finish
)
