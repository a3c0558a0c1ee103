"""How what a step came to reaches the steps after it: joins, firing, out of play (SPEC 5.3).

Everything here keeps the counts of `StepState` and the sets of `State` true while an event is
applied. A step is settled when it is completed, skipped or out of play.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dovetail.kernel.state import Attempt, Basis, State, StepState
from dovetail.plan.model import Plan, Step

__all__ = [
    "basis",
    "consider",
    "end_attempt",
    "exhausted",
    "fire",
    "needed",
    "recount",
    "reopen",
    "revive",
    "settle",
    "visible",
    "visible_ancestors",
]


def needed(spec: Step, step: StepState) -> int:
    """Give how many completed inputs a join waits for; 0: every input was skipped.

    `any` is one. `at_least` is capped by the inputs that were not skipped.
    """
    # rule: join-capped (5.3) `at_least` is capped by the inputs that were not skipped.
    most = len(spec.inputs) - step.skips
    return min(spec.at_least or 1, most)


def visible(spec: Step, step: StepState) -> tuple[str, ...]:
    """Give the inputs whose results a step reads: of a join other than `all`, the winners."""
    # rule: winners-alone (5.3) A step reads only the winners of a join other than `all`.
    return spec.inputs if spec.join == "all" else step.winners


def visible_ancestors(plan: Plan, state: State, key: str) -> tuple[int, ...]:
    """Give the places of all that a step reads, directly or through others, in canonical order."""
    found: set[int] = set()
    stack = [plan.position[key]]
    while stack:
        place = stack.pop()
        for before in visible(plan.steps[place], state.steps[place]):
            i = plan.position[before]
            if i not in found:
                found.add(i)
                stack.append(i)
    return tuple(sorted(found))


def consider(plan: Plan, state: State, place: int) -> None:
    """Keep track of whether a step is due: idle, its join satisfied, its lane free or unasked.

    A step with a condition is due before its lane is free, because the condition is evaluated when
    the join is satisfied.
    """
    spec, step = plan.steps[place], state.steps[place]
    asks = spec.when is not None and step.condition is None
    if (
        step.fired
        and step.phase in ("idle", "failed")
        and (asks or spec.lane is None or state.at(plan, spec.lane).settled)
    ):
        state.due.add(place)
    else:
        state.due.discard(place)


def settle(plan: Plan, state: State, place: int, result: Attempt | None) -> None:
    """Let what comes after a step know that it is over.

    Args:
        plan, state: where it happens.
        place: of the step.
        result: the attempt whose result counts; None: the step was skipped.
    """
    spec, step = plan.steps[place], state.steps[place]
    step.result = result
    _trace(step, basis(plan, state, spec), result)
    state.open_steps -= 1
    state.due.discard(place)
    for successor in plan.flow_successors[place]:
        after = state.steps[successor]
        after.unsettled -= 1
        after.wins += result is not None
        after.skips += result is None
        _satisfy(plan, state, successor)
        state.reached.add(successor)
        consider(plan, state, successor)
    _free_lane(plan, state, place)


def basis(plan: Plan, state: State, spec: Step) -> Basis:
    """Give what a step reads now. It is equal when nothing upstream of it is different."""
    step = state.at(plan, spec.key)
    return tuple((key, state.at(plan, key).lineage) for key in visible(spec, step))


def _trace(step: StepState, before: Basis, result: Attempt | None) -> None:
    """Number what a step shows, together with what it was made from."""
    shows = None if result is None else (result.outputs, result.evidence, result.artifacts)
    if shows not in step.shown:
        step.shown.append(shows)
    lineage = (step.shown.index(shows), before)
    step.lineage = step.lineages.setdefault(lineage, len(step.lineages))


def _satisfy(plan: Plan, state: State, place: int) -> None:
    """See whether the join of a step is satisfied now."""
    spec, step = plan.steps[place], state.steps[place]
    if spec.join == "all":
        step.fired = step.unsettled == 0
    elif not step.fired and step.phase == "idle":
        wants = needed(spec, step)
        if not wants:
            step.fired, step.winners = True, ()
        # rule: join-counts-completions (5.3) `any` and `at_least` count completions only, and fire
        # once per generation.
        elif step.wins >= wants:
            state.firing.add(place)


def _free_lane(plan: Plan, state: State, place: int) -> None:
    after = plan.lane_successors[place]
    if after >= 0:
        consider(plan, state, after)


def fire(plan: Plan, state: State, place: int, winners: tuple[str, ...]) -> None:
    """Let a join other than `all` fire: it keeps its winners, and the losers leave the play."""
    spec, step = plan.steps[place], state.steps[place]
    step.fired, step.winners = True, winners
    state.firing.discard(place)
    consider(plan, state, place)
    losers = [plan.position[key] for key in spec.inputs]
    while losers:
        loser = losers.pop()
        if not state.steps[loser].settled and not _wanted(plan, state, loser):
            _retire(plan, state, loser)
            losers += [plan.position[key] for key in plan.steps[loser].inputs]


def _wanted(plan: Plan, state: State, place: int) -> bool:
    """Tell whether something still waits for a step; what nothing comes after is wanted itself."""
    # rule: wanted-stays (5.3) A loser that another step still waits for stays in play.
    after = [state.steps[i] for i in plan.flow_successors[place]]
    return not after or any(not s.fired and s.phase != "out" for s in after)


def _retire(plan: Plan, state: State, place: int) -> None:
    """Take a step out of play: queued attempts are cancelled, claimed ones end late."""
    step = state.steps[place]
    # rule: losers-leave (5.3) Losers of a join are out of play, and so is what only they waited
    # for: queued attempts are cancelled, claimed ones run on and end `late`.
    _overtake(state, step, "late")
    step.left = step.phase if step.phase in ("failed", "rejected") else "idle"
    step.phase = "out"
    state.open_steps -= 1
    state.out.add(place)
    for places in (state.due, state.firing, state.attention):
        places.discard(place)
    for blocker in state.open_blockers():
        if (
            blocker.own
            and blocker.type in OF_ATTEMPTS
            and blocker.steps == (plan.steps[place].key,)
        ):
            blocker.open = False
            state.unresolved -= 1
    _free_lane(plan, state, place)


OF_ATTEMPTS = ("attempts-exhausted", "rework-limit", "expression-error", "entry-unmet")
"""The blockers that belong to what a step tried; they go when the step begins anew or leaves."""


def _overtake(state: State, step: StepState, how: Literal["superseded", "late"]) -> Attempt | None:
    """Cancel what is queued of a step; give what is claimed, which will end as `how` says."""
    last = step.latest
    if last is None or not last.open:
        return None
    if last.status == "queued":
        last.status = "cancelled"
        end_attempt(state, last)
        return None
    # rule: superseded-runs-on (5.5) Rework lets claimed attempts run to their end; unclaimed ones
    # are cancelled.
    last.overtaken = last.overtaken or how
    for child in last.call.children.values() if last.call else ():
        child.overtaken = child.status is None
    return last


def end_attempt(state: State, attempt: Attempt) -> None:
    """Take an attempt out of what is in flight."""
    key = (attempt.step, attempt.number)
    attempt.closed_at = state.events + 1
    state.in_flight.pop(key, None)
    if state.holding.get(attempt.executor or "") == attempt.name:
        del state.holding[attempt.executor or ""]
    state.lane.discard(key)
    state.draining.discard(key)


def reopen(plan: Plan, state: State, places: Iterable[int]) -> None:
    """Begin a new generation of steps; what was in flight is cancelled or drains (SPEC 5.5)."""
    places = list(places)
    for place in places:
        step = state.steps[place]
        if step.settled:
            state.open_steps += 1
        last = _overtake(state, step, "superseded")
        if last is not None:
            state.draining.add((last.step, last.number))
        step.phase, step.generation = "idle", step.generation + 1
        # rule: attempts-per-generation (5.5) Failed attempts are counted anew in each generation;
        # their numbers go on.
        step.failures, step.granted, step.fired = 0, 0, False
        step.redo = step.forced = False
        step.condition = step.entered = step.to = step.reason = step.result = None
        for marks in (state.attention, state.firing, state.out):
            marks.discard(place)
    revive(plan, state)
    for place in places:
        recount(plan, state, place)


def revive(plan: Plan, state: State) -> None:
    """Bring back what is out of play and wanted again, latest first: each may want another."""
    for place in sorted(state.out, reverse=True):
        spec, step = plan.steps[place], state.steps[place]
        # rule: out-comes-back (5.5) What was out of play comes back, with its failures and
        # rejections, when rework makes something wait for it again.
        if _wanted(plan, state, place):
            last = step.latest
            if last is not None and last.open:  # it is late, and has to end first
                state.draining.add((last.step, last.number))
            step.phase = step.left
            step.entered, step.unmet = None, ()
            if step.to is not None or exhausted(spec, step):
                state.attention.add(place)
            state.open_steps += 1
            state.out.discard(place)
            recount(plan, state, place)


def exhausted(spec: Step, step: StepState) -> bool:
    """Tell whether a step has failed for the last time."""
    return step.failures >= spec.attempts + step.granted


def recount(plan: Plan, state: State, place: int) -> None:
    """Count what the inputs of an idle step have come to."""
    spec, step = plan.steps[place], state.steps[place]
    phases = [state.at(plan, key).phase for key in spec.inputs]
    step.wins, step.skips = phases.count("completed"), phases.count("skipped")
    step.unsettled = len(phases) - step.wins - step.skips
    if spec.join == "all" or not step.fired:  # a join fires once per generation
        step.fired = False
        _satisfy(plan, state, place)
    if not phases or step.unsettled < len(phases):
        state.reached.add(place)
    consider(plan, state, place)
