"""The virtual clock: what ends when. It stands still but for what takes time."""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Clock"]

What = TypeVar("What", bound=Hashable)


class Clock(Generic[What]):
    """What is under way, in the order of its end; what ends together, in the order of its launch.

    Attributes:
        now: in seconds since the beginning.
    """

    def __init__(self) -> None:
        self.now = 0
        self._ends: list[tuple[int, int, What]] = []
        self._launched: dict[What, int] = {}

    def launch(self, what: What) -> None:
        """Note the order in which something was launched."""
        self._launched.setdefault(what, len(self._launched))

    def end_in(self, seconds: int, what: What) -> None:
        """Let something that was launched end after some seconds."""
        self.launch(what)
        heapq.heappush(self._ends, (self.now + seconds, self._launched[what], what))

    def due(self, what: What) -> bool:
        """Tell whether something is to end."""
        return any(w == what for _, _, w in self._ends)

    def drop(self, what: What) -> None:
        """Let something not end at all."""
        self._ends = [e for e in self._ends if e[2] != what]
        heapq.heapify(self._ends)

    def next(self) -> What | None:
        """Go on to what ends next, and give it; None: nothing is under way."""
        if not self._ends:
            return None
        self.now, _, what = heapq.heappop(self._ends)
        return what
