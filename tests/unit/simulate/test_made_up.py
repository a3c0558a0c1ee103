"""Made-up values: the least that fits, for every kind of field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.errors import RefusedError
from dovetail.plan.fields import Field
from dovetail.plan.misfits import misfits
from dovetail.simulate.made_up import least, least_of

LEAST: dict[str, tuple[Field, Any]] = {
    "text": (Field("string"), ""),
    "text with a length": (Field("string", min=3), "aaa"),
    "text with a pattern": (Field("string", pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*"), "a"),
    "text with a pattern and a length": (Field("string", pattern="[A-Z]+", min=2), "AA"),
    "text like a version": (Field("string", pattern=r"[0-9]+\.[0-9]+\.[0-9]+"), "1.0.0"),
    "text of an enum": (Field("string", enum=("low", "high")), "low"),
    "number": (Field("int"), 0),
    "number with a least": (Field("int", min=3), 3),
    "number with a greatest": (Field("int", max=-2), -2),
    "number of an enum": (Field("int", enum=(4, 2)), 4),
    "flag": (Field("bool"), False),
    "date": (Field("date"), "2026-01-01"),
    "date with a first": (Field("date", min="2027-03-04"), "2027-03-04"),
    "date with a last": (Field("date", max="2020-03-04"), "2020-03-04"),
    "list": (Field("list", of=Field("string")), []),
    "list with a length": (Field("list", of=Field("int", min=1), min=2), [1, 1]),
    "object": (
        Field("object", fields={"a": Field("int"), "b": Field("int", optional=True)}),
        {"a": 0},
    ),
    "anything": (Field("object"), {}),
    "default": (Field("string", default="so"), "so"),
}


@pytest.mark.parametrize("name", LEAST)
def test_the_least(name: str) -> None:
    field, value = LEAST[name]
    assert least(field, "x") == value
    assert list(misfits({"x": field}, {"x": value})) == []


def test_optional_fields_are_left_out() -> None:
    fields = {"a": Field("int"), "b": Field("int", optional=True), "c": Field("int", default=3)}
    assert least_of(fields, "x") == {"a": 0, "c": 3}


def test_a_pattern_that_nothing_fits_says_so() -> None:
    with pytest.raises(RefusedError, match=r"outputs: id: no text was found .* ISBN"):
        least_of({"id": Field("string", pattern="ISBN [0-9]{13}")}, "outputs")


@given(low=st.integers(-9, 9), span=st.integers(0, 9))
def test_bounds_are_kept(low: int, span: int) -> None:
    for field in (Field("int", min=low, max=low + span), Field("int", max=low)):
        assert list(misfits({"x": field}, {"x": least(field, "x")})) == []
