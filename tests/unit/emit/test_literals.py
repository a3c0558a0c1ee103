"""Literals and their layout; that ruff agrees is tested on whole modules."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from dovetail.emit.literals import Atom, Bracket, Item, Union, lines, literal

WIDE = "w" * 80


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("a", '"a"'),
        ('say "a"', "'say \"a\"'"),
        ("it's", '"it\'s"'),
        ('"it\'s"', "'\"it\\'s\"'"),
        ("'a\"", '"\'a\\""'),
        ("a\\n", r'"a\\n"'),
        ("\0\n\r\t\x1b", r'"\x00\n\r\t\x1b"'),
        ("\u202e\u2066\ufeff", r'"\u202e\u2066\ufeff"'),
        ("\U000e0041", r'"\U000e0041"'),
        ("Größe 漢字 →", '"Größe 漢字 →"'),
        ("שלום", r'"\u05e9\u05dc\u05d5\u05dd"'),
        (0, "0"),
        (-7, "-7"),
        (True, "True"),
        (None, "None"),
        ([], "[]"),
        ({}, "{}"),
        ((), "()"),
        (("a",), '("a",)'),
        (["a", 1, {"b": (2, 3)}], '["a", 1, {"b": (2, 3)}]'),
    ],
)
def test_a_value_has_one_source(value: Any, source: str) -> None:
    assert literal(value).flat == source
    assert ast.literal_eval(source) == value


def test_what_is_no_data_has_no_literal() -> None:
    with pytest.raises(TypeError, match="float has no literal"):
        literal(1.5)


@pytest.mark.parametrize(
    ("value", "tail", "expected"),
    [
        (["a" * 84], "", ['["' + "a" * 84 + '"]']),
        (["a" * 84], ",", ["[", '    "' + "a" * 84 + '",', "],"]),
        ([WIDE, ["b"]], "", ["[", f'    "{WIDE}",', '    ["b"],', "]"]),
        ({"k": {"n": WIDE}}, "", ["{", '    "k": {', f'        "n": "{WIDE}",', "    },", "}"]),
        ((WIDE * 2,), "", ["(", f'    "{WIDE * 2}",', ")"]),
        (WIDE * 2, "", [f'"{WIDE * 2}"']),
        (["漢" * 42], "", ['["' + "漢" * 42 + '"]']),
        (["漢" * 42], ",", ["[", '    "' + "漢" * 42 + '",', "],"]),
    ],
)
def test_what_does_not_fit_is_opened_up(value: Any, tail: str, expected: list[str]) -> None:
    assert list(lines(literal(value), "", tail)) == expected


def test_a_union_is_cut_before_the_bar() -> None:
    subscript = Bracket("list[", (Item(Atom("x" * 70)),), "]", "never")
    node = Union(subscript, "| None = None")
    assert list(lines(node, "p: ", ",", 4)) == [f"    p: list[{'x' * 70}]", "    | None = None,"]


def test_the_only_element_of_a_subscript_takes_no_comma() -> None:
    subscript = Bracket("list[", (Item(Atom("x" * 84)),), "]", "never")
    assert list(lines(subscript)) == ["list[", f"    {'x' * 84}", "]"]
