"""The interface to CEL: what compiles, what is wrong and where, what holds (SPEC 2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.errors import ExpressionFailedError
from dovetail.expressions import (
    MAX_LENGTH,
    Variable,
    analyse,
    compile_expression,
    engine,
    matches,
    pattern_mistake,
)
from dovetail.plan.model import Field

TEXT = Field(type="string")
NUMBER = Field(type="int")
LEVEL = Field(type="string", enum=("low", "mid", "high"))
FIELDS = {
    "outputs.n": NUMBER,
    "outputs.flag": Field(type="bool"),
    "outputs.text": TEXT,
    "outputs.day": Field(type="date"),
    "outputs.days": Field(type="list", of=Field(type="date")),
    "outputs.list": Field(type="list", of=TEXT),
    "outputs.level": LEVEL,
    "outputs.rank": Field(type="int", enum=(3, 1, 2)),
    "outputs.step": Field(type="int", enum=(1, 2, 3)),
    "outputs.box": Field(type="object", fields={"size": NUMBER, "made": Field(type="date")}),
    "outputs.box.size": NUMBER,
    "outputs.box.made": Field(type="date"),
    "outputs.parts": Field(
        type="list",
        of=Field(type="object", fields={"name": TEXT, "made": Field(type="date")}),
    ),
    "params.level": LEVEL,
    "params.other": Field(type="string", enum=("low", "high")),
    "item.id": TEXT,
}


class Names:
    """A scope over the fields above."""

    def find(self, name: str) -> Variable | None:
        return Variable(name, FIELDS[name], tuple(name.split("."))) if name in FIELDS else None

    def names(self) -> Iterable[str]:
        return FIELDS

    def absent(self, name: str) -> str:
        return "steps come later" if name.startswith("steps.") else ""


SCOPE = Names()
DATA: dict[str, Any] = {
    "outputs": {
        "n": 3,
        "flag": False,
        "text": "abc",
        "day": "2026-03-01",
        "days": ["2026-03-01"],
        "list": ["a", "bb"],
        "level": "mid",
        "rank": 1,
        "step": 2,
        "box": {"size": 4, "made": "2026-03-01"},
        "parts": [{"name": "x", "made": "2026-03-01"}],
    },
    "params": {"level": "high", "other": "low"},
    "item": {"id": "WI-1"},
}

HOLDS = [
    "outputs.n == 3 && !outputs.flag",
    "outputs.text == 'abc' || outputs.n / 0 == 1",
    "size(outputs.list) == 2 && outputs.list.size() == 2",
    "'a' in outputs.list && outputs.list[1] == 'bb'",
    "outputs.list.all(x, x != '') && outputs.list.exists(x, x == 'bb')",
    "outputs.list.map(x, size(x)) == [1, 2]",
    "outputs.list.filter(x, has(outputs.n) && x == 'a') == ['a']",
    "outputs.day == timestamp('2026-03-01T00:00:00Z')",
    "outputs.days.all(d, d < timestamp('2026-03-01T00:00:01Z'))",
    "outputs.box.size == 4 && outputs.box.made == outputs.day",
    "outputs.box['size'] == 4",
    "has(outputs.box) && has(outputs.box.size)",
    "outputs.parts.exists(p, has(p.name) && p.name == 'x')",
    "outputs.parts.all(p, timestamp(p.made + 'T00:00:00Z') == outputs.day)",
    "outputs.level > 'low' && outputs.level >= 'mid' && outputs.level < 'high'",
    "'low' < outputs.level && 'high' >= outputs.level && !('mid' < outputs.level)",
    "params.level > outputs.level",
    "outputs.level in ['mid'] && outputs.level + '!' == 'mid!' && outputs.level.size() == 3",
    "outputs.step > 1 && outputs.rank != 3",
    "outputs.text.matches('^a.c$') && outputs.text.startsWith('ab')",
    "type(outputs.n) == int && string(outputs.n) == '3'",
    "outputs.n in [1, 2, 3] && {'a': outputs.n}.a == 3",
    "outputs\n  .n == 3 // and has(outputs.nope), params.nope\n && has( outputs.flag )",
    "item.id != 'outputs.nope' && item.id != \"has(params.nope)\" && item.id != r'\\d'",
    "item.id != '''it's outputs.nope''' && item.id != 'é日本😀'",
]


@pytest.mark.parametrize("text", HOLDS)
def test_holds(text: str) -> None:
    analysis = analyse(text, SCOPE)

    assert analysis.mistakes == ()
    assert analysis.expression is not None
    assert analysis.expression.holds(DATA) is True


WITHOUT = [
    ("has(outputs.n)", False),
    ("has(outputs.flag) && outputs.flag", False),
    ("!has(outputs.text) || outputs.text == 'x'", True),
    ("has(outputs.box)", False),
    ("has(outputs.box.size)", False),
    ("has(outputs.level) && outputs.level > 'low'", False),
]


@pytest.mark.parametrize(("text", "expected"), WITHOUT)
@pytest.mark.parametrize("data", [{}, {"outputs": {}}, {"outputs": {"n": None, "box": None}}])
def test_what_is_absent_can_be_asked_for(text: str, expected: bool, data: dict[str, Any]) -> None:
    assert compile_expression(text, SCOPE).holds(data) is expected


def test_has_is_about_presence_not_about_truth() -> None:
    assert compile_expression("has(outputs.flag)", SCOPE).holds({"outputs": {"flag": False}})
    assert compile_expression("has(outputs.n)", SCOPE).holds({"outputs": {"n": 0}})
    assert compile_expression("has(outputs.text)", SCOPE).holds({"outputs": {"text": ""}})


FAILS = [
    ("outputs.n == 3", {}, "`outputs.n` has no value"),
    ("outputs.level > 'low'", {}, "`outputs.level` has no value"),
    ("outputs.n / 0 == 1", DATA, "divide by zero"),
    ("outputs.list[5] == 'a'", DATA, "index error"),
    ("outputs.n + 9223372036854775807 > 0", DATA, "overflow"),
    ("outputs.box['nope'] == 1", DATA, "not found"),
    ("outputs.text.matches('(')", DATA, "invalid regular expression"),
    ("outputs.level > 'low'", {"outputs": {"level": "huge"}}, "'huge', expected one of low, mid"),
    ("outputs.n == 3", {"outputs": {"n": "3"}}, "can't be evaluated"),
    ("outputs.day == outputs.day", {"outputs": {"day": "soon"}}, "can't be evaluated"),
]


@pytest.mark.parametrize(("text", "data", "why"), FAILS)
def test_what_can_not_be_evaluated_is_an_error_never_false(
    text: str, data: dict[str, Any], why: str
) -> None:
    expression = compile_expression(text, SCOPE)

    with pytest.raises(ExpressionFailedError, match=r"(?is)" + why) as e:
        expression.holds(data)
    assert text in e.value.message
    assert "_0" not in e.value.message


WRONG = [
    ("output.n == 1", "name", 1, 1, 6, "`output` is not a name here"),
    ("outputs.m == 1", "name", 1, 9, 1, "`m` is not known in `outputs`"),
    ("outputs.box.siez == 1", "name", 1, 13, 4, "`siez` is not known in `outputs.box`"),
    ("outputs.n.x == 1", "name", 1, 11, 1, "`outputs.n` is of type int and has no `x`"),
    ("has(outputs.m)", "name", 1, 13, 1, "`m` is not known"),
    ("outputs.list.exists(x, has(outputs.m))", "name", 1, 36, 1, "`m` is not known"),
    ("outputs.parts.all(p, p.nam == '')", "name", 1, 24, 3, "`nam` is not a field of `p`"),
    ("outputs == 1", "name", 1, 1, 7, "`outputs` is not a value by itself"),
    ("steps.a.state == 'x'", "name", 1, 1, 5, "steps come later"),
    ("sise(outputs.list) > 0", "name", 1, 1, 4, "`sise` is not a function"),
    ("outputs.text.startWith('a')", "name", 1, 14, 9, "`startWith` is not a function"),
    ("now() > outputs.day", "name", 1, 1, 3, "`now` is not a function"),
    ("_00 == 'a'", "name", 1, 1, 3, "starts with an underscore"),
    ("outputs.list.all(item, true)", "name", 1, 18, 4, "`item` can't be a variable here"),
    ("outputs.n == 'x'", "type", 1, 11, 2, "`==` can't be applied to types int and string"),
    ("'日本😀' == outputs.n", "type", 1, 7, 2, "`==` can't be applied to types string and int"),
    ("outputs.day < '2026-01-01'", "type", 1, 13, 1, "`<` can't be applied to types date and"),
    ("has(outputs.n) == 1", "type", 1, 16, 2, "`==` can't be applied to types bool and int"),
    ("outputs.level == 'hihg'", "type", 1, 18, 6, "'hihg' is not a value of `outputs.level`"),
    ("outputs.level < 'x'", "type", 1, 17, 3, "'x' is not a value of `outputs.level`"),
    ("outputs.level < outputs.text", "type", 1, 1, 13, "orders by the position"),
    ("outputs.level < params.other", "type", 1, 1, 13, "orders by the position"),
    ("'a' + 'b' < outputs.level", "type", 1, 13, 13, "orders by the position"),
    ("outputs.rank > 1", "type", 1, 1, 12, "`outputs.rank` can't be ordered"),
    ("outputs.parts[0].made > outputs.day", "type", 1, 1, 21, "`outputs.parts[0].made` is a date"),
    ("outputs.parts[0].maid == ''", "name", 1, 18, 4, "not a field of `outputs.parts[0]`"),
    ("outputs.parts.all(p, p.made > outputs.day)", "type", 1, 22, 6, "`p.made` is a date inside"),
    ("outputs.n ? true : false", "type", 1, 11, 1, "the condition of `? :` is of type int"),
    ("outputs.n.all(x, true)", "type", 1, 1, 7, "expected a list to run over, found type int"),
    ("outputs.n", "result", 1, 1, 9, "the expression is of type int; expected a boolean"),
    ("outputs.box['size']", "result", 1, 1, 19, "of type any; expected a boolean"),
    ("outputs.n = 1", "syntax", 1, 11, 1, "`=` is not expected here"),
    ("outputs.n == 1 and true", "syntax", 1, 16, 3, "`and` is not expected here"),
    ("not outputs.flag", "syntax", 1, 1, 3, "`not` is not expected here"),
    ("outputs.text == 'a", "syntax", 1, 17, 1, "a text starts here that does not end"),
    ("outputs.n ==", "syntax", 1, 12, 1, "the expression stops here"),
    (" ", "syntax", 1, 1, 1, "the expression is empty"),
    ("for == 1", "syntax", 1, 1, 3, "`for` is a reserved word"),
    ("outputs.n == 3 &&\n  outputs.m", "name", 2, 11, 1, "`m` is not known"),
    ("has(\noutputs.n) &&\n outputs.n == 'x'", "type", 3, 12, 2, "`==` can't be applied"),
    ("true " + "&& true" * MAX_LENGTH, "syntax", 1, 1, 1, "the expression has"),
    ("(" * 40 + "true" + ")" * 40, "type", 1, 1, 1, "nested too deep"),
]


@pytest.mark.parametrize(("text", "kind", "line", "column", "length", "message"), WRONG)
def test_mistakes_have_a_place(
    text: str, kind: str, line: int, column: int, length: int, message: str
) -> None:
    analysis = analyse(text, SCOPE)

    assert analysis.expression is None
    assert [(m.kind, m.line, m.column, m.length) for m in analysis.mistakes] == [
        (kind, line, column, length)
    ]
    assert message in analysis.mistakes[0].message


HINTS = [
    ("output.n == 1", "did you mean `outputs`?"),
    ("outputs.txt == ''", "did you mean `outputs.text`?"),
    ("outputs.zzzz == ''", "known here: `box`, `day`, `days`, `flag`, `level`, `list` and 5 more"),
    ("outputs.level == 'hihg'", "did you mean 'high'?"),
    ("outputs.parts.all(p, p.nam == '')", "did you mean `name`?"),
    ("outputs.text.startWith('a')", "did you mean `startsWith`?"),
    ("outputs.n = 1", "did you mean `==`?"),
    ("outputs.flag or true", "did you mean `||`?"),
    ("outputs.flag == 'true'", "quotes make a text"),
    ("outputs.day < '2026-01-01'", "timestamp('2026-01-31T00:00:00Z')"),
]


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_mistakes_name_the_way_out(text: str, hint: str) -> None:
    assert hint in analyse(text, SCOPE).mistakes[0].hint


def test_everything_wrong_is_said_at_once() -> None:
    found = analyse("outputs.a == 1 && outputs.b == 2 && nope.c", SCOPE).mistakes

    assert [m.column for m in found] == [9, 27, 37]


def test_reads_tell_guards_from_uses() -> None:
    analysis = analyse("has(outputs.n) && outputs.n > 1 && outputs.list.all(n, n != '')", SCOPE)

    assert [(r.variable.name, r.column, r.guard) for r in analysis.reads] == [
        ("outputs.n", 5, True),
        ("outputs.n", 19, False),
        ("outputs.list", 36, False),
    ]


def test_any_result_where_any_is_asked_for() -> None:
    expression = compile_expression("outputs.n + 1", SCOPE, demand="any")

    assert (expression.returns, expression.evaluate(DATA)) == ("int", 4)
    with pytest.raises(ExpressionFailedError, match="expected a boolean"):
        expression.holds(DATA)
    assert compile_expression("outputs.list", SCOPE, demand="any").evaluate(DATA) == ["a", "bb"]


def test_what_does_not_compile_is_refused_with_its_column() -> None:
    with pytest.raises(ExpressionFailedError, match=r"column 9: `m` is not known"):
        compile_expression("outputs.m == 1", SCOPE)


def test_patterns() -> None:
    assert matches(r"b\d", "ab1")
    assert not matches(r"^b", "ab")
    assert pattern_mistake(r"[a-z]+\d{2}") is None
    assert pattern_mistake("(a") == "missing ): (a"
    with pytest.raises(ExpressionFailedError, match="is not a pattern"):
        matches("(?=a)", "a")


def test_ten_thousand_scopes_share_an_environment() -> None:
    def scope(i: int) -> Any:
        name = f"steps.s{i}.outputs.failed"

        class One(Names):
            def find(self, asked: str) -> Variable | None:
                return Variable(name, NUMBER, tuple(name.split("."))) if asked == name else None

        return One()

    engine._environment.cache_clear()
    for i in range(10_000):
        assert analyse(f"steps.s{i}.outputs.failed == {i % 7}", scope(i)).mistakes == ()

    assert engine._environment.cache_info().currsize == 1


def test_many_names_of_one_type() -> None:
    many = " && ".join(f"outputs.n{i} == {i}" for i in range(100))

    class Many(Names):
        def find(self, name: str) -> Variable | None:
            return Variable(name, NUMBER, tuple(name.split(".")))

    data = {"outputs": {f"n{i}": i for i in range(100)}}
    assert compile_expression(many, Many()).holds(data)


WORDS = st.sampled_from(
    [
        *(*FIELDS, "outputs.m", "steps.a.state", "x", "has(", "size(", ".all(x, ", ")", "(", "'a'"),
        *("'", '"', "'low'", "1", "==", "<", "&&", "||", "!", "?", ":", "in", "[", "]", "{", "}"),
        *(",", ".", "//", "\n", "-", "+", "r'", '"""', "_00", "not", "é", "\\", "9" * 30, "1.5e3"),
        *("for", "true"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=12), st.sampled_from(["", " "]))
def test_any_text_compiles_or_has_a_mistake_inside_it(words: list[str], between: str) -> None:
    text = between.join(words)
    lines = text.split("\n")

    analysis = analyse(text, SCOPE)

    assert (analysis.expression is None) == bool(analysis.mistakes)
    for m in analysis.mistakes:
        assert 1 <= m.line <= len(lines)
        assert 1 <= m.column <= len(lines[m.line - 1]) + 1
        assert m.length >= 1
        assert "_0" not in m.message.replace("_00", "")
    if analysis.expression is not None:
        assert analysis.expression.returns == "bool"
        try:
            assert analysis.expression.holds(DATA) in {True, False}
        except ExpressionFailedError as e:
            assert e.message  # noqa: PT017 - either is fine
