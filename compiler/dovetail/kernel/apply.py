"""The next state, or a refusal: an event is checked against the rules before it changes anything.

Each handler first says what must be true (SPEC 5.3 to 5.7) and raises `Refused` when it is not,
then changes the state. So the same few lines answer a person at the command line, a form in
Prefect's pages and a verifier that replays a history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dovetail.kernel.decide import hold_of, rework_limit
from dovetail.kernel.events import Event, EventType
from dovetail.kernel.state import Attempt, Blocker, State, StepState
from dovetail.plan.model import Gate, Plan, Step

__all__ = ["Refused", "apply", "fold", "held", "open_gate", "rework_targets", "unmet"]


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The plan or the state does not allow this event.

    Args:
        message: the rule and the record that stand against it.
        way_out: what is allowed now.
        stale: whether the writer speaks for something that is over.
    """

    def __init__(self, message: str, way_out: str = "", *, stale: bool = False) -> None:
        super().__init__(message)
        self.message, self.way_out, self.stale = message, way_out, stale


def fold(plan: Plan, events: Iterable[Event]) -> State:
    """Give the state after these events.

    Raises:
        Refused: at the first event that the plan does not allow.
    """
    state = State.initial(plan)
    for event in events:
        apply(plan, state, event)
    return state


def apply(plan: Plan, state: State, event: Event) -> State:
    """Advance a state by one event and give it back; a refused event changes nothing.

    Raises:
        Refused: when the plan or the state does not allow the event.
    """
    if event.type is not EventType.REGISTERED:
        _demand(state.registered is not None, "the item is not registered")
        if state.over:
            ended = "completed" if state.completed else f"closed: {state.closed}"
            raise Refused(f"the item is {ended}", "register a new item for further work")
    _HANDLERS[event.type](plan, state, event.data)
    state.events += 1
    return state


def _demand(holds: bool, message: str, way_out: str = "", *, stale: bool = False) -> None:
    if not holds:
        raise Refused(message, way_out, stale=stale)


def _names(found: Iterable[str]) -> str:
    return ", ".join(found)


