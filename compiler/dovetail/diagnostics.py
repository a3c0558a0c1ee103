"""A finding about a file: what, where, what was expected, and the way out (SPEC 2.5)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = [
    "RENDERERS",
    "Diagnostic",
    "Renderer",
    "Severity",
    "Sources",
    "Span",
    "in_order",
    "render_json",
    "render_text",
]

Severity: TypeAlias = Literal["error", "warning"]
Sources: TypeAlias = Mapping[str, str]
"""The texts of the files that findings are about, by the name that the spans use."""

_TAB = 4
_WIDEST = 120
"""Of a longer source line only the surroundings of the finding are shown."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file. Lines and columns count from 1, in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: `DT` and three digits, stable for ever.
        span: the place of the offending value.
        message: names the offending value and what was expected.
        hint: the way out; empty where there is none to tell.
    """

    code: str
    severity: Severity
    span: Span
    message: str
    hint: str = ""


Renderer: TypeAlias = Callable[[Iterable[Diagnostic], Sources], str]


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort findings by place, then code, and drop those that say the same twice."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.span, d.code, d.message))


def render_text(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings as a compiler does: place, message, source line with carets, hint.

    Nothing of a file reaches the terminal unescaped.
    """
    lines = {file: _lines(text) for file, text in sources.items()}
    return "".join(_block(d, lines.get(d.span.file, [])) for d in diagnostics)


def render_json(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings as a JSON array of flat objects."""
    lines = {file: _lines(text) for file, text in sources.items()}
    data = [_as_data(d, lines.get(d.span.file, [])) for d in diagnostics]
    text = json.dumps(data, indent=2, ensure_ascii=False)
    safe = (c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return "".join(safe) + "\n"


RENDERERS: Mapping[str, Renderer] = {"text": render_text, "json": render_json}


def _as_data(d: Diagnostic, lines: list[str]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "code": d.code,
        "severity": d.severity,
        "file": d.span.file,
        "line": d.span.line,
        "column": d.span.column,
        "end_line": d.span.end_line,
        "end_column": d.span.end_column,
        "message": d.message,
    }
    if d.hint:
        out["hint"] = d.hint
    if d.span.line <= len(lines):
        out["source"] = lines[d.span.line - 1]
    return out


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _block(d: Diagnostic, lines: list[str]) -> str:
    span = d.span
    head = f"{_safe(span.file)}:{span.line}:{span.column}: {d.severity}[{d.code}]: "
    out = [head + _safe(d.message)]
    if span.line <= len(lines) and lines[span.line - 1].strip():
        gutter = f"{span.line:>5} | "
        source, before, width = _excerpt(lines[span.line - 1], span)
        out.append(gutter + source)
        out.append(" " * (len(gutter) - 2) + "| " + " " * before + "^" * width)
    if d.hint:
        out.append(" " * 6 + "= " + _safe(d.hint))
    return "\n".join(out) + "\n"


def _excerpt(line: str, span: Span) -> tuple[str, int, int]:
    """Give the source line as shown, the carets' offset and their number, in terminal cells."""
    start = min(span.column - 1, len(line))
    end = len(line) if span.end_line > span.line else min(span.end_column - 1, len(line))
    first, prefix = 0, ""
    if len(line) > _WIDEST:
        first = max(0, min(start - _WIDEST // 3, len(line) - _WIDEST))
        prefix = "…" if first else ""
    last = first + _WIDEST
    shown = prefix + _shown(line[first:last]) + ("…" if last < len(line) else "")
    before = len(prefix) + _cells(_shown(line[first:start]))
    marked = _shown(line[start : min(max(end, start), last)].rstrip())
    return shown.rstrip(), before, max(_cells(marked), 1)


def _shown(text: str) -> str:
    return _safe(text.replace("\t", " " * _TAB))


def _safe(text: str) -> str:
    """Escape what a terminal might obey, or what would hide or turn around other characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1
        for c in text
    )
