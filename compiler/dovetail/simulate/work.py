"""Attempts: taken up at once, and ended as the script says, or as well as can be (SPEC 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail import kernel
from dovetail.errors import DovetailError, ExpressionFailedError, RefusedError
from dovetail.files.base import typed_all
from dovetail.files.scenario import Outcome
from dovetail.judge import Result
from dovetail.kernel import Attempt, EventType
from dovetail.plan.model import Check, Evidence, Integrate, Step
from dovetail.plan.values import read_values
from dovetail.simulate.cues import Cue
from dovetail.simulate.made_up import least_of
from dovetail.simulate.player import Player, digest_of
from dovetail.simulate.trace import Happening
from dovetail.simulate.world import Task
from dovetail.templating import fill

__all__ = ["end", "fail", "finish", "read_evidence", "take_up"]


# --- beginning


def take_up(player: Player) -> bool:
    """Let work that was launched be claimed, and let the clock end it; tell whether any was."""
    some = False
    for attempt in list(player.state.in_flight.values()):
        spec = player.plan.step(attempt.step)
        if spec.kind == "external" and attempt.status == "queued":
            some |= _claim(player, spec, attempt)
        elif spec.kind != "call":
            _let_end(player, player.task(attempt))
    for attempt, child in player.state.open_pauses():
        _let_end(player, player.task(attempt, child.key))
    return some


def _let_end(player: Player, task: Task) -> None:
    outcome = player.cues.peek(task.step)
    if outcome is None or task in player.stuck or player.world.clock.due(task):
        return
    player.world.clock.end_in(outcome.takes or 0, task)


def _claim(player: Player, spec: Step, attempt: Attempt) -> bool:
    world, outcome = player.world, player.cues.peek(spec.key)
    wanted = kernel.global_constraints(player.plan, spec)
    if outcome is None or any(world.free(player.plan, c) < 1 for c in wanted):
        return False
    executor, task = outcome.by or world.somebody(spec.role), player.task(attempt)
    if (held := world.held_by(executor)) is not None:
        _wait(player, task, executor, held)
        return False
    player.put(
        EventType.CLAIMED,
        step=spec.key,
        attempt=attempt.number,
        executor=executor,
        kind="person",
        roles=player.roles(executor, [spec.role]),
        fence=player.state.events + 1,
        handoffs=[],
        **({"granted": list(wanted)} if wanted else {}),
    )
    world.take_up(task, executor, wanted)
    _let_end(player, task)
    return True


def _wait(player: Player, task: Task, executor: str, held: Task) -> None:
    """Let a task wait for who is to do it, and write the refusal down once (SPEC 5.4)."""
    if task not in player.waiting:
        player.waiting.add(task)
        says = f"{executor} holds {held.step}/{held.attempt} and does one task at a time"
        refused = Happening("refused", task.step, task.attempt, by=executor, says=says)
        player.refuse(refused, task.step, player.cues.path, expected=True)


# --- ending


def end(player: Player, attempt: Attempt) -> None:
    """End an attempt with the next outcome of its step."""
    cue, spec = player.cues.take(attempt.step), player.plan.step(attempt.step)
    if cue is None:
        return
    match cue.outcome.verdict:
        case "fail":
            fail(player, attempt, cue.outcome.fail or "")
        case "interrupted" if spec.automatic:
            fail(player, attempt, "its driver died", interrupted=True)
        case "approve" | "reject" | "interrupted":
            word = cue.outcome.verdict
            _refuse(player, attempt, cue, f"{spec.key} is {spec.kind} work: it can't be {word}ed")
        case _:
            _complete(player, attempt, cue)


def fail(player: Player, attempt: Attempt, reason: str, *, interrupted: bool = False) -> None:
    """Let an attempt fail."""
    player.put(EventType.FAILED, **_held(attempt), reason=reason, interrupted=interrupted)


def _held(attempt: Attempt) -> dict[str, Any]:
    return {
        "step": attempt.step,
        "attempt": attempt.number,
        "executor": attempt.executor,
        "fence": attempt.fence,
    }


def _refuse(player: Player, attempt: Attempt, cue: Cue, says: str) -> None:
    """Write down a refusal: the attempt stays claimed, and the next outcome is tried."""
    happening = Happening(
        "refused", attempt.step, attempt.number, by=attempt.executor or "", says=says
    )
    expected = bool(cue.outcome.unmet)
    player.refuse(happening, attempt.step, cue.path, expected=expected)
    if not cue.scripted:
        player.stuck.add(player.task(attempt))


def _complete(player: Player, attempt: Attempt, cue: Cue) -> None:
    spec = player.plan.step(attempt.step)
    try:
        result = _result(player, spec, attempt, cue.outcome)
        criteria = _criteria(player, spec, attempt, cue.outcome, result)
        _put(player, spec, attempt, result, criteria)
    except (kernel.Refused, DovetailError) as error:
        if spec.automatic:
            fail(player, attempt, error.message)
        else:
            _refuse(player, attempt, cue, error.message)


def _put(
    player: Player,
    spec: Step,
    attempt: Attempt,
    result: Result,
    criteria: Mapping[str, str | None],
) -> None:
    lacking = None if attempt.overtaken else kernel.unmet(spec, criteria)
    if lacking is not None:
        raise RefusedError(lacking, "meet them and complete again")
    told = _held(attempt) | result.to_data(criteria)
    if not isinstance(spec.action, Integrate):
        player.put(EventType.COMPLETED, **told)
        return
    message = fill(spec.action.message or "", player.judge.values(spec.key))
    files = player.judge.artifacts(spec.key) | dict(result.files)
    player.put(EventType.INTEGRATED, **(told | {"artifacts": files}), message=message)


def _result(player: Player, spec: Step, attempt: Attempt, outcome: Outcome) -> Result:
    """Read what an outcome reports; what it leaves out is the least that fits, unless strict."""
    strict, what = player.world.strict, f"outputs of {attempt.name}"
    if outcome.outputs or strict:
        outputs = read_values(spec.outputs, typed_all(spec.outputs, outcome.outputs), what=what)
    else:
        outputs = least_of(spec.outputs, what)
    evidence = read_evidence(player, outcome)
    asked = {c.type for c in spec.exit if isinstance(c, Evidence)} - set(evidence)
    for kind in sorted(asked) if not strict else ():
        evidence[kind] = least_of(player.plan.evidence[kind], f"evidence {kind}")
    told = Result(outputs, evidence, {})
    paths = [*outcome.files, *(path for _, path, _ in player.judge.rendered(spec.key))]
    if not outcome.files and not strict:
        paths += player.judge.asked_files(spec.key, attempt.number, told)
    if kept_out := player.judge.untouchable(spec.key, paths):
        raise RefusedError(f"{spec.key} may not touch {', '.join(kept_out)}")
    player.folder.paths.update(paths)
    return Result(outputs, evidence, {path: digest_of(path) for path in paths})


def read_evidence(player: Player, outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Read the records that come with an outcome.

    Raises:
        RefusedError: for an unknown type, or a record that does not fit.
    """
    declared, found = player.plan.evidence, {}
    for kind, record in sorted(outcome.evidence.items()):
        if kind not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise RefusedError(f"{player.plan.ref} knows no evidence {kind}; it knows {known}")
        fields = declared[kind]
        found[kind] = read_values(
            fields, typed_all(fields, record), what=f"fields of the evidence {kind}"
        )
    return found


