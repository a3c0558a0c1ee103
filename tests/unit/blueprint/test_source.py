"""The YAML dialect: what is read, what is refused, and where (SPEC 2, "Dialect")."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.blueprint.scalar import Plain, resolve
from dovetail.blueprint.source import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_KEYS,
    MAX_VALUES,
    parse,
    read_plain,
)
from dovetail.errors import UnavailableError, UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((t, None) for t in ("", "~", "null", "Null", "NULL")),
        *((t, True) for t in ("true", "True", "TRUE")),
        *((t, False) for t in ("false", "False", "FALSE")),
        *((t, int(t)) for t in ("0", "-0", "+12", "-3", "99999999999999999999")),
        *((t, float(t)) for t in ("1.10", "1.", ".5", "-1e3", "1E-2", "007.5")),
    ],
)
def test_core_scalars_that_are_not_strings_keep_their_text(text: str, value: object) -> None:
    found = resolve(text)

    assert isinstance(found, Plain)
    assert found == text
    assert found.value == value
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *("on", "off", "yes", "no", "y", "N", "tRUE", "nUll", "12:30:45", "0x1F", "0o7", "0b1"),
        *("1_000", "2026-01-01", "1.2.3", "-", ".", "e3", "1e", "٣", "1" * 500, "=", "<<", "007"),
    ],
)
def test_everything_else_is_a_string(text: str) -> None:
    assert not isinstance(resolve(text), Plain)
    assert resolve(text) == text


def test_quoted_scalars_are_strings() -> None:
    root = parse(b"[1, '1', \"1\", |-\n]", "f").root
    assert root is None  # a block scalar can't stand in flow style

    root = parse(b"- 1\n- '1'\n- \"1\"\n- |-\n  1\n", "f").root
    assert root is not None
    assert [isinstance(n.text, Plain) for n in root.items] == [True, False, False, False]
    assert [n.text for n in root.items] == ["1"] * 4
    assert root.to_plain() == [1, "1", "1", "1"]


def test_every_node_knows_its_place() -> None:
    root = parse("a: é\nb:\n  - 'c'\n  - {d: e}\n".encode(), "f").root
    assert root is not None
    (a, a_value), (b, b_value) = root.pairs["a"], root.pairs["b"]
    d, e = b_value.items[1].pairs["d"]

    places = [(n.span.line, n.span.column, n.span.end_column) for n in (a, a_value, b, d, e)]
    assert places == [(1, 1, 2), (1, 4, 5), (2, 1, 2), (4, 6, 7), (4, 9, 10)]


REFUSED = [
    ("bytes that are no UTF-8", b"a: \xff", "DT002", 1, 4),
    ("half a character at the end", b"a: \xc3", "DT002", 1, 4),
    ("UTF-16", "a: b".encode("utf-16"), "DT002", 1, 1),
    ("NUL", b"a: b\x00", "DT002", 1, 5),
    ("an escape character", b"a: b\nc: \x1b[0m", "DT002", 2, 4),
    ("DEL", b"a\x7f: b", "DT002", 1, 2),
    ("a line separator that editors do not show", "a: b\u2028c".encode(), "DT002", 1, 5),
    ("a byte order mark inside", "a: \ufeffb".encode(), "DT002", 1, 4),
    ("too deep a list", b"[" * (MAX_DEPTH + 1), "DT004", 1, MAX_DEPTH + 1),
    ("far too deep a mapping", b"{a: " * 20_000, "DT004", 1, 4 * MAX_DEPTH + 1),
    ("an anchor", b"a: &x b", "DT005", 1, 4),
    ("an alias", b"a: *x", "DT005", 1, 4),
    ("an alias as a key", b"*x : a", "DT005", 1, 1),
    ("a merge key", b"<<: {a: b}", "DT006", 1, 1),
    ("a tag", b"a: !!int '1'", "DT007", 1, 4),
    ("the non-specific tag", b"a: ! b", "DT007", 1, 4),
    ("a tag of a handle", b"%TAG !e! tag:x,2000:\n---\na: !e!b c", "DT007", 3, 4),
    ("a second document", b"a: b\n---\nc: d", "DT008", 2, 1),
    ("a second, empty document", b"a: b\n---\n", "DT008", 2, 1),
    ("nothing", b"", "DT008", 1, 1),
    ("blanks", b" \n\n", "DT008", 1, 1),
    ("a duplicate key", b"a: 1\nb: 2\na: 3", "DT009", 3, 1),
    ("a duplicate key in quotes", b"{a: 1, 'a': 2}", "DT009", 1, 8),
    ("a duplicate key below", b"a:\n  b: 1\n  b: 1", "DT009", 3, 3),
    ("a list as a key", b"[a]: b", "DT010", 1, 1),
    ("no key", b"? \n: a", "DT010", 1, 2),
    ("null as a key", b"~: a", "DT010", 1, 1),
    ("an open bracket", b"a: [b", "DT011", 1, 6),
    ("an open quote", b"a: 'b\nc: d", "DT011", 1, 4),
    ("a reserved character", b"a: @b", "DT011", 1, 4),
    ("a colon inside", b"a: b: c", "DT011", 1, 5),
    ("an unknown escape", rb'a: "\q"', "DT011", 1, 5),
    ("a surrogate as an escape", rb'a: "\ud800"', "DT011", 1, 7),
]


@pytest.mark.parametrize(
    ("data", "code", "line", "column"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused_with_its_place(data: bytes, code: str, line: int, column: int) -> None:
    found = parse(data, "f").diagnostics

    assert [(d.code, d.span.line, d.span.column) for d in found] == [(code, line, column)]


def test_an_alias_bomb_is_walked_once() -> None:
    levels = [b"a0: &a0 x"]
    levels += [b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 9)]

    found = parse(b"\n".join(levels), "f").diagnostics

    assert {d.code for d in found} == {"DT005"}
    assert len(found) == 9 + 8 * 9


def test_a_file_beyond_help_is_left_alone() -> None:
    parsed = parse(b"- &a b\n" * 100_000, "f")

    assert len(parsed.diagnostics) == 100
    assert parsed.root is None


def test_the_first_of_duplicates_counts() -> None:
    root = parse(b"a: 1\na: 2", "f").root
    assert root is not None
    assert root.to_plain() == {"a": 1}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(ends: str) -> None:
    parsed = parse(f"\ufeffa: b{ends}a: c{ends}".encode(), "f")

    assert [(d.span.line, d.span.column) for d in parsed.diagnostics] == [(2, 1)]


def test_plain_data_of_other_files(tmp_path: Path) -> None:
    path = tmp_path / "executors.yaml"
    path.write_text("executors:\n  ana: {kind: person, roles: [a, 1, true, no, ~]}\n")
    assert read_plain(path) == {
        "executors": {"ana": {"kind": "person", "roles": ["a", 1, True, "no", None]}}
    }

    path.write_text("a: &b c")
    with pytest.raises(UsageError, match=r"executors\.yaml:1:4: `&b` is an anchor"):
        read_plain(path)
    with pytest.raises(UnavailableError, match="can't be read"):
        read_plain(tmp_path / "none.yaml")


TOO_MUCH = [
    ("a list", b"- a\n" * (MAX_ELEMENTS + 1), 1, 1),
    ("a list that never ends", b"a: [" + b"a," * MAX_VALUES, 1, 4),
    ("a mapping", b"".join(b"k%d: v\n" % i for i in range(MAX_KEYS + 1)), 1, 1),
    ("many lists", (b"- [" + b"a," * 99 + b"a]\n") * (MAX_VALUES // 100), 1, 1),
]


@pytest.mark.parametrize(
    ("data", "line", "column"), [c[1:] for c in TOO_MUCH], ids=[c[0] for c in TOO_MUCH]
)
def test_more_values_than_can_be_read_in_time_are_refused(
    data: bytes, line: int, column: int
) -> None:
    parsed = parse(data, "f")

    assert parsed.root is None
    assert [d.code for d in parsed.diagnostics] == ["DT003"]
    assert (parsed.diagnostics[0].span.line, parsed.diagnostics[0].span.column) == (line, column)


def test_the_most_that_is_read() -> None:
    root = parse(b"- a\n" * MAX_ELEMENTS, "f").root
    assert root is not None
    assert len(root.items) == MAX_ELEMENTS

    root = parse(b"".join(b"k%d: v\n" % i for i in range(MAX_KEYS)), "f").root
    assert root is not None
    assert len(root.pairs) == MAX_KEYS


def test_control_characters_stand_where_they_stand_whatever_ends_the_lines() -> None:
    parsed = parse(b"a\x00\r\nb\rcd\x01\x02\ne\x03", "f")

    places = [(d.span.line, d.span.column) for d in parsed.diagnostics]
    assert places == [(1, 2), (3, 3), (3, 4), (4, 2)]


@pytest.mark.parametrize("text", ["a: [1, '1', {b: ~}]\nc: |\n  d\n", "- a\n- {}\n- []\n", "''"])
def test_the_data_is_that_of_the_tree(text: str) -> None:
    parsed = parse(text.encode(), "f")
    assert parsed.root is not None
    assert parsed.data == parsed.root.to_data()
    assert parsed.root.to_data() == parsed.data  # asked a second time, when the nodes are made
