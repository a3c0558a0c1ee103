"""What steps say in the same words is read once, and never as anything else than it says."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.emit.parse import _read, parse
from dovetail.emit.prefect import emit
from dovetail.errors import RefusedError
from dovetail.plan.model import Check, Edge, Field, Plan, Run, Step

ROOTS = [Step(f"root-{i}", i, 1, "external", "o", f"Root {i}", parallel=True) for i in range(1, 31)]
ALL = tuple(Edge(root.key, "needs") for root in ROOTS)
SAID = (Check("found", "size(outputs.found) > 0", "Say what it is"), Check("two", "outputs.two"))
OUTPUTS = {"found": Field("list", of=Field("string")), "two": Field("bool", optional=True)}


def joined(index: int) -> Step:
    return Step(
        key=f"join-{index}",
        index=index,
        order=2,
        kind="run",
        role="somebody-with-a-long-name",
        title=f"Join {index}",
        parallel=True,
        edges=ALL,
        exit=SAID,
        outputs=OUTPUTS,
        action=Run(("make", "--directory", "somewhere", "everything")),
    )


PLAN = Plan("x", "1.0.0", "X", "o", (*ROOTS, *map(joined, range(31, 36))), intake=("o",))
TEXT = emit(PLAN)
PIECES = [
    *("    ", "        ", "\n", ",", ",\n", "[", "]", "(", ")", "{", "}", '"', "'", '"""', "\\\n"),
    *(" # x", "not ", "-", "*", "**", "lambda: ", " if True else None", "x for x in y", "f(", ")("),
    *('Check\n        ("found", "size(outputs.found) > 0", say="Say what it is")', "__said_0"),
    *('        Check("found", "size(outputs.found) > 0", say="Say what it is"),\n', "root_1", "=["),
    *('    outputs={"found": Field("list", of=Field("string"))},\n', "    needs=[\n", "    ],\n"),
    *("\r", "\f", "\t", "\u2028", "é", "True", "1", "\n@blueprint."),
]


def said(text: str, *, whole: bool) -> Any:
    """Give the data of what a module says; None where it says no plan."""
    try:
        plan = _read([text], shared=False) if whole else parse(text)
        return plan.to_data()
    except (RefusedError, AttributeError, KeyError, TypeError, ValueError):
        return None


def test_steps_that_say_the_same_share_it() -> None:
    plan = parse(TEXT)
    one, other = plan.step("join-32"), plan.step("join-33")

    assert plan.to_data() == PLAN.to_data()
    assert one.edges is other.edges
    assert one.exit[0] is other.exit[0]


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0))
def test_whatever_the_text_it_is_read_as_it_stands(seed: int) -> None:
    rng, text = random.Random(seed), TEXT
    for _ in range(rng.randint(1, 3)):
        # Most often at the ends of lines, where what is read once begins and ends.
        ends = [i for i, c in enumerate(text) if c == "\n"]
        at = rng.choice(ends) + rng.choice((-2, -1, 0, 1, 5, 9)) if rng.random() < 0.7 else 0
        at = at or rng.randrange(len(text))
        text = text[:at] + rng.choice(PIECES) + text[at + rng.choice((0, 0, 1, 2, 9)) :]

    assert said(text, whole=False) == said(text, whole=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('say="Say what it is"),\n        Check("two"', 'say="Say what it is") #,\n  Check("two"'),
        ('    exit=[\n        Check("found"', '    exit=[\n        Check\n        ("found"'),
        ("        root_30,\n", "        root_30\n"),
        ("        root_30,\n", "        root_31,\n"),
        ("    needs=[\n", "    needs=[*\n"),
        ("@blueprint.run(\n    order=2,", '@blueprint.run(\n    title="""\n    order=2,'),
    ],
)
def test_what_is_no_step_of_its_own_is_never_shared(old: str, new: str) -> None:
    assert old in TEXT
    for count in (1, -1):
        text = TEXT.replace(old, new, count)

        assert said(text, whole=False) == said(text, whole=True)


def test_a_text_with_our_names_in_it_is_read_as_it_stands() -> None:
    text = TEXT.replace("root_30,", "__said_0,")

    with pytest.raises(RefusedError, match="__said_0"):
        parse(text)
