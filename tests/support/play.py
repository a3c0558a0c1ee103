"""Random plays of random plans: a driver of the kernel that tries what people and runners might do.

A play is a plan and bytes: each byte picks one of the moves that are open to people, runners and
the driver. The driver's answers may come late, so that orders are tried that the flow's driver,
which answers at once, never shows. When the bytes are used up the first move is taken, which leads
to the end. That `apply` refuses nothing of what `decide` asks for holds in every play.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from dovetail.kernel import Attempt, Event, Hold, rework_targets
from dovetail.plan.model import Plan
from tests.support.memory import Memory
from tests.support.plans import plans

__all__ = ["Play", "Watch", "play", "playing"]

_MOST_MOVES = 3000

Watch = Callable[[Memory, Event], None]


class Play(Memory):
    """A random play.

    Args:
        plan: what is played.
        picks: which of the open moves is taken, one after the other.
        answers: what conditions give, one generation after the other; each step starts at another.
        watch: looks at the item after each event.
    """

    def __init__(
        self, plan: Plan, picks: Sequence[int], answers: Sequence[bool | None], watch: Watch
    ) -> None:
        self._watch, self._picks = watch, iter(picks)
        # What has no limit of its own gets one, so that the play ends.
        self.interruptions, self.resolutions = 3, 4
        self.impediments = int(sum(picks) % 3 == 0)
        turned = {s.key: [*answers[s.index % 3 :], *answers] for s in plan.steps}
        super().__init__(plan, turned, follow=False)

    def put(self, event: Event) -> None:
        super().put(event)
        self._watch(self, event)

    def run(self) -> None:
        """Play until nobody can do anything."""
        for _ in range(_MOST_MOVES):
            moves = list(self._moves())
            if not moves:
                return
            moves[next(self._picks, 0) % len(moves)]()
        raise AssertionError("the play does not end")

    def _moves(self) -> Iterator[Callable[[], object]]:
        if self.state.over:
            return
        if not self.state.accepted:
            yield self.accept
            return
        some = False
        for move in self._progress():
            some = True
            yield move
        if self.state.unresolved and self.resolutions:
            yield self._resolve
        if some and self.impediments:
            yield self._impede

    def _progress(self) -> Iterator[Callable[[], object]]:
        if any(not isinstance(r, Hold) for r in self.requests):
            yield self.answer_some
        for attempt in self.state.in_flight.values():
            yield from self._ends(attempt)
        for spec, step in zip(self.plan.steps, self.state.steps, strict=True):
            if step.phase == "failed" and step.failures < spec.attempts + step.granted:
                yield partial(self.requeue, spec.key)

    def _ends(self, attempt: Attempt) -> Iterator[Callable[[], object]]:
        name, spec = f"{attempt.step}/{attempt.number}", self.plan.step(attempt.step)
        if spec.gate:
            yield partial(self.approve, name)
            for to in rework_targets(self.plan, self.state, spec.key):
                yield from [partial(self.reject, name, to)] * 2
        elif attempt.status == "queued":
            yield partial(self.claim, name)
        else:
            if spec.kind != "integrate":
                yield from [partial(self.complete, name)] * 2  # twice as likely as to fail
            elif not self.state.unresolved:
                yield partial(self.integrated, name)
            yield partial(self.fail, name)
            if self.interruptions:
                yield partial(self._cut_short, name)

    def _cut_short(self, name: str) -> None:
        self.interruptions -= 1
        self.interrupt(name)

    def _resolve(self) -> None:
        self.resolutions -= 1
        self.unblock()

    def _impede(self) -> None:
        self.impediments -= 1
        named = [s.key for s in self.plan.steps][len(self.events) % 3 :: 3]
        self.block("credentials", *named)


def _picks(seed: int, length: int) -> bytes:
    return random.Random(seed).randbytes(length)


playing = given(
    plans,
    st.builds(_picks, st.integers(0, 2**32 - 1), st.sampled_from([0, 20, 80, 80, 80])),
    st.lists(st.sampled_from([True, False, True, False, None]), min_size=3, max_size=3),
)
"""Gives a test a plan, picks and answers of conditions."""


def play(plan: Plan, picks: bytes, answers: list[bool | None], watch: Watch | None = None) -> Play:
    """Play to the end; `watch` looks at the item after each event."""
    played = Play(plan, picks, answers, watch or (lambda _memory, _event: None))
    played.run()
    return played
