"""What an item in memory finds around it, and the answers to requests that follow from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dovetail import kernel
from dovetail.kernel import Attempt, Event, EventType, Request, State
from dovetail.plan.model import Plan

__all__ = ["Conditions", "World", "named", "result", "sending"]

Data: TypeAlias = dict[str, Any]
Conditions: TypeAlias = Mapping[str, bool | Sequence[bool | None] | None]
"""What `when` gives, by step: one for all generations or one for each; None: it can't be told."""


def named(attempt: Attempt) -> Data:
    """Give how an event names an attempt."""
    return {"step": attempt.step, "attempt": attempt.number}


def result(plan: Plan, attempt: Attempt) -> Data:
    """Give what completes an attempt, with all its criteria met."""
    criteria = {c.id: True for c in plan.step(attempt.step).exit}
    outputs = {"children": kernel.children_of(attempt.call)} if attempt.call else {}
    made = {"outputs": outputs, "evidence": {}, "artifacts": {}, "criteria": criteria}
    return named(attempt) | {"executor": attempt.executor, "fence": attempt.fence} | made


def sending(plan: Plan, to: str, gate: str | None, attempt: int, reason: str) -> Data:
    """Give what sends an item back."""
    reopened = [plan.steps[i].key for i in plan.downstream(to)]
    told = {"gate": gate, "attempt": attempt, "to": to, "reason": reason}
    return told | {"reopened": reopened}


@dataclass
class World:
    """What an item finds around it; what is not said is as the item would like it.

    Attributes:
        conditions: what conditions give.
        unmet: by step: the entry criteria that do not hold; of the step ``""``: the item's `done`.
            None: they can't be told.
        raised: by attempt: the blockers whose condition it meets; None: it can't be told.
        pauses: by child: whether `pause.when` holds after it; None: it can't be told.
        children: by step: the elements of its call.
        version: what the range of versions of a call resolves to.
        taken: the global constraints of which no slot is free.
        full: whether all places of `wip_limit` are taken.
    """

    conditions: Conditions = field(default_factory=dict)
    unmet: dict[str, Sequence[str] | None] = field(default_factory=dict)
    raised: dict[str, Sequence[str] | None] = field(default_factory=dict)
    pauses: dict[str, bool | None] = field(default_factory=dict)
    children: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    version: str = "1.0.0"
    taken: set[str] = field(default_factory=set)
    full: bool = False

    def answer(self, plan: Plan, state: State, request: Request) -> Event:
        """Give the event that answers a request at once."""
        match request:
            case kernel.Probe():
                return self._evaluated(plan, state, request)
            case kernel.Fire(step, generation, winners):
                data = {"step": step, "generation": generation, "winners": list(winners)}
                return Event(EventType.FIRED, data)
            case kernel.Skip(step, generation, reason):
                data = {"step": step, "generation": generation, "reason": reason}
                return Event(EventType.SKIPPED, data)
            case kernel.Reuse(step, generation, attempt):
                data = {"step": step, "generation": generation, "attempt": attempt}
                return Event(EventType.REUSED, data)
            case kernel.Rework(gate, number, to, reason):
                return Event(EventType.REWORK, sending(plan, to, gate, number, reason))
            case kernel.Block(kind, steps, reason, source):
                return _blocked(state, kind, steps, reason, source)
            case kernel.Close(reason):
                return Event(EventType.ITEM_CLOSED, {"reason": reason})
            case kernel.Admit():
                return Event(EventType.ADMITTED)
            case _:
                return self._answer_call(plan, state, request)

    def _answer_call(self, plan: Plan, state: State, request: Request) -> Event:
        told: Data
        match request:
            case kernel.Expand(step, number):
                told = {"version": self.version, "children": self.children[step]}
                kind = EventType.EXPANDED
            case kernel.Spawn(step, number, child, supersedes):
                told = {"child": child, "item": f"{child}-{number}", "supersedes": supersedes}
                kind = EventType.CHILD_STARTED
            case kernel.Render(step, number, child):
                files = {f"{child}.md": f"sha256:{number}"}
                kind, told = EventType.CHILD_RENDERED, {"child": child, "artifacts": files}
            case kernel.Absorb(step, number, children):
                kind, told = EventType.CHILDREN_ABSORBED, {"children": list(children)}
            case kernel.Pause(step, number, child):
                kind, told = EventType.PAUSED, {"child": child}
            case kernel.Finish(step, number):
                attempt = state.attempt(plan, step, number)
                assert attempt is not None
                kind, told = EventType.COMPLETED, result(plan, attempt)
            case _:
                raise AssertionError(f"nobody answers {request}")
        return Event(kind, {"step": step, "attempt": number} | told)

    def _evaluated(self, plan: Plan, state: State, probe: kernel.Probe) -> Event:
        """Give what an evaluation came to; one that came to nothing is a blocker."""
        asked = self._asked(plan, probe)
        if asked is None:
            source = (probe.step, probe.attempt) if probe.what == "blockers" else None
            steps = (probe.step,) if probe.step and source is None else ()
            reason = f"{probe.what} of {probe.step or 'the item'}: no such name"
            return _blocked(state, "expression-error", steps, reason, source)
        data = {"what": probe.what, "step": probe.step, "generation": probe.generation}
        return Event(EventType.EVALUATED, data | asked)

    def _asked(self, plan: Plan, probe: kernel.Probe) -> Data | None:
        told: Data = {"attempt": probe.attempt}
        match probe.what:
            case "when":
                return self._condition(probe)
            case "entry":
                criteria = self._criteria(probe, kernel.entry_criteria(plan.step(probe.step)))
                return None if criteria is None else told | criteria
            case "blockers":
                raised = self.raised.get(f"{probe.step}/{probe.attempt}", ())
                return None if raised is None else told | {"raised": [*raised]}
            case "pause":
                told |= {"child": probe.child, "group_last": probe.group_last, "last": probe.last}
                holds = self.pauses.get(probe.child, False)
                return None if holds is None else told | {"holds": holds}
            case "done":
                return self._criteria(probe, [c.id for c in plan.done])

    def _criteria(self, probe: kernel.Probe, asked: Sequence[str]) -> Data | None:
        unmet = self.unmet.get(probe.step, ())
        return None if unmet is None else {"criteria": {c: c not in unmet for c in asked}}

    def _condition(self, probe: kernel.Probe) -> Data | None:
        holds = self.conditions.get(probe.step, True)
        if isinstance(holds, Sequence):
            holds = holds[min(probe.generation, len(holds)) - 1]
        return None if holds is None else {"holds": holds}


def _blocked(
    state: State,
    kind: str,
    steps: Sequence[str],
    reason: str,
    source: tuple[str, int] | None,
) -> Event:
    number = len(state.blockers) + 1
    data = {"blocker": number, "type": kind, "steps": list(steps), "reason": reason}
    return Event(EventType.BLOCKED, data | ({} if source is None else {"source": list(source)}))
