"""What may happen next, and why (SPEC 5.3). Reads a state, changes nothing.

`decide` gives requests in a fixed order. A driver answers them with events: first what needs nobody
(probes, skips, rework, blockers, the end of the item), then launches. It looks at the steps that
are due and at those reached since the last decision, so that its cost does not grow with the plan;
`survey` looks at every step that something upstream has reached, for whoever asks why.
"""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.kernel.calls import call_requests
from dovetail.kernel.holds import (
    REUSABLE,
    Slots,
    blocked_by,
    entry_criteria,
    global_constraints,
    hold_of,
)
from dovetail.kernel.mending import mend
from dovetail.kernel.requests import (
    Acquire,
    Admit,
    Block,
    Close,
    Complete,
    Fire,
    Hold,
    Launch,
    Open,
    Probe,
    Request,
    Reuse,
    Rework,
    Rule,
    Skip,
)
from dovetail.kernel.settling import basis
from dovetail.kernel.state import State, StepState
from dovetail.plan.model import Plan, Step

__all__ = ["asks", "decide", "survey"]


def decide(plan: Plan, state: State) -> list[Request]:
    """Give the requests that the state calls for, in canonical order.

    Equal states give equal requests. Nothing is requested of an item that is over or in intake.
    """
    return _requests(plan, state, state.due, state.reached)


def survey(plan: Plan, state: State) -> list[Request]:
    """Give the same, with a hold for every idle step of which an input has settled."""
    reached = {
        i
        for i, step in enumerate(state.steps)
        if step.fired or step.unsettled < len(plan.steps[i].inputs)
    }
    return _requests(plan, state, reached, set())


def _requests(plan: Plan, state: State, places: set[int], beside: set[int]) -> list[Request]:
    """Consider steps; what is `beside` only where something launches, for the record of it."""
    # rule: intake-first (5.2) An item in intake starts nothing until a reviewer has decided.
    if state.over or not state.accepted:
        return []
    mends = [r for i in sorted(state.attention) if (r := mend(plan, state, i))]
    first = _at_once(plan, state, mends)
    if first is not None:
        return [first]  # it changes what every other step may do
    waiting = _idle(state, places)
    if not state.started and (held := _not_begun(plan, state, waiting)):
        return [*mends, *held]
    found = _steps(plan, state, waiting)
    if any(isinstance(r, Launch) for r in found) and beside - places:
        found = _steps(plan, state, _idle(state, places | beside))
    requests = [*mends, *found]
    for place in plan.calls:
        attempts = state.steps[place].attempts
        if attempts and attempts[-1].status == "claimed":
            requests += call_requests(plan, state, attempts[-1])
    # rule: completion-waits (5.7) An item completes when every step has settled, nothing is in
    # flight and no blocker is open.
    if not state.open_steps and not state.in_flight and not state.unresolved:
        requests += _end(plan, state)
    return requests


def asks(plan: Plan, state: State, request: Request) -> bool:
    """Tell whether a request for an answer still stands, without deciding on all the rest."""
    if state.over or not state.accepted:
        return False
    mends = [r for i in sorted(state.attention) if (r := mend(plan, state, i))]
    first = _at_once(plan, state, mends)
    if first is not None:
        return request == first
    match request:
        case Probe("when" | "entry", step) | Skip(step) | Reuse(step):
            place = plan.position.get(step, -1)
            lane = sorted({step for step, _ in state.lane})
            waiting = place in state.due and (state.started or not _not_begun(plan, state, [place]))
            return waiting and request == _consider(plan, state, place, lane, Slots(plan, state))
        case Probe("done"):
            over = not state.open_steps and not state.in_flight and not state.unresolved
            return over and request in _end(plan, state)
        case Probe("pause", step, _, number):
            attempt = state.attempt(plan, step, number)
            if attempt is None or attempt.status != "claimed":
                return False
            return request in call_requests(plan, state, attempt)
        case _:
            return request in mends or request in decide(plan, state)


def _idle(state: State, places: Iterable[int]) -> list[int]:
    return [i for i in sorted(places) if state.steps[i].phase in ("idle", "failed")]


def _at_once(plan: Plan, state: State, mends: list[Request]) -> Request | None:
    """Give what has to be answered before anything else is decided."""
    if state.raised:
        kind, step, number = state.raised[0]
        title = plan.blockers[kind].title
        return Block(kind, (), f"{title}: {step}/{number} reports it", (step, number))
    # rule: blockers-before-launches (5.7) What an attempt reported is looked at for blockers
    # before anything else is decided.
    if state.closing:
        step, number = state.closing[0]
        generation = state.at(plan, step).generation
        return Probe("blockers", step, generation, number)
    for request in mends:
        if isinstance(request, (Rework, Close)):
            return request
    if state.firing:
        place = min(state.firing)
        spec, at = plan.steps[place], state.steps[place]
        won = (key for key in spec.inputs if state.at(plan, key).phase == "completed")
        return Fire(spec.key, at.generation, tuple(won))
    return None


def _not_begun(plan: Plan, state: State, waiting: list[int]) -> list[Request]:
    """Give what keeps a whole item from starting: other items, or the places of `wip_limit`."""
    roots = [plan.steps[i] for i in waiting if state.steps[i].fired]
    # rule: after-other-items (5.2) An item that waits for others starts nothing until they have
    # ended.
    if state.waits_for:
        return [Hold(spec.key, "join", tuple(state.waits_for)) for spec in roots]
    if plan.wip_limit is None or state.admitted:
        return []
    # rule: wip-limit (5.2) An item takes one of the places of `wip_limit` before its first step;
    # until then it is held: `wip`.
    blocked = [blocked_by(plan, state, spec) for spec in roots]
    limit = f"{plan.wip_limit.slots} per {plan.wip_limit.per}"
    holds = [b or Hold(s.key, "wip", (limit,)) for s, b in zip(roots, blocked, strict=True)]
    return [*holds] if all(blocked) else [Admit(), *holds]


