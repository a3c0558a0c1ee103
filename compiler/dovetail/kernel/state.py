"""The state of one work item: the fold of its own events (SPEC 5.1).

A `State` is an accumulator: `apply` advances it in place, because a plan may have ten thousand
steps and a history a million events. Beside the facts it keeps what makes deciding cheap: how many
inputs of a step have settled, which idle steps are *due* (their join is satisfied), and which were
*reached* since the last decision. Places are positions in `plan.steps`, which is canonical order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dovetail.plan.model import Plan

__all__ = [
    "Approval",
    "Attempt",
    "AttemptStatus",
    "Basis",
    "Blocker",
    "Call",
    "Child",
    "Note",
    "Phase",
    "State",
    "StepState",
    "status",
]

AttemptStatus: TypeAlias = Literal[
    "queued", "claimed", "completed", "rejected", "failed", "cancelled", "superseded", "late"
]
Phase: TypeAlias = Literal[
    "idle", "queued", "claimed", "failed", "rejected", "completed", "skipped", "out"
]
"""`out` is out of play: nothing waits for the step's result any more (SPEC 5.3)."""


Basis: TypeAlias = tuple[tuple[str, int], ...]
"""What a result is made from: the steps that it reads, each with the number of its lineage."""


@dataclass(slots=True)
class Approval:
    """One executor's word for a gate; `contradicts` is the number of the event that it overrides.

    `contradicts` is 0 where what it overrides came with the same word; None: it overrides nothing.
    """

    executor: str
    reason: str
    contradicts: int | None = None


@dataclass(slots=True)
class Attempt:
    """One try of one step (SPEC 5.4).

    Attributes:
        number: counts over all generations, from 1; it never restarts.
        fence: the number that every write of the claim's holder carries.
        overtaken: how it will end, whatever it does: rework opened its step anew while it was
            claimed (`superseded`), or the joins that waited for it have fired (`late`).
        artifacts: path in the item's folder → sha256 of the declared file.
        after: what it was queued after: step, number of its attempt (0: none), generation.
        basis: of what may be reused, what it was made from.
        closed_at: the number of the item's event that ended it.
        approvals: of a gate, the approvals so far.
        call: of a call, its children.
    """

    step: str
    number: int
    generation: int
    status: AttemptStatus = "queued"
    executor: str | None = None
    fence: int | None = None
    overtaken: Literal["superseded", "late"] | None = None
    interrupted: bool = False
    outputs: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    after: tuple[tuple[str, int, int], ...] = ()
    basis: Basis = ()
    closed_at: int = 0
    approvals: list[Approval] = field(default_factory=list)
    call: Call | None = None

    @property
    def name(self) -> str:
        """`step/number`, as a person writes it."""
        return f"{self.step}/{self.number}"

    @property
    def open(self) -> bool:
        """Whether it is in flight."""
        return self.status in ("queued", "claimed")


@dataclass(slots=True)
class Child:
    """An element of a call and the item that carries it out (SPEC 2.2, 5.5).

    Attributes:
        params: what the child is registered with; with the call's version, what it is compared by.
        item: its id; None: not started.
        status: how it settled; None: it has not.
        supersedes: the item that it takes the place of.
        settled_at: the number of the event that settled it.
        overtaken: whether rework opened the call anew while it was in flight.
        reused: whether it settled in an earlier attempt of the call.
        rendered, absorbed: whether `after` was rendered, and its result brought in.
        artifacts: what was rendered.
        pauses: what `pause.when` gave; None: not evaluated.
        gate: the gate that is open, or was decided, after it.
    """

    key: str
    params: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    group: Any = None
    item: str | None = None
    status: Literal["completed", "closed"] | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    supersedes: str | None = None
    settled_at: int = 0
    overtaken: bool = False
    reused: bool = False
    rendered: bool = False
    absorbed: bool = False
    artifacts: Mapping[str, str] = field(default_factory=dict)
    pauses: bool | None = None
    gate: Attempt | None = None


