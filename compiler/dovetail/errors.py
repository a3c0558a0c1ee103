"""What can go wrong at run time, grouped by whose move it is. Every error carries a way out.

Findings about files are not errors but diagnostics (`dovetail.diagnostics`): they are collected.
"""

from __future__ import annotations

__all__ = [
    "DovetailError",
    "ExpressionFailedError",
    "HandoffError",
    "HeldError",
    "NotFoundError",
    "RefusedError",
    "StaleError",
    "UnavailableError",
    "UsageError",
]


class DovetailError(Exception):
    """The root of all errors that a user may see.

    Args:
        message: what was found and what was expected, in one sentence or a few lines.
        way_out: what to do next: a command where there is one.
    """

    exit_status = 1
    """1: refused or failed with a reason; 2: wrong usage or could not run (SPEC 10)."""

    def __init__(self, message: str, way_out: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.way_out}" if self.way_out else self.message


class RefusedError(DovetailError):
    """A rule forbids it now. Nothing was changed."""


class HandoffError(RefusedError):
    """A handoff file that is to be read is missing or altered."""


class HeldError(RefusedError):
    """Another process is at it."""


class NotFoundError(RefusedError):
    """The named record does not exist."""


class StaleError(RefusedError):
    """The writer speaks for a claim, a generation or a state that is over."""


class ExpressionFailedError(DovetailError):
    """An expression that compiled could not be evaluated on the values at hand."""


class UsageError(DovetailError):
    """The command was called in a way that has no meaning."""

    exit_status = 2


class UnavailableError(DovetailError):
    """A store, a workspace or a server can't be read or written. Nothing is half-written."""

    exit_status = 2
