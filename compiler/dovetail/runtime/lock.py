"""One orchestration an item at a time: a lock that dies with its holder (SPEC 5.3)."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dovetail.errors import HeldError, UnavailableError

__all__ = ["item_lock"]


@contextmanager
def item_lock(folder: Path, item: str) -> Iterator[None]:
    """Hold the lock of an item's orchestration.

    Raises:
        HeldError: when another process holds it; the message names it.
        UnavailableError: when the lock's file can't be written.
    """
    path = folder / "locks" / f"{item}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"the lock {path} can't be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise HeldError(
                f"{item} is being driven by {holder}",
                "let it finish; what you record meanwhile is taken up by it",
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        yield