def _registered(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _demand(state.registered is None, "the item is already registered")
    _demand(
        data["digest"] == plan.digest,
        f"the item is on plan {data['digest']}, and this is {plan.digest} ({plan.ref})",
    )
    state.registered = data
    state.accepted = not data["intake"]


def _intake(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _demand(not state.accepted, "intake is already decided", "dovetail status ITEM")
    _demand(data["decision"] == "accept", f"intake is accept, not {data['decision']}")
    _demand_role(data, plan.intake, "the intake review")
    state.accepted = True


def _demand_role(data: Mapping[str, Any], roles: Iterable[str], what: str) -> None:
    wanted, has = sorted(roles), sorted(data["roles"])
    if not set(wanted) & set(has):
        raise Refused(
            f"{what} is for the role {' or '.join(wanted)}; "
            f"{data['executor']} has {', '.join(has) or 'none'}",
            f"act as somebody who has it: --as NAME; executors.yaml says who is {wanted[0]}",
        )


def _idle(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[int, StepState]:
    """Give a step that a scheduling event speaks of, in the generation it speaks of."""
    place = plan.position.get(data["step"], -1)
    _demand(place >= 0, f"the plan has no step {data['step']}")
    step = state.steps[place]
    _demand(state.accepted, "the item is in intake")
    current = step.phase == "idle" and step.generation == data["generation"]
    _demand(
        current,
        f"{data['step']} is {step.phase} in generation {step.generation}; "
        f"this speaks of it as idle in generation {data['generation']}",
        "dovetail status ITEM",
        stale=True,
    )
    waiting = [p for p in plan.steps[place].inputs if not state.steps[plan.position[p]].settled]
    _demand(not waiting, f"{data['step']} waits for {', '.join(waiting)}", "dovetail status ITEM")
    return place, step


def _evaluated(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _, step = _idle(plan, state, data)
    _demand(step.condition is None, f"the condition of {data['step']} is already evaluated")
    step.condition = data["holds"]


def _skipped(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place, step = _idle(plan, state, data)
    _demand(step.condition is False, f"nothing says that {data['step']} is to be skipped")
    state.started = True
    step.phase, step.reason = "skipped", data["reason"]
    _settle(plan, state, place)


def _settle(plan: Plan, state: State, place: int) -> None:
    state.frontier.discard(place)
    state.open_steps -= 1
    for successor in plan.flow_successors[place]:
        state.steps[successor].unsettled -= 1
        state.frontier.add(successor)  # it is idle: an input of it had not settled until now


def _scheduled(_plan: Plan, state: State, _data: Mapping[str, Any]) -> None:
    _demand(state.accepted, "the item is in intake")


def _queued(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    place, step = _idle(plan, state, data)
    spec, number = plan.steps[place], data["attempt"]
    due = len(step.attempts) + 1
    _demand(number == due, f"the next attempt is {spec.key}/{due}, not {spec.key}/{number}")
    _demand(
        spec.when is None or step.condition is True,
        f"{spec.key} has a condition, and it is not true",
    )
    hold = hold_of(plan, state, spec)
    if hold is not None:
        raise Refused(f"{spec.key} is held: {hold.why}: {_names(hold.on)}", "dovetail status ITEM")
    busy = _names(f"{s}/{n}" for s, n in sorted(state.lane))
    _demand(spec.parallel or not busy, f"{spec.key} is held: lane: {busy}")
    attempt = Attempt(spec.key, number, step.generation)
    step.attempts.append(attempt)
    step.phase, step.reason = "queued", None
    state.started = True
    state.frontier.discard(place)
    state.in_flight[spec.key, number] = attempt
    if not spec.parallel:
        state.lane.add((spec.key, number))


def _find(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Step, StepState, Attempt]:
    attempt = state.attempt(plan, data["step"], data["attempt"])
    if attempt is None:
        raise Refused(
            f"there is no attempt {data['step']}/{data['attempt']}",
            "dovetail status ITEM lists them",
        )
    place = plan.position[attempt.step]
    return plan.steps[place], state.steps[place], attempt


def _claimed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = _find(plan, state, data)
    name = f"{attempt.step}/{attempt.number}"
    _demand(spec.kind != "gate", f"{spec.key} is a gate", "dovetail gate ITEM STEP approve|reject")
    holder = f" by {attempt.executor} (fence {attempt.fence})" if attempt.executor else ""
    _demand(
        attempt.status == "queued",
        f"{name} is {attempt.status}{holder}; only a queued attempt can be claimed",
        "dovetail next --role ROLE shows what is open",
        stale=True,
    )
    if not spec.automatic:
        _demand_role(data, (spec.role,), name)
    _demand(
        data["fence"] == state.events + 1,
        f"the next fence is {state.events + 1}, not {data['fence']}",
    )
    attempt.status = step.phase = "claimed"
    attempt.executor, attempt.fence = data["executor"], data["fence"]


def held(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Step, StepState, Attempt]:
    """Give the attempt that the writer holds.

    Raises:
        Refused: when it is not claimed, is over, or somebody else or an earlier claim speaks.
    """
    spec, step, attempt = _find(plan, state, data)
    name = f"{attempt.step}/{attempt.number}"
    if attempt.status == "queued":
        _demand(spec.kind != "gate", f"{spec.key} is a gate", "dovetail gate ITEM STEP …")
        raise Refused(f"{name} is not claimed", f"dovetail claim ITEM/{name} --as NAME")
    if attempt.status != "claimed":
        raise Refused(f"{name} is over: {attempt.status}", "dovetail status ITEM", stale=True)
    if attempt.executor != data["executor"] or attempt.fence != data["fence"]:
        raise Refused(
            f"{name} is held by {attempt.executor} under fence {attempt.fence}; "
            f"this is {data['executor']} with fence {data['fence']}",
            "claim the attempt that is open now: dovetail next --role ROLE --claim",
            stale=True,
        )
    return spec, step, attempt


def _end(state: State, attempt: Attempt) -> None:
    key = (attempt.step, attempt.number)
    state.in_flight.pop(key, None)
    state.lane.discard(key)
    state.draining.discard(key)


def _completed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    _demand(spec.kind != "integrate", f"{spec.key} completes by integrating", "dovetail run ITEM")
    _complete(plan, state, data, spec, step, attempt)


def _complete(
    plan: Plan,
    state: State,
    data: Mapping[str, Any],
    spec: Step,
    step: StepState,
    attempt: Attempt,
) -> None:
    against = {
        k: None if holds is True else "does not hold" for k, holds in data["criteria"].items()
    }
    lacking = None if attempt.superseded else unmet(spec, against)
    if lacking is not None:
        raise Refused(lacking, "meet them and complete again; the attempt stays claimed")
    attempt.outputs, attempt.evidence = data["outputs"], data["evidence"]
    attempt.artifacts = data["artifacts"]
    _end(state, attempt)
    if attempt.superseded:
        attempt.status = "superseded"
        return
    attempt.status = step.phase = "completed"
    _settle(plan, state, plan.position[spec.key])


def unmet(spec: Step, against: Mapping[str, str | None]) -> str | None:
    """Say which exit criteria of a step do not hold; None: all do.

    Args:
        spec: the step.
        against: criterion id → what stands against it, if only an empty text; None: it holds. One
            left out does not hold.
    """
    missing = [(c, against.get(c.id, "not looked at")) for c in spec.exit]
    missing = [(c, why) for c, why in missing if why is not None]
    if not missing:
        return None
    told = [f"{c.say} ({why})" if c.say and why else c.say or why for c, why in missing]
    lines = "".join(f"\n  · {c.id}: {say}" for (c, _), say in zip(missing, told, strict=True))
    return f"{len(missing)} of {len(spec.exit)} exit criteria of {spec.key} are not met:{lines}"


def _integrated(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    _demand(spec.kind == "integrate", f"{spec.key} does not integrate", "dovetail complete ATTEMPT")
    blockers = _names(f"{b.number} ({b.type})" for b in state.open_blockers())
    _demand(not blockers, f"integration waits for the blocker {blockers}", "dovetail unblock ITEM")
    # It is alone: it launches when nothing is in flight, and holds everything else until it ends.
    told = {"criteria": {}, "outputs": {}, "evidence": {}} | dict(data)
    _complete(plan, state, told, spec, step, attempt)
    if not attempt.superseded:
        state.baseline = "post"


def _failed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    _end(state, attempt)
    attempt.reason, attempt.interrupted = data["reason"], data["interrupted"]
    if attempt.superseded:
        attempt.status = "superseded"
        return
    attempt.status = "failed"
    step.reason = data["reason"]
    step.failures += not attempt.interrupted
    place = plan.position[spec.key]
    if step.failures >= spec.attempts + step.granted:
        state.attention.add(place)
    step.phase = "idle" if spec.automatic or attempt.interrupted else "failed"
    state.frontier.add(place)


def _requeued(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = _find(plan, state, data)
    last = step.phase == "failed" and step.attempts[-1] is attempt
    _demand(
        step.failures < spec.attempts + step.granted,
        f"{spec.key} has failed {step.failures} of {spec.attempts + step.granted} times",
        "dovetail unblock ITEM BLOCKER --reason … grants one more attempt",
    )
    _demand(
        last,
        f"{attempt.step}/{attempt.number} is {attempt.status}; "
        "only the last attempt is re-queued, and only when it failed",
        "dovetail status ITEM",
        stale=True,
    )
    step.phase = "idle"


def open_gate(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Gate, StepState, Attempt]:
    """Give the open gate that a decision speaks of, and check who decides.

    Raises:
        Refused: when it is not open, or is not for the one who decides.
    """
    spec, step, attempt = _find(plan, state, data)
    gate = spec.gate
    if gate is None:
        raise Refused(f"{spec.key} is not a gate but {spec.kind}", "dovetail complete ATTEMPT")
    _demand(
        attempt.status == "queued",
        f"{spec.key}/{attempt.number} is {attempt.status}: it is not open for a decision",
        "dovetail status ITEM shows what is open",
        stale=True,
    )
    _demand(
        data["generation"] == step.generation,
        f"{spec.key} is open in generation {step.generation}, not {data['generation']}",
        "dovetail status ITEM shows what is open",
        stale=True,
    )
    _demand_role(data, gate.reviewers or (spec.role,), f"the gate {spec.key}")
    _demand(
        not gate.human or data["kind"] == "person",
        f"the gate {spec.key} is decided by a person; {data['executor']} is of kind {data['kind']}",
        "decide as a person: --as NAME",
    )
    if gate.independent and data["executor"] in _workers(plan, state, spec.key):
        raise Refused(
            f"the gate {spec.key} is independent, and {data['executor']} worked on what it reviews",
            "let somebody else decide: --as NAME",
        )
    return gate, step, attempt


def _workers(plan: Plan, state: State, gate: str) -> set[str | None]:
    attempts = (a for i in plan.upstream(gate) for a in state.steps[i].attempts)
    return {a.executor for a in attempts if a.executor is not None}


def _approved(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    gate, step, attempt = open_gate(plan, state, data)
    if gate.evidence is not None:
        _demand(
            gate.evidence in data["evidence"],
            f"approving {attempt.step} takes evidence of the type {gate.evidence}; there is none",
            "--evidence FILE with a record of that type",
        )
    _demand(
        gate.approve_when is None or data["approve_when"] is True,
        f"the evidence contradicts the verdict: {gate.approve_when} does not hold",
        f"reject, or approve {attempt.step} with evidence that agrees",
    )
    _end(state, attempt)
    attempt.status = step.phase = "completed"
    _note_decision(attempt, data)
    _settle(plan, state, plan.position[attempt.step])


def _note_decision(attempt: Attempt, data: Mapping[str, Any]) -> None:
    attempt.executor, attempt.reason = data["executor"], data["reason"]
    attempt.evidence = data["evidence"]


def rework_targets(plan: Plan, state: State, gate: str) -> tuple[str, ...]:
    """Give the steps that a gate may send the item back to now.

    Not offered are skipped ones (SPEC 5.5), and those before what is in the baseline (SPEC 5.6).
    """
    spec = plan.step(gate).gate
    targets = spec.reject if spec else ()
    return tuple(
        t
        for t in targets
        if state.steps[plan.position[t]].phase != "skipped" and not _behind(plan, state, t)
    )


def _behind(plan: Plan, state: State, target: str) -> list[str]:
    """Give the integrations that rework to a step would undo."""
    if state.baseline == "pre":
        return []
    return [
        plan.steps[i].key
        for i in plan.downstream(target)
        if plan.steps[i].kind == "integrate" and state.steps[i].phase == "completed"
    ]


def _rejected(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    gate, step, attempt = open_gate(plan, state, data)
    targets = rework_targets(plan, state, attempt.step)
    past = [t for t in gate.reject if _behind(plan, state, t)]
    crossed = f"; rework to {', '.join(past)} would cross the baseline" if past else ""
    _demand(
        bool(targets),
        f"the gate {attempt.step} has nothing to send the item back to{crossed}",
        f"dovetail gate ITEM {attempt.step} approve",
    )
    _demand(
        data["to"] in targets,
        f"{attempt.step} can't send the item back to {data['to']}; it can to {', '.join(targets)}",
        f"--to {targets[0]}" if targets else "",
    )
    _demand(bool(data["reason"].strip()), "a rejection says why", "--reason WORDS")
    agrees = gate.approve_when is None or not data["evidence"] or data["approve_when"] is not True
    _demand(
        agrees,
        f"the evidence contradicts the verdict: {gate.approve_when} holds",
        f"approve {attempt.step}, or reject with evidence that agrees",
    )
    _end(state, attempt)
    attempt.status = step.phase = "rejected"
    _note_decision(attempt, data)
    step.to, step.reason = data["to"], data["reason"]
    state.attention.add(plan.position[attempt.step])


def _rework(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = _find(plan, state, {"step": data["gate"], "attempt": data["attempt"]})
    asked = step.phase == "rejected" and attempt is step.latest
    _demand(asked, f"{spec.key}/{attempt.number} is {attempt.status}, not rejected", stale=True)
    _demand(step.to == data["to"], f"{spec.key} was rejected to {step.to}, not to {data['to']}")
    limit = rework_limit(spec, step)
    _demand(
        step.reworks < limit,
        f"{spec.key} was rejected and its limit of {limit} reworks is used up",
        "dovetail unblock ITEM BLOCKER --reason … grants one more rework",
    )
    behind = ", ".join(_behind(plan, state, data["to"]))
    _demand(not behind, f"rework across the baseline: {behind} is completed")
    reopened = plan.downstream(data["to"])
    step.reworks += 1
    for i in reopened:
        _reopen(plan, state, i)
        state.steps[i].sent_back = (data["gate"], data["attempt"])
    for i in reopened:
        reset = state.steps[i]
        inputs = [state.steps[plan.position[p]].settled for p in plan.steps[i].inputs]
        reset.unsettled = inputs.count(False)
        if True in inputs or not inputs:
            state.frontier.add(i)
        else:
            state.frontier.discard(i)


def _reopen(plan: Plan, state: State, place: int) -> None:
    """Begin a new generation of a step; what was in flight is cancelled or drains (SPEC 5.5)."""
    step = state.steps[place]
    if step.settled:
        state.open_steps += 1
    if (last := step.latest) is not None:
        key = (last.step, last.number)
        if last.status == "queued":
            last.status = "cancelled"
            _end(state, last)
        elif last.status == "claimed":
            last.superseded = True
            state.draining.add(key)
    step.phase, step.generation = "idle", step.generation + 1
    step.failures = 0
    if plan.steps[place].gate is None:
        step.granted = 0  # a gate counts its reworks over all generations
    step.condition = step.to = step.reason = None
    state.attention.discard(place)


def _blocked(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    number = len(state.blockers) + 1
    _demand(data["blocker"] == number, f"the next blocker is {number}, not {data['blocker']}")
    unknown = [s for s in data["steps"] if s not in plan.position]
    _demand(not unknown, f"the plan has no step {', '.join(unknown)}")
    state.blockers.append(Blocker(number, data["type"], tuple(data["steps"]), data["reason"]))
    state.unresolved += 1


def _unblocked(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    number = data["blocker"]
    known = 0 < number <= len(state.blockers)
    blockers = _names(f"{b.number} ({b.type})" for b in state.open_blockers()) or "none"
    _demand(
        known and state.blockers[number - 1].open,
        f"blocker {number} is not open; open: {blockers}",
        "dovetail status ITEM",
    )
    blocker = state.blockers[number - 1]
    blocker.open = False
    state.unresolved -= 1
    if blocker.type in ("rework-limit", "attempts-exhausted"):
        for key in blocker.steps:  # resolving it grants one more
            place = plan.position[key]
            step = state.steps[place]
            step.granted += 1
            if step.phase in ("idle", "failed"):
                step.phase = "idle"
                state.attention.discard(place)


def _item_completed(_plan: Plan, state: State, _data: Mapping[str, Any]) -> None:
    _demand(not state.open_steps, f"{state.open_steps} steps have not settled")
    flying = _names(f"{s}/{n}" for s, n in sorted(state.in_flight))
    _demand(not flying, f"completion waits for {flying}")
    blockers = _names(f"{b.number} ({b.type})" for b in state.open_blockers())
    _demand(not blockers, f"completion waits for the blocker {blockers}", "dovetail unblock ITEM")
    state.completed = True
    state.forms.clear()


def _item_closed(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    for attempt in list(state.in_flight.values()):
        attempt.status = "cancelled" if attempt.status == "queued" else "superseded"
        _end(state, attempt)
    state.closed = data["reason"]
    state.forms.clear()


def _suspended(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    state.suspended = state.events + 1
    if data["gates"]:
        state.forms[data["form"]] = data["gates"]


def _answered(_plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    _demand(data["form"] in state.forms, f"the form {data['form']} is not open", stale=True)
    del state.forms[data["form"]]


_HANDLERS: dict[EventType, Callable[[Plan, State, Mapping[str, Any]], None]] = {
    EventType.REGISTERED: _registered,
    EventType.INTAKE: _intake,
    EventType.EVALUATED: _evaluated,
    EventType.SKIPPED: _skipped,
    EventType.SCHEDULED: _scheduled,
    EventType.QUEUED: _queued,
    EventType.CLAIMED: _claimed,
    EventType.COMPLETED: _completed,
    EventType.INTEGRATED: _integrated,
    EventType.FAILED: _failed,
    EventType.REQUEUED: _requeued,
    EventType.APPROVED: _approved,
    EventType.REJECTED: _rejected,
    EventType.REWORK: _rework,
    EventType.BLOCKED: _blocked,
    EventType.UNBLOCKED: _unblocked,
    EventType.ITEM_COMPLETED: _item_completed,
    EventType.ITEM_CLOSED: _item_closed,
    EventType.SUSPENDED: _suspended,
    EventType.ANSWERED: _answered,
}
