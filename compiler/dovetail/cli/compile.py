"""`dovetail plan` and `dovetail compile`: from blueprints to plans and flows."""

from __future__ import annotations

import difflib
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from dovetail.blueprint.library import find, list_files
from dovetail.cli.check import check_files, report
from dovetail.cli.common import Json, here, out, print_json
from dovetail.config import Project
from dovetail.emit.names import module_path
from dovetail.emit.verify import emit_checked
from dovetail.errors import RefusedError, UnavailableError
from dovetail.plan.model import Plan
from dovetail.plan.text import render

__all__ = ["Stopped", "compile_", "load_plan", "plan"]

Blueprint = Annotated[str, Parameter(help="A path, NAME, or NAME@VERSION")]


class Stopped(RefusedError):  # noqa: N818 - the findings are the error, and are printed already
    """A blueprint has errors, which were printed."""


def load_plan(project: Project, ref: str) -> Plan:
    """Give the plan of a blueprint; findings are printed.

    Raises:
        Stopped: when there are errors.
    """
    checked = check_files([find(project.blueprints, ref, datetime.now(UTC).date())])
    report([c for c in checked if c.errors])
    if checked[0].plan is None:
        raise Stopped(f"{ref} has errors", f"mend them; dovetail check {checked[0].shown_as}")
    return checked[0].plan


def plan(blueprint: Blueprint, /, *, json: Json = False) -> int:
    """Show the plan of a blueprint: every edge, order and criterion resolved."""
    found = load_plan(here(), blueprint)
    if json:
        print_json(found.to_data())
    else:
        out(render(found).rstrip("\n"))
    return 0


def compile_(
    blueprints: Annotated[list[str] | None, Parameter(help="Paths or names; else all")] = None,
    /,
    *,
    check: Annotated[bool, Parameter(negative="", help="Write nothing; show what differs")] = False,
    json: Json = False,
) -> int:
    """Write the flow and the plan of blueprints: all of them, or none when one has errors.

    With --check nothing is written, and the exit status is 1 when anything on disk differs.
    """
    project = here()
    today = datetime.now(UTC).date()
    refs = blueprints or []
    files = [find(project.blueprints, r, today) for r in refs] or list_files(project.blueprints)
    checked = check_files(files)
    told = [c for c in checked if c.errors]
    if told:
        report(told)
        raise Stopped(f"{len(told)} of {len(files)} blueprints have errors; nothing was written")
    wanted = _emissions([c.plan for c in checked if c.plan is not None])
    changed = {p: text for p, text in wanted.items() if _read(project.root / p) != text}
    if json:
        print_json({"files": sorted(wanted), "changed": sorted(changed), "written": not check})
    if check:
        if not json:
            _show(project, changed)
        return 1 if changed else 0
    _write_all(project.root, changed)
    if not json:
        for path in wanted:
            out(f"{'written  ' if path in changed else 'unchanged'} {path}")
    return 0


def _emissions(plans: list[Plan]) -> dict[str, str]:
    """Give the text of every file to be, by its path from the project's root."""
    wanted: dict[str, str] = {}
    for one in plans:
        path = module_path(one.blueprint, one.version)
        wanted[path.as_posix()] = emit_checked(one)
        wanted[path.with_suffix(".plan.yaml").as_posix()] = render(one)
    return dict(sorted(wanted.items()))


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _show(project: Project, changed: dict[str, str]) -> None:
    for path, text in changed.items():
        before = (_read(project.root / path) or "").splitlines(keepends=True)
        after = text.splitlines(keepends=True)
        out("".join(difflib.unified_diff(before, after, path, f"{path} (compiled)")).rstrip("\n"))
    if changed:
        out(f"{len(changed)} files differ from what `dovetail compile` writes")


def _write_all(root: Path, texts: dict[str, str]) -> None:
    """Write all files or none: everything is on disk under other names before the first rename."""
    ready: list[tuple[Path, Path]] = []
    try:
        for path, text in texts.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
            ready.append((temporary, target))
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for temporary, target in ready:
            temporary.replace(target)
    except OSError as error:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)
        raise UnavailableError(
            f"flows can't be written: {error}", "mend the cause and compile again"
        ) from error
