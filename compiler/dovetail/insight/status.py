"""Where an item is, why, and what is required next (SPEC 9). It only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from dovetail.kernel import Attempt, Hold, Launch, Request, State, decide, status, survey
from dovetail.plan.model import Plan, Step

__all__ = ["Action", "Status", "StepLine", "item_status", "next_actions"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody is required to do, with the command that does it."""

    who: str
    what: str
    command: str

    def __str__(self) -> str:
        return f"{self.who}: {self.what}: {self.command}"


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as a person sees it; `state` is a word, `why` the reason."""

    step: str
    title: str
    kind: str
    role: str
    state: str
    generation: int
    attempt: str | None = None
    executor: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """All that `dovetail status` tells."""

    item: str
    title: str
    blueprint: str
    version: str
    digest: str
    status: str
    baseline: str
    current: list[str]
    upcoming: list[str]
    criteria: list[dict[str, Any]] = field(default_factory=list)
    blockers: list[dict[str, Any]] = field(default_factory=list)
    steps: list[StepLine] = field(default_factory=list)
    next: list[Action] = field(default_factory=list)

    def to_data(self) -> dict[str, Any]:
        """Give the documented JSON form."""
        return asdict(self)


def item_status(item: str, plan: Plan, state: State) -> Status:
    """Tell where an item is."""
    requests = survey(plan, state)
    launches = [r.step for r in requests if isinstance(r, Launch)]
    registered = state.registered or {}
    current = sorted({s for s, _ in state.in_flight}, key=plan.position.__getitem__)
    blockers = [
        {"blocker": b.number, "type": b.type, "steps": list(b.steps), "reason": b.reason}
        for b in state.open_blockers()
    ]
    return Status(
        item=item,
        title=str(registered.get("title", "")),
        blueprint=plan.blueprint,
        version=plan.version,
        digest=plan.digest,
        status=status(state, launchable=bool(launches)),
        baseline=state.baseline,
        current=current,
        upcoming=_upcoming(plan, state, current, launches),
        criteria=list(_criteria(plan, current)),
        blockers=blockers,
        steps=list(_lines(item, plan, state, requests)),
        next=next_actions(item, plan, state, requests),
    )


def _upcoming(plan: Plan, state: State, current: list[str], launches: list[str]) -> list[str]:
    """Give what comes after the steps in flight: due launches, then their direct successors."""
    found = dict.fromkeys(launches)
    for key in current or launches:
        for place in plan.flow_successors[plan.position[key]]:
            if not state.steps[place].settled and plan.steps[place].key not in current:
                found.setdefault(plan.steps[place].key)
    return list(found)


def _criteria(plan: Plan, current: list[str]) -> Iterator[dict[str, Any]]:
    for key in current:
        for criterion in plan.step(key).exit:
            yield {"step": key, "id": criterion.id, "say": criterion.say or criterion.id}


def _lines(item: str, plan: Plan, state: State, requests: list[Request]) -> Iterator[StepLine]:
    held = {r.step: r for r in requests if isinstance(r, Hold)}
    due = {r.step for r in requests if isinstance(r, Launch)}
    for spec, step in zip(plan.steps, state.steps, strict=True):
        last = step.result or step.latest
        why = step.reason or ""
        word: str = step.phase
        if spec.key in held:
            word = "held"
            why = f"{held[spec.key].why}: {', '.join(held[spec.key].on)}"
        elif spec.key in due:
            word = "due"
        elif word == "queued":
            word = "open" if spec.gate else "queued"
        elif word == "idle":
            word = "later"
        elif word == "out":
            why = "nothing waits for its result any more"
        yield StepLine(
            step=spec.key,
            title=spec.title,
            kind=spec.kind,
            role=spec.role,
            state=word,
            generation=step.generation,
            attempt=f"{item}/{last.name}" if last else None,
            executor=last.executor if last else None,
            why=why,
        )


def next_actions(
    item: str, plan: Plan, state: State, requests: list[Request] | None = None
) -> list[Action]:
    """Tell what is required next, in canonical order, as commands that can be typed."""
    if state.over:
        return []
    if not state.accepted:
        roles = " or ".join(plan.intake)
        command = f"dovetail intake {item} accept --reason WORDS --as NAME"
        return [Action(roles, f"decide on the intake of {item}", command)]
    requests = decide(plan, state) if requests is None else requests
    order = plan.position
    attempts = sorted(state.in_flight.values(), key=lambda a: (order[a.step], a.number))
    actions = [a for x in attempts for a in _attempt_action(item, plan.step(x.step), x)]
    actions += [a for r in requests for a in _request_action(item, plan, r)]
    for blocker in state.open_blockers():
        command = f"dovetail unblock {item} {blocker.number} --reason WORDS --as NAME"
        actions.append(Action(plan.owner, f"resolve {blocker.type}: {blocker.reason}", command))
    return actions


def _attempt_action(item: str, spec: Step, attempt: Attempt) -> Iterator[Action]:
    name = f"{item}/{attempt.name}"
    if spec.gate and not attempt.overtaken:
        roles = " or ".join(spec.gate.reviewers or (spec.role,))
        evidence = " --evidence FILE" if spec.gate.evidence else ""
        command = (
            f"dovetail gate {item} {spec.key} approve|reject --reason WORDS{evidence} --as NAME"
        )
        yield Action(roles, f"decide on {spec.title}", command)
    elif attempt.status == "queued":
        yield Action(spec.role, f"claim {spec.title}", f"dovetail claim {name} --as NAME")
    elif spec.automatic:
        yield Action("dovetail", f"finish {spec.title}", f"dovetail run {item}")
    else:
        overtaken = attempt.overtaken
        verb = f"end ({_OVERTAKEN[overtaken]})" if overtaken else "complete"
        command = f"dovetail complete {name} --as {attempt.executor}"
        yield Action(str(attempt.executor), f"{verb} {spec.title}", command)


_OVERTAKEN = {"superseded": "rework overtook it", "late": "others were enough"}


def _request_action(item: str, plan: Plan, request: Request) -> Iterator[Action]:
    if isinstance(request, Launch):
        spec = plan.step(request.step)
        yield Action("dovetail", f"start {spec.title}", f"dovetail run {item}")
    elif isinstance(request, Hold) and request.why == "requeue":
        spec = plan.step(request.step)
        command = f"dovetail requeue {item}/{request.on[0]} --reason WORDS --as NAME"
        yield Action(spec.role, f"try {spec.title} again", command)
