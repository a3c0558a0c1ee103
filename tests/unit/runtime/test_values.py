"""Typed values: as JSON has them, and as a person types them (SPEC 2.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dovetail.errors import RefusedError
from dovetail.plan.model import Field
from dovetail.plan.values import read_values
from dovetail.runtime.values import from_words

STRINGS = Field("list", of=Field("string"))
INTS = Field("list", of=Field("int"))
POINT = Field("object", fields={"x": Field("int"), "y": Field("int", optional=True)})


def read(field: Field, value: Any) -> Any:
    return read_values({"v": field}, {"v": value}, what="values", way_out="give others")["v"]


FITS: list[tuple[Field, Any]] = [
    (Field("string"), ""),
    (Field("string"), "naïve ☃ 𝄞"),
    (Field("string", min=2, max=2), "éé"),
    (Field("string", pattern="a|bc"), "bc"),
    (Field("string", pattern="(?i)X.y"), "x\u00e9Y"),
    (Field("int"), 2**53 - 1),
    (Field("int", min=-1, max=-1), -1),
    (Field("bool"), False),
    (Field("date"), "2028-02-29"),
    (Field("date", min="2028-02-29", max="2028-02-29"), "2028-02-29"),
    (STRINGS, []),
    (Field("list", of=STRINGS), [["a"], []]),
    (POINT, {"x": 1}),
    (Field("object"), {"a": [1, {"b": True, "c": "d"}], "e": {}}),
    (POINT, {"x": 1, "y": 2}),
    (Field("list", of=POINT), [{"x": 1}, {"x": 2, "y": 3}]),
    (Field("string", enum=("no", "yes")), "yes"),
    (Field("int", enum=(1, 2)), 2),
]


@pytest.mark.parametrize(("field", "value"), FITS)
def test_what_fits_is_given_back(field: Field, value: Any) -> None:
    assert read(field, value) == value


WRONG: list[tuple[Field, Any, str]] = [
    (Field("string"), 1, "v is 1; expected a string"),
    (Field("string"), None, "v is null; expected a string"),
    (Field("string", min=2), "a", 'v is "a"; expected a string of at least 2 characters'),
    (Field("string", max=1), "ab", "at most 1"),
    (Field("string", pattern="a|b"), "ab", "expected a text that matches a|b"),
    (Field("string", pattern="a|b"), "xb", "expected a text that matches a|b"),
    (Field("string", pattern="^a$"), "a\n", "expected a text that matches ^a$"),
    (Field("string"), "\ud800", "expected a string"),
    (Field("int"), "1", 'v is "1"; expected an int'),
    (Field("int"), True, "v is true; expected an int"),
    (Field("int"), 1.5, "v is 1.5; expected an int"),
    (Field("int"), float("nan"), "expected an int"),
    (Field("int"), 2**53, "expected an int"),
    (Field("int"), -(2**200), "expected an int"),
    (Field("bool"), 1, "v is 1; expected true or false"),
    (Field("bool"), "true", 'v is "true"; expected true or false'),
    (Field("date"), "2026-02-30", "expected a date"),
    (Field("date", min="2026-02-01"), "2026-01-31", "expected a date of at least 2026-02-01"),
    (Field("date", max="2026-02-01"), "2026-02-02", "expected a date of at most 2026-02-01"),
    (Field("date"), "2026-W01-1", "expected a date"),
    (Field("date"), "2026-01-01T00:00", "expected a date"),
    (Field("date"), dt.date(2026, 1, 1), "expected a date"),
    (STRINGS, "a", "expected a list of strings"),
    (STRINGS, {"a": 1}, "expected a list of strings"),
    (STRINGS, ("a",), "expected a list of strings"),
    (STRINGS, ["a", 1, None], "v[1] is 1; expected a string"),
    (POINT, [], "expected an object"),
    (Field("object"), {"a": [1, {"b": 1.5}]}, "v.a[1].b is 1.5; expected a text, a whole number"),
    (Field("object"), {"a": None}, "v.a is null"),
    (POINT, {}, "v.x is missing; expected an int"),
    (POINT, {"x": 1, "z": 2}, "v.z is not declared; declared: x, y"),
    (POINT, {"x": "1"}, 'v.x is "1"'),
    (Field("list", of=POINT), [{"x": 1}, {}], "v[1].x is missing"),
    (Field("string", enum=("no", "yes")), "maybe", "expected one of no, yes"),
    (Field("string"), {1, 2}, "v is {1, 2}; expected a string"),
    (Field("int"), object(), "v is <object object"),
]


@pytest.mark.parametrize(("field", "value", "says"), WRONG)
def test_what_does_not_fit_is_named_with_what_was_expected(
    field: Field, value: Any, says: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        read(field, value)
    assert "the values are not as declared" in caught.value.message
    assert says in caught.value.message
    assert caught.value.way_out == "give others"


def test_names_that_are_no_texts_are_told_like_others() -> None:
    """A team's function may give a dictionary with any keys."""
    given: Any = {1: "a", "b": 2, None: 3}
    with pytest.raises(RefusedError, match="1 is not declared"):
        read_values({"v": Field("int", optional=True)}, given, what="outputs", way_out="")


