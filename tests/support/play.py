"""Random plays: a driver of the kernel that tries what people, runners and drivers might do.

A play is a plan and two numbers: what its chances are drawn from, and how many moves are drawn.
Then the first move is taken, which leads to the end. The driver's answers may come late and out of
their order, so that courses are tried that the flow's driver, which answers at once, never shows.
That the kernel refuses nothing of what it asks for holds in every play.
"""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from dovetail.plan.model import Plan
from tests.support.acting import beginnings, impediments, ways_out, words, work
from tests.support.answering import answers, launches
from tests.support.course import Course, Law, Move
from tests.support.random_plans import random_plan

__all__ = ["besides", "play", "playing", "progress"]

_MOST_MOVES = 2000
_SLOW = 1 / 5
"""How many of the steps of a play take their time, so that much happens beside them."""


def progress(course: Course) -> list[Move]:
    """Give the moves that bring an item nearer to its end, mostly; none: nobody can do anything."""
    if course.state.over:
        return []
    found = [*beginnings(course)]
    if course.state.accepted:
        found += [*answers(course), *launches(course), *work(course), *ways_out(course)]
    return found


def besides(course: Course) -> list[Move]:
    """Give the moves that nobody has to make."""
    return [*impediments(course), *words(course)]


def play(plan: Plan, seed: int, length: int, *laws: Law) -> Course:
    """Play to the end.

    Args:
        plan: what is played.
        seed: what the chances of the play are drawn from.
        length: how many moves are drawn before the first one is taken each time.
        laws: each looks at the course after each event.
    """
    chances = random.Random(seed)
    after = ["WI-8", "WI-9"][: chances.choice([0, 0, 0, 1, 2])]
    course = Course(plan, laws, after)
    slow = {s.key for s in plan.steps if chances.random() < _SLOW}
    for count in range(_MOST_MOVES):
        drawn = count < length
        move = _draw(chances, course, slow) if drawn else next(iter(progress(course)), None)
        if move is None:
            return course
        course.make(move)
    raise AssertionError("the play does not end")


def _draw(chances: random.Random, course: Course, slow: set[str]) -> Move | None:
    moves = progress(course)
    aside = besides(course) if not moves or chances.random() < 1 / 6 else []
    if not moves and chances.random() < 1 / 2:
        return None
    every = aside or moves
    weights = [m.weight if m.ends in slow else 10 * m.weight for m in every]
    return chances.choices(every, weights)[0] if every else None


playing = given(
    st.builds(random_plan, st.integers(0, 2**32 - 1), st.sampled_from([3, 5, 7, 9])),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 30, 60, 60, 120, 120]),
)
"""Gives a test a plan, chances and a length. Each plan is drawn from a number: drawing each choice
by itself gives too many plans that are nearly equal."""
