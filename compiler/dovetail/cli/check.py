"""`dovetail check`: everything that is wrong with a project's files, in one pass."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from dovetail.blueprint.library import list_files
from dovetail.cli.common import Json, here, warn
from dovetail.diagnostics import RENDERERS, Diagnostic, Fix, Sources, in_order
from dovetail.errors import RefusedError, UnavailableError, UsageError
from dovetail.files.kinds import BLUEPRINT
from dovetail.files.kinds import list_files as list_others
from dovetail.rules import Checked, check_file, fresh_files

__all__ = ["check", "check_files", "mend_file", "report"]

_Format: TypeAlias = Literal["text", "json", "sarif", "github"]

_PASSES = 20
"""Mending a key lets the checks see what is below it. No file nests that deep in practice."""

_BOM = b"\xef\xbb\xbf"


def check(
    paths: Annotated[list[Path] | None, Parameter(help="Files or folders; else all")] = None,
    /,
    *,
    format: Annotated[_Format, Parameter(help="How to print findings")] = "text",  # noqa: A002 - the option's name
    fix: Annotated[
        bool, Parameter(negative="", help="Mend misspelled names where one alone can be meant")
    ] = False,
    json: Json = False,
) -> int:
    """Find everything that is wrong with blueprints and the files beside them.

    Those are scenarios, migrations, shared blockers and executors.yaml.

    Exit status 0: no errors (warnings are shown); 1: there are errors.
    """
    if json and format not in {"text", "json"}:
        raise UsageError(f"--json is --format json, not {format}", "give one of the two")
    form = "json" if json else format
    files = [f for path in paths for f in _files(path)] if paths else _all(here().blueprints)
    mended = 0
    if fix:
        checked = []
        for path in files:
            left, made = mend_file(path, shown_as=_shown(path))
            checked.append(left)
            mended += len(made)
    else:
        checked = check_files(files)
    errors = report(checked, form=form)
    if form == "text":
        warnings = sum(len(c.diagnostics) for c in checked) - errors
        others = sum(c.kind is not BLUEPRINT for c in checked)
        blueprints = len(checked) - others
        told = [_count(blueprints, "blueprint")] if blueprints or not others else []
        told += [_count(others, "other file" if blueprints else "file")] if others else []
        told += [f"{_count(mended, 'name')} mended"] if fix else []
        told += [_count(errors, "error")]
        told += [_count(warnings, "warning")] if warnings else []
        warn(", ".join(told))
    return 1 if errors else 0


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _all(blueprints: Path) -> list[Path]:
    return [*list_files(blueprints), *list_others(blueprints)]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return _all(path) if list_files(path) else sorted(path.rglob("*.yaml"))
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
    return [check_file(path, shown_as=_shown(path), files=shared) for path in unique.values()]


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


def mend_file(path: Path, *, shown_as: str) -> tuple[Checked, list[Fix]]:
    """Mend the names in a file that are certainly misspelled; tell what was mended, and say it.

    Nothing else in the file changes, not by a byte. A file that would have more errors afterwards
    is left as it is.

    Raises:
        UnavailableError: when it can't be written. It is as it was.
        RefusedError: when somebody else wrote it in the meantime. Theirs stays.
    """
    from dovetail.diagnostics.mend import mend
    from dovetail.rules import check_bytes

    try:
        data = path.read_bytes()
    except OSError:
        return check_file(path, shown_as=shown_as), []
    mark = _BOM if data.startswith(_BOM) else b""
    first = now = check_bytes(data, shown_as=shown_as, file=path)
    best, made, tried = first, list[Fix](), list[Fix]()
    for _ in range(_PASSES):
        text, fixes = mend(now.text, [d.fix for d in now.diagnostics if d.fix is not None])
        if not fixes:
            break
        tried += fixes
        now = check_bytes(mark + text.encode(), shown_as=shown_as, file=path)
        if not _is_worse(now, first):
            best, made = now, list(tried)
    if made:
        _replace(path, data, mark + best.text.encode())
    for one in made:
        place = f"{shown_as}:{one.span.line}:{one.span.column}"
        warn(f"{place}: mended: `{one.found}` is now `{one.replacement}`")
    if len(tried) > len(made):
        names = ", ".join(f"`{f.found}`" for f in tried[len(made) :])
        errors = f"{_count(len(now.errors), 'error')} instead of {len(best.errors)}"
        warn(f"{shown_as}: not mended: {names}; there would be {errors}")
    return best, made


def _is_worse(now: Checked, before: Checked) -> bool:
    """Tell whether there are more errors, or such as hide others: the YAML itself is broken."""
    from dovetail.rules.file_dialect import RULES

    hiding = {r.code for r in RULES}
    new = {d.code for d in now.errors} - {d.code for d in before.errors}
    return len(now.errors) > len(before.errors) or bool(new & hiding)


def _replace(path: Path, before: bytes, after: bytes) -> None:
    """Write a file whole or not at all; a link goes on leading to it."""
    import secrets

    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        if not os.access(target, os.W_OK):
            raise PermissionError(None, "it may not be written by you")
        mode = target.stat().st_mode & 0o7777
        with temporary.open("xb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        if target.read_bytes() != before:
            raise RefusedError(f"{path} was changed while it was checked", "check it again")
        temporary.replace(target)
        _sync(target.parent)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise UnavailableError(
            f"{path} can't be mended: {why}", "make it writable, or leave --fix out"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Let the new name of a file outlive a crash."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
