"""A finding about a file: what, where, what was expected, and the way out (SPEC 2.5).

Findings are shown in four formats. Only `text` is loaded with this package; the others, and the
mending, when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from dovetail.diagnostics.model import Diagnostic, Fix, Severity, Sources, Span, in_order
from dovetail.diagnostics.text import render_text

__all__ = [
    "RENDERERS",
    "Diagnostic",
    "Fix",
    "Renderer",
    "Severity",
    "Sources",
    "Span",
    "in_order",
    "render_github",
    "render_json",
    "render_sarif",
    "render_text",
]

Renderer: TypeAlias = Callable[[Iterable[Diagnostic], Sources], str]


def render_json(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings as a JSON array of objects."""
    from dovetail.diagnostics import data

    return data.render_json(diagnostics, sources)


def render_sarif(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings as a SARIF 2.1.0 log that only names their rules.

    `dovetail.diagnostics.sarif` also describes them.
    """
    from dovetail.diagnostics import sarif

    return sarif.render_sarif(diagnostics, sources)


def render_github(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings as GitHub's workflow commands, titled by their codes.

    `dovetail.diagnostics.github` also knows titles.
    """
    from dovetail.diagnostics import github

    return github.render_github(diagnostics, sources)


RENDERERS: Mapping[str, Renderer] = {
    "text": render_text,
    "json": render_json,
    "sarif": render_sarif,
    "github": render_github,
}
