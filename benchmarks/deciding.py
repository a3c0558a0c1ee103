"""Deciding after every completion against folding the same history, and how both grow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from benchmarks.measuring import Row, least
from benchmarks.shapes import SHAPES, Graph, blueprint
from dovetail.kernel import (
    Complete,
    Event,
    EventType,
    Launch,
    State,
    apply,
    decide,
    fold,
    schedule,
)
from dovetail.plan.model import Plan
from dovetail.rules import check_text

__all__ = ["measure"]

_TIMES = 5.0
_GROWTH = 13.0
"""Ten times the steps may cost this many times as much."""


def measure(*, quick: bool) -> Iterator[Row]:
    """Measure 10,000 completions, and 1,000; when quick, a tenth of both."""
    sizes = (100, 1000) if quick else (1000, 10_000)
    shapes = {**SHAPES, "all at once": _beside}
    for name, shape in shapes.items():
        costs = []
        for size in sizes:
            plan = _plan(shape(size))
            events = _carry(plan)
            both, alone = least(3, partial(_carry, plan), partial(fold, plan, events))
            costs.append(both)
            what = f"{name}, {size:,} completions, to folding alone"
            yield Row("deciding", what, both / alone, "x", _TIMES)
        yield Row("deciding", f"{name}, ten times the steps", costs[1] / costs[0], "x", _GROWTH)


def _beside(size: int) -> Graph:
    """Steps that nothing comes before, so that all launch together, and one after all of them."""
    keys = [f"k{i}" for i in range(size)]
    return [*((key, []) for key in keys[1:]), (keys[0], keys[1:])]


def _plan(graph: Graph) -> Plan:
    plan = check_text(blueprint(graph), shown_as="bench.yaml").plan
    assert plan is not None
    _carry(plan)  # what a plan works out once is not what is measured
    return plan


def _carry(plan: Plan) -> list[Event]:
    """Carry an item to its end, deciding after every completion; gives its history."""
    state, events = State.initial(plan), []
    open_work: deque[tuple[str, int]] = deque()

    def say(kind: EventType, data: Mapping[str, Any]) -> None:
        events.append(Event(kind, data))
        apply(plan, state, events[-1])

    say(EventType.REGISTERED, {"digest": plan.digest, "intake": False, "params": {}})
    while True:
        requests = decide(plan, state)
        if Complete() in requests[-1:]:
            say(EventType.ITEM_COMPLETED, {})
            return events
        launches = [r for r in requests if isinstance(r, Launch)]
        if launches:
            say(EventType.SCHEDULED, schedule(requests, launches))
        for r in launches:
            named = {"step": r.step, "attempt": r.attempt}
            say(EventType.QUEUED, named | {"generation": r.generation})
            open_work.append((r.step, r.attempt))
        step, number = open_work.popleft()
        named = {"step": step, "attempt": number, "executor": "mira"}
        fence = state.events + 1
        who = {"kind": "person", "roles": [plan.step(step).role], "handoffs": []}
        say(EventType.CLAIMED, named | who | {"fence": fence})
        criteria = {c.id: True for c in plan.step(step).exit}
        result = {"outputs": {}, "evidence": {}, "artifacts": {}, "criteria": criteria}
        say(EventType.COMPLETED, named | result | {"fence": fence})
