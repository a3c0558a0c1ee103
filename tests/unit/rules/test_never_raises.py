"""Whatever the bytes: no exception, and every finding stands inside the file."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dovetail.blueprint.load import load_bytes
from dovetail.diagnostics import RENDERERS
from dovetail.rules import check_loaded

CORPUS = Path(__file__).parents[2] / "diagnostics"
FILES = [p.read_bytes() for p in sorted(CORPUS.glob("*/*.yaml"))]
PIECES = [
    *(b"\n", b"  ", b"- ", b": ", b"[", b"]", b"{", b"}", b"'", b'"', b"#", b"|\n", b">\n", b"&a "),
    *(b"*a", b"!x ", b"<<: ", b"\t", b"\r", b"\x00", b"\xff", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80"),
    *(
        b"null",
        b"~",
        b"1e999",
        b"-0",
        b"0.1",
        b".nan",
        b"steps: ",
        b"key: ",
        b"when: ",
        b"&&",
        b"(",
    ),
    *(
        b"\\u",
        b"'\\",
        b"outputs.",
        b"has(",
        b"?",
        b"---\n",
        b"%YAML 1.1\n",
        b"99999999999999999999",
    ),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        data = data[:start] + draw(st.sampled_from([b"", *PIECES])) + data[end:]
    return data


def check(data: bytes) -> None:
    checked = check_loaded(load_bytes(data, shown_as="x.yaml"))
    lines = checked.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    assert checked.plan is not None or checked.errors
    for d in checked.diagnostics:
        assert d.message
        assert 1 <= d.span.line <= len(lines)
        assert 1 <= d.span.column <= len(lines[d.span.line - 1]) + 1
        assert (d.span.end_line, d.span.end_column) >= (d.span.line, d.span.column)
    for render in RENDERERS.values():
        shown = render(checked.diagnostics, {"x.yaml": checked.text})
        assert all(c == "\n" or c.isprintable() for c in shown)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"&a [*a, *a]")
@example(b"[" * 20_000)
@example(b"{a: " * 20_000)
@example(b"- " * 20_000)
@example(b"a: |\n\n\n")
@example(b'a: "\\')
def test_any_bytes(data: bytes) -> None:
    check(data)


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_mutated_blueprints(data: bytes) -> None:
    check(data)
