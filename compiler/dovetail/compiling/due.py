"""What a compilation has to do: which files are to be written and removed, and which are left.

A blueprint whose entry in the record still holds is not even read as YAML. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dovetail.blueprint.library import Edition, in_effect, list_files, read_edition
from dovetail.canonical import sha256_hex
from dovetail.compiling import leftovers
from dovetail.compiling.record import Entry, Record
from dovetail.emit import deployments
from dovetail.emit.names import EmissionError, module_path
from dovetail.errors import RefusedError

if TYPE_CHECKING:
    from dovetail.plan.model import Plan
    from dovetail.rules import Checked

__all__ = ["Check", "Due", "look"]

Check = Callable[[list[Path]], "list[Checked]"]
"""Check blueprints; they have plans, or it raises."""


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do.

    Attributes:
        files: all files that the blueprints are compiled to, by path from the root.
        writes: the texts of those that are not so on disk.
        removals: emitted files that no blueprint stands for.
        left: such files that may have been edited, and are not removed.
        entries: what to remember, by blueprint.
    """

    files: tuple[str, ...]
    writes: Mapping[str, str]
    removals: tuple[str, ...]
    left: tuple[str, ...]
    entries: Mapping[Path, Entry]

    @property
    def is_nothing(self) -> bool:
        """Tell whether everything is on disk as it is to be."""
        return not (self.writes or self.removals or self.left)


class _Made(NamedTuple):
    """A blueprint, the files it is compiled to, and their texts where they were made anew."""

    edition: Edition
    outputs: Sequence[str]
    texts: Mapping[str, str]
    entry: Entry | None


def look(
    root: Path, files: Sequence[Path], *, today: date, check: Check, record: Record, whole: bool
) -> Due:
    """Find out what compiling some blueprints of a project has to do.

    Args:
        root: the project's folder.
        files: blueprints of it.
        today: decides which versions are in effect.
        check: checks what has to be compiled.
        record: of what was compiled before.
        whole: whether these are all blueprints: then also what no blueprint stands for is looked
            for.

    Raises:
        RefusedError: when a `prefect.yaml` stands there that a person wrote.
    """
    made = _make_all(files, check, record)
    texts = {name: text for one in made.values() for name, text in one.texts.items()}
    wanted = sorted(name for one in made.values() for name in one.outputs)
    removals: list[str] = []
    served = _served(root, made, today, record)
    there = _read(root / deployments.FILE)
    ours = there is not None and deployments.is_emitted(there)
    if served:
        if there is not None and not ours:
            raise RefusedError(
                f"{deployments.FILE} was not emitted by Dovetail, which would overwrite it",
                "give it another name, and that name to `prefect deploy --prefect-file`; "
                "then compile again",
            )
        wanted.append(deployments.FILE)
        texts[deployments.FILE] = deployments.deployments(served)
    elif ours:
        removals.append(deployments.FILE)
    over = list(leftovers.find(root, wanted)) if whole else []
    left = tuple(name for name in over if not leftovers.may_go(root, name, record))
    removals += [name for name in over if name not in left]
    return Due(
        files=tuple(wanted),
        writes={n: t for n, t in sorted(texts.items()) if _read(root / n) != t},
        removals=tuple(sorted(removals)),
        left=left,
        entries={path: one.entry for path, one in made.items() if one.entry is not None},
    )


def _make_all(files: Sequence[Path], check: Check, record: Record) -> dict[Path, _Made]:
    known = {path: record.get(path) for path in files}
    made = {}
    for path, entry in known.items():
        if entry is not None and record.is_whole(entry):
            made[path] = _Made(_edition(path, entry), tuple(entry.outputs), {}, entry)
    stale = [path for path in files if path not in made]
    if not stale:
        return made
    before = {path: record.digest(record.name(path)) for path in stale}
    for path, checked in zip(stale, check(stale), strict=True):
        inputs = _inputs(record, path, checked)
        # One that was edited meanwhile is compiled again next time.
        same = inputs[record.name(path)] == before[path]
        made[path] = _make(path, checked, inputs if same else None, record.compiler)
    return made


def _make(
    path: Path, checked: Checked, inputs: Mapping[str, str | None] | None, compiler: str
) -> _Made:
    if checked.plan is None or checked.blueprint is None:
        raise AssertionError(f"{checked.shown_as} was to be checked, and has no plan")
    texts = _emission(checked.plan)
    days = checked.blueprint.effective
    since, until = (days.from_, days.until) if days is not None else (None, None)
    edition = Edition(path, checked.plan.title, since, until)
    if inputs is None:
        return _Made(edition, tuple(texts), texts, None)
    entry = Entry(
        compiler=compiler,
        title=edition.title,
        since=None if since is None else since.isoformat(),
        until=None if until is None else until.isoformat(),
        inputs=inputs,
        outputs={name: sha256_hex(text.encode()) for name, text in texts.items()},
    )
    return _Made(edition, tuple(texts), texts, entry)


def _emission(plan: Plan) -> dict[str, str]:
    from dovetail.emit.verify import emit_checked
    from dovetail.plan.text import render

    path = module_path(plan.blueprint, plan.version)
    return {
        path.with_suffix(".plan.yaml").as_posix(): render(plan),
        path.as_posix(): emit_checked(plan),
    }


def _inputs(record: Record, path: Path, checked: Checked) -> dict[str, str | None]:
    """Give the digests of all that was read: of the blueprint now, of all else as it was then."""
    others = {record.name(other): digest for other, digest in checked.reads.items()}
    own = record.name(path)
    return dict(sorted((others | {own: record.look(own)}).items()))


def _edition(path: Path, entry: Entry) -> Edition:
    days = (None if d is None else date.fromisoformat(d) for d in (entry.since, entry.until))
    return Edition(path, entry.title, *days)


def _served(
    root: Path, made: Mapping[Path, _Made], today: date, record: Record
) -> list[deployments.Deployment]:
    """Give the versions in effect.

    One that has no flow does not count: nothing could run. So compiling a few blueprints leaves the
    deployments of all others as they are.
    """
    editions = []
    for path in list_files(root / "blueprints"):
        if path in made:
            editions.append(made[path].edition)
        elif _has_flow(root, path):
            entry = record.get(path)
            editions.append(read_edition(path) if entry is None else _edition(path, entry))
    versions = (list(group) for _, group in groupby(editions, lambda e: e.name))
    effective = (e for e in (in_effect(v, today) for v in versions) if e is not None)
    return [deployments.Deployment(e.name, e.version, e.title or e.name) for e in effective]


def _has_flow(root: Path, path: Path) -> bool:
    try:
        return (root / module_path(path.parent.name, path.stem)).is_file()
    except EmissionError:
        return False


def _read(path: Path) -> str | None:
    """Give the text of a file; what is there, but is no text, is an empty one."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""
