"""The smallest driver of the kernel: a list of events, and outcomes that a test says.

It shares nothing with the engine, so that the two are independent readings of what a request
asks for. Attempts are named as in `build/2`; a step alone means its last attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dovetail import kernel
from dovetail.kernel import Attempt, Event, EventType, Hold, Launch, Request, State
from dovetail.plan.model import Plan
from tests.support.plans import ROLE

__all__ = ["RUNNER", "Memory", "registration"]

RUNNER = "runner"
_ROUNDS = 1000

Conditions = Mapping[str, bool | Sequence[bool | None] | None]
"""What `when` gives, by step: one for all generations or one for each; None: it can't be told."""


def registration(plan: Plan, **more: Any) -> Event:
    """Give the event that an item's history begins with."""
    data = {"digest": plan.digest, "intake": bool(plan.intake), "params": {}, "title": "T"}
    return Event(EventType.REGISTERED, data | more)


class Memory:
    """A work item in memory.

    Args:
        plan: what it runs through.
        conditions: what conditions give; those not named are true.
        driven: whether automatic steps are launched and claimed, as the flow's driver does.
        follow: whether requests are answered as soon as they stand.
    """

    def __init__(
        self,
        plan: Plan,
        conditions: Conditions | None = None,
        *,
        driven: bool = True,
        follow: bool = True,
    ) -> None:
        self.plan, self.state = plan, State.initial(plan)
        self.events: list[Event] = []
        self.conditions = conditions or {}
        self._driven, self.follow = driven, follow
        self.put(registration(plan))
        self._go_on()

    # --- what a test looks at

    @property
    def requests(self) -> list[Request]:
        """What the kernel asks for now."""
        return kernel.decide(self.plan, self.state)

    @property
    def launches(self) -> list[str]:
        """What the kernel asks to launch now, in its order."""
        return [r.step for r in self.requests if isinstance(r, Launch)]

    @property
    def held(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """What holds each held step."""
        return {r.step: (r.why, r.on) for r in self.requests if isinstance(r, Hold)}

    @property
    def open(self) -> list[str]:
        """The attempts in flight, in order of launch."""
        return [f"{s}/{n}" for s, n in self.state.in_flight]

    @property
    def launched(self) -> list[str]:
        """All attempts ever launched, in order."""
        queued = (e.data for e in self.events if e.type is EventType.QUEUED)
        return [f"{d['step']}/{d['attempt']}" for d in queued]

    @property
    def status(self) -> str:
        """The item's status."""
        return kernel.status(self.state, launchable=bool(self.launches))

    def phase(self, step: str) -> str:
        """Where a step stands."""
        return self.state.steps[self.plan.position[step]].phase

    def generation(self, step: str) -> int:
        """How often a step was opened."""
        return self.state.steps[self.plan.position[step]].generation

    def attempt(self, name: str) -> Attempt:
        """Give an attempt by its name."""
        step, _, number = name.partition("/")
        attempts = self.state.steps[self.plan.position[step]].attempts
        return attempts[int(number) - 1] if number else attempts[-1]

    # --- what a test says

    def put(self, event: Event) -> None:
        """Apply an event, and keep it when it was not refused."""
        kernel.apply(self.plan, self.state, event)
        self.events.append(event)

    def say(self, kind: EventType, /, **data: Any) -> Memory:
        """Apply an event, and answer what follows from it."""
        self.put(Event(kind, data))
        self._go_on()
        return self

    def accept(self, **more: Any) -> Memory:
        data = {"decision": "accept", "reason": "fits", "executor": "ana", "roles": [ROLE]}
        return self.say(EventType.INTAKE, **(data | more))

    def claim(self, name: str, **more: Any) -> Memory:
        return self.say(EventType.CLAIMED, **(self.claiming(name) | more))

    def claiming(self, name: str, executor: str = "ana") -> dict[str, Any]:
        attempt = self.attempt(name)
        role = self.plan.step(attempt.step).role
        who = {"executor": executor, "kind": "person", "roles": [role]}
        return _named(attempt) | who | {"fence": self.state.events + 1, "handoffs": []}

    def complete(self, name: str, **more: Any) -> Memory:
        return self.say(EventType.COMPLETED, **(self.result(name) | more))

    def result(self, name: str) -> dict[str, Any]:
        attempt = self.attempt(name)
        criteria = {c.id: True for c in self.plan.step(attempt.step).exit}
        result = {"outputs": {}, "evidence": {}, "artifacts": {}, "criteria": criteria}
        return self.writing(name) | result

    def writing(self, name: str) -> dict[str, Any]:
        attempt = self.attempt(name)
        return _named(attempt) | {"executor": attempt.executor, "fence": attempt.fence}

    def do(self, *names: str) -> Memory:
        """Claim and complete external work; complete automatic work; integrate."""
        for name in names:
            spec = self.plan.step(self.attempt(name).step)
            if not spec.automatic:
                self.claim(name)
            self.integrated(name) if spec.kind == "integrate" else self.complete(name)
        return self

    def integrated(self, name: str, **more: Any) -> Memory:
        told = {"artifacts": {}, "message": ""}
        return self.say(EventType.INTEGRATED, **(self.writing(name) | told | more))

    def fail(self, name: str, **more: Any) -> Memory:
        told = {"reason": "broke", "interrupted": False}
        return self.say(EventType.FAILED, **(self.writing(name) | told | more))

    def interrupt(self, name: str) -> Memory:
        return self.fail(name, interrupted=True, reason="its driver died")

    def requeue(self, name: str) -> Memory:
        return self.say(EventType.REQUEUED, **_named(self.attempt(name)), reason="again")

    def approve(self, name: str, **more: Any) -> Memory:
        return self.say(EventType.APPROVED, **(self.verdict(name) | more))

    def reject(self, name: str, to: str | None = None, **more: Any) -> Memory:
        gate = self.plan.step(self.attempt(name).step).gate
        first = gate.reject[0] if gate and gate.reject else ""
        return self.say(EventType.REJECTED, **(self.verdict(name) | {"to": to or first} | more))

    def verdict(self, name: str) -> dict[str, Any]:
        attempt = self.attempt(name)
        spec = self.plan.step(attempt.step)
        roles = list((spec.gate and spec.gate.reviewers) or (spec.role,))
        who = {"executor": "rex", "kind": "person", "roles": roles, "reason": "as it is"}
        given = {"evidence": {}, "approve_when": None}
        return _named(attempt) | {"generation": attempt.generation} | who | given

    def block(self, kind: str, *steps: str) -> Memory:
        number = len(self.state.blockers) + 1
        return self.say(EventType.BLOCKED, blocker=number, type=kind, steps=[*steps], reason="so")

    def unblock(self, number: int = 0) -> Memory:
        """Resolve a blocker; without a number, the first that is open."""
        number = number or next(b.number for b in self.state.open_blockers())
        return self.say(EventType.UNBLOCKED, blocker=number, notes="done")

    # --- answering requests

    def _go_on(self) -> None:
        rounds = 0
        while self.follow and self.answer_some():
            rounds += 1
            assert rounds < _ROUNDS, "the kernel asks for ever"

    def answer_some(self) -> bool:
        """Answer what needs nobody, else launch, else end the item; tells whether it did any."""
        requests = [r for r in self.requests if not isinstance(r, Hold)]
        last = (Launch, kernel.Complete)
        chosen = [r for r in requests if not isinstance(r, last)] or [
            r for r in requests if not isinstance(r, Launch) or self._may_launch(r)
        ]
        for request in chosen:
            self._answer(request)
        return bool(chosen)

    def _may_launch(self, request: Launch) -> bool:
        return self._driven or not self.plan.step(request.step).automatic

    def _answer(self, request: Request) -> None:
        match request:
            case kernel.Probe(step, generation, _):
                self._evaluate(step, generation)
            case kernel.Skip(step, generation, reason):
                data = {"step": step, "generation": generation, "reason": reason}
                self.put(Event(EventType.SKIPPED, data))
            case kernel.Launch(step, number, generation, _):
                data = {"step": step, "attempt": number, "generation": generation}
                self.put(Event(EventType.QUEUED, data))
                if self.plan.step(step).automatic:
                    self.put(Event(EventType.CLAIMED, self.claiming(f"{step}/{number}", RUNNER)))
            case kernel.Rework(gate, number, to, reason):
                data = {"gate": gate, "attempt": number, "to": to, "reason": reason}
                self.put(Event(EventType.REWORK, data | {"reopened": []}))
            case kernel.Block(kind, steps, reason):
                self._blocked(kind, steps, reason)
            case kernel.Close(reason):
                self.put(Event(EventType.ITEM_CLOSED, {"reason": reason}))
            case kernel.Complete():
                self.put(Event(EventType.ITEM_COMPLETED))

    def _evaluate(self, step: str, generation: int) -> None:
        holds = self.conditions.get(step, True)
        if isinstance(holds, Sequence):
            holds = holds[min(generation, len(holds)) - 1]
        if holds is None:
            self._blocked("expression-error", (step,), f"{step}: no such name")
            return
        data = {"step": step, "generation": generation, "holds": holds}
        self.put(Event(EventType.EVALUATED, data))

    def _blocked(self, kind: str, steps: Sequence[str], reason: str) -> None:
        number = len(self.state.blockers) + 1
        data = {"blocker": number, "type": kind, "steps": list(steps), "reason": reason}
        self.put(Event(EventType.BLOCKED, data))


def _named(attempt: Attempt) -> dict[str, Any]:
    return {"step": attempt.step, "attempt": attempt.number}
