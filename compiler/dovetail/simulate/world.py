"""What the items of a simulation share: the clock, the people, slots and places, the blueprints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dovetail.errors import DovetailError, RefusedError
from dovetail.judge import Expressions
from dovetail.plan.fields import Field
from dovetail.plan.model import Call, Plan
from dovetail.plan.results import results_of
from dovetail.simulate.clock import Clock

if TYPE_CHECKING:
    from dovetail.simulate.player import Player

__all__ = ["Plans", "Task", "World"]

Plans: TypeAlias = Callable[[str, str], Plan]
"""Gives the greatest version of a blueprint in a range, whatever its effective date."""


class Task(NamedTuple):
    """An attempt or, with a child, the gate after it: what the clock ends.

    Attributes:
        player: the place of its item among the players.
    """

    player: int
    step: str
    attempt: int
    child: str = ""


class World:
    """Everything around the items.

    Args:
        plans: resolves the blueprints that are called.
        strict: whether only what is scripted happens.
    """

    def __init__(self, plans: Plans, *, strict: bool) -> None:
        self.strict = strict
        self.clock: Clock[Task] = Clock()
        self.moment = 0
        self.players: list[Player] = []
        self._plans = plans
        self._callees: dict[tuple[str, str], Plan] = {}
        self._expressions: dict[str, Expressions] = {}
        self._busy: dict[str, Task] = {}
        self._granted: dict[Task, tuple[str, ...]] = {}
        self._elsewhere: Counter[str] = Counter()

    # --- blueprints

    def callee(self, blueprint: str, version: str) -> Plan:
        """Give what a call leads to.

        Raises:
            DovetailError: when there is nothing that can be called.
        """
        at = (blueprint, version)
        if at not in self._callees:
            self._callees[at] = self._plans(blueprint, version)
        return self._callees[at]

    def expressions(self, plan: Plan) -> Expressions:
        """Give the expressions of a plan, compiled once for all its items."""
        if plan.ref not in self._expressions:
            self._expressions[plan.ref] = Expressions(plan, self._results(plan))
        return self._expressions[plan.ref]

    def _results(self, plan: Plan) -> Mapping[str, Mapping[str, Field]]:
        found: dict[str, Mapping[str, Field]] = {}
        for step in plan.steps:
            if isinstance(step.action, Call):
                try:
                    found[step.key] = results_of(self.callee(*_called(step.action)))
                except DovetailError:
                    continue  # it is told when the call launches
        return found

    # --- people

    def somebody(self, role: str, without: Collection[str] = (), *, free: bool = True) -> str:
        """Name an executor of a role.

        Args:
            role: which; the names are `<role>-1`, `<role>-2` and so on.
            without: who it may not be.
            free: whether it has to be somebody who holds no task.
        """
        number = 1
        while True:
            name = f"{role}-{number}"
            if name not in without and not (free and name in self._busy):
                return name
            number += 1

    def held_by(self, name: str) -> Task | None:
        """Give the task that an executor holds."""
        return self._busy.get(name)

    def take_up(self, task: Task, executor: str, constraints: tuple[str, ...]) -> None:
        """Note that an executor holds a task, and with it slots of global constraints."""
        self._busy.setdefault(executor, task)
        self.grant(task, constraints)

    def grant(self, task: Task, constraints: tuple[str, ...]) -> None:
        """Note that a task has a slot of each of some global constraints."""
        if constraints:
            self._granted[task] = constraints

    def leave(self, task: Task) -> None:
        """Note that a task is over."""
        self._busy = {name: held for name, held in self._busy.items() if held != task}
        self._granted.pop(task, None)
        self.clock.drop(task)

    # --- slots of global constraints, places of wip limits

    def free(self, plan: Plan, constraint: str) -> int:
        """Give how many slots of a global constraint are free."""
        held = sum(constraint in names for names in self._granted.values())
        return plan.constraints[constraint].slots - held - self._elsewhere[constraint]

    def elsewhere(self, constraint: str, slots: int) -> None:
        """Let other items take slots of a global constraint, or free them.

        Raises:
            RefusedError: when they hold none.
        """
        if self._elsewhere[constraint] + slots < 0:
            raise RefusedError(f"no other item holds a slot of {constraint}", "let one take it")
        self._elsewhere[constraint] += slots

    def has_place(self, player: Player) -> bool:
        """Tell whether an item gets a place of its blueprint's `wip_limit`."""
        limit = player.plan.wip_limit
        if limit is None or player.cues.waits_for("admit"):
            return limit is None
        peers = [
            other
            for other in self.players
            if other.plan.blueprint == player.plan.blueprint
            and (limit.per == "blueprint" or other.parent is player.parent)
            and other.state.admitted
            and not other.state.over
        ]
        return len(peers) < limit.slots


def _called(call: Call) -> tuple[str, str]:
    return call.blueprint, call.version
