"""A finding about a file: what, where, what was expected, and the way out (SPEC 2.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Diagnostic", "Severity", "Span"]

Severity: TypeAlias = Literal["error", "warning"]


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
