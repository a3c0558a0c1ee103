"""Playing a scenario from its beginning until nothing more can happen."""

from __future__ import annotations

from dovetail.files.base import typed_all
from dovetail.files.scenario import Scenario
from dovetail.plan.model import Plan
from dovetail.plan.values import read_values
from dovetail.simulate import acts, family, gates, work
from dovetail.simulate.cues import Cues
from dovetail.simulate.expecting import problems
from dovetail.simulate.player import Player
from dovetail.simulate.trace import Trace
from dovetail.simulate.world import Plans, Task, World

__all__ = ["Plans", "simulate"]


def simulate(plan: Plan, scenario: Scenario, plans: Plans) -> Trace:
    """Play a scenario.

    Args:
        plan: of the version that the scenario is about.
        scenario: what happens, and what must follow.
        plans: resolves the blueprints that are called: a name and a range of versions.

    Returns:
        What came of it; what was expected and was not so is in it, never raised.

    Raises:
        RefusedError: when the scenario's params are not as the blueprint declares them.
        DovetailError: when `plans` can't resolve a call.
    """
    given = typed_all(plan.params, scenario.params)
    params = read_values(plan.params, given, what=f"params of {plan.ref}")
    world = World(plans, strict=scenario.strict)
    root = Player(world, plan, Cues(scenario, (), strict=scenario.strict))
    family.begin(root, params, scenario.after_items)
    _play(world)
    for player in world.players:
        trace, chronicle = player.trace, player.chronicle
        trace.ticks, trace.history = chronicle.ticks, chronicle.history
        trace.found = chronicle.facts(player.plan, player.state)
    for player in world.players:
        player.trace.problems = problems(player, scenario if player is root else None)
    return root.trace


def _play(world: World) -> None:
    while True:
        _settle(world)
        for player in world.players:
            player.hold()
        world.moment += 1
        task = world.clock.next()
        if task is not None:
            _end(world.players[task.player], task)
        elif not _act(world):
            return


def _settle(world: World) -> None:
    """Let all follow that needs nobody, and let what was launched be taken up."""
    again = True
    while again:
        again = False
        for player in list(world.players):
            again |= player.advance()
            again |= work.take_up(player)
            again |= family.report(player)


def _end(player: Player, task: Task) -> None:
    if task.child or player.plan.step(task.step).kind == "gate":
        if gates.open_gate(player, task) is not None:
            gates.decide(player, task)
        return
    attempt = player.attempt(task)
    if attempt is not None and attempt.status == "claimed":
        work.end(player, attempt)


def _act(world: World) -> bool:
    """Let somebody act, as nothing else happens by itself: a parent before its children."""
    return any(acts.act_when_idle(player) for player in world.players)
