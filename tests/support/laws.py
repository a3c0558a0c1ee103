"""Laws of the kernel: each looks at a play after each of its events.

A law is a function of a course that has just taken in an event. `law` makes a test of it, which
holds it against random plays; `LAWS` has them all, for whoever plays otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings

from dovetail.plan.model import Plan
from tests.support.course import Law
from tests.support.play import play, playing
from tests.support.soak import many

__all__ = ["LAWS", "law"]

LAWS: dict[str, Law] = {}


def law(check: Law) -> Callable[[], None]:
    """Make a test of a law."""

    def holds(plan: Plan, seed: int, length: int) -> None:
        play(plan, seed, length, check)

    LAWS[check.__name__] = check
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(holds, name, getattr(check, name))
    made: Callable[[], None] = settings(max_examples=many(60, 600), deadline=None)(playing(holds))
    return made
