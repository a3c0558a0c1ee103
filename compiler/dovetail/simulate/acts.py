"""What people do beside the steps: the review before the work, operators' acts, other items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from dovetail import kernel
from dovetail.errors import DovetailError, RefusedError
from dovetail.files.scenario import Act, Verb
from dovetail.kernel import EventType
from dovetail.simulate.cues import Path
from dovetail.simulate.player import Player
from dovetail.simulate.trace import Happening

__all__ = ["act_if_due", "act_when_idle", "foresee", "review"]

_UNSAID = "as the scenario says"


def review(player: Player) -> None:
    """Let the review before the work decide; the parent accepts its child (SPEC 5.2)."""
    intake, plan = player.cues.script.intake, player.plan
    if intake.decision == "wait" or (intake.decision == "accept" and player.state.accepted):
        return
    parent = player.parent if intake.decision == "accept" else None
    role = plan.intake[0] if plan.intake else plan.owner
    told = {"items": list(intake.items)} if intake.items else {}
    try:
        player.put(
            EventType.INTAKE,
            decision=intake.decision,
            reason=intake.reason or _UNSAID,
            executor=player.world.somebody(role, free=False) if parent is None else parent.item,
            kind="person" if parent is None else "runner",
            roles=list(plan.intake),
            **told,
        )
    except (kernel.Refused, DovetailError) as error:
        said = Happening("refused", says=error.message)
        player.refuse(said, "intake", (*player.cues.path, "intake"), expected=False)


def foresee(player: Player) -> None:
    """Let other items hold, from the start, the slots that the script has them free first."""
    balance: Counter[str] = Counter()
    least: Counter[str] = Counter()
    for act in player.cues.script.acts:
        name = act.free or act.take
        if name is not None:
            balance[name] += 1 if act.take else -1
            least[name] = min(least[name], balance[name])
    for name, count in least.items():
        if name in player.plan.constraints:
            player.world.elsewhere(name, -count)


def act_if_due(player: Player) -> bool:
    """Do the next act, if it comes after an attempt that has ended; tell whether it did."""
    found = player.cues.act()
    if found is None or found[0].attempt is None:
        return False
    attempt = player.state.attempt(player.plan, *found[0].attempt)
    if attempt is None or attempt.open:
        return False
    _act(player, *found)
    return True


def act_when_idle(player: Player) -> bool:
    """Do the next act, if it waits for nothing; tell whether it did."""
    found = player.cues.act()
    if found is None or found[0].attempt is not None or player.abandoned:
        return False
    _act(player, *found)
    while act_if_due(player):
        pass
    return True


def _act(player: Player, act: Act, path: Path) -> None:
    player.cues.acted()
    try:
        _VERBS[act.verb](player, act)
    except (kernel.Refused, DovetailError) as error:
        said = Happening("refused", says=f"{act.verb}: {error.message}")
        player.refuse(said, act.verb, path, expected=False)


def _reason(act: Act) -> str:
    return act.reason or _UNSAID


def _block(player: Player, act: Act) -> None:
    player.block(act.block or "", act.steps, _reason(act))


def _unblock(player: Player, act: Act) -> None:
    for blocker in player.state.open_blockers():
        if blocker.type == act.unblock:
            player.put(EventType.UNBLOCKED, blocker=blocker.number, notes=_reason(act))
            return
    open_ = ", ".join(b.type for b in player.state.open_blockers()) or "none"
    raise RefusedError(f"no blocker {act.unblock} is open; open: {open_}")


def _rework(player: Player, act: Act) -> None:
    to = _step(player, act.rework)
    reopened = [player.plan.steps[i].key for i in player.plan.downstream(to)]
    told = {"gate": None, "attempt": 0, "to": to, "reason": _reason(act)}
    force = {"force": True} if act.force else {}
    player.put(EventType.REWORK, **told, reopened=reopened, **force)


def _step(player: Player, key: str | None) -> str:
    if key is None or key not in player.plan.position:
        raise RefusedError(f"{player.plan.ref} has no step {key}")
    return key


def _revert(player: Player, act: Act) -> None:
    steps = zip(player.plan.steps, player.state.steps, strict=True)
    done = (s.result for spec, s in steps if spec.kind == "integrate" and s.phase == "completed")
    last = next((a for a in done if a is not None), None)
    step, number = ("", 0) if last is None else (last.step, last.number)
    player.put(EventType.REVERTED, step=step, attempt=number, reason=_reason(act))


def _note(player: Player, act: Act) -> None:
    player.put(EventType.NOTED, note=len(player.state.notes) + 1, text=act.note)


def _resolve(player: Player, act: Act) -> None:
    player.put(EventType.NOTE_RESOLVED, note=act.resolve, reason=_reason(act))


def _requeue(player: Player, act: Act) -> None:
    step = _step(player, act.requeue)
    number = len(player.state.at(player.plan, step).attempts)
    player.put(EventType.REQUEUED, step=step, attempt=number, reason=_reason(act))


def _override(player: Player, act: Act) -> None:
    plan = player.plan
    role = plan.intake[0] if plan.intake else plan.owner
    player.put(
        EventType.INTAKE,
        decision="override",
        reason=_reason(act),
        executor=player.world.somebody(role, free=False),
        kind="person",
        roles=list(plan.intake),
        overrides=player.state.ended_at,
    )


def _ended(player: Player, act: Act) -> None:
    player.put(EventType.DEPENDENCY_SETTLED, item=act.ended, status="completed")


def _take(player: Player, act: Act) -> None:
    name = _constraint(player, act.take)
    if player.world.free(player.plan, name) < 1:
        raise RefusedError(f"no slot of {name} is free")
    player.world.elsewhere(name, 1)
    player.happened(Happening("taken", says=name))


def _free(player: Player, act: Act) -> None:
    name = _constraint(player, act.free)
    player.world.elsewhere(name, -1)
    player.happened(Happening("freed", says=name))


def _constraint(player: Player, name: str | None) -> str:
    known = player.plan.constraints
    shared = sorted(c for c, constraint in known.items() if constraint.scope == "global")
    if name is None or name not in shared:
        told = ", ".join(shared) or "none"
        raise RefusedError(f"{player.plan.ref} has no global constraint {name}; it has {told}")
    return name


def _admit(player: Player, _act: Act) -> None:
    if player.plan.wip_limit is None or player.state.admitted:
        raise RefusedError("the item does not wait for a place")
    player.happened(Happening("admitting"))


_VERBS: dict[Verb, Callable[[Player, Act], None]] = {
    "block": _block,
    "unblock": _unblock,
    "rework": _rework,
    "revert": _revert,
    "note": _note,
    "resolve": _resolve,
    "requeue": _requeue,
    "override": _override,
    "ended": _ended,
    "take": _take,
    "free": _free,
    "admit": _admit,
}
