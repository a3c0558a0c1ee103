"""Findings as GitHub's workflow commands, which become annotations of the changed lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dovetail.diagnostics.model import Diagnostic, Sources
from dovetail.diagnostics.text import safe

__all__ = ["render_github"]


def render_github(
    diagnostics: Iterable[Diagnostic],
    sources: Sources,  # noqa: ARG001 - renderers are called alike
    titles: Mapping[str, str] | None = None,
) -> str:
    """Write findings as `::error …::…` and `::warning …::…`, one a line.

    Args:
        titles: of the rules, by code.
    """
    return "".join(_command(d, titles or {}) for d in diagnostics)


def _command(d: Diagnostic, titles: Mapping[str, str]) -> str:
    span = d.span
    about: dict[str, object] = {"file": span.file, "line": span.line}
    if span.end_line == span.line:
        about |= {"col": span.column, "endLine": span.end_line, "endColumn": span.end_column}
    else:  # an annotation over several lines has no columns
        about |= {"endLine": span.end_line}
    title = titles.get(d.code, "")
    about["title"] = f"{d.code}: {title}" if title else d.code
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in about.items())
    message = "\n".join(safe(part) for part in (d.message, d.hint) if part)
    return f"::{d.severity} {properties}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")
