"""How findings are shown."""

from __future__ import annotations

import json

import pytest

from dovetail.diagnostics import Diagnostic, Span, in_order, render_json, render_text


def finding(line: int, column: int, end: int, message: str = "no", hint: str = "") -> Diagnostic:
    return Diagnostic("DT012", "error", Span("f.yaml", line, column, line, end), message, hint)


def shown(source: str, column: int, end: int) -> list[str]:
    return render_text([finding(1, column, end)], {"f.yaml": source}).splitlines()[1:]


def test_the_parts_of_a_finding() -> None:
    text = render_text([finding(2, 3, 6, "no `abc`", "write `abd`")], {"f.yaml": "x\n- abc\n"})

    assert text == (
        "f.yaml:2:3: error[DT012]: no `abc`\n    2 | - abc\n      |   ^^^\n      = write `abd`\n"
    )


@pytest.mark.parametrize(
    ("source", "column", "end", "line", "carets"),
    [
        ("\ta: b", 5, 6, "    1 |     a: b", "      |        ^"),
        ("日本: b", 1, 3, "    1 | 日本: b", "      | ^^^^"),
        ("日本: b", 5, 6, "    1 | 日本: b", "      |       ^"),
        ("e\u0301: b", 4, 5, "    1 | e\u0301: b", "      |   ^"),
        ("a\x1b[31m: b", 9, 10, "    1 | a\\x1b[31m: b", "      |            ^"),
        ("a\u202eb: c", 3, 4, "    1 | a\\u202eb: c", "      |        ^"),
        ("ab", 3, 3, "    1 | ab", "      |   ^"),
        ("ab", 1, 99, "    1 | ab", "      | ^^"),
    ],
)
def test_carets_stand_under_the_value(
    source: str, column: int, end: int, line: str, carets: str
) -> None:
    assert shown(source, column, end) == [line, carets]


@pytest.mark.parametrize("column", [1, 60, 150, 290, 300])
def test_of_a_long_line_the_surroundings_are_shown(column: int) -> None:
    source = "".join(chr(ord("a") + i % 26) for i in range(300))

    line, carets = shown(source, column, column + 1)

    assert len(line) < 140
    assert line[carets.index("^")] == source[column - 1]


def test_messages_are_escaped() -> None:
    text = render_text([finding(1, 1, 2, "\x1b[31m", "\x07")], {})

    assert text == "f.yaml:1:1: error[DT012]: \\x1b[31m\n      = \\x07\n"


def test_no_source_no_line() -> None:
    assert shown("", 1, 1) == []
    assert render_text([finding(9, 1, 1)], {"f.yaml": "a"}).count("\n") == 1


def test_order_is_place_then_code_without_repetition() -> None:
    a, b = finding(2, 1, 2), finding(1, 5, 6)
    c = Diagnostic("DT001", "warning", a.span, "first")

    assert in_order([a, b, a, c]) == [b, c, a]


def test_json() -> None:
    data = json.loads(render_json([finding(1, 3, 4, "é", "x")], {"f.yaml": "a é"}))

    assert data == [
        {
            "code": "DT012",
            "severity": "error",
            "file": "f.yaml",
            "line": 1,
            "column": 3,
            "end_line": 1,
            "end_column": 4,
            "message": "é",
            "hint": "x",
            "source": "a é",
        }
    ]
