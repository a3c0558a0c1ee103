"""Changing many files: all of them, or none (SPEC 4, the command `compile`).

All new texts are on disk under other names before the first file is replaced; what is replaced or
removed keeps a second name until the last one is done, and comes back when any of it fails. Each
file by itself changes in one step of the file system: whenever a process is killed, each is as it
was or as it is to be. What a killed one leaves lying about is listed in a note, by which the next
call cleans up; and as that compares everything again, it also does the rest.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from dovetail.durable import sync_folder
from dovetail.errors import UnavailableError

__all__ = ["alone", "apply"]

_FOLDER = Path(".dovetail", "compile")
_NOTE = _FOLDER / "unfinished.json"
_WAY_OUT = "mend the cause and compile again"


@contextmanager
def alone(root: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Be the only process that changes what is compiled, and clean up after one that was killed.

    Unlike a run, a compilation ends by itself: so the next one waits for it. The lock dies with its
    holder.

    Args:
        root: the project's folder.
        waiting: is told who is waited for.

    Raises:
        UnavailableError: when nothing can be written below `.dovetail/`.
    """
    try:
        (root / _FOLDER).mkdir(parents=True, exist_ok=True)
        ignore = root / _FOLDER / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        file = (root / _FOLDER / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(
            f"{_FOLDER.as_posix()} can't be written: {_why(error)}", _WAY_OUT
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            waiting(file.read().strip() or "another process")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        _clean_up(root)
        yield


def apply(root: Path, writes: Mapping[str, str], removals: Collection[str]) -> None:
    """Write and remove files: all of them, or none. Folders that become empty go, too.

    Args:
        root: the project's folder.
        writes: texts by path from the root.
        removals: paths from the root of files that are there.

    Raises:
        UnavailableError: when it can't be done; nothing was changed.
    """
    token = secrets.token_hex(4)
    places = [_Place(root, path, token) for path in writes]
    leaving = [_Place(root, path, token) for path in removals]
    made: list[Path] = []
    try:
        _note(root, token, [*writes, *removals])
        for place, text in zip(places, writes.values(), strict=True):
            made += _make_folders(place.target.parent)
            place.prepare(text)
        for place in places:
            place.new.replace(place.target)
        for place in leaving:
            place.target.replace(place.old)
        for folder in sorted({p.target.parent for p in (*places, *leaving)}):
            sync_folder(folder)
    except BaseException as error:
        for place in (*leaving, *places):
            place.take_back()
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        with suppress(OSError):
            (root / _NOTE).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UnavailableError(f"flows can't be written: {_why(error)}", _WAY_OUT) from error
        raise
    _clean_up(root)
    for place in leaving:
        _remove_traces(place.target, root)


class _Place:
    """A file that is to change, and its names meanwhile.

    Attributes:
        new: the text that it is to have.
        old: the file that it was.
    """

    def __init__(self, root: Path, path: str, token: str) -> None:
        self.target = root / path
        self.new, self.old = (
            self.target.with_name(f".{self.target.name}.{token}.{end}") for end in ("new", "old")
        )
        self._was_there: bool | None = None

    def prepare(self, text: str) -> None:
        """Bring the new text to the disk, and give the old one its second name."""
        with self.new.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._was_there = self.target.exists()
        if self._was_there:
            try:
                os.link(self.target, self.old)
            except OSError:  # a file system without second names
                shutil.copy2(self.target, self.old)

    def take_back(self) -> None:
        """Undo whatever was done; what can't be undone is left for the next call to mend."""
        with suppress(OSError):
            if self.old.exists():
                self.old.replace(self.target)
                self.old.unlink(missing_ok=True)  # two names of one file are not replaced
            elif self._was_there is False:
                self.target.unlink(missing_ok=True)
        with suppress(OSError):
            self.new.unlink(missing_ok=True)


def _note(root: Path, token: str, paths: list[str]) -> None:
    with (root / _NOTE).open("w", encoding="utf-8") as file:
        json.dump({"token": token, "paths": paths}, file)
        file.flush()
        os.fsync(file.fileno())


def _clean_up(root: Path) -> None:
    """Remove the other names that the note lists, then the note."""
    try:
        note = json.loads((root / _NOTE).read_bytes())
        places = [_Place(root, path, note["token"]) for path in note["paths"] if _is_ours(path)]
    except FileNotFoundError:
        return
    except (OSError, ValueError, TypeError, KeyError):  # cut short: nothing was begun
        places = []
    with suppress(OSError):
        for place in places:
            place.new.unlink(missing_ok=True)
            place.old.unlink(missing_ok=True)
        (root / _NOTE).unlink(missing_ok=True)


def _is_ours(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return path == "prefect.yaml" or (parts[:1] == ("flows",) and ".." not in parts)


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; give the new ones, the uppermost first."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _remove_traces(target: Path, root: Path) -> None:
    """Remove what Python has kept of a removed module, and the folders that are empty now."""
    cache = target.parent / "__pycache__"
    with suppress(OSError):
        for compiled in cache.glob(f"{target.stem}.*.pyc"):
            compiled.unlink()
    for folder in (cache, *target.parents):
        if folder == root:
            return
        with suppress(OSError):
            folder.rmdir()


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
