"""The seal: nothing was touched since `compile` found nothing to do, so there is nothing to do.

Once a compilation of the whole project has nothing left to write, it notes how all files look that
it may read or write: their sizes, times and places on the disk, not their contents. While they look
so, on the same day, to the same Dovetail, the next one ends here. Where anything looks different,
`dovetail.compiling.record` knows what has to be compiled again.

A file that is written twice within one tick of the file system's clock may look the same both
times, so nothing is sealed that is younger than that.

This module is all that such a call loads. Hence no `pathlib`, no `json`, no `typing`.
"""

from __future__ import annotations

import os
import sys
import time

__all__ = ["FOLDERS", "State", "compiler", "covers", "keep", "take", "take_ripe", "told"]

FOLDERS = ("blueprints", "templates", "flows")
"""The folders of a project that are looked at; with them, `prefect.yaml`."""

_PLACE = os.path.join(".dovetail", "compile", "seal")  # noqa: PTH118 - see above
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_TICK = 20_000_000
"""Nanoseconds: more than the coarsest clock of a file system that counts fractions of a second."""
_SECONDS = 2_000_000_000
"""The tick of a file system that does not."""


class State:
    """How files look.

    Attributes:
        taken: when, in nanoseconds since 1970.
        ripe: from when on none of them is younger than a tick of its clock.
    """

    __slots__ = ("_lines", "ripe", "taken")

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.taken = time.time_ns()
        self.ripe = 0

    @property
    def text(self) -> str:
        """A line for each."""
        return "\n".join(self._lines)

    def say(self, line: str) -> None:
        """Add what is not a file."""
        self._lines.append(line)

    def see(self, name: str, found: os.stat_result) -> None:
        """Add a file."""
        modified, changed = found.st_mtime_ns, found.st_ctime_ns
        self._lines.append(f"{name} {found.st_size} {modified} {changed} {found.st_ino}")
        tick = _TICK if changed % 1_000_000_000 else _SECONDS
        self.ripe = max(self.ripe, changed + tick)

    def walk(self, folder: str, name: str) -> None:
        """Add all files in a folder and below it, but hidden ones and caches of Python.

        Raises:
            OSError: when it can't be read, or leads elsewhere.
        """
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except FileNotFoundError:
            self.say(f"{name} -")
            return
        for entry in entries:
            if entry.name.startswith((".", "__pycache__")):
                continue
            inside = f"{name}/{entry.name}"
            if entry.is_dir():
                if entry.is_symlink():
                    raise OSError(f"{inside} leads elsewhere")
                self.say(inside)
                self.walk(entry.path, inside)
            else:
                self.see(inside, entry.stat())


def take(root: str, day: str) -> State | None:
    """Look at all that decides about what is compiled, and at all that was; None: it can't be told.

    Args:
        root: the project's folder.
        day: today in UTC, which decides what versions are in effect.
    """
    state = State()
    state.say(day)
    try:
        compiler(state)
        for name in FOLDERS:
            state.walk(f"{root}/{name}", name)
        state.see("prefect.yaml", os.stat(f"{root}/prefect.yaml"))  # noqa: PTH116 - see above
    except FileNotFoundError:
        state.say("prefect.yaml -")
    except (OSError, RecursionError):
        return None
    return state


def take_ripe(root: str, day: str) -> State | None:
    """Look as `take` does, a moment later where a file was written just now."""
    state = take(root, day)
    if state is None or not 0 < state.ripe - state.taken <= _TICK:
        return state
    time.sleep((state.ripe - state.taken) / 1e9)
    return take(root, day)


def compiler(state: State) -> None:
    """Look at what Dovetail itself is made of: its files and templates, Python, the packages."""
    state.say(sys.version)
    state.walk(_PACKAGE, "dovetail")
    state.walk(f"{_PACKAGE}/../../templates", "templates")  # of a checkout; a wheel has them inside
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 - names are all it takes
        except OSError:
            continue
        packages = sorted(n for n in names if n.endswith(".dist-info"))
        if packages:
            state.say(" ".join(packages))


def covers(name: str) -> bool:
    """Tell whether a file that was read is among those that are looked at."""
    parts = name.split("/")
    return parts[0] in FOLDERS and not any(p.startswith((".", "__pycache__")) for p in parts)


def told() -> str | None:
    """Give what `compile` says in the project around this folder, when all looks as it was sealed.

    None: something has to be looked into.
    """
    try:
        root = os.getcwd()  # noqa: PTH109 - see above
    except OSError:
        return None
    while not os.path.isdir(f"{root}/blueprints"):  # noqa: PTH112
        above = os.path.dirname(root)  # noqa: PTH120
        if above == root:
            return None
        root = above
    try:
        with open(f"{root}/{_PLACE}", "rb") as file:  # noqa: PTH123
            kept = file.read()
    except OSError:
        return None
    state = take(root, time.strftime("%Y-%m-%d", time.gmtime()))
    if state is None:
        return None
    say, _, seen = kept.partition(b"\0")
    return say.decode() if seen == _encoded(state.text) else None


def keep(root: str, state: State, say: str) -> None:
    """Seal a state that was taken before it was found that there is nothing to do.

    Without a seal the next call only takes longer; so where it can't be written, there is none.

    Args:
        root: the project's folder.
        state: how the files looked.
        say: what the next call prints.
    """
    if state.ripe > state.taken:
        return
    place = f"{root}/{_PLACE}"
    temporary = f"{place}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:  # noqa: PTH123
            file.write(_encoded(f"{say}\0{state.text}"))
        os.replace(temporary, place)  # noqa: PTH105
    except OSError:
        return


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