def test_a_pattern_is_not_slowed_down_by_any_text() -> None:
    with pytest.raises(RefusedError):
        read(Field("string", pattern="(a+)+"), "a" * 200 + "!")


def test_defaults_and_absent_values() -> None:
    fields = {
        "b": Field("bool", default=False),
        "l": Field("list", of=Field("string"), default=[]),
        "o": Field("string", optional=True),
        "s": Field("string", default=""),
    }
    assert read_values(fields, {}, what="v", way_out="") == {"b": False, "l": [], "s": ""}


def test_all_problems_are_told_at_once() -> None:
    fields = {"a": Field("int"), "b": Field("bool")}
    with pytest.raises(RefusedError) as caught:
        read_values(fields, {"b": 1, "c": 2}, what="v", way_out="")
    assert caught.value.message.splitlines()[1:] == [
        "  · c is not declared; declared: a, b",
        "  · a is missing; expected an int",
        "  · b is 1; expected true or false",
    ]


def test_a_long_value_is_shown_in_part() -> None:
    with pytest.raises(RefusedError) as caught:
        read(Field("int"), "x" * 10_000)
    assert len(caught.value.message) < 300


FIELDS = {
    "text": Field("string"),
    "count": Field("int"),
    "flag": Field("bool"),
    "day": Field("date"),
    "names": STRINGS,
    "numbers": INTS,
    "point": POINT,
}

WORDS: list[tuple[list[str], dict[str, Any]]] = [
    ([], {}),
    (["text=hello"], {"text": "hello"}),
    (["text=a=b=c"], {"text": "a=b=c"}),
    (["text="], {"text": ""}),
    (["text=12"], {"text": "12"}),
    (['text={"a": 1}'], {"text": '{"a": 1}'}),
    (["text= spaces and 'quotes' "], {"text": " spaces and 'quotes' "}),
    (["count=12"], {"count": 12}),
    (["count=twelve"], {"count": "twelve"}),
    (["flag=true"], {"flag": True}),
    (["flag=True"], {"flag": "True"}),
    (["day=2026-01-01"], {"day": "2026-01-01"}),
    (["names=one"], {"names": ["one"]}),
    (["names=one", "names=two"], {"names": ["one", "two"]}),
    (["names="], {"names": [""]}),
    (["names=[]"], {"names": []}),
    (['names=["a", "b"]'], {"names": ["a", "b"]}),
    (["names=12"], {"names": ["12"]}),
    (["numbers=1", "numbers=2"], {"numbers": [1, 2]}),
    (["numbers=[1, 2]"], {"numbers": [1, 2]}),
    (['point={"x": 1}'], {"point": {"x": 1}}),
    (["unknown=1"], {"unknown": "1"}),
]


@pytest.mark.parametrize(("words", "values"), WORDS)
def test_words_are_read_by_the_fields_type(words: list[str], values: dict[str, Any]) -> None:
    assert from_words(FIELDS, words, what="--output") == values


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["text"], "--output: 'text' is not of the form name=value"),
        (["=x"], "--output: '=x' is not of the form name=value"),
        ([""], "--output: '' is not of the form name=value"),
        (["count=1", "count=1"], "--output: count is given twice"),
        (["names=[]", "names=[]"], "--output: names is given twice"),
        (["names=a", "names=[]"], "--output: names is given twice"),
    ],
)
def test_words_that_are_refused(words: list[str], says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        from_words(FIELDS, words, what="--output")
    assert says in caught.value.message
    assert caught.value.way_out
