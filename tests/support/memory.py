"""The smallest driver of the kernel: a list of events, and outcomes that a test says.

It shares nothing with the engine, so that the two are independent readings of what a request
asks for. Attempts are named as in `build/2`; a step alone means its last attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail import kernel
from dovetail.kernel import (
    Attempt,
    Child,
    Event,
    EventType,
    Hold,
    Launch,
    Request,
    State,
    StepState,
)
from dovetail.plan.model import Plan
from tests.support.plans import ROLE
from tests.support.world import Conditions, World, named, result, sending

__all__ = ["RUNNER", "Memory", "registration"]

RUNNER = "runner"
_ROUNDS = 1000


def registration(plan: Plan, **more: Any) -> Event:
    """Give the event that an item's history begins with."""
    data = {"digest": plan.digest, "intake": bool(plan.intake), "params": {}, "title": "T"}
    return Event(EventType.REGISTERED, data | more)


class Memory:
    """A work item in memory.

    Args:
        plan: what it runs through.
        conditions: what conditions give; those not named are true.
        world: what else the item finds.
        registered: more of the event that registers it.
        driven: whether automatic steps are launched and claimed, as the flow's driver does.
        follow: whether requests are answered as soon as they stand.
    """

    def __init__(
        self,
        plan: Plan,
        conditions: Conditions | None = None,
        *,
        world: World | None = None,
        registered: Mapping[str, Any] | None = None,
        driven: bool = True,
        follow: bool = True,
    ) -> None:
        self.plan, self.state = plan, State.initial(plan)
        self.events: list[Event] = []
        self.world = world or World()
        self.world.conditions = conditions or self.world.conditions
        self._driven, self.follow = driven, follow
        self.put(registration(plan, **(registered or {})))
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
        asked = kernel.survey(self.plan, self.state)
        return {r.step: (r.why, r.on) for r in asked if isinstance(r, Hold)}

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
    def blockers(self) -> list[str]:
        """The types of the blockers that are open, in order."""
        return [b.type for b in self.state.open_blockers()]

    @property
    def status(self) -> str:
        """The item's status."""
        return kernel.status(self.state, launchable=bool(self.launches))

    def step(self, key: str) -> StepState:
        """Give a step."""
        return self.state.at(self.plan, key)

    def phase(self, step: str) -> str:
        """Where a step stands."""
        return self.step(step).phase

    def generation(self, step: str) -> int:
        """How often a step was opened."""
        return self.step(step).generation

    def attempt(self, name: str) -> Attempt:
        """Give an attempt by its name."""
        step, _, number = name.partition("/")
        attempts = self.step(step).attempts
        return attempts[int(number) - 1] if number else attempts[-1]

    def children(self, name: str) -> dict[str, Child]:
        """Give the children of a call's attempt."""
        call = self.attempt(name).call
        return {} if call is None else call.children

    def told(self, kind: EventType) -> list[Mapping[str, Any]]:
        """Give the data of all events of a type, in order."""
        return [e.data for e in self.events if e.type is kind]

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

    def pause(self) -> Memory:
        """Leave the requests that come next unanswered."""
        self.follow = False
        return self

    def go_on(self) -> Memory:
        """Answer what stands, and what comes next."""
        self.follow = True
        self._go_on()
        return self

    def accept(self, **more: Any) -> Memory:
        data = {"decision": "accept", "reason": "fits", "executor": "ana", "roles": [ROLE]}
        return self.say(EventType.INTAKE, **(data | more))

    def queue(self, *steps: str) -> Memory:
        """Decide to launch these steps, and queue them; the claims are the test's."""
        requests = self.requests
        chosen = [r for r in requests if isinstance(r, Launch) and r.step in steps]
        self.put(Event(EventType.SCHEDULED, kernel.schedule(requests, chosen)))
        for r in chosen:
            self.put(_queued(r))
        return self

    def claim(self, name: str, **more: Any) -> Memory:
        return self.say(EventType.CLAIMED, **(self.claiming(name) | more))

    def claiming(self, name: str, executor: str = "ana") -> dict[str, Any]:
        """Give the claim of an executor; automatic work is claimed by the runner."""
        attempt = self.attempt(name)
        spec = self.plan.step(attempt.step)
        who = {"executor": executor, "kind": "person", "roles": [spec.role]}
        if spec.automatic:
            who |= {"executor": RUNNER, "kind": "runner"}
        return named(attempt) | who | {"fence": self.state.events + 1, "handoffs": []}

    def complete(self, name: str, **more: Any) -> Memory:
        return self.say(EventType.COMPLETED, **(self.result(name) | more))

    def result(self, name: str) -> dict[str, Any]:
        return result(self.plan, self.attempt(name))

    def writing(self, name: str) -> dict[str, Any]:
        attempt = self.attempt(name)
        return named(attempt) | {"executor": attempt.executor, "fence": attempt.fence}

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
        return self.say(EventType.REQUEUED, **named(self.attempt(name)), reason="again")

    def approve(self, name: str, **more: Any) -> Memory:
        return self.say(EventType.APPROVED, **(self.verdict(name, more.get("child")) | more))

    def override(self, name: str, **more: Any) -> Memory:
        """Approve a gate against what its evidence says."""
        return self.say(EventType.APPROVED, **(self.overriding(name, more.get("child")) | more))

    def overriding(self, name: str, child: str | None = None) -> dict[str, Any]:
        verdict = self.verdict(name, child)
        gate = kernel.gate_of(self.plan.step(verdict["step"]))
        roles = list(gate.override) if gate else []
        against = kernel.contradicted(self.step(verdict["step"]), child)
        return verdict | {"override": True, "contradicts": against, "roles": roles}

    def reject(self, name: str, to: str | None = None, **more: Any) -> Memory:
        gate = kernel.gate_of(self.plan.step(self.attempt(name).step))
        first = gate.reject[0] if gate and gate.reject else ""
        return self.say(EventType.REJECTED, **(self.verdict(name) | {"to": to or first} | more))

    def verdict(self, name: str, child: str | None = None) -> dict[str, Any]:
        attempt = self.attempt(name)
        spec = self.plan.step(attempt.step)
        gate = kernel.gate_of(spec)
        roles = list((gate and gate.reviewers) or (spec.role,))
        who = {"executor": "rex", "kind": "person", "roles": roles, "reason": "as it is"}
        seen = kernel.shown(self.plan, self.state, attempt.step, child)
        given: dict[str, Any] = {"evidence": {}, "approve_when": None, "shown": seen}
        return named(attempt) | {"generation": attempt.generation} | who | given

    def block(self, kind: str, *steps: str, **more: Any) -> Memory:
        number = len(self.state.blockers) + 1
        told = {"blocker": number, "type": kind, "steps": [*steps], "reason": "so"}
        return self.say(EventType.BLOCKED, **(told | more))

    def unblock(self, number: int = 0, **more: Any) -> Memory:
        """Resolve a blocker; without a number, the first that is open."""
        number = number or next(b.number for b in self.state.open_blockers())
        return self.say(EventType.UNBLOCKED, blocker=number, notes="done", **more)

    def rework(self, to: str, **more: Any) -> Memory:
        """Send the item back, as an operator."""
        return self.say(EventType.REWORK, **(self.sending(to) | more))

    def sending(self, to: str) -> dict[str, Any]:
        return sending(self.plan, to, None, 0, "not good")

    def revert(self, name: str, **more: Any) -> Memory:
        told = named(self.attempt(name)) | {"reason": "it broke"}
        return self.say(EventType.REVERTED, **(told | more))

    def settle(self, name: str, *children: str, **more: Any) -> Memory:
        """Have children of a call end, by default completed."""
        for child in children:
            told = {"child": child, "status": "completed", "outputs": {}}
            self.say(EventType.CHILD_SETTLED, **(named(self.attempt(name)) | told | more))
        return self

    # --- answering requests

    def _go_on(self) -> None:
        rounds = 0
        while self.follow and self.answer_some():
            rounds += 1
            assert rounds < _ROUNDS, "the kernel asks for ever"

    def answer_some(self) -> bool:
        """Answer what needs nobody, else launch, else end the item; tells whether it did any."""
        requests = self.requests
        prompt = [r for r in requests if self._is_prompt(r)]
        launches = [r for r in requests if isinstance(r, Launch) and self._may_launch(r)]
        if prompt:
            for request in prompt:
                if kernel.asks(self.plan, self.state, request):
                    self.put(self.world.answer(self.plan, self.state, request))
        elif launches:
            self._launch(requests, launches)
        elif kernel.Complete() in requests:
            self.put(Event(EventType.ITEM_COMPLETED))
        else:
            return False
        return True

    def _is_prompt(self, request: Request) -> bool:
        """Tell whether a request is answered at once; children that are recalled take a while."""
        if isinstance(request, kernel.Admit):
            return not self.world.full
        return not isinstance(request, (Launch, Hold, kernel.Complete, kernel.Recall))

    def _may_launch(self, request: Launch) -> bool:
        if isinstance(request, kernel.Acquire) and self.world.taken & {*request.constraints}:
            return False
        return self._driven or not self.plan.step(request.step).automatic

    def _launch(self, requests: list[Request], launches: list[Launch]) -> None:
        self.put(Event(EventType.SCHEDULED, kernel.schedule(requests, launches)))
        for r in launches:
            self.put(_queued(r))
            if self.plan.step(r.step).automatic:
                claim = self.claiming(f"{r.step}/{r.attempt}")
                if isinstance(r, kernel.Acquire):
                    claim["granted"] = list(r.constraints)
                self.put(Event(EventType.CLAIMED, claim))


def _queued(launch: Launch) -> Event:
    data = {"step": launch.step, "attempt": launch.attempt, "generation": launch.generation}
    return Event(EventType.QUEUED, data)
