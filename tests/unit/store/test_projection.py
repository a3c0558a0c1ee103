"""What the lists say of an item: told from its state alone."""

from __future__ import annotations

from dataclasses import replace

from dovetail.plan.model import Gate
from dovetail.store import project
from tests.support.memory import RUNNER, Memory
from tests.support.plans import auto, gate, plan, work


def lines(m: Memory) -> dict[str, tuple[str | None, bool]]:
    """Give holder and exclusiveness by attempt."""
    _, found = project("WI-000001", 1, m.plan, m.state)
    return {f"{w.step}/{w.attempt}": (w.executor, w.exclusive) for w in found}


def test_a_claim_is_exclusive_unless_it_is_the_runners() -> None:
    m = Memory(plan(work("a", parallel=True), auto("b", parallel=True)))
    assert lines(m) == {"a/1": (None, False), "b/1": (RUNNER, False)}
    m.claim("a", executor="mia")
    assert lines(m) == {"a/1": ("mia", True), "b/1": (RUNNER, False)}


def test_who_has_approved_a_gate_does_not_hold_it() -> None:
    one = gate("g", ["a"])
    assert isinstance(one.action, Gate)
    m = Memory(plan(work("a"), replace(one, action=replace(one.action, approvals=2))))
    m.do("a").approve("g")
    assert lines(m) == {"g/1": (None, False)}
    assert project("WI-000001", 1, m.plan, m.state)[0] == "waiting"