def _end(plan: Plan, state: State) -> list[Request]:
    # rule: done-before-completion (2.2) An item completes when its own `done` criteria hold; else
    # it is blocked, and they are looked at again when the blocker is resolved.
    if not plan.done or state.done:
        return [Complete()]
    if state.done is None:
        return [Probe("done")]
    return [Block("done-unmet", (), "what the blueprint asks of a finished item does not hold")]


def _steps(plan: Plan, state: State, waiting: list[int]) -> list[Request]:
    """Consider steps: each takes its place in the lane, and its slots, before the next."""
    lane = sorted({step for step, _ in state.lane})
    slots = Slots(plan, state)
    found: dict[int, Request] = {}
    launched: list[str] = []
    # rule: canonical-order (5.3) Steps are considered in canonical order.
    # rule: parallel-together (5.3) Parallel steps that are ready launch together.
    for i in sorted(waiting, key=lambda place: (place in plan.integrations, place)):
        spec = plan.steps[i]
        request = _consider(plan, state, i, lane, slots)
        if isinstance(request, Launch):
            # rule: integration-alone (5.3) Integration waits for every attempt in flight, and
            # nothing launches beside it.
            if spec.kind == "integrate" and launched:
                request = Hold(spec.key, "join", tuple(launched))
            else:
                launched.append(f"{request.step}/{request.attempt}")
                slots.take(spec, spec.key)
        found[i] = request
        if not spec.parallel and (isinstance(request, Launch) or request == _entry(plan, state, i)):
            lane = [spec.key]
    return [found[i] for i in waiting]


def _consider(plan: Plan, state: State, place: int, lane: list[str], slots: Slots) -> Request:
    spec, step = plan.steps[place], state.steps[place]
    # The condition is evaluated once the join is satisfied, whatever else still holds the step; but
    # for a blocker, because a condition that could not be evaluated raises one.
    empty = spec.join != "all" and step.fired and not step.winners
    # rule: condition-once (5.3) `when` is evaluated once per generation, when the join is
    # satisfied.
    asks = spec.when is not None and step.condition is None and step.fired and not empty
    if asks and blocked_by(plan, state, spec) is None:
        return Probe("when", spec.key, step.generation)
    if hold := hold_of(plan, state, spec):
        return hold
    # rule: join-empty-skips (5.3) A join other than `all` whose every input was skipped skips its
    # step.
    if empty:
        return Skip(spec.key, step.generation, "every input of its join was skipped")
    # rule: condition-false-skips (5.3) A condition that is false skips the step, with the reason.
    if step.condition is False:
        return Skip(spec.key, step.generation, spec.skip_say or f"not {spec.when}")
    # rule: reused-not-run (5.6) An automatic step whose inputs are unchanged is not run again in a
    # new generation.
    if (reused := _reusable(plan, state, spec, step)) is not None:
        return Reuse(spec.key, step.generation, reused)
    # rule: lane-one-at-a-time (5.3) At most one step of the lane is in flight, the lowest that is
    # ready; it is never preempted.
    if not spec.parallel and lane:
        return Hold(spec.key, "lane", tuple(lane))
    # rule: entry-each-attempt (5.3) Entry criteria, and what an integration requires, are looked
    # at before each attempt.
    if entry_criteria(spec) and step.entered is None:
        return _entry(plan, state, place)
    # rule: constraints-all-at-once (5.3) A step gets a slot of each of its constraints at once, or
    # is held: `constraint`.
    if lacking := slots.lacking(spec):
        return Hold(spec.key, "constraint", lacking)
    return _launch(plan, spec, step)


def _entry(plan: Plan, state: State, place: int) -> Probe:
    """Ask for the entry criteria of a step's next attempt."""
    step = state.steps[place]
    return Probe("entry", plan.steps[place].key, step.generation, len(step.attempts) + 1)


def _launch(plan: Plan, spec: Step, step: StepState) -> Launch:
    number, rule = len(step.attempts) + 1, _rule(spec)
    if spec.kind == "gate":
        return Open(spec.key, number, step.generation, rule)
    # rule: global-constraints (5.3) Global constraints are granted at the claim: an automatic step
    # launches only with them.
    shared = global_constraints(plan, spec) if spec.automatic else ()
    if shared:
        return Acquire(spec.key, number, step.generation, rule, shared)
    return Launch(spec.key, number, step.generation, rule)


def _rule(spec: Step) -> Rule:
    return "parallel" if spec.parallel else "lane"


def _reusable(plan: Plan, state: State, spec: Step, step: StepState) -> int | None:
    """Give the attempt whose result still stands: nothing has changed that went into it (5.6)."""
    # rule: redo-target (5.6) The step that rework names is done again even if nothing changed, and
    # so is everything when rework is forced.
    # rule: people-decide-again (5.6) External work, gates and integration are never reused.
    if step.generation == 1 or step.redo or step.forced or spec.kind not in REUSABLE:
        return None
    # rule: reuse-unchanged (5.6) A result is reused when the outputs, evidence and artifacts of all
    # flow ancestors, and the winners of a join, are what they were when it was made.
    made_from = basis(plan, state, spec)
    same = (a.number for a in reversed(step.attempts) if a.basis == made_from)
    return next((n for n in same if step.attempts[n - 1].status == "completed"), None)
