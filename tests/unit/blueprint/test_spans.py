"""Where values and keys stand, and places inside a scalar however it is written."""

from __future__ import annotations

import pytest

from dovetail.blueprint.source import parse
from dovetail.blueprint.spans import Spans


def spans(text: str) -> Spans:
    parsed = parse(text.encode(), "f")
    assert parsed.root is not None
    return Spans(parsed.text, parsed.root)


TREE = "steps:\n  - key: a\n    needs: [b, cd]\n  - {key: e, gate: }\nname:\n  x\n"


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("steps", 0, "key"), (2, 10, 11), (2, 5, 8)),
        (("steps", 0, "needs", 1), (3, 16, 18), (3, 16, 18)),
        (("steps", 0, "needs"), (3, 12, 19), (3, 5, 10)),
        (("steps", 1, "gate"), (4, 14, 18), (4, 14, 18)),
        (("steps", 0), (2, 5, 11), (2, 5, 11)),
        (("steps",), (1, 1, 6), (1, 1, 6)),
        (("name",), (6, 3, 4), (5, 1, 5)),
        (("steps", 0, "nope", "deeper"), (2, 5, 11), (2, 5, 11)),
        (("steps", 9), (1, 1, 6), (1, 1, 6)),
        ((), (1, 1, 7), (1, 1, 7)),
    ],
)
def test_places_by_path(
    path: tuple[str | int, ...], value: tuple[int, ...], key: tuple[int, ...]
) -> None:
    found = spans(TREE)

    for span, expected in ((found.value(path), value), (found.key(path), key)):
        assert (span.line, span.column, span.end_column) == expected


@pytest.mark.parametrize(
    ("source", "line", "column", "length", "expected"),
    [
        ("a: one two", 1, 5, 3, (1, 8, 11)),
        ("a: 'one two'", 1, 5, 3, (1, 9, 12)),
        ("a: 'it''s two'", 1, 6, 3, (1, 11, 14)),
        ('a: "one two"', 1, 5, 3, (1, 9, 12)),
        (r'a: "\x41\u0042\U00000043\t two"', 1, 6, 3, (1, 28, 31)),
        (r'a: "\\\" two"', 1, 1, 1, (1, 5, 7)),
        (r'a: "\\\" two"', 1, 4, 3, (1, 10, 13)),
        ("a: |\n  one\n  two", 2, 1, 3, (3, 3, 6)),
        ("a: |2-  # note\n    one\n  two", 2, 1, 3, (3, 3, 6)),
        ("a: >-\n  one\n  two", 1, 5, 3, (3, 3, 6)),
        ("a: one\n   two", 1, 5, 3, (2, 4, 7)),
        ("a: 'one\n\n   two'", 2, 1, 3, (3, 4, 7)),
        ('a: "one\\\n   two"', 1, 4, 3, (2, 4, 7)),
        ("a: 日本 two", 1, 4, 3, (1, 7, 10)),
        ("a: one two", 1, 8, 1, (1, 11, 12)),
        ("a: one two", 1, 99, 1, (1, 11, 12)),
        ("{a: one two, b: c}", 1, 5, 3, (1, 9, 12)),
    ],
)
def test_places_inside_a_scalar(
    source: str, line: int, column: int, length: int, expected: tuple[int, int, int]
) -> None:
    span = spans(source).inside(("a",), line, column, length)

    assert (span.line, span.column, span.end_column) == expected
