"""What `dovetail check` does where it mends nothing.

It needs no parser of command lines, which takes a fifth of the time of checking a small file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from dovetail.blueprint.library import list_files
from dovetail.diagnostics import RENDERERS, Diagnostic, Sources, in_order
from dovetail.errors import UsageError
from dovetail.files.kinds import BLUEPRINT
from dovetail.files.kinds import list_files as list_others
from dovetail.rules import Checked, check_file, fresh_files

__all__ = ["check_files", "conclude", "count", "every_file", "given", "report", "shown"]


def given(paths: Iterable[Path]) -> list[Path]:
    """Give the files that a command line names, by themselves or by their folders.

    Raises:
        UsageError: when there is no such file or folder.
    """
    return [file for path in paths for file in _files(path)]


def every_file(blueprints: Path) -> list[Path]:
    """Give every file of a project that is checked, by the folder of its blueprints."""
    return [*list_files(blueprints), *list_others(blueprints)]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return every_file(path) if list_files(path) else sorted(path.rglob("*.yaml"))
    if not path.exists():
        raise UsageError(
            f"there is no file or folder {path}", "dovetail check checks all blueprints"
        )
    return [path]


def check_files(files: list[Path]) -> list[Checked]:
    """Check files, shown by their paths from the current folder where they lie in it.

    A blueprint is read once, though others name it; so blueprints should come first.
    """
    shared = fresh_files()
    unique = {path.absolute(): path for path in files}
    return [check_file(path, shown_as=shown(path), files=shared) for path in unique.values()]


def shown(path: Path) -> str:
    """Give what a file is called in findings: its path from the current folder."""
    # Links keep their names: what they lead to may lie anywhere.
    try:
        return (path.parent.resolve() / path.name).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def conclude(checked: list[Checked], *, form: str = "text", mended: str | None = None) -> int:
    """Print findings and, below those for people, how many there are; give the exit status."""
    errors = report(checked, form=form)
    if form == "text":
        warnings = sum(len(c.diagnostics) for c in checked) - errors
        others = sum(c.kind is not BLUEPRINT for c in checked)
        blueprints = len(checked) - others
        told = [count(blueprints, "blueprint")] if blueprints or not others else []
        told += [count(others, "other file" if blueprints else "file")] if others else []
        told += [mended] if mended is not None else []
        told += [count(errors, "error")]
        told += [count(warnings, "warning")] if warnings else []
        sys.stderr.write(", ".join(told) + "\n")
    return 1 if errors else 0


def count(number: int, noun: str) -> str:
    """Give a number of things."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def report(checked: list[Checked], *, form: str = "text") -> int:
    """Print findings and give the number of errors."""
    found = in_order(d for c in checked for d in c.diagnostics)
    sources = {c.shown_as: c.text for c in checked}
    sys.stdout.write(_rendered(form, found, sources))
    return sum(len(c.errors) for c in checked)


def _rendered(form: str, found: Iterable[Diagnostic], sources: Sources) -> str:
    """Write findings, with what their rules say of themselves where the format has room for it."""
    if form == "sarif":
        from dovetail.diagnostics.sarif import render_sarif
        from dovetail.rules import RULES

        return render_sarif(found, sources, RULES)
    if form == "github":
        from dovetail.diagnostics.github import render_github
        from dovetail.rules import RULES

        return render_github(found, sources, {r.code: r.title for r in RULES})
    return RENDERERS[form](found, sources)
