"""`dovetail check`: everything that is wrong with blueprints, in one pass."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from dovetail.blueprint.library import list_files
from dovetail.cli.common import Json, here, warn
from dovetail.diagnostics import RENDERERS, in_order
from dovetail.errors import UsageError
from dovetail.rules import Checked, check_file

__all__ = ["check", "check_files", "report"]


def check(
    paths: Annotated[list[Path] | None, Parameter(help="Files or folders; else all")] = None,
    /,
    *,
    format: Annotated[Literal["text", "json"], Parameter(help="How to print findings")] = "text",  # noqa: A002 - the option's name
    json: Json = False,
) -> int:
    """Find everything that is wrong with blueprints.

    Exit status 0: no errors (warnings are shown); 1: there are errors.
    """
    files = [f for path in paths for f in _files(path)] if paths else list_files(here().blueprints)
    checked = check_files(files)
    errors = report(checked, form="json" if json else format)
    if format == "text" and not json:
        warnings = sum(len(c.diagnostics) for c in checked) - errors
        told = [f"{len(checked)} blueprint{_s(len(checked))}", f"{errors} error{_s(errors)}"]
        told += [f"{warnings} warning{_s(warnings)}"] if warnings else []
        warn(", ".join(told))
    return 1 if errors else 0


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        inside = list_files(path)
        return inside or sorted(path.glob("*.yaml"))
    if not path.exists():
        raise UsageError(
            f"there is no file or folder {path}", "dovetail check checks all blueprints"
        )
    return [path]


def check_files(files: list[Path]) -> list[Checked]:
    """Check files, shown by their paths from the current folder where they lie in it."""
    return [check_file(path, shown_as=_shown(path)) for path in files]


def _shown(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def report(checked: list[Checked], *, form: str = "text") -> int:
    """Print findings and give the number of errors."""
    import sys

    found = in_order(d for c in checked for d in c.diagnostics)
    sources = {c.shown_as: c.text for c in checked}
    sys.stdout.write(RENDERERS[form](found, sources))
    return sum(len(c.errors) for c in checked)