@dataclass(slots=True)
class Call:
    """The children of one attempt of a call, in the order in which they start."""

    version: str
    children: dict[str, Child]


@dataclass(slots=True)
class StepState:
    """Where one step stands in its current generation.

    Attributes:
        left: where it stood when it went out of play, if nothing was in flight.
        failures: failed attempts of this generation that count.
        granted: attempts of this generation granted on top of the limit by unblocking.
        unsettled, wins, skips: how many inputs have not settled, were completed, were skipped.
        fired: whether its join has fired; of an `all` join, whether nothing is unsettled.
        winners: of another join, the inputs whose results it reads.
        condition: what `when` gave in this generation; None: not evaluated.
        entered: whether the entry criteria held for the next attempt; None: not evaluated.
        unmet: the entry criteria that did not.
        reworks, reworks_granted: how often a rejection sent the item back, over all generations,
            and what unblocking granted on top of that limit.
        retreats: how often its exhaustion sent the item back.
        to: for a rejected gate, the step that the item goes back to.
        sent_back: the step and attempt that began this generation; (``""``, 0): an operator.
        redo: whether rework named the step: it is done again, even with unchanged inputs.
        forced: whether the rework that began this generation reuses nothing.
        result: the attempt whose result counts; None: none does.
        shown: what others have ever seen of the step: outputs, evidence, artifacts; None: a skip.
        lineages: what it showed (its place in `shown`) together with what came before it, each
            with a number.
        lineage: the number of what it shows now. Equal numbers mean that nothing is different, in
            the step or in any flow ancestor.
    """

    phase: Phase = "idle"
    left: Phase = "idle"
    generation: int = 1
    attempts: list[Attempt] = field(default_factory=list)
    failures: int = 0
    granted: int = 0
    unsettled: int = 0
    wins: int = 0
    skips: int = 0
    fired: bool = False
    winners: tuple[str, ...] = ()
    condition: bool | None = None
    entered: bool | None = None
    unmet: tuple[str, ...] = ()
    reworks: int = 0
    reworks_granted: int = 0
    retreats: int = 0
    to: str | None = None
    reason: str | None = None
    sent_back: tuple[str, int] | None = None
    redo: bool = False
    forced: bool = False
    result: Attempt | None = None
    shown: list[Any] = field(default_factory=list)
    lineages: dict[tuple[int, Basis], int] = field(default_factory=dict)
    lineage: int = 0

    @property
    def settled(self) -> bool:
        """Whether what comes after may rely on it being over."""
        return self.phase in ("completed", "skipped", "out")

    @property
    def latest(self) -> Attempt | None:
        """The last attempt of the current generation."""
        last = self.attempts[-1] if self.attempts else None
        return last if last and last.generation == self.generation else None


@dataclass(slots=True)
class Blocker:
    """A declared impediment (SPEC 5.7).

    Attributes:
        steps: the steps that it names; empty: all.
        source: step and number of the attempt that raised it.
        child: the item whose blocker this one shows.
    """

    number: int
    type: str
    steps: tuple[str, ...]
    reason: str
    open: bool = True
    source: tuple[str, int] | None = None
    child: str | None = None
    owner: str | None = None

    @property
    def own(self) -> bool:
        """Whether it is the item's own, not shown for a child."""
        return self.child is None


@dataclass(slots=True)
class Note:
    """A carried-forward observation or debt; it stops nothing and outlives its item (SPEC 5.7)."""

    number: int
    text: str
    open: bool = True


