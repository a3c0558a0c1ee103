"""Items with a call, for tests of the kernel."""

from __future__ import annotations

from typing import Any

from dovetail.kernel import EventType, Hold
from tests.support.memory import Memory
from tests.support.plans import call, plan, work
from tests.support.world import World

__all__ = ["asked", "calling", "of", "part", "started"]


def part(key: str, **more: Any) -> dict[str, Any]:
    """Give an element of a call."""
    return {"key": key, "params": {}, **more}


def calling(*keys: str | dict[str, Any], **how: Any) -> Memory:
    """Give an item whose only call, `do`, has these children; `z` comes after it."""
    made = plan(call("do", **how), work("z"))
    return Memory(made, world=World(children={"do": of(*keys)}))


def of(*keys: str | dict[str, Any]) -> list[dict[str, Any]]:
    """Give elements; a key alone stands for one of which nothing else is said."""
    return [part(k) if isinstance(k, str) else k for k in keys]


def started(m: Memory) -> list[str]:
    """Give the keys of the children that were started, in order."""
    return [d["child"] for d in m.told(EventType.CHILD_STARTED)]


def asked(m: Memory) -> list[Any]:
    """Give what a call asks for now, with nothing answered."""
    return [r for r in m.requests if not isinstance(r, Hold)]
