"""The answers to the kernel's requests that need nobody."""

from __future__ import annotations

from typing import Any

from dovetail import kernel
from dovetail.errors import DovetailError, ExpressionFailedError
from dovetail.kernel import EventType
from dovetail.plan.model import Call
from dovetail.simulate import family, work
from dovetail.simulate.player import Player, digest_of

__all__ = ["answer"]


def answer(player: Player, request: kernel.Request) -> bool:
    """Answer a request that stands; tell whether that was possible now."""
    match request:
        case kernel.Probe():
            _evaluate(player, request)
        case kernel.Fire(step, generation, winners):
            told = {"step": step, "generation": generation, "winners": list(winners)}
            player.put(EventType.FIRED, **told)
        case kernel.Skip(step, generation, reason):
            player.put(EventType.SKIPPED, step=step, generation=generation, reason=reason)
        case kernel.Reuse(step, generation, attempt):
            player.put(EventType.REUSED, step=step, generation=generation, attempt=attempt)
        case kernel.Rework(gate, attempt, to, reason):
            reopened = [player.plan.steps[i].key for i in player.plan.downstream(to)]
            told = {"gate": gate, "attempt": attempt, "to": to, "reason": reason}
            player.put(EventType.REWORK, **told, reopened=reopened)
        case kernel.Block(kind, steps, reason, source):
            player.block(kind, steps, reason, source)
        case kernel.Close(reason):
            player.put(EventType.ITEM_CLOSED, reason=reason)
        case kernel.Admit():
            if not player.world.has_place(player):
                return False
            player.put(EventType.ADMITTED)
        case _:
            return _of_call(player, request)
    return True


def _evaluate(player: Player, probe: kernel.Probe) -> None:
    steps = (probe.step,) if probe.step else ()
    try:
        data = player.judge.answer(probe)
    except ExpressionFailedError as error:
        source = (probe.step, probe.attempt) if probe.what == "blockers" else None
        player.block("expression-error", steps, error.message, source)
        return
    criteria = data.get("criteria")
    if criteria is not None:
        where = probe.step or "done"
        data["criteria"] = criteria | dict.fromkeys(player.cues.unmet(where, criteria), False)
    player.put(EventType.EVALUATED, **data)


def _of_call(player: Player, request: kernel.Request) -> bool:
    match request:
        case kernel.Expand(step, number):
            return _expand(player, step, number)
        case kernel.Spawn(step, number, child, supersedes):
            family.spawn(player, step, number, child, supersedes)
        case kernel.Recall(step, number, child, item):
            return family.recall(player, step, number, child, item)
        case kernel.Render(step, number, child):
            _render(player, step, number, child)
        case kernel.Absorb(step, number, children):
            family.absorb(player, children)
            told = {"step": step, "attempt": number, "children": list(children)}
            player.put(EventType.CHILDREN_ABSORBED, **told)
        case kernel.Pause(step, number, child):
            player.put(EventType.PAUSED, step=step, attempt=number, child=child)
        case kernel.Finish(step, number):
            return work.finish(player, step, number)
        case _:
            return False
    return True


def _expand(player: Player, step: str, number: int) -> bool:
    """Work out the children of a call; data that gives none fails the attempt."""
    attempt = player.state.attempt(player.plan, step, number)
    action = player.plan.step(step).action
    if attempt is None or not isinstance(action, Call):
        return False
    outcome = player.cues.peek(step)
    if outcome is not None and outcome.verdict in ("fail", "interrupted"):
        work.end(player, attempt)
        return True
    callee = player.world.callee(action.blueprint, action.version)
    try:
        children: list[dict[str, Any]] = player.judge.elements(step, callee)
        told = {"step": step, "attempt": number, "version": callee.version}
        player.put(EventType.EXPANDED, **told, children=children)
    except (kernel.Refused, DovetailError) as error:
        work.fail(player, attempt, error.message)
    return True


def _render(player: Player, step: str, number: int, child: str) -> None:
    try:
        made = player.judge.rendered_after(step, number, child)
    except ExpressionFailedError as error:
        player.block("expression-error", (step,), error.message)
        return
    paths = [path for _, path, _ in made]
    player.folder.paths.update(paths)
    artifacts = {path: digest_of(path) for path in paths}
    told = {"step": step, "attempt": number, "child": child}
    player.put(EventType.CHILD_RENDERED, **told, artifacts=artifacts)