@dataclass(slots=True)
class State:
    """Everything that the events of one item say, against one plan.

    Attributes:
        events: how many events were folded.
        due: places of idle and failed steps whose join is satisfied.
        reached: places of steps of which an input has settled since the last decision.
        firing: places of joins other than `all` that are satisfied and have not fired.
        attention: places of rejected gates and exhausted steps.
        scheduled: the launches of the last decision that have not been queued.
        lane: the step and number of the attempt of a non-parallel step in flight, if any.
        holding: the task that each executor holds, but for the built-in runner.
        draining: attempts that rework overtook and that have not ended.
        closing: attempts that have closed and whose blockers have not been looked for.
        raised: types of blockers that such attempts raised, each with the attempt.
        out: places of the steps that are out of play.
        waits_for: the items that have to end before this one starts.
        reverted: whether the item waits before an integration that was reverted.
        done: whether the item's criteria hold; None: not evaluated.
        forms: open forms of suspended runs: key → gate → attempt number.
        suspended: the number of the event that last suspended the flow run; 0: none has.
        ended_at: the number of the event that ended the item.
    """

    steps: list[StepState]
    due: set[int]
    events: int = 0
    registered: Mapping[str, Any] | None = None
    accepted: bool = False
    admitted: bool = False
    waits_for: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    started: bool = False
    completed: bool = False
    outputs: Mapping[str, Any] = field(default_factory=dict)
    closed: str | None = None
    by_intake: bool = False
    ended_at: int = 0
    baseline: Literal["pre", "post"] = "pre"
    reverted: bool = False
    owner: str | None = None
    assignees: dict[str, str] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)
    firing: set[int] = field(default_factory=set)
    attention: set[int] = field(default_factory=set)
    scheduled: deque[tuple[str, int]] = field(default_factory=deque)
    in_flight: dict[tuple[str, int], Attempt] = field(default_factory=dict)
    lane: set[tuple[str, int]] = field(default_factory=set)
    holding: dict[str, str] = field(default_factory=dict)
    draining: set[tuple[str, int]] = field(default_factory=set)
    closing: list[tuple[str, int]] = field(default_factory=list)
    raised: list[tuple[str, str, int]] = field(default_factory=list)
    out: set[int] = field(default_factory=set)
    blockers: list[Blocker] = field(default_factory=list)
    unresolved: int = 0
    notes: list[Note] = field(default_factory=list)
    open_steps: int = 0
    done: bool | None = None
    forms: dict[str, Mapping[str, int]] = field(default_factory=dict)
    suspended: int = 0

    @classmethod
    def initial(cls, plan: Plan) -> State:
        """Give the state before the first event."""
        steps = [StepState(unsettled=len(s.inputs), fired=not s.inputs) for s in plan.steps]
        roots = {i for i, s in enumerate(plan.steps) if not s.inputs}
        due = {i for i in roots if plan.steps[i].lane is None or plan.steps[i].when is not None}
        return cls(steps=steps, due=due, reached=roots, open_steps=len(steps))

    @property
    def over(self) -> bool:
        """Whether nothing can happen any more."""
        return self.completed or self.closed is not None

    def at(self, plan: Plan, step: str) -> StepState:
        """Give a step by its key."""
        return self.steps[plan.position[step]]

    def attempt(self, plan: Plan, step: str, number: int) -> Attempt | None:
        """Give an attempt by step and number, if there is one."""
        place = plan.position.get(step)
        attempts = self.steps[place].attempts if place is not None else []
        return attempts[number - 1] if 0 < number <= len(attempts) else None

    def open_blockers(self) -> Iterator[Blocker]:
        """Give the blockers that are not resolved, in order of declaration."""
        return (b for b in self.blockers if b.open) if self.unresolved else iter(())

    def open_notes(self) -> Iterator[Note]:
        """Give the notes that are not resolved, in order."""
        return (n for n in self.notes if n.open)

    def open_gates(self, plan: Plan) -> dict[str, Attempt]:
        """Give the steps that wait for a decision, in canonical order; pauses are no steps."""
        waiting = [a for a in self.in_flight.values() if not a.overtaken]
        gates = [a for a in waiting if plan.step(a.step).kind == "gate"]
        return {a.step: a for a in sorted(gates, key=lambda a: plan.position[a.step])}

    def open_pauses(self) -> Iterator[tuple[Attempt, Child]]:
        """Give the pauses that wait for a decision: the call's attempt, and the child before it."""
        for attempt in self.in_flight.values():
            if attempt.call is not None and not attempt.overtaken:
                for child in attempt.call.children.values():
                    if child.gate is not None and child.gate.open:
                        yield attempt, child


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
