"""Parents and children: starting a child, and telling the parent what becomes of it."""

from __future__ import annotations

from dovetail.files.scenario import Script
from dovetail.kernel import Attempt, EventType
from dovetail.plan.model import Call
from dovetail.simulate import acts
from dovetail.simulate.cues import Cues, Path
from dovetail.simulate.player import Player
from dovetail.simulate.world import Task

__all__ = ["absorb", "begin", "recall", "report", "spawn"]


def begin(player: Player, params: dict[str, object], after: tuple[str, ...] = ()) -> None:
    """Register an item, and let the review before the work decide on it."""
    plan, parent = player.plan, player.parent
    told = {"parent": parent.item} if parent is not None else {}
    player.put(
        EventType.REGISTERED,
        blueprint=plan.blueprint,
        version=plan.version,
        digest=plan.digest,
        title=plan.title if player.of is None else player.of.child,
        params=params,
        intake=bool(plan.intake),
        **({"after": list(after)} if after else {}),
        **told,
    )
    acts.foresee(player)
    acts.review(player)


def spawn(player: Player, step: str, number: int, key: str, supersedes: str | None) -> None:
    """Start a child with what its parent's folder holds now."""
    action, attempt = player.plan.step(step).action, player.state.attempt(player.plan, step, number)
    if not isinstance(action, Call) or attempt is None or attempt.call is None:
        return
    callee = player.world.callee(action.blueprint, action.version)
    task = Task(player.place, step, number, key)
    nth = sum(
        p.parent is player and p.of is not None and (p.of.step, p.of.child) == (step, key)
        for p in player.world.players
    )
    script = player.cues.script.of_child(step, key, nth)
    path = (*player.cues.path, *_path(player.cues.script, step, key, nth))
    cues = Cues(script, path, strict=player.world.strict)
    folder = set(player.folder.paths)
    child = Player(player.world, callee, cues, parent=player, of=task, folder=folder)
    told = {"step": step, "attempt": number, "child": key, "item": child.item}
    if supersedes is not None:
        told["supersedes"] = supersedes
    player.put(EventType.CHILD_STARTED, **told)
    player.trace.children.setdefault(step, []).append(child.trace)
    begin(child, dict(attempt.call.children[key].params))


def _path(script: Script, step: str, key: str, nth: int) -> Path:
    scripts = script.children.get(step, {}).get(key, ())
    one = isinstance(scripts, Script) or len(scripts) <= 1
    at: Path = ("children", step, key)
    return at if one or isinstance(scripts, Script) else (*at, min(nth, len(scripts) - 1))


def _child(player: Player, item: str | None) -> Player | None:
    return next((p for p in player.world.players if p.item == item), None)


def recall(player: Player, step: str, number: int, key: str, item: str) -> bool:
    """Leave a child that rework overtook before it began; others run to their end."""
    child = _child(player, item)
    if child is None or child.state.started or child.state.over:
        return False
    child.abandoned = True
    told = {"step": step, "attempt": number, "child": key}
    player.put(EventType.CHILD_SETTLED, **told, status="closed", outputs={})
    return True


def absorb(player: Player, keys: tuple[str, ...]) -> None:
    """Bring the files of children into the parent's folder."""
    for child in player.world.players:
        if child.parent is player and child.of is not None and child.of.child in keys:
            player.folder.paths |= child.folder.paths


def report(player: Player) -> bool:
    """Tell a parent of its child's blockers and of its end; tell whether there was anything."""
    parent, of = player.parent, player.of
    if parent is None or of is None or parent.state.over:
        return False
    call = parent.attempt(of)
    if call is None or call.call is None or not call.open:
        return False
    if call.call.children[of.child].status is not None:
        return False
    if player.state.over:
        _settle(parent, player, of)
        return True
    return _project(parent, player, call)


def _settle(parent: Player, child: Player, of: Task) -> None:
    status = "completed" if child.state.completed else "closed"
    parent.put(
        EventType.CHILD_SETTLED,
        step=of.step,
        attempt=of.attempt,
        child=of.child,
        status=status,
        outputs=dict(child.state.outputs),
    )


def _project(parent: Player, child: Player, call: Attempt) -> bool:
    """Show a child's open blockers on its parent (SPEC 5.7)."""
    now = {b.number: b for b in child.state.open_blockers()}
    some = False
    for number, blocker in now.items():
        if number not in child.shown:
            child.shown[number] = len(parent.state.blockers) + 1
            parent.put(
                EventType.BLOCKED,
                blocker=child.shown[number],
                type=blocker.type,
                steps=[call.step],
                reason=blocker.reason,
                child=child.item,
            )
            some = True
    for number in [n for n in child.shown if n not in now]:
        shown = parent.state.blockers[child.shown.pop(number) - 1]
        if shown.open:
            notes = f"{child.item} goes on"
            parent.put(EventType.UNBLOCKED, blocker=shown.number, notes=notes, child=child.item)
            some = True
    return some
