"""Findings as a compiler writes them, for people at a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from dovetail.diagnostics.model import Diagnostic, Sources, Span, lines_of

__all__ = ["render_text", "safe"]

_TAB = 4
_WIDEST = 120
"""Of a longer source line only the surroundings of the finding are shown."""


def render_text(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings as a compiler does: place, message, source line with carets, hint.

    Nothing of a file reaches the terminal unescaped.
    """
    lines = {file: lines_of(text) for file, text in sources.items()}
    return "".join(_block(d, lines.get(d.span.file, [])) for d in diagnostics)


def _block(d: Diagnostic, lines: list[str]) -> str:
    span = d.span
    head = f"{safe(span.file)}:{span.line}:{span.column}: {d.severity}[{d.code}]: "
    out = [head + safe(d.message)]
    if span.line <= len(lines) and lines[span.line - 1].strip():
        gutter = f"{span.line:>5} | "
        source, before, width = _excerpt(lines[span.line - 1], span)
        out.append(gutter + source)
        out.append(" " * (len(gutter) - 2) + "| " + " " * before + "^" * width)
    if d.hint:
        out.append(" " * 6 + "= " + safe(d.hint))
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
    return safe(text.replace("\t", " " * _TAB))


def safe(text: str) -> str:
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
