"""What came of a simulation: tick by tick, and against what was expected (SPEC 10).

A trace is data: the command line shows it, tests compare it, coverage counts over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dovetail.kernel import Event, State
from dovetail.plan.model import Plan

__all__ = ["Happening", "Held", "Launched", "Problem", "Recorded", "Tick", "Trace", "Word"]

Word: TypeAlias = Literal[
    # the item
    "registered",
    "accepted",
    "linked",
    "merged",
    "closed",
    "overridden",
    "dependency-ended",
    "admitted",
    "item-completed",
    "item-closed",
    # what ends an attempt, and what does not
    "completed",
    "integrated",
    "failed",
    "interrupted",
    "approved",
    "rejected",
    "superseded",
    "late",
    "cancelled",
    "requeued",
    "claimed",
    "reused",
    "refused",
    # what the kernel concludes
    "fired",
    "skipped",
    "unmet",
    "rework",
    "reverted",
    # blockers and notes
    "blocked",
    "unblocked",
    "noted",
    "note-resolved",
    # children of a call
    "expanded",
    "child-started",
    "child-settled",
    "child-rendered",
    "absorbed",
    # other items
    "taken",
    "freed",
    "admitting",
]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an item.

    Attributes:
        word: what.
        step, attempt: of which attempt, where it is one's; 0: of the step as a whole.
        child: the key of the child that it is about.
        by: who did it; empty: nobody, it follows from something else.
        says: the rest in words: a reason, a type of blocker, a note, why it was refused.
        to: of a rejection and of rework, the step that the item goes back to.
    """

    word: Word
    step: str = ""
    attempt: int = 0
    child: str = ""
    by: str = ""
    says: str = ""
    to: str = ""

    @property
    def subject(self) -> str:
        """What it happened to: `step/attempt`, `step/child` or `step`; empty: the item."""
        if self.child:
            return f"{self.step}/{self.child}"
        return f"{self.step}/{self.attempt}" if self.attempt else self.step

    def to_data(self) -> dict[str, Any]:
        """Give the data form; what is empty is left out."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Launched:
    """An attempt that was launched, or a gate that was opened.

    Attributes:
        rule: what chose it: `lane`, `parallel`, or `pause` for the gate after the child `child`.
        executor: who took it up at once; empty: nobody yet, or it is a gate.
    """

    step: str
    attempt: int
    rule: str
    child: str = ""
    executor: str = ""

    def to_data(self) -> dict[str, Any]:
        """Give the data form; what is empty is left out."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Held:
    """A step that could not be launched, why, and what holds it."""

    step: str
    why: str
    on: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return {"step": self.step, "why": self.why, "on": list(self.on)}


@dataclass(slots=True)
class Tick:
    """What happened to an item between two moments at which it had to wait for the world.

    Attributes:
        time: by the virtual clock, in seconds since the scenario began.
        happened: in order; what comes first is what the item had waited for.
        launched: in order, over all decisions of the tick.
        held: what was held at the end of the tick.
    """

    time: int
    happened: list[Happening] = field(default_factory=list)
    launched: list[Launched] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return {
            "time": self.time,
            "happened": [h.to_data() for h in self.happened],
            "launched": [one.to_data() for one in self.launched],
            "held": [h.to_data() for h in self.held],
        }


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event of the item's history, and the second of the virtual clock at which it came."""

    time: int
    event: Event

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return {"time": self.time, "type": str(self.event.type), "data": dict(self.event.data)}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the scenario that was not so.

    Attributes:
        path: where in the scenario file, as `Spans` takes it: `("expect", "launches")`.
        says: the whole in a sentence: what was expected, what was found, and the way out.
        expected, found: the two values, where it is an expectation that does not hold; else None.
    """

    path: tuple[str | int, ...]
    says: str
    expected: Any = None
    found: Any = None

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        out: dict[str, Any] = {"path": list(self.path), "says": self.says}
        if self.path[:1] == ("expect",):
            out |= {"expected": self.expected, "found": self.found}
        return out


@dataclass(slots=True)
class Trace:
    """The course of one item, and of its children.

    Attributes:
        item: its id in the simulation.
        key: of a child, its key among the children of the call; of the scenario's item, empty.
        plan: what it ran on.
        state: where it ended.
        ticks: what happened, moment by moment; moments at which nothing did are left out.
        history: all events.
        found: what an `expect` could name, with the values that it would have to have: `launches`,
            `skips`, `status`, `rework`, `blockers`, `raised`, `notes`, `reused`, `late`,
            `superseded`, `held`, `children`, `baseline`, `refused`, `outputs`.
        children: the items that each call started, by step, in the order of their start.
        problems: expectations that do not hold, refusals that were not expected, and what was
            scripted and never happened; of a child, only the latter two. In order of the file.
    """

    item: str
    plan: Plan
    state: State
    key: str = ""
    ticks: list[Tick] = field(default_factory=list)
    history: list[Recorded] = field(default_factory=list)
    found: Mapping[str, Any] = field(default_factory=dict)
    children: dict[str, list[Trace]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """The version of the blueprint that it ran on: `name@version`."""
        return self.plan.ref

    @property
    def ok(self) -> bool:
        """Whether everything was as the scenario says, for its children too."""
        return not any(True for _ in self.all_problems())

    @property
    def ended(self) -> int:
        """The second of the virtual clock at which the last thing happened."""
        return self.history[-1].time if self.history else 0

    def family(self) -> Iterator[Trace]:
        """Give this trace, and those of all its descendants, in the order of their start."""
        yield self
        for traces in self.children.values():
            for trace in traces:
                yield from trace.family()

    def all_problems(self) -> Iterator[Problem]:
        """Give the problems of the item and of all its descendants."""
        for trace in self.family():
            yield from trace.problems

    def to_data(self) -> dict[str, Any]:
        """Give the data form, which JSON can hold."""
        out: dict[str, Any] = {"item": self.item, "blueprint": self.ref}
        if self.key:
            out["key"] = self.key
        return out | {
            **self.found,
            "ok": self.ok,
            "problems": [p.to_data() for p in self.problems],
            "ticks": [t.to_data() for t in self.ticks],
            "history": [r.to_data() for r in self.history],
            "items": {step: [t.to_data() for t in of] for step, of in self.children.items()},
        }
