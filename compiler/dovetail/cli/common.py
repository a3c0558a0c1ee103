"""What commands share: their common options, and how they print."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import orjson
from cyclopts import Parameter

from dovetail.config import Project, find_project
from dovetail.errors import UsageError

if TYPE_CHECKING:
    from dovetail.insight.status import Action
    from dovetail.runtime.session import Session

__all__ = [
    "As",
    "Json",
    "actor",
    "here",
    "out",
    "print_json",
    "print_next",
    "session",
    "table",
    "visible",
    "warn",
]

Json: TypeAlias = Annotated[bool, Parameter("--json", negative="", help="Print JSON")]
As: TypeAlias = Annotated[
    str | None, Parameter("--as", help="Who acts; else DOVETAIL_ACTOR, else the login name")
]


def here() -> Project:
    """Give the project that the current folder lies in."""
    try:
        return find_project(Path.cwd())
    except FileNotFoundError:
        raise UsageError("the current folder is gone", "change into a project") from None


def session() -> Session:
    """Open the project that the current folder lies in."""
    from dovetail.runtime.session import Session  # it brings the store: half a second

    return Session(here())


def actor(given: str | None) -> str:
    """Give the name of who acts."""
    try:
        return given or os.environ.get("DOVETAIL_ACTOR") or getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("nobody says who acts", "--as NAME, or set DOVETAIL_ACTOR") from None


def print_json(data: Any) -> None:
    """Print data as JSON."""
    text = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    sys.stdout.write(text.decode())


def out(text: str = "") -> None:
    """Print a line; control characters of foreign text are made visible."""
    sys.stdout.write(visible(text) + "\n")


def warn(text: str) -> None:
    """Print a line to standard error."""
    sys.stdout.flush()  # both may lead to one place, and what was said first stands first
    sys.stderr.write(visible(text) + "\n")


def visible(text: str) -> str:
    """Show what a terminal might obey, or what would hide or turn around other characters."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def print_next(actions: Sequence[Action]) -> None:
    """Print what is required next, each with the command that does it."""
    for action in actions:
        out(f"  next  {action.who}: {action.what}")
        out(f"        {action.command}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns, as wide as their widest cell; each row stays one line."""
    rows = [[" ".join(cell.splitlines()) for cell in row] for row in rows]
    widths = [max(len(r[i]) for r in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        out("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())
