"""What a finding is: a place, a message, the way out, and where it is certain, the mending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Diagnostic", "Fix", "Severity", "Sources", "Span", "in_order", "lines_of"]

Severity: TypeAlias = Literal["error", "warning"]
Sources: TypeAlias = Mapping[str, str]
"""The texts of the files that findings are about, by the name that the spans use."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file. Lines and columns count from 1, in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the file that can be made without asking: `found` at `span` gives way.

    Attributes:
        span: exactly what is replaced, within one line.
        found: what stands there.
        replacement: what stands there afterwards.
    """

    span: Span
    found: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: `DT` and three digits, stable for ever.
        span: the place of the offending value.
        message: names the offending value and what was expected.
        hint: the way out; empty where there is none to tell.
        fix: the way out as a change of the file, where there can be only one.
    """

    code: str
    severity: Severity
    span: Span
    message: str
    hint: str = ""
    fix: Fix | None = None


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort findings by place, then code, and drop those that say the same twice."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.span, d.code, d.message))


def lines_of(text: str) -> list[str]:
    """Cut a text where spans take a new line to begin: as YAML and editors do."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
