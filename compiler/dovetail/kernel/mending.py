"""What follows from a rejection, an exhausted step, an unmet entry criterion (SPEC 5.4, 5.5)."""

from __future__ import annotations

from dovetail.kernel.requests import Block, Close, Request, Rework
from dovetail.kernel.settling import exhausted, needed
from dovetail.kernel.state import State, StepState
from dovetail.plan.model import Call, Gate, Plan, Step

__all__ = ["behind", "gate_of", "mend", "rework_limit", "rework_targets"]


def gate_of(spec: Step) -> Gate | None:
    """Give the gate of a step, or the one between the children of a call."""
    if isinstance(spec.action, Call):
        each = spec.action.for_each
        return each.pause.gate if each and each.pause else None
    return spec.gate


def rework_limit(spec: Step, step: StepState) -> int:
    """Give how many reworks a gate may cause: its limit, and what unblocking granted on top."""
    gate = gate_of(spec)
    return ((gate and gate.limit) or 0) + step.reworks_granted


def rework_targets(plan: Plan, state: State, step: str) -> tuple[str, ...]:
    """Give the steps that a gate may send the item back to now.

    Not offered are skipped ones (SPEC 5.5), and those before what is in the baseline (SPEC 5.6).
    """
    spec = plan.step(step)
    gate = gate_of(spec)
    return _allowed(plan, state, gate.reject if gate else ())


def _allowed(plan: Plan, state: State, targets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        t
        for t in targets
        # rule: settled-without-result-is-no-target (5.5) A gate does not offer skipped steps, or
        # what is out of play, as targets.
        if state.at(plan, t).phase not in ("skipped", "out") and not behind(plan, state, t)
    )


def behind(plan: Plan, state: State, target: str) -> list[str]:
    """Give the integrations that rework to a step would undo."""
    # rule: baseline-boundary (5.6) Rework across the baseline needs a revert first.
    if state.baseline == "pre":
        return []
    return [
        plan.steps[i].key
        for i in plan.downstream(target)
        if plan.steps[i].kind == "integrate" and state.steps[i].phase == "completed"
    ]


def mend(plan: Plan, state: State, place: int) -> Request | None:
    """Answer a step that needs attention; None: nothing is to be done, or it is blocked already."""
    spec, step = plan.steps[place], state.steps[place]
    # rule: entry-unmet-blocks (5.3) A step whose entry criteria do not hold is held: `entry`, and
    # blocks the item until somebody resolves it.
    if step.entered is False:
        unmet = ", ".join(step.unmet)
        return _block(state, "entry-unmet", spec, f"{spec.key} can't start: {unmet} does not hold")
    if step.to is not None:
        return _rejected(state, spec, step)
    targets = _allowed(plan, state, spec.on_failure)
    spent = f"{spec.key} failed {step.failures} times: {step.reason}"
    # rule: on-failure (2.2) An exhausted step with `on_failure` sends the item back, up to its
    # limit.
    if targets and step.retreats < (spec.failure_limit or 0):
        return Rework(spec.key, step.attempts[-1].number, targets[0], spent)
    if (block := _block(state, "attempts-exhausted", spec, spent)) is None:
        return None
    # rule: exhausted-input (5.3) An exhausted step blocks the item only when nothing else can
    # satisfy the joins after it.
    return block if _indispensable(plan, state, place) else None


def _rejected(state: State, spec: Step, step: StepState) -> Request | None:
    limit, gate = rework_limit(spec, step), gate_of(spec)
    # rule: rework-limit (5.5) A gate sends the item back as often as its limit allows.
    if step.reworks < limit:
        return Rework(spec.key, step.attempts[-1].number, step.to or "", step.reason or "")
    spent = f"{spec.key} was rejected and its limit of reworks ({limit}) is used up"
    # rule: limit-then (5.5) The rejection after the last rework blocks or closes the item.
    if gate is not None and gate.then == "close":
        return Close(spent)
    return _block(state, "rework-limit", spec, spent)


def _block(state: State, kind: str, spec: Step, reason: str) -> Block | None:
    named = (spec.key,)
    known = any(b.own and b.type == kind and b.steps == named for b in state.open_blockers())
    return None if known else Block(kind, named, reason)


def _indispensable(plan: Plan, state: State, place: int) -> bool:
    """Tell whether the item can't end without an exhausted step.

    It can when the step leaves the play in the best case: everything that is not exhausted is
    completed as soon as its join and its lane allow, and joins fire as soon as they can.
    """
    if not plan.races:
        return True
    steps = state.steps
    spent = {i for i in state.attention if exhausted(plan.steps[i], steps[i])}
    over = {i for i, s in enumerate(steps) if s.settled}
    won = {i for i, s in enumerate(steps) if s.phase == "completed"}
    fired = {i for i, s in enumerate(steps) if s.fired}
    known = -1
    while known < len(over) + len(fired):
        known = len(over) + len(fired)
        for i, spec in enumerate(plan.steps):
            if i not in fired and _can_fire(plan, steps[i], spec, over, won):
                fired.add(i)
            lane_free = spec.lane is None or plan.position[spec.lane] in over
            if i in fired and i not in over and i not in spent and lane_free:
                over.add(i)
                won.add(i)
        for i in reversed(range(len(steps))):
            after = plan.flow_successors[i]
            if after and all(j in fired or j in over for j in after):
                over.add(i)  # out of play, if it is not completed
    return place not in over


def _can_fire(plan: Plan, step: StepState, spec: Step, over: set[int], won: set[int]) -> bool:
    inputs = [plan.position[key] for key in spec.inputs]
    if spec.join == "all":
        return all(i in over for i in inputs)
    return sum(i in won for i in inputs) >= needed(spec, step)
