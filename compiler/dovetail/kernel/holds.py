"""What keeps a step from launching, and what a decision says of it (SPEC 5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dovetail.kernel.requests import Acquire, Hold, Launch, Request
from dovetail.kernel.state import State
from dovetail.plan.model import Integrate, Kind, Plan, Step

__all__ = [
    "REUSABLE",
    "Slots",
    "blocked_by",
    "entry_criteria",
    "global_constraints",
    "hold_of",
    "predecessors",
    "schedule",
]


REUSABLE: tuple[Kind, ...] = ("run", "python", "render", "call")
"""The kinds whose recorded result may count again (SPEC 5.6)."""


def predecessors(plan: Plan, state: State, spec: Step) -> Iterator[tuple[str, int, int]]:
    """Give what a step comes after now: step, number of its attempt (0: none), generation."""
    for edge in spec.edges:
        step = state.at(plan, edge.step)
        number = step.result.number if step.result is not None else 0
        yield edge.step, number, step.generation


def entry_criteria(spec: Step) -> tuple[str, ...]:
    """Give the ids of what has to hold before a step launches; an integration may require more."""
    required = spec.action.require if isinstance(spec.action, Integrate) else ()
    return tuple(c.id for c in (*spec.entry, *required))


def global_constraints(plan: Plan, spec: Step) -> tuple[str, ...]:
    """Give the constraints of a step that are shared with other items."""
    return tuple(c for c in spec.uses if plan.constraints[c].scope == "global")


def hold_of(plan: Plan, state: State, spec: Step) -> Hold | None:
    """Give what holds an idle step by itself, whoever else is ready; None: nothing does."""
    step = state.at(plan, spec.key)
    # rule: join-before-launch (5.3) Nothing launches before its join is satisfied; `all` counts a
    # skip as settled.
    if not step.fired:
        waiting = (p for p in spec.inputs if not state.at(plan, p).settled)
        return Hold(spec.key, "join", tuple(waiting))
    # rule: lane-edge (5.3) A step of the lane waits until the one before it in the lane has
    # settled.
    if spec.lane is not None and not state.at(plan, spec.lane).settled:
        return Hold(spec.key, "lane", (spec.lane,))
    if step.to is not None:  # a pause was rejected, and its call has failed since
        return Hold(spec.key, "blocker", ("rework-limit",))
    tries = spec.attempts + step.granted
    if step.failures >= tries:
        return Hold(spec.key, "attempts", (f"{step.failures} of {tries} failed",))
    # rule: requeue-by-somebody (5.4) Failed external work is tried again when its holder or an
    # operator re-queues it.
    if step.phase == "failed":
        return Hold(spec.key, "requeue", (step.attempts[-1].name,))
    if step.entered is False:
        return Hold(spec.key, "entry", step.unmet)
    if blocked := blocked_by(plan, state, spec):
        return blocked
    # rule: draining (5.5) A step launches again when no attempt that its rework overtook is left
    # in flight.
    drains = [(s, n) for s, n in sorted(state.draining) if plan.reaches(spec.key, s)]
    if drains:
        return Hold(spec.key, "draining", tuple(f"{s}/{n}" for s, n in drains))
    # rule: reverted-waits (5.6) A reverted item waits before its integration until it is sent
    # back.
    if spec.kind == "integrate" and state.reverted:
        return Hold(spec.key, "reverted", ("dovetail rework ITEM --to STEP",))
    if spec.kind == "integrate" and (sent := _rejections(plan, state)):
        return Hold(spec.key, "join", sent)
    if state.in_flight and (spec.kind == "integrate" or _integrating(plan, state)):
        others = sorted(state.in_flight, key=lambda k: (plan.position[k[0]], k[1]))
        return Hold(spec.key, "join", tuple(f"{s}/{n}" for s, n in others))
    return None


def _rejections(plan: Plan, state: State) -> tuple[str, ...]:
    """Give the steps whose rejection has not sent the item back yet."""
    # rule: rejection-before-integration (5.6) Nothing enters the baseline while a rejection stands.
    asked = (i for i in sorted(state.attention) if state.steps[i].to is not None)
    return tuple(plan.steps[i].key for i in asked)


def blocked_by(plan: Plan, state: State, spec: Step) -> Hold | None:
    """Give the first blocker that holds a step; integration passes none (SPEC 5.7)."""
    # rule: blocker-names-descendants (5.7) A blocker holds the steps that it names and their flow
    # descendants; all, if it names none.
    # rule: integration-passes-no-blocker (5.7) Integration is held by every open blocker.
    for blocker in state.open_blockers():
        everything = not blocker.steps or spec.kind == "integrate"
        if everything or any(plan.reaches(s, spec.key) for s in blocker.steps):
            return Hold(spec.key, "blocker", (f"{blocker.type} (blocker {blocker.number})",))
    return None


def _integrating(plan: Plan, state: State) -> bool:
    """Tell whether integration is in flight, which it is only by itself."""
    return any(state.steps[i].phase in ("queued", "claimed") for i in plan.integrations)


class Slots:
    """The slots of the item's own constraints, as a decision hands them out.

    All of a step's at once, in canonical order; they are held from launch until the attempt is
    terminal.
    """

    def __init__(self, plan: Plan, state: State) -> None:
        self._plan = plan
        self._holders: dict[str, list[str]] = {}
        for attempt in state.in_flight.values() if plan.constraints else ():
            self.take(plan.step(attempt.step), attempt.name)

    def take(self, spec: Step, holder: str) -> None:
        """Give a step its slots."""
        for name in spec.uses:
            self._holders.setdefault(name, []).append(holder)

    def lacking(self, spec: Step) -> tuple[str, ...]:
        """Give the constraints of which none is free, with who holds them."""
        return tuple(
            f"{name} ({', '.join(held)})"
            for name in spec.uses
            if (held := self._holders.get(name, [])) and self._full(name, held)
        )

    def _full(self, name: str, held: Sequence[str]) -> bool:
        # rule: item-slots (5.3) Item-scoped constraints are held from launch until the attempt is
        # terminal.
        constraint = self._plan.constraints[name]
        return constraint.scope == "item" and len(held) >= constraint.slots


def schedule(requests: Sequence[Request], chosen: Sequence[Launch]) -> dict[str, Any]:
    """Give the record of a decision: what was ready, what launches, what was held and why.

    Args:
        requests: all that `decide` gave.
        chosen: those of its launches that are carried out, in its order.
    """
    held, launched = [], set(chosen)
    for r in requests:
        if isinstance(r, Hold):
            held.append({"step": r.step, "why": r.why, "on": list(r.on)})
        elif isinstance(r, Acquire) and r not in launched:
            held.append({"step": r.step, "why": "constraint", "on": list(r.constraints)})
    return {
        "ready": [r.step for r in requests if isinstance(r, Launch)],
        "launches": [{"step": r.step, "attempt": r.attempt, "rule": r.rule} for r in chosen],
        "held": held,
    }