def _criteria(
    player: Player, spec: Step, attempt: Attempt, outcome: Outcome, result: Result
) -> dict[str, str | None]:
    """Look at exit criteria: expressions only where there is something that was reported."""
    known = {c.id for c in spec.exit}
    if unknown := [c for c in outcome.unmet if c not in known]:
        raise RefusedError(f"{spec.key} has no exit criterion {', '.join(unknown)}")
    reported = outcome.outputs or outcome.evidence or player.world.strict or spec.kind == "call"
    only = known if reported else {c.id for c in spec.exit if not isinstance(c, Check)}
    looked = player.judge.criteria(spec.key, attempt.number, result, only=only)
    assumed: dict[str, str | None] = dict.fromkeys(sorted(known - only))
    return looked | assumed | dict.fromkeys(outcome.unmet, "the scenario says so")


# --- calls


def finish(player: Player, step: str, number: int) -> bool:
    """End a call of which all children have settled."""
    attempt, spec = player.state.attempt(player.plan, step, number), player.plan.step(step)
    if attempt is None:
        return False
    outcome = player.cues.peek(step)
    cue = None
    if outcome is not None and outcome.verdict in (None, "complete"):
        cue = player.cues.take(step)
    outcome = Outcome() if cue is None else cue.outcome
    made = {"children": kernel.children_of(attempt.call)} if attempt.call else {}
    try:
        evidence = read_evidence(player, outcome)
        told = Result(made, evidence, {})
        paths = [*outcome.files, *player.judge.asked_files(step, number, told)]
        player.folder.paths.update(paths)
        result = Result(made, evidence, {path: digest_of(path) for path in paths})
        if attempt.overtaken:
            criteria: dict[str, str | None] = {}
        else:
            criteria = _criteria(player, spec, attempt, outcome, result)
        _put(player, spec, attempt, result, criteria)
    except (RefusedError, ExpressionFailedError) as error:
        fail(player, attempt, error.message)
    return True
