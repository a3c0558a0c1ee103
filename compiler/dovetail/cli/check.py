"""`dovetail check`: everything that is wrong with a project's files, in one pass."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from dovetail.cli.checking import (
    check_files,
    conclude,
    count,
    every_file,
    given,
    report,
    shown,
)
from dovetail.cli.common import Json, here, warn
from dovetail.diagnostics import Fix
from dovetail.durable import sync_folder
from dovetail.errors import RefusedError, UnavailableError, UsageError
from dovetail.rules import Checked, check_file

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
    files = given(paths) if paths else every_file(here().blueprints)
    mended = 0
    if fix:
        checked = []
        for path in files:
            left, made = mend_file(path, shown_as=shown(path))
            checked.append(left)
            mended += len(made)
    else:
        checked = check_files(files)
    told = None if not fix else f"{count(mended, 'name')} mended"
    return conclude(checked, form=form, mended=told)


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
        errors = f"{count(len(now.errors), 'error')} instead of {len(best.errors)}"
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
        sync_folder(target.parent)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise UnavailableError(
            f"{path} can't be mended: {why}", "make it writable, or leave --fix out"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
