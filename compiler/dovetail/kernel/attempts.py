"""The life of an attempt: queued, claimed, completed or failed (SPEC 5.3 and 5.4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from dovetail.kernel.calls import call_requests, children_of
from dovetail.kernel.decide import decide
from dovetail.kernel.events import EventType
from dovetail.kernel.guards import (
    Handler,
    Refused,
    demand,
    demand_role,
    find,
)
from dovetail.kernel.holds import REUSABLE, global_constraints, predecessors, schedule
from dovetail.kernel.requests import Acquire, Finish, Launch
from dovetail.kernel.settling import basis, consider, end_attempt, exhausted, settle
from dovetail.kernel.state import Attempt, State, StepState
from dovetail.plan.model import Plan, Step

__all__ = ["HANDLERS", "held", "unmet"]


def _scheduled(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    # rule: decision-recorded (5.3) Every launch follows a recorded decision, which names what was
    # ready, what launches in which order, and what was held and why.
    requests = decide(plan, state)
    due = {(r.step, r.attempt): r for r in requests if isinstance(r, Launch)}
    names = [(line["step"], line["attempt"]) for line in data["launches"]]
    wanted = set(names)
    chosen = [request for name, request in due.items() if name in wanted]
    expected = schedule(requests, chosen)
    wrong = [part for part in {**expected, **data} if data.get(part) != expected.get(part)]
    if wrong or not _is_whole(plan, list(due.values()), chosen):
        now = ", ".join(f"{s}/{n}" for s, n in due) or "nothing"
        raise Refused(
            f"this is not what the plan decides: look at {', '.join(wrong or ['launches'])}; "
            f"due is {now}",
            "dovetail status ITEM",
            stale=True,
        )
    state.scheduled = deque(names)
    state.reached.clear()


def _is_whole(plan: Plan, due: list[Launch], chosen: list[Launch]) -> bool:
    """Tell whether a decision puts nothing off that it could launch.

    Automatic steps wait for the flow's driver, all of them, and some for slots of others.
    """
    driven = any(plan.step(r.step).automatic for r in chosen)
    may_wait = {r for r in due if plan.step(r.step).automatic}
    if driven:
        may_wait = {r for r in may_wait if isinstance(r, Acquire)}
    return bool(chosen) and may_wait.union(chosen).issuperset(due)


def _queued(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    key, number = data["step"], data["attempt"]
    # rule: launches-in-order (5.3) What a decision launches is queued at once, in its order.
    demand(
        bool(state.scheduled) and state.scheduled[0] == (key, number),
        f"no decision launches {key}/{number} now",
        "dovetail status ITEM",
        stale=True,
    )
    place = plan.position[key]
    spec, step = plan.steps[place], state.steps[place]
    demand(data["generation"] == step.generation, f"{key} is in generation {step.generation}")
    attempt = Attempt(key, number, step.generation)
    if spec.kind in REUSABLE:
        attempt.basis = basis(plan, state, spec)
    attempt.after = tuple(predecessors(plan, state, spec))
    step.attempts.append(attempt)
    step.phase, step.reason, step.entered = "queued", None, None
    state.scheduled.popleft()
    state.started = True
    state.due.discard(place)
    if not state.scheduled:
        state.due = set(state.due)  # one that was large stays slow to walk for ever
    state.in_flight[key, number] = attempt
    if not spec.parallel:
        state.lane.add((key, number))


def _claimed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = find(plan, state, data)
    name = attempt.name
    demand(spec.kind != "gate", f"{spec.key} is a gate", "dovetail gate ITEM STEP approve|reject")
    holder = f" by {attempt.executor} (fence {attempt.fence})" if attempt.executor else ""
    # rule: claim-exclusive (5.4) An attempt is claimed once, by one executor, until it is
    # terminal.
    demand(
        attempt.status == "queued",
        f"{name} is {attempt.status}{holder}; only a queued attempt can be claimed",
        "dovetail next --role ROLE shows what is open",
        stale=True,
    )
    if spec.automatic:
        demand(data["kind"] == "runner", f"{name} is done by the built-in runner")
    else:
        # rule: claim-by-role (5.4) Only an executor of the step's role may claim its attempt.
        demand_role(plan, data, (spec.role,), name)
        # rule: one-task (5.4) An executor holds one task at a time.
        other = state.holding.get(data["executor"])
        demand(other is None, f"{data['executor']} holds {other} and does one task at a time")
    # rule: granted-at-claim (5.3) A claim comes with a slot of each global constraint of the step.
    wanted = global_constraints(plan, spec)
    demand(
        tuple(data.get("granted", ())) == wanted,
        f"{name} needs a slot of {', '.join(wanted) or 'nothing'}, all at once",
        "dovetail why ITEM STEP tells who holds them",
    )
    demand(
        data["fence"] == state.events + 1,
        f"the next fence is {state.events + 1}, not {data['fence']}",
    )
    attempt.status = step.phase = "claimed"
    attempt.executor, attempt.fence = data["executor"], data["fence"]
    if not spec.automatic:  # the built-in runner may hold many
        state.holding[data["executor"]] = name


def held(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Step, StepState, Attempt]:
    """Give the attempt that the writer holds.

    Raises:
        Refused: when it is not claimed, is over, or somebody else or an earlier claim speaks.
    """
    spec, step, attempt = find(plan, state, data)
    name = attempt.name
    if attempt.status == "queued":
        demand(spec.kind != "gate", f"{spec.key} is a gate", "dovetail gate ITEM STEP …")
        raise Refused(f"{name} is not claimed", f"dovetail claim ITEM/{name} --as NAME")
    if attempt.status != "claimed":
        raise Refused(f"{name} is over: {attempt.status}", "dovetail status ITEM", stale=True)
    # rule: fence (5.4) Every write of a holder carries the fence of its claim.
    if attempt.executor != data["executor"] or attempt.fence != data["fence"]:
        fence = f" with fence {data['fence']}" if data["fence"] is not None else ""
        raise Refused(
            f"{name} is held by {attempt.executor} under fence {attempt.fence}; "
            f"this is {data['executor']}{fence}",
            f"only its holder can end it: --as {attempt.executor}, with the fence of that claim",
            stale=True,
        )
    return spec, step, attempt


def _completed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    demand(spec.kind != "integrate", f"{spec.key} completes by integrating", "dovetail run ITEM")
    if spec.kind == "call":
        _demand_finished(plan, state, data, attempt)
    _complete(plan, state, data, spec, step, attempt)


def _demand_finished(plan: Plan, state: State, data: Mapping[str, Any], attempt: Attempt) -> None:
    due = Finish(attempt.step, attempt.number) in call_requests(plan, state, attempt)
    demand(due, f"children of {attempt.name} have not settled", "dovetail status ITEM")
    made = {"children": children_of(attempt.call)} if attempt.call else {}
    demand(dict(data["outputs"]) == made, f"{attempt.name} reports other children than it has")


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
    # rule: exit-criteria (5.4) An attempt completes when its exit criteria hold; else it is
    # refused, and nothing is lost.
    lacking = None if attempt.overtaken else unmet(spec, against)
    if lacking is not None:
        raise Refused(lacking, "meet them and complete again; the attempt stays claimed")
    attempt.outputs, attempt.evidence = data["outputs"], data["evidence"]
    attempt.artifacts = {**attempt.artifacts, **data["artifacts"]}
    end_attempt(state, attempt)
    # rule: overtaken-counts-for-nothing (5.5) What a superseded or late attempt comes to changes
    # nothing.
    if attempt.overtaken:
        attempt.status = attempt.overtaken
        return
    attempt.status = step.phase = "completed"
    watch(plan, state, attempt)
    settle(plan, state, plan.position[spec.key], attempt)


def watch(plan: Plan, state: State, attempt: Attempt) -> None:
    """Have what an attempt reported looked at, where types of blockers have a condition."""
    # rule: blockers-of-the-attempt (2.3) Each attempt that closes with a result is looked at for
    # blockers.
    if any(b.when is not None for b in plan.blockers.values()):
        state.closing.append((attempt.step, attempt.number))


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
    demand(spec.kind == "integrate", f"{spec.key} does not integrate", "dovetail complete ATTEMPT")
    blockers = ", ".join(f"{b.number} ({b.type})" for b in state.open_blockers())
    # rule: integrated-unblocked (5.7) Nothing enters the baseline while a blocker is open.
    demand(not blockers, f"integration waits for the blocker {blockers}", "dovetail unblock ITEM")
    # It is alone: it launches when nothing is in flight, and holds everything else until it ends.
    told = {"criteria": {}, "outputs": {}, "evidence": {}} | dict(data)
    _complete(plan, state, told, spec, step, attempt)
    state.baseline = "post"


def _failed(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = held(plan, state, data)
    children = attempt.call.children.values() if attempt.call else ()
    live = [c.key for c in children if c.item and not c.status]
    demand(not live, f"{attempt.name} has children under way: {', '.join(live)}")
    end_attempt(state, attempt)
    attempt.reason, attempt.interrupted = data["reason"], data["interrupted"]
    if attempt.overtaken:
        attempt.status = attempt.overtaken
        return
    attempt.status = "failed"
    step.reason = data["reason"]
    # rule: interrupted-does-not-count (5.4) An automatic attempt whose driver died does not count
    # as a failure.
    step.failures += not attempt.interrupted
    place = plan.position[spec.key]
    if exhausted(spec, step):
        state.attention.add(place)
    step.phase = "idle" if spec.automatic or attempt.interrupted else "failed"
    consider(plan, state, place)


def _requeued(plan: Plan, state: State, data: Mapping[str, Any]) -> None:
    spec, step, attempt = find(plan, state, data)
    last = step.phase == "failed" and step.attempts[-1] is attempt
    demand(
        not exhausted(spec, step),
        f"{spec.key} has failed {step.failures} of {spec.attempts + step.granted} times",
        "dovetail unblock ITEM BLOCKER --reason … grants one more attempt",
    )
    # rule: requeue-the-last (5.4) Only the last attempt is re-queued, when it failed and
    # `attempts` is not reached.
    demand(
        last,
        f"{attempt.name} is {attempt.status}; "
        "only the last attempt is re-queued, and only when it failed",
        "dovetail status ITEM",
        stale=True,
    )
    step.phase = "idle"


HANDLERS: dict[EventType, Handler] = {
    EventType.SCHEDULED: _scheduled,
    EventType.QUEUED: _queued,
    EventType.CLAIMED: _claimed,
    EventType.COMPLETED: _completed,
    EventType.INTEGRATED: _integrated,
    EventType.FAILED: _failed,
    EventType.REQUEUED: _requeued,
}
