"""Laws of the run time (SPEC 5.1 to 5.7), over random plans played at random.

A play is a plan and bytes: each byte picks one of the moves that are open to people, runners and
the driver. Moves of the driver may come late, so that orders are tried that the flow's driver, which
answers at once, never shows. When the bytes are used up, the first move is taken, which is always
one towards the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from dovetail import kernel
from dovetail.kernel import Attempt, Event, EventType, Hold, Launch, State
from dovetail.plan.model import Plan
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.memory import Memory
from tests.support.plans import plans

LAW = settings(max_examples=250, deadline=None)
_BYTES = st.binary(min_size=50, max_size=50)
_MOST_MOVES = 3000


@dataclass
class Play:
    """A random play, and how much of what has no limit of its own is left."""

    memory: Memory
    interruptions: int = 3
    grants: int = 3
    declared: int = 2
    look: Callable[[Memory], None] = field(default=lambda _: None)

    def moves(self) -> Iterator[Callable[[], object]]:
        """Give what somebody may do now, in a fixed order."""
        m, state = self.memory, self.memory.state
        if state.over:
            return
        if not state.accepted:
            yield m.accept
            return
        if any(not isinstance(r, Hold) for r in m.requests):
            yield m.answer_some
        for attempt in list(state.in_flight.values()):
            yield from self._ends(attempt)
        for step in state.steps:
            if step.phase == "failed" and not _exhausted(m.plan, state, step.attempts[-1].step):
                yield partial(m.requeue, step.attempts[-1].step)
        yield from self._impediments()

    def _ends(self, attempt: Attempt) -> Iterator[Callable[[], object]]:
        m, name = self.memory, f"{attempt.step}/{attempt.number}"
        spec = m.plan.step(attempt.step)
        if spec.gate and not attempt.superseded:
            yield partial(m.approve, name)
            for to in spec.gate.reject:
                if to in kernel.apply_targets(m.plan, m.state, spec.key):
                    yield partial(m.reject, name, to)
        elif attempt.status == "queued":
            yield partial(m.claim, name)
        else:
            if spec.kind != "integrate":
                yield partial(m.complete, name)
            elif not m.state.unresolved:
                yield partial(m.integrated, name)
            yield partial(m.fail, name)
            if self.interruptions:
                yield partial(self._interrupt, name)

    def _impediments(self) -> Iterator[Callable[[], object]]:
        if self.memory.state.unresolved and self.grants:
            yield self._unblock
        if self.declared:
            yield partial(self._declare, ())
            yield partial(self._declare, (self.memory.plan.steps[0].key,))

    def _interrupt(self, name: str) -> None:
        self.interruptions -= 1
        self.memory.interrupt(name)

    def _unblock(self) -> None:
        self.grants -= 1
        self.memory.unblock()

    def _declare(self, steps: tuple[str, ...]) -> None:
        self.declared -= 1
        self.memory.block("credentials", *steps)
