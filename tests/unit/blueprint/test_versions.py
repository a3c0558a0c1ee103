"""Ranges of versions (SPEC 2.2): a table, and what holds of all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.blueprint.versions import ascending, before, fits, fitting

numbers = st.integers(0, 3)
versions = st.builds("{}.{}.{}".format, numbers, numbers, numbers)


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("*", ["0.0.0", "1.2.3", "99.0.0"], ["1.0.0-rc.1"]),
        ("1.2.0", ["1.2.0"], ["1.2.1", "1.2.0-rc.1", "1.2.0+b1"]),
        ("1.2.0-rc.1", ["1.2.0-rc.1"], ["1.2.0", "1.2.0-rc.2"]),
        ("^1", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0", "2.0.0-rc.1", "1.1.0-rc.1"]),
        ("^1.2", ["1.2.0", "1.9.0"], ["1.1.9", "2.0.0"]),
        ("^1.2.3", ["1.2.3", "1.3.0"], ["1.2.2", "2.0.0"]),
        ("^0", ["0.0.1", "0.9.0"], ["1.0.0"]),
        ("^0.2", ["0.2.0", "0.2.9"], ["0.1.9", "0.3.0", "1.2.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.2.2", "0.3.0"]),
        ("^0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.2", "0.0.4"]),
        ("~1", ["1.0.0", "1.9.9"], ["0.9.0", "2.0.0"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.1.9", "1.3.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("~0.2", ["0.2.5"], ["0.3.0"]),
    ],
)
def test_what_is_in_a_range(wanted: str, inside: list[str], outside: list[str]) -> None:
    assert [fits(wanted, v) for v in inside] == [True] * len(inside)
    assert [fits(wanted, v) for v in outside] == [False] * len(outside)


@given(versions, versions)
def test_a_caret_keeps_what_is_compatible(least: str, version: str) -> None:
    assert fits(f"^{least}", least)
    if fits(f"~{least}", version):
        assert least in ascending([least, version])[:1]
    if fits(f"^{least}", version) and not least.startswith("0"):
        assert version[0] == least[0]


@given(st.lists(versions, unique=True), versions)
def test_the_one_before_is_the_greatest_smaller_one(there: list[str], version: str) -> None:
    found = before(version, there)
    order = ascending({*there, version})

    place = order.index(version)
    assert found == (order[place - 1] if place else None)


def test_what_is_no_version_is_left_out() -> None:
    assert ascending(["1.10.0", "1.9.0", "notes", "1.9.0-rc.1"]) == [
        "1.9.0-rc.1",
        "1.9.0",
        "1.10.0",
    ]
    assert fitting("^1", ["2.0.0", "draft", "1.1.0", "1.0.0"]) == ["1.0.0", "1.1.0"]
    assert before("draft", ["1.0.0"]) is None
