"""The status of an item: of SPEC 5.2's list, the first that holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dovetail.plan.model import Plan
from tests.support.memory import Memory
from tests.support.plans import auto, gate, plan, work

ONE = plan(work("a"))
AUTO = plan(auto("a"), work("b"))
TWO = plan(auto("a", parallel=True), auto("b", parallel=True))
CLOSING = plan(work("a"), gate("g", ["a"], 0, "close"), work("b"))

Script = Callable[[Memory], object]


@pytest.mark.parametrize(
    ("made", "driven", "script", "status"),
    [
        pytest.param(
            CLOSING, True, lambda m: m.do("a").reject("g"), "closed", id="closed: by a gate"
        ),
        pytest.param(
            CLOSING,
            True,
            lambda m: m.do("a").block("credentials").reject("g"),
            "closed",
            id="closed: also with a blocker open",
        ),
        pytest.param(ONE, True, lambda m: m.do("a"), "completed", id="completed: all has settled"),
        pytest.param(
            plan(work("a"), intake=("crew",)), True, lambda m: m, "intake", id="intake: not decided"
        ),
        pytest.param(
            plan(work("a"), intake=("crew",)),
            True,
            lambda m: m.block("credentials"),
            "intake",
            id="intake: also with a blocker open",
        ),
        pytest.param(AUTO, False, lambda m: m, "ready", id="ready: nothing has started"),
        pytest.param(
            TWO,
            False,
            lambda m: m.block("credentials", "b"),
            "ready",
            id="ready: a blocker leaves something to launch",
        ),
        pytest.param(
            AUTO,
            False,
            lambda m: m.block("credentials"),
            "blocked",
            id="blocked: a blocker leaves nothing to launch",
        ),
        pytest.param(
            ONE,
            True,
            lambda m: m.claim("a").block("credentials"),
            "blocked",
            id="blocked: though an attempt is claimed",
        ),
        pytest.param(
            plan(work("a", parallel=True), auto("b", parallel=True)),
            False,
            lambda m: m.claim("a").block("credentials", "a"),
            "active",
            id="active: a blocker is open, but something can launch",
        ),
        pytest.param(
            ONE, True, lambda m: m.claim("a"), "active", id="active: an attempt is claimed"
        ),
        pytest.param(AUTO, True, lambda m: m, "active", id="active: an attempt is running"),
        pytest.param(
            plan(work("a"), work("b", parallel=True), gate("g", ["a"], parallel=True, needs=["a"])),
            True,
            lambda m: m.do("a").claim("b").reject("g"),
            "active",
            id="active: an attempt drains",
        ),
        pytest.param(ONE, True, lambda m: m, "waiting", id="waiting: for somebody to claim"),
        pytest.param(
            CLOSING, True, lambda m: m.do("a"), "waiting", id="waiting: for somebody to decide"
        ),
        pytest.param(
            ONE,
            True,
            lambda m: m.claim("a").fail("a"),
            "waiting",
            id="waiting: for somebody to re-queue",
        ),
        pytest.param(
            plan(work("a", when="asked"), auto("b")),
            False,
            lambda m: m,
            "waiting",
            id="waiting: a skip has started it, and a driver is due",
        ),
    ],
)
def test_item_status(made: Plan, driven: bool, script: Script, status: str) -> None:
    m = Memory(made, {"a": False}, driven=driven)
    script(m)
    assert m.status == status
