"""Findings as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dovetail.diagnostics.model import Diagnostic, Sources, Span, lines_of

__all__ = ["printable_json", "render_json"]


_WIDEST = 1000
"""A longer source line is left out: nobody wrote it, and a file may have a finding a character."""


def render_json(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings as a JSON array of flat objects; `fix` alone is an object of its own."""
    lines = {file: lines_of(text) for file, text in sources.items()}
    return printable_json([_as_data(d, lines.get(d.span.file, [])) for d in diagnostics])


def printable_json(data: Any) -> str:
    """Write JSON that a person can read and a terminal has nothing to obey in."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    safe = (c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return "".join(safe) + "\n"


def _as_data(d: Diagnostic, lines: list[str]) -> dict[str, Any]:
    out: dict[str, Any] = {"code": d.code, "severity": d.severity, "file": d.span.file}
    out |= _place(d.span) | {"message": d.message}
    if d.hint:
        out["hint"] = d.hint
    if d.fix is not None:
        out["fix"] = _place(d.fix.span) | {
            "found": d.fix.found,
            "replacement": d.fix.replacement,
        }
    if d.span.line <= len(lines) and len(lines[d.span.line - 1]) <= _WIDEST:
        out["source"] = lines[d.span.line - 1]
    return out


def _place(span: Span) -> dict[str, int]:
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
