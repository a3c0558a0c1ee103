"""Which conditions always hold, or never: a verdict is certain, its absence is not (SPEC 2.5)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.errors import ExpressionFailedError
from dovetail.expressions import Analysis, Variable, analyse
from dovetail.expressions.constant import Trials
from dovetail.plan.model import Field

FIELDS = {
    "flag": Field(type="bool"),
    "other": Field(type="bool"),
    "level": Field(type="string", enum=("low", "mid", "high")),
    "rank": Field(type="int", enum=(1, 2, 3)),
    "one": Field(type="string", enum=("PASS",)),
    "free": Field(type="int"),
    "stars": Field(type="int", min=1, max=5),
    "count": Field(type="int", min=0),
    "text": Field(type="string"),
    "short": Field(type="string", min=1, max=3),
    "parts": Field(type="list", of=Field(type="string"), max=3),
    "days": Field(type="list", of=Field(type="date")),
    "day": Field(type="date"),
    "maybe": Field(type="bool", optional=True),
    "note": Field(type="string", optional=True),
}


class Scope:
    def find(self, name: str) -> Variable | None:
        if name not in FIELDS:
            return None
        return Variable(name, FIELDS[name], (name,), optional=FIELDS[name].optional)

    def names(self) -> Iterable[str]:
        return FIELDS

    def absent(self, name: str) -> str:
        return f"{name} is unknown"


def condition(text: str) -> Analysis:
    analysis = analyse(text, Scope())
    assert analysis.mistakes == (), text
    return analysis


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("true", "always"),
        ("1 > 2", "never"),
        ("1 / 0 > 1", "never"),
        ("flag", None),
        ("flag || !flag", "always"),
        ("flag && !flag", "never"),
        ("flag == other", None),
        ("level == 'low' && level == 'mid'", "never"),
        ("level < 'low'", "never"),
        ("level >= 'low'", "always"),
        ("level in ['low', 'mid', 'high']", "always"),
        ("level in ['low', 'mid']", None),
        ("rank > 0 && rank < 4", "always"),
        ("rank + rank > 6", "never"),
        ("one == 'PASS'", "always"),
        ("free > 3", None),
        ("free > 3 && free < 5 && free != 4", "never"),
        ("free > 3 || 5 > free", "always"),
        ("stars > 5", "never"),
        ("5 < stars", "never"),
        ("stars <= 5 && 1 <= stars", "always"),
        ("stars + 0 > 5", None),
        ("-stars > 5", None),
        ("stars > count", None),
        ("count >= 0", "always"),
        ("!(count < 0)", "always"),
        ("count < 0 ? flag : !(count >= 0)", "never"),
        ("text == 'a' || text != 'a'", "always"),
        ("text == 'a' && text == 'b'", "never"),
        ("text == ''", None),
        ("text < 'a' && text > 'b'", None),
        ("short == ''", "never"),
        ("short == 'long'", "never"),
        ("short == 'abc'", None),
        ("size(text) >= 0", "always"),
        ("text.size() < 0", "never"),
        ("size(short) > 3", "never"),
        ("size(parts) > 0", None),
        ("size(parts) > 3", "never"),
        ("3 >= size(parts)", "always"),
        ("size(parts) > 1000000", "never"),
        ("size(text) < 1000000", None),
        ("size(days) >= 0", None),
        ("day == day", None),
        ("has(note)", None),
        ("has(note) || !has(note)", "always"),
        ("has(note) && !has(note)", "never"),
        ("has(note) && note == ''", None),
        ("!has(maybe) || maybe || !maybe", "always"),
        ("maybe || !maybe", None),
        ("parts.all(p, p != '')", None),
        ("[1, 2].all(n, n > 0)", None),
        ("count >= 0 // is what\n && true", None),
        ("'//' == '//' && flag", None),
        ("\n  count\n >= 0", "always"),
    ],
)
def test_verdicts(text: str, verdict: str | None) -> None:
    assert Trials().verdict(condition(text)) == verdict


@pytest.mark.parametrize(
    ("one", "other", "exclude"),
    [
        ("level == 'low'", "level == 'high'", True),
        ("level != 'low'", "level != 'high'", False),
        ("flag", "!flag && level == 'low'", True),
        ("text == 'a'", "text == 'b'", True),
        ("text == 'a'", "text != 'b'", False),
        ("count < 3", "count > 2", True),
        ("count < 3", "size(text) > 2", False),
        ("count < 3", "stars > count", None),
        ("text == 'a'", "text.startsWith('b')", None),
    ],
)
def test_conditions_that_exclude_each_other(one: str, other: str, exclude: bool | None) -> None:
    trials = Trials()

    assert trials.exclude(condition(one), condition(other)) is exclude
    assert trials.exclude(condition(other), condition(one)) is exclude


def test_alike_conditions_are_tried_once() -> None:
    trials = Trials(evaluations=2)

    assert trials.verdict(condition("flag")) is None
    assert trials.verdict(condition("flag && !flag")) is None
    assert Trials(evaluations=2).verdict(condition("flag && !flag")) == "never"


def test_conditions_of_any_size_are_quick() -> None:
    trials = Trials()
    names = [*FIELDS][:2]
    texts = [" || ".join(f"{n} == (count > {i})" for n in names * 12) for i in range(300)]
    analyses = [condition(text) for text in texts]

    begun = time.perf_counter()
    for analysis in analyses:
        trials.verdict(analysis)
    assert time.perf_counter() - begun < 1


ATOMS = st.sampled_from(
    [
        *("flag", "other", "level == 'low'", "level != 'mid'", "level < 'high'", "rank > 1"),
        *("stars > 1", "stars == 5", "4 > stars", "count >= 1", "count != 0", "free < -1"),
        *("text == 'a'", "text != ''", "short == 'abc'", "short == ''"),
        *("size(parts) > 2", "parts.size() != 3", "0 == size(parts)"),
        *("has(note)", "has(maybe)", "(has(maybe) && maybe)", "(has(note) && note == 'a')"),
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda a: f"!({a})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda t: f"({' '.join(t)})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
    ),
    max_leaves=4,
)
VALUES: dict[str, list[Any]] = {
    "flag": [False, True],
    "other": [False, True],
    "level": ["low", "mid", "high"],
    "rank": [1, 2, 3],
    "free": [-10, -2, -1, 0, 7],
    "stars": [1, 2, 3, 4, 5],
    "count": [0, 1, 2, 50],
    "text": ["", "a", "b"],
    "short": ["a", "ab", "abc"],
    "parts": [[], ["x"], ["x", "y"], ["x", "y", "z"]],
    "maybe": [None, False, True],
    "note": [None, "", "a"],
}


@settings(max_examples=200, deadline=None)
@given(CONDITIONS)
def test_a_verdict_is_what_happens_on_all_values(text: str) -> None:
    analysis = condition(text)
    verdict = Trials().verdict(analysis)
    assert analysis.expression is not None
    read = sorted({r.variable.name for r in analysis.reads})
    seen = set()
    for values in product(*(VALUES[name] for name in read)):
        data = dict(zip(read, values, strict=True))
        try:
            seen.add(analysis.expression.holds(data))
        except ExpressionFailedError:
            seen.add(False)

    expected = None if len(seen) > 1 else "always" if seen == {True} else "never"
    assert verdict == expected
