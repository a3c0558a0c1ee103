"""What a refusal lists, it lists whole: one by one, with commas, in order."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.plan.model import Blocker
from tests.support.calls import calling
from tests.support.memory import Memory
from tests.support.plans import beside, gate, integrate, plan, work
from tests.support.refusals import refusal

PAIR = plan(*beside("b", "a"))


def two_blockers(m: Memory) -> Memory:
    return m.block("scope").block("credentials")


def watched() -> Memory:
    kinds = {k: Blocker(k, when="x" if k == "c" else None) for k in "abc"}
    return Memory(plan(work("a"), blockers=kinds)).pause().do("a")


def integrating() -> Memory:
    return two_blockers(Memory(plan(integrate("i"))))


def over() -> Memory:
    m = Memory(PAIR).claim("b").claim("a", executor="bea")
    m.state.open_steps = 0
    return m


def noted() -> Memory:
    return Memory(PAIR).say(E.NOTED, note=1, text="x").say(E.NOTED, note=2, text="y")


def blocking(kind: str, *steps: str) -> dict[str, Any]:
    return {"blocker": 1, "type": kind, "steps": [*steps], "reason": "r"}


SAYS: list[Any] = [
    pytest.param(
        integrating,
        E.INTEGRATED,
        lambda m: m.writing("i") | {"artifacts": {}, "message": ""},
        "integration waits for the blocker 1 (scope), 2 (credentials)",
        id="open blockers of an integration",
    ),
    pytest.param(
        lambda: two_blockers(Memory(plan(work("a"))).claim("a")).complete("a"),
        E.ITEM_COMPLETED,
        lambda _: {},
        "completion waits for the blocker 1 (scope), 2 (credentials)",
        id="open blockers of an item",
    ),
    pytest.param(
        lambda: two_blockers(Memory(PAIR)),
        E.UNBLOCKED,
        lambda _: {"blocker": 3, "notes": "n"},
        "blocker 3 is not open; open: 1 (scope), 2 (credentials)",
        id="open blockers",
    ),
    pytest.param(
        over, E.ITEM_COMPLETED, lambda _: {}, "completion waits for a/1, b/1", id="attempts"
    ),
    pytest.param(
        lambda: Memory(PAIR),
        E.BLOCKED,
        lambda _: blocking("scope", "x", "a", "y"),
        "the plan has no step x, y",
        id="steps that there are not",
    ),
    pytest.param(
        lambda: Memory(PAIR),
        E.BLOCKED,
        lambda _: blocking("attempts-exhausted", "a", "b"),
        "nothing calls for attempts-exhausted of a, b",
        id="steps of a blocker",
    ),
    pytest.param(
        noted,
        E.NOTE_RESOLVED,
        lambda _: {"note": 3, "reason": "r"},
        "note 3 is not open; open: 1, 2",
        id="notes",
    ),
    pytest.param(
        lambda: calling("a", "b", concurrent=True),
        E.FAILED,
        lambda m: m.writing("do") | {"reason": "r", "interrupted": False},
        "do/1 has children under way: a, b",
        id="children",
    ),
    pytest.param(
        watched,
        E.EVALUATED,
        lambda _: {
            "what": "blockers",
            "step": "a",
            "generation": 1,
            "attempt": 1,
            "raised": ["b", "c", "a"],
        },
        "b, a has no condition that an attempt could meet",
        id="types of blockers",
    ),
    pytest.param(
        lambda: Memory(plan(work("a"), integrate("i"), gate("g", ["a"]))).do("a", "i"),
        E.REJECTED,
        lambda m: m.verdict("g") | {"to": "a"},
        "the gate g has nothing to send the item back to; rework to a would cross the baseline",
        id="a target behind the baseline",
    ),
    pytest.param(
        lambda: Memory(plan(work("a"), work("b"), integrate("i"), gate("g", ["a", "b"]))).do(
            "a", "b", "i"
        ),
        E.REJECTED,
        lambda m: m.verdict("g") | {"to": "a"},
        "the gate g has nothing to send the item back to; rework to a, b would cross the baseline",
        id="targets behind the baseline",
    ),
    pytest.param(
        lambda: Memory(plan(work("a"), gate("g"))).do("a"),
        E.REJECTED,
        lambda m: m.verdict("g") | {"to": "a"},
        "the gate g has nothing to send the item back to",
        id="no targets at all",
    ),
    pytest.param(
        lambda: Memory(plan(work("a"), integrate("i"), integrate("j"), work("z"))).do(
            "a", "i", "j"
        ),
        E.REWORK,
        lambda m: m.sending("a"),
        "rework across the baseline: i, j is completed",
        id="integrations",
    ),
]


@pytest.mark.parametrize(("make", "kind", "data", "says"), SAYS)
def test_a_refusal_lists_them_all(make: Any, kind: E, data: Any, says: str) -> None:
    m = make()
    assert refusal(m, kind, data(m)).message == says
