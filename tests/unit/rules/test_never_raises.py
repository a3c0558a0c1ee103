"""Whatever the bytes: no exception, a finding at a place inside the file, and soon."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dovetail.diagnostics import RENDERERS
from dovetail.rules.check import Checked, check_bytes
from tests.support.soak import SOAKING, many

ROOT = Path(__file__).parents[3]
FILES = [
    path.read_bytes()
    for folder in ("tests/diagnostics", "tests/golden/blueprints", "blueprints")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
]
PIECES = [
    *(b"\n", b"  ", b"- ", b": ", b"[", b"]", b"{", b"}", b"'", b'"', b"#", b"|\n", b">\n", b"&a "),
    *(b"*a", b"!x ", b"<<: ", b"\t", b"\r", b"\x00", b"\xff", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80"),
    *(b"null", b"~", b"1e999", b"-0", b"0.1", b".nan", b"steps: ", b"key: ", b"when: ", b"&&"),
    *(b"\\u", b"'\\", b"outputs.", b"has(", b"(", b"?", b"---\n", b"%YAML 1.1\n", b"9" * 20),
    *(b"{{ ", b" }}", b"{% for", b"call: ", b"each: ", b"as: ", b"blockers: ", b"use: ", b"join: "),
    *(
        "\u202e".encode(),
        "\uff41".encode(),
        "\ufeff".encode(),
        b"any",
        b"at_least: ",
        b"checkpoint",
    ),
]
SECONDS = 1.0
"""What no file may take of the processor; only told in a soak, where the machine is its own."""


def check(data: bytes) -> Checked:
    before = time.process_time()
    checked = check_bytes(data, shown_as="x.yaml")
    took = time.process_time() - before
    lines = checked.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    assert not SOAKING or took < SECONDS, took
    for d in checked.diagnostics:
        assert d.message
        assert 1 <= d.span.line <= len(lines)
        assert 1 <= d.span.column <= len(lines[d.span.line - 1]) + 1
        assert (d.span.end_line, d.span.end_column) >= (d.span.line, d.span.column)
    for render in RENDERERS.values():
        shown = render(checked.diagnostics[:200], {"x.yaml": checked.text})
        assert all(c == "\n" or c.isprintable() for c in shown)
    return checked


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"&a [*a, *a]")
@example(b"a: |\n\n\n")
@example(b'a: "\\')
def test_any_bytes(data: bytes) -> None:
    assert check(data).errors


def _mutated(rng: random.Random) -> bytes:
    data = rng.choice(FILES)
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(0, len(data))
        end = min(len(data), start + rng.randint(0, 12))
        other = rng.choice(FILES)
        at = rng.randint(0, len(other))
        piece = rng.choice([b"", rng.choice(PIECES), other[at : at + rng.randint(1, 60)]])
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("part", range(many(2, 20)))
def test_mutated_files(part: int) -> None:
    rng = random.Random(part)
    for _ in range(many(150, 1000)):
        check(_mutated(rng))


_MIB8 = 8 * 1024 * 1024
_HEAD = b"schema: dovetail/v1\nname: a\nversion: 1.0.0\ntitle: A\nowner: o\n"


def _full(unit: bytes, head: bytes = b"") -> bytes:
    return head + unit * ((_MIB8 - len(head)) // len(unit))


def _step(inside: bytes) -> bytes:
    return _HEAD + b"steps: [{key: a, " + inside + b"}]"


HOSTILE = {
    "too-large": b"a" * (_MIB8 + 1),
    "one-scalar": _full(b"a"),
    "one-comment": b"# " + b"a" * 1000,
    "blank-lines": _full(b"\n"),
    "brackets": b"[" * 20_000,
    "braces": b"{a: " * 20_000,
    "dashes": b"- " * 20_000,
    "questions": b"? " * 20_000,
    "binary": bytes(range(256)) * 1000,
    "nul": _full(b"\0"),
    "not-utf8": b"a: " + b"\xff" * 1000,
    "right-to-left": _HEAD + "steps: [{key: a, title: '\u202etxet'}, {key: \u202ea}]".encode(),
    "full-width": _HEAD + "\uff53teps: [{key: \uff41}]\nsteps: [{key: \uff41}]".encode(),
    "crlf-and-bom": b"\xef\xbb\xbf" + _HEAD.replace(b"\n", b"\r\n") + b"steps:\r\n- {kye: a}\r\n",
    "equal-keys": _full(b"a: 1\r\n"),
    "unknown-keys": _HEAD + b"".join(b"k%d: 1\n" % i for i in range(600_000)),
    "elements": _HEAD + b"steps: [" + b"a, " * 2_700_000 + b"]",
    "anchors": _full(b"- &a x\n"),
    "aliases": _full(b"- *a\n"),
    "tags": _full(b"- !x y\n"),
    "merge-keys": _full(b"- {<<: {a: b}}\n"),
    "alias-bomb": b"a: &a [x,x,x]\n"
    + b"".join(b"%c: &%c [*%c,*%c,*%c]\n" % (98 + i, 98 + i, *(97 + i,) * 3) for i in range(24)),
    "merge-bomb": b"a: &a {x: 1}\n"
    + b"".join(b"%c: &%c {<<: [*%c,*%c]}\n" % (98 + i, 98 + i, *(97 + i,) * 2) for i in range(24)),
    "decimal": _step(b"order: " + b"9" * 4_000_000),
    "hexadecimal": _step(b"order: 0x" + b"f" * 4_000_000),
    "float": _step(b"attempts: 1e" + b"9" * 4_000_000),
    "octal": _step(b"attempts: 0o" + b"7" * 4_000_000),
    "needs": _step(b"needs: [" + b",".join(b"b%d" % i for i in range(900_000)) + b"]"),
    "long-key": _step(b"title: x, " + b"k" * 7_000_000 + b": 1"),
    "expression-long": _step(b"when: '" + b"(" * 7_000_000 + b"'"),
    "expression-deep": _step(b"when: '" + b"(" * 8_000 + b"'"),
    "expression-wide": _step(b"when: '" + b"1+" * 4_000 + b"'"),
    "expression-not": _step(b"when: '" + b"!" * 8_000 + b"'"),
    "template-openings": _step(b"run: {command: ['" + b"{{" * 3_000_000 + b"']}"),
    "template-deep": _step(b"run: {command: ['{{ " + b"(" * 3_000_000 + b"']}"),
    "template-brackets": _step(b"run: {command: ['{{ " + b"[" * 5_000 + b" }}']}"),
    "template-wide": _step(b"run: {command: ['{{ " + b"1+" * 300_000 + b"1 }}']}"),
    "template-number": _step(b"run: {command: ['{{ " + b"9" * 300_000 + b" }}']}"),
    "templates": _step(
        b"run: {command: [" + b",".join(b"'{{ a%d }}'" % i for i in range(50_000)) + b"]}"
    ),
    "template-names": _step(b"gate: {show: '" + b"{{ a }} {{ item.b }} " * 700 + b"'}"),
    "pattern-deep": _step(b"outputs: {a: {type: string, pattern: '" + b"(" * 1_000_000 + b"'}}"),
    "pattern-repeats": _step(
        b"outputs: {a: {type: string, pattern: '" + b"(a{999}){999}" * 900 + b"'}}"
    ),
    "enum": _step(
        b"outputs: {a: {type: string, enum: ["
        + b",".join(b"e%d" % i for i in range(900_000))
        + b"]}}"
    ),
    "shared-lists": _HEAD
    + b"blockers: {use: ["
    + b",".join(b"e%d" % i for i in range(900_000))
    + b"]}\nsteps: [{key: a}]",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files(data: bytes) -> None:
    assert check(data).errors
