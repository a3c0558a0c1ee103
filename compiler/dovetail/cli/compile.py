"""`dovetail plan` and `dovetail compile`: from blueprints to plans and flows.

The compiler is loaded where there is something to compile.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from dovetail.blueprint.library import find, list_files
from dovetail.cli.common import Json, here, out, print_json, visible, warn
from dovetail.compiling import seal
from dovetail.compiling.changes import alone, apply
from dovetail.compiling.due import Check, Due, look
from dovetail.compiling.record import Record
from dovetail.config import Project
from dovetail.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from dovetail.plan.model import Plan
    from dovetail.rules import Checked

__all__ = ["Stopped", "compile_", "load_plan", "plan"]

Blueprint = Annotated[str, Parameter(help="A path, NAME, or NAME@VERSION")]

_FEW = 12
"""Where there are more files than these, those that nothing happened to are only counted."""
_LEFT = "nothing proves that it is as it was emitted"


class Stopped(RefusedError):  # noqa: N818 - the findings are the error, and are printed already
    """A blueprint has errors, which were printed."""


def load_plan(project: Project, ref: str) -> Plan:
    """Give the plan of a blueprint; findings are printed.

    Raises:
        Stopped: when there are errors.
        UsageError: when the file is of another kind.
    """
    from dovetail.cli.check import check_files, report

    (checked,) = check_files([find(project.blueprints, ref, _today())])
    if checked.plan is not None:
        return checked.plan
    if not checked.errors:
        raise UsageError(
            f"{ref} is {checked.kind.noun}, not a blueprint", f"it lies in {checked.kind.place}"
        )
    report([checked])
    raise Stopped(f"{ref} has errors", f"mend them; dovetail check {checked.shown_as}")


def plan(blueprint: Blueprint, /, *, json: Json = False) -> int:
    """Show the plan of a blueprint: every edge, order and criterion resolved."""
    found = load_plan(here(), blueprint)
    if json:
        print_json(found.to_data())
    else:
        from dovetail.plan.text import render

        out(render(found).rstrip("\n"))
    return 0


def compile_(
    blueprints: Annotated[list[str] | None, Parameter(help="Paths or names; else all")] = None,
    /,
    *,
    check: Annotated[bool, Parameter(negative="", help="Write nothing; show what differs")] = False,
    dry_run: Annotated[
        bool, Parameter(negative="", help="Write nothing; say what would be written")
    ] = False,
    json: Json = False,
) -> int:
    """Write flows, plans and prefect.yaml: all of them, or none when a blueprint has an error.

    With --check nothing is written, and the exit status is 1 when anything on disk differs.
    """
    if check and dry_run:
        raise UsageError("--check and --dry-run don't go together", "choose one of them")
    job = _Job(here(), blueprints or ())
    if check or dry_run:
        due = job.look()
    else:
        with alone(job.root, lambda who: warn(f"waiting for {who}, which is compiling here")):
            due = job.run()
    if json:
        print_json(
            {
                "files": due.files,
                "changed": sorted(due.writes),
                "removed": due.removals,
                "left": due.left,
                "written": not (check or dry_run),
            }
        )
    elif check:
        _show(job.root, due)
    else:
        for line in _told(due, "would be " if dry_run else ""):
            out(line)
    return 1 if check and not due.is_nothing else 0


class _Job:
    """A call of `compile`, for all blueprints of a project or for some."""

    def __init__(self, project: Project, refs: Sequence[str]) -> None:
        self.root, self._today, self._whole = project.root, _today(), not refs
        self._files = list_files(project.blueprints)
        if refs:
            wanted = [find(project.blueprints, ref, self._today) for ref in refs]
            self._files = sorted({_one_of(self._files, path) for path in wanted})

    def look(self, record: Record | None = None, check: Check | None = None) -> Due:
        """Find out what there is to do.

        Raises:
            Stopped: when blueprints have errors.
        """
        return look(
            self.root,
            self._files,
            today=self._today,
            check=check or self._check,
            record=record or Record(self.root),
            whole=self._whole,
        )

    def run(self) -> Due:
        """Do what there is to do, and remember it; gives what was done.

        Raises:
            Stopped: when blueprints have errors; nothing was written.
            UnavailableError: when it can't be written; nothing was.
        """
        day = self._today.isoformat()
        state = seal.take(str(self.root), day) if self._whole else None
        record = Record(self.root)
        due = again = self.look(record)
        if due.writes or due.removals:
            apply(self.root, due.writes, due.removals)
        record.keep(due.entries, forget=self._whole)
        if self._whole and not due.is_nothing:
            state = seal.take_ripe(str(self.root), day)
            with suppress(RefusedError):  # somebody was at it meanwhile
                again = self.look(check=_nothing_to_check)
        if state is not None and again.is_nothing and self._is_sealable(again):
            say = "".join(f"{visible(line)}\n" for line in _told(again))
            seal.keep(str(self.root), state, say)
        return due

    def _check(self, files: list[Path]) -> list[Checked]:
        from dovetail.cli.check import check_files, report

        checked = check_files(files)
        wrong = [c for c in checked if c.errors]
        if wrong:
            report(wrong)
            count = f"{len(wrong)} of {len(self._files)}"
            raise Stopped(f"{count} blueprints have errors; nothing was written")
        return checked

    def _is_sealable(self, due: Due) -> bool:
        """Tell whether the seal looks at everything that was read."""
        read = {name for entry in due.entries.values() for name in entry.inputs}
        return len(due.entries) == len(self._files) and all(map(seal.covers, read))


def _nothing_to_check(_files: list[Path]) -> list[Checked]:
    raise Stopped("a blueprint was changed while it was compiled")


def _one_of(files: Sequence[Path], wanted: Path) -> Path:
    """Give the blueprint that a path leads to.

    Raises:
        RefusedError: when it is none of the project's: what it is compiled to would be a leftover.
    """
    for path in files:
        if path.samefile(wanted):
            return path
    raise RefusedError(
        f"{wanted} is no blueprint of this project",
        "compile takes blueprints/NAME/VERSION.yaml; dovetail plan shows the plan of any file",
    )


def _today() -> date:
    return datetime.now(UTC).date()


def _told(due: Due, mood: str = "") -> Iterator[str]:
    """Say what happened to each file; of many, what happened to some, and how many there are."""
    width = len(mood) + len("unchanged")
    same = [name for name in due.files if name not in due.writes]
    few = len(due.files) + len(due.removals) <= _FEW
    happened = dict.fromkeys(due.writes, "written") | dict.fromkeys(due.removals, "removed")
    if few:
        happened |= dict.fromkeys(same, "unchanged")
    for name, word in sorted(happened.items()):
        told = word if word == "unchanged" else mood + word
        yield f"{told:{width}} {name}"
    for name in due.left:
        yield f"{'left':{width}} {name}: {_LEFT}; remove it if nobody needs it"
    if not few:
        counts = {"written": len(due.writes), "removed": len(due.removals), "unchanged": len(same)}
        yield ", ".join(f"{n} {word}" for word, n in counts.items() if n)


def _show(root: Path, due: Due) -> None:
    """Show what differs as unified diffs."""
    texts: dict[str, str | None] = dict(due.writes) | dict.fromkeys(due.removals)
    for name, text in sorted(texts.items()):
        before = _lines(_read(root / name))
        after = (name, "/dev/null") if text is None else (name, f"{name} (compiled)")
        out("".join(difflib.unified_diff(before, _lines(text), *after)).rstrip("\n"))
    for name in due.left:
        out(f"{name} is left over: no blueprint stands for it, and {_LEFT}")
    if not due.is_nothing:
        count = len(texts) + len(due.left)
        differ = "1 file differs" if count == 1 else f"{count} files differ"
        out(f"{differ} from what `dovetail compile` writes")


def _lines(text: str | None) -> list[str]:
    return (text or "").splitlines(keepends=True)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""
