"""The course of one item in a play: its state, a second reading of its events, and what may happen.

A move is a function and what it is done with, so that a play can be told, repeated, and tried in
every way. What could go on for ever is limited by `left`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from dovetail import kernel
from dovetail.kernel import Event, EventType, Request, State
from dovetail.plan.model import Plan
from tests.support.memory import registration
from tests.support.reading import Reading

__all__ = ["Course", "Law", "Move", "named"]

_LIMITS = {
    "interruption": 3,
    "impediment": 2,
    "resolution": 6,
    "rework": 2,
    "revert": 2,
    "unmet": 2,
    "raise": 2,
    "untold": 2,
    "blocked child": 2,
    "word": 3,
    "form": 2,
    "override": 1,
}


@dataclass(frozen=True)
class Move:
    """Something that can be done now.

    Attributes:
        weight: how likely it is drawn, beside the others.
        act: does it to a course.
        args: what it is done with.
        costs: what of `left` it takes one from.
        ends: the step whose attempt it ends, which may take its time.
    """

    weight: int
    act: Callable[..., None]
    args: tuple[Any, ...] = ()
    costs: str = ""
    ends: str = ""

    def __str__(self) -> str:
        """Say what it is, for whoever looks for the way to a state."""
        return f"{self.act.__name__}{self.args}"


class Course:
    """The course of an item.

    Args:
        plan: what it runs through.
        laws: each looks at the course after each event.
        after: the items that it waits for.
    """

    def __init__(self, plan: Plan, laws: Sequence[Law] = (), after: Sequence[str] = ()) -> None:
        self.plan, self.state, self.reading = plan, State.initial(plan), Reading(plan)
        self.events: list[Event] = []
        self.left = dict(_LIMITS)
        self.laws = laws
        self.seen: dict[str, Any] = {}  # what laws remember from one event to the next
        self.put(registration(plan, after=list(after)))

    @property
    def event(self) -> Event:
        """The last event."""
        return self.events[-1]

    @cached_property
    def requests(self) -> list[Request]:
        """What the kernel asks for now."""
        return kernel.decide(self.plan, self.state)

    @cached_property
    def survey(self) -> list[Request]:
        """The same, with all that is held."""
        return kernel.survey(self.plan, self.state)

    def put(self, event: Event) -> None:
        """Apply an event, and hold the laws against it."""
        kernel.apply(self.plan, self.state, event)
        self.took(event)

    def took(self, event: Event) -> None:
        """Go on after an event that the state has taken in."""
        self.events.append(event)
        self.reading.put(event)
        self.__dict__.pop("requests", None)
        self.__dict__.pop("survey", None)
        for law in self.laws:
            law(self)

    def say(self, kind: EventType, /, **data: Any) -> None:
        """Put an event."""
        self.put(Event(kind, data))

    def make(self, move: Move) -> None:
        """Make a move."""
        if move.costs:
            self.left[move.costs] -= 1
        move.act(self, *move.args)


Law: TypeAlias = Callable[[Course], None]
"""Looks at a course after an event, and raises `AssertionError` when something is wrong."""


def named(step: str, number: int) -> dict[str, Any]:
    """Give how an event names an attempt."""
    return {"step": step, "attempt": number}
