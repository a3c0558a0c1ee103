"""Soundness: every play ends, and well; over random plans, shipped ones, and small ones whole.

Random plays are held against all laws at once. Small plans are played in every way: breadth first,
from every state that differs, as many states as there is time for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from dovetail import canonical
from dovetail.plan.model import Check, Constraint, Gate, Plan
from tests.property.every_law import EVERY_LAW
from tests.support.course import Course
from tests.support.plans import auto, call, gate, integrate, plan, work
from tests.support.play import besides, play, progress
from tests.support.random_plans import random_plan
from tests.support.soak import many

_ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = sorted((_ROOT / "flows").glob("**/*.plan.yaml"))


def sound(course: Course) -> bool:
    """Tell whether a play has ended as it should: nobody can do more, and it says why."""
    r = course.reading
    return r.over or any(b.open and b.type for b in r.blockers)


def test_every_play_of_a_random_plan_ends_well() -> None:
    for seed in range(many(250, 5000)):
        made = random_plan(seed, (3, 5, 7, 9)[seed % 4])
        played = play(made, seed, (0, 30, 60, 120)[seed // 4 % 4], *EVERY_LAW)
        assert sound(played), seed


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.name}-{p.name.split('.')[0]}")
def test_every_play_of_a_shipped_plan_ends_well(path: Path) -> None:
    made = Plan.from_data(yaml.safe_load(path.read_text("utf-8")))
    for seed in range(many(8, 400)):
        played = play(made, seed, (0, 40, 120, 300)[seed % 4], *EVERY_LAW)
        assert sound(played), seed


def test_there_are_shipped_plans() -> None:
    assert len(SHIPPED) >= 8


# --- small plans, in every way

SMALL = {
    "a gate that rejects": plan(
        work("draft", attempts=1),
        auto("shoot", parallel=True, needs=["draft"], attempts=2),
        gate("edit", ["draft"], 1),
        integrate("publish"),
    ),
    "any of two, one wanted by another": plan(
        auto("a", parallel=True, attempts=1),
        work("b", parallel=True, needs=[], attempts=1),
        gate("c", ["a"], 1, "close", parallel=True, needs=["a", "b"], join="any"),
        auto("d", parallel=True, needs=["b"], attempts=1),
    ),
    "a loser that rework wants again": plan(
        auto("a", parallel=True, attempts=1),
        work("b", parallel=True, needs=[], attempts=1),
        gate("c", ["a"], 1, needs=["a", "b"], join="any"),
    ),
    "two of three": plan(
        auto("a", parallel=True, attempts=1),
        auto("b", parallel=True, needs=[], attempts=1, when="params.asked"),
        work("c", parallel=True, needs=[], attempts=1),
        work("d", needs=["a", "b", "c"], at_least=2),
    ),
    "a lane behind what may fail": plan(
        auto("a", parallel=True, attempts=1),
        auto("f", needs=["a"]),
        auto("e", needs=[]),
        auto("b", parallel=True, needs=["f", "e"], join="any", on_failure=("e",), attempts=1),
    ),
    "a call with a pause": plan(
        auto("split", attempts=1),
        call("carry-out", pause=Gate(reject=("split",), limit=1), attempts=1),
        gate("close"),
    ),
    "children side by side": plan(
        call("chunks", concurrent=True, after=True, integrate_each="child", attempts=2),
        work("sum-up", entry=(Check("ready", "true"),), attempts=1),
        done=(Check("good", "true"),),
    ),
    "a slot between two, and a failure that sends back": plan(
        auto("a", attempts=1),
        auto("b", parallel=True, needs=["a"], uses=("bench",), on_failure=("a",), attempts=1),
        work("c", parallel=True, needs=["a"], uses=("bench", "rig"), attempts=1),
        integrate("z", require=(Check("ready", "true"),)),
        constraints={"bench": Constraint("item", 1), "rig": Constraint("global", 1)},
    ),
    "two approvals of what two people did": plan(
        work("a", attempts=1),
        gate("b", ["a"], 1, approvals=2, independent=True),
        work("c", attempts=1),
        intake=("crew",),
    ),
}

_FEW = {
    "form": 0,
    "interruption": 1,
    "impediment": 1,
    "resolution": 1,
    "rework": 1,
    "revert": 1,
    "unmet": 1,
    "untold": 0,
    "blocked child": 1,
    "word": 0,
    "raise": 0,
}


@pytest.mark.parametrize("name", SMALL)
def test_every_way_through_a_small_plan_is_sound(name: str) -> None:
    start = Course(SMALL[name], EVERY_LAW)
    start.left |= _FEW
    known = {key(start)}
    queue = deque([start])
    most, ended = many(250, 10_000), 0
    while queue and len(known) < most:
        course = queue.popleft()
        moves = progress(course)
        if not moves:
            assert sound(course), [str(e) for e in course.events]
            ended += 1
        for move in [*moves, *besides(course)]:
            after = fork(course)
            after.make(move)
            which = key(after)
            if which not in known:
                known.add(which)
                queue.append(after)
    assert len(known) > most // 10 or ended


def fork(course: Course) -> Course:
    """Give a course that goes on by itself; what never changes is shared."""
    shared = [course.plan, *course.events, *course.laws]
    memo = {id(x): x for x in shared}
    again = object.__new__(Course)
    told = {k: v for k, v in course.__dict__.items() if k not in ("requests", "survey")}
    again.__dict__.update(deepcopy(told, memo))
    return again


def key(course: Course) -> str:
    """Tell states apart by what they mean, whenever it happened."""
    return canonical.digest({"left": course.left, "facts": [*_facts(course)]})


def _facts(course: Course) -> Iterator[Any]:
    r, s = course.reading, course.state
    yield [r.accepted, r.started, r.admitted, r.completed, r.closed, r.reverted, r.integrated]
    yield [sorted(r.skipped), sorted(r.redo), sorted(r.forced), r.good, r.awaited]
    yield [r.conditions, r.fired, r.rejected, r.rejections, r.retreats, r.to_look_at]
    yield [r.tries_granted, r.reworks_granted]
    yield {k: [number, sorted(unmet)] for k, (number, unmet) in r.entries.items()}
    yield [[b.type, b.steps, b.source, bool(b.child)] for b in r.blockers if b.open]
    yield [s.scheduled, s.raised, s.closing, sorted(s.reached)]
    for k in r.keys:
        yield [k, r.generation[k], r.results[k].number if k in r.results else 0]
        for t in r.tries[k]:
            kids = [
                [
                    *(c.key, c.params, c.status, bool(c.item), c.reused, c.overtaken),
                    *(c.rendered, c.absorbed, c.pauses, c.pause, len(c.approvals)),
                ]
                for c in sorted(t.kids.values(), key=lambda c: c.settled_at)
            ]
            yield [t.status, t.overtaken, t.generation, t.interrupted, t.waits, kids]
            yield [t.executor, len(t.approvals), bool(t.content), repr(t.saw)]
