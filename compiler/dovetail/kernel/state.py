"""The state of one work item: the fold of its own events (SPEC 5.1).

A `State` is an accumulator: `apply` advances it in place, because a plan may have ten thousand
steps and a history a million events. Beside the facts it keeps two things that make deciding cheap:
how many inputs of a step have not settled, and the *frontier*, the idle steps that something
upstream has already reached. Places are positions in `plan.steps`, which is canonical order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dovetail.plan.model import Plan

__all__ = ["Attempt", "AttemptStatus", "Blocker", "Phase", "State", "StepState", "status"]

AttemptStatus: TypeAlias = Literal[
    "queued", "claimed", "completed", "rejected", "failed", "cancelled", "superseded", "late"
]
Phase: TypeAlias = Literal[
    "idle", "queued", "claimed", "failed", "rejected", "completed", "skipped"
]


@dataclass(slots=True)
class Attempt:
    """One try of one step (SPEC 5.4).

    Attributes:
        number: counts over all generations, from 1; it never restarts.
        fence: the number that every write of the claim's holder carries.
        superseded: rework overtook it while it was claimed; it runs on and counts for nothing.
        artifacts: path in the item's folder → sha256 of the declared file.
        after: what it was queued after: step, number of its attempt (0: skipped), generation.
    """

    step: str
    number: int
    generation: int
    status: AttemptStatus = "queued"
    executor: str | None = None
    fence: int | None = None
    superseded: bool = False
    interrupted: bool = False
    outputs: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    after: tuple[tuple[str, int, int], ...] = ()


@dataclass(slots=True)
class StepState:
    """Where one step stands in its current generation.

    Attributes:
        failures: failed attempts of this generation that count.
        granted: attempts (of a gate: reworks) granted on top of the limit by unblocking.
        unsettled: how many inputs have not settled.
        condition: what `when` gave in this generation; None: not evaluated.
        reworks: for a gate, how often it sent the item back.
        to: for a rejected gate, the step that the item goes back to.
        sent_back: the gate and attempt whose rejection began this generation.
    """

    phase: Phase = "idle"
    generation: int = 1
    attempts: list[Attempt] = field(default_factory=list)
    failures: int = 0
    granted: int = 0
    unsettled: int = 0
    condition: bool | None = None
    reworks: int = 0
    to: str | None = None
    reason: str | None = None
    sent_back: tuple[str, int] | None = None

    @property
    def settled(self) -> bool:
        """Whether what comes after may rely on it being over."""
        return self.phase in ("completed", "skipped")

    @property
    def latest(self) -> Attempt | None:
        """The last attempt of the current generation."""
        last = self.attempts[-1] if self.attempts else None
        return last if last and last.generation == self.generation else None


@dataclass(slots=True)
class Blocker:
    """A declared impediment (SPEC 5.7); `steps` empty means all."""

    number: int
    type: str
    steps: tuple[str, ...]
    reason: str
    open: bool = True


@dataclass(slots=True)
class State:
    """Everything that the events of one item say, against one plan.

    Attributes:
        events: how many events were folded.
        frontier: places of idle and failed steps of which an input has settled, or that have none.
        lane: the step and number of the attempt of a non-parallel step in flight, if any.
        draining: attempts that rework overtook and that have not ended.
        forms: open forms of suspended runs: key → gate → attempt number.
        suspended: the number of the event that last suspended the flow run; 0: none has.
    """

    steps: list[StepState]
    frontier: set[int]
    events: int = 0
    registered: Mapping[str, Any] | None = None
    accepted: bool = False
    started: bool = False
    completed: bool = False
    closed: str | None = None
    baseline: Literal["pre", "post"] = "pre"
    in_flight: dict[tuple[str, int], Attempt] = field(default_factory=dict)
    lane: set[tuple[str, int]] = field(default_factory=set)
    draining: set[tuple[str, int]] = field(default_factory=set)
    blockers: list[Blocker] = field(default_factory=list)
    unresolved: int = 0
    open_steps: int = 0
    attention: set[int] = field(default_factory=set)
    forms: dict[str, Mapping[str, int]] = field(default_factory=dict)
    suspended: int = 0

    @classmethod
    def initial(cls, plan: Plan) -> State:
        """Give the state before the first event."""
        steps = [StepState(unsettled=len(s.inputs)) for s in plan.steps]
        roots = {i for i, s in enumerate(plan.steps) if not s.inputs}
        return cls(steps=steps, frontier=roots, open_steps=len(steps))

    @property
    def over(self) -> bool:
        """Whether nothing can happen any more."""
        return self.completed or self.closed is not None

    def attempt(self, plan: Plan, step: str, number: int) -> Attempt | None:
        """Give an attempt by step and number, if there is one."""
        place = plan.position.get(step)
        attempts = self.steps[place].attempts if place is not None else []
        return attempts[number - 1] if 0 < number <= len(attempts) else None

    def open_blockers(self) -> Iterator[Blocker]:
        """Give the blockers that are not resolved, in order of declaration."""
        return (b for b in self.blockers if b.open) if self.unresolved else iter(())

    def open_gates(self, plan: Plan) -> dict[str, Attempt]:
        """Give the gates that wait for a decision, in canonical order."""
        waiting = [a for a in self.in_flight.values() if not a.superseded]
        gates = [a for a in waiting if plan.step(a.step).kind == "gate"]
        return {a.step: a for a in sorted(gates, key=lambda a: plan.position[a.step])}


def status(state: State, *, launchable: bool) -> str:
    """Give the item's status (SPEC 5.2): the first that holds.

    Args:
        state: the item's state.
        launchable: whether `decide` asks for a launch.
    """
    if state.closed is not None:
        return "closed"
    if state.completed:
        return "completed"
    if not state.accepted:
        return "intake"
    blocked = state.unresolved > 0 and not launchable
    if not state.started and not blocked:
        return "ready"
    if blocked:
        return "blocked"
    if any(a.status == "claimed" for a in state.in_flight.values()):
        return "active"
    return "waiting"
