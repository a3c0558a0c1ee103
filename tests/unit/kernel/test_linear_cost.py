"""Folding and deciding cost a step as much in a long plan as in a short one.

Counted in executed lines of the kernel and the plan, not in time: the count is the same everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from dovetail import kernel
from dovetail.kernel import Complete, Event, Launch, State
from dovetail.kernel import EventType as E
from dovetail.plan.model import Plan
from tests.support.memory import RUNNER, registration
from tests.support.plans import auto, layered, plan

_COUNTED = ("/dovetail/kernel/", "/dovetail/plan/model.py")


def lines_run(call: Callable[[], object]) -> int:
    """Count the lines of the kernel that a call executes."""
    count = 0

    def line(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def frame(entered: FrameType, _event: str, _arg: Any) -> Any:
        name = entered.f_code.co_filename.replace("\\", "/")
        return line if any(part in name for part in _COUNTED) else None

    before = sys.gettrace()
    sys.settrace(frame)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def carry_through(made: Plan) -> list[Event]:
    """Take an item to its end, deciding after every event that may enable something."""
    state, events = State.initial(made), []

    def say(kind: E, /, **data: Any) -> None:
        events.append(Event(kind, data))
        kernel.apply(made, state, events[-1])

    events.append(registration(made))
    kernel.apply(made, state, events[0])
    while True:
        requests = kernel.decide(made, state)
        if requests == [Complete()]:
            say(E.ITEM_COMPLETED)
            return events
        launches = [r for r in requests if isinstance(r, Launch)]
        if launches:
            say(E.SCHEDULED, **kernel.schedule(requests, launches))
        for r in launches:
            mine = {"step": r.step, "attempt": r.attempt, "executor": RUNNER}
            say(E.QUEUED, step=r.step, attempt=r.attempt, generation=1)
            say(E.CLAIMED, **mine, kind="runner", roles=[], fence=state.events + 1, handoffs=[])
        step, number = next(iter(state.in_flight))
        done = {"step": step, "attempt": number, "executor": RUNNER}
        fence = state.in_flight[step, number].fence
        say(E.COMPLETED, **done, fence=fence, outputs={}, evidence={}, artifacts={}, criteria={})


def chain(length: int) -> Plan:
    return plan(*(auto(f"s{i}") for i in range(length)))


@pytest.mark.parametrize(
    ("short", "long", "times"),
    [
        pytest.param(chain(300), chain(3000), 10, id="a chain of 3000"),
        pytest.param(layered(25, 10), layered(100, 10), 4, id="1000 steps in layers of 10"),
    ],
)
def test_a_step_costs_the_same_in_a_longer_plan(short: Plan, long: Plan, times: int) -> None:
    histories: list[list[Event]] = []
    costs = []
    for made in (short, long):
        costs.append(lines_run(lambda made=made: histories.append(carry_through(made))))
    assert len(histories[1]) == 3 * len(long.steps) + len(long.waves) + 2
    assert costs[1] < costs[0] * times * 1.05

    folds = [
        lines_run(lambda made=made, told=told: kernel.fold(made, told))
        for made, told in zip((short, long), histories, strict=True)
    ]
    assert folds[1] < folds[0] * times * 1.05
