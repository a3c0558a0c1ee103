"""The stores that the contract is for, and the few rows that its tests need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dovetail.kernel import Event, EventType
from dovetail.plan.model import Plan, Step
from dovetail.store import Item, Record, Store, Transaction, Work

__all__ = ["PLAN", "Reopen", "append", "claimed", "item_line", "note", "queued", "register"]

Reopen = Callable[[], Store]
"""Opens the same database, every time anew."""

PLAN = Plan(
    blueprint="errand",
    version="1.0.0",
    title="Run an errand",
    owner="lead",
    steps=(Step(key="go", index=1, order=1, kind="external", role="runner", title="Go"),),
)


def item_line(name: str, seq: int, **more: Any) -> Item:
    values = {"title": "Errand", "status": "ready", "events": 0} | more
    return Item(name, seq, PLAN.blueprint, PLAN.version, PLAN.digest, **values)


def register(tx: Transaction, name: str = "A", seq: int = 1) -> None:
    tx.add_plan(PLAN)
    tx.add_item(item_line(name, seq))


def note(text: str = "note") -> Event:
    """An event that the store keeps without asking what it means."""
    return Event(EventType.UNBLOCKED, {"blocker": 1, "notes": text})


def append(
    tx: Transaction, item: str, expected: int, events: Sequence[Event] = (), actor: str = "lea"
) -> list[Record]:
    return tx.append(
        item, expected, events or [note()], time="2026-11-20T00:00:00.000Z", actor=actor
    )


def queued(item: str, attempt: int = 1, **more: Any) -> Work:
    values: dict[str, Any] = {
        "item": item,
        "step": "go",
        "attempt": attempt,
        "item_seq": 1,
        "place": 0,
        "kind": "external",
        "role": "runner",
        "executor": None,
        "fence": None,
        "exclusive": False,
    }
    return Work(**values | more)


def claimed(item: str, executor: str, attempt: int = 1, **more: Any) -> Work:
    return queued(item, attempt, executor=executor, fence=1, exclusive=True, **more)
