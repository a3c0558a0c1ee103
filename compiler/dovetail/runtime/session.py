"""A project that is open: its store, its workspace, its executors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dovetail.config import Project
from dovetail.runtime.commands import Desk
from dovetail.runtime.engine import Engine
from dovetail.runtime.executors import Registry
from dovetail.runtime.lock import item_lock
from dovetail.store import Store
from dovetail.workspace import Workspace

__all__ = ["Session", "current_session", "use_session"]


@dataclass
class Session:
    """What a command works with. Everything is opened when it is first needed."""

    project: Project

    def __post_init__(self) -> None:
        self._locked: set[str] = set()

    @cached_property
    def engine(self) -> Engine:
        """Reads and writes items."""
        return Engine(Store.open(self.project.store), Workspace(self.project.workspace))

    @cached_property
    def registry(self) -> Registry:
        """The executors."""
        return Registry.read(self.project.executors)

    @cached_property
    def desk(self) -> Desk:
        """Where commands are given."""
        return Desk(self.engine, self.registry)

    @property
    def beside(self) -> Path:
        """The folder beside the store, for what all its users share: locks, and runs of steps."""
        return Path(f"{self.engine.store.place}.d")

    @contextmanager
    def lock(self, item: str) -> Iterator[None]:
        """Hold an item's orchestration; within this session it may be entered again.

        Raises:
            RefusedError: when another process holds it.
        """
        if item in self._locked:
            yield
            return
        with item_lock(self.beside, item):
            self._locked.add(item)
            try:
                yield
            finally:
                self._locked.discard(item)

    def run_folder(self, item: str, step: str, attempt: int) -> Path:
        """Give the private folder of an automatic attempt: input, output, log."""
        return self.beside / "runs" / item / step / str(attempt)


_current: list[Session] = []


@contextmanager
def use_session(session: Session) -> Iterator[Session]:
    """Make a session the one that flows of this process use."""
    _current.append(session)
    try:
        yield session
    finally:
        _current.pop()


def current_session(start: Path) -> Session:
    """Give the session in use, or open the project that a folder lies in."""
    from dovetail.config import find_project

    return _current[-1] if _current else Session(find_project(start))
