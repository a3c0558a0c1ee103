"""What is particular to SQLite: durable settings, and fair waiting for the one writer."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from dovetail.errors import UnavailableError

__all__ = ["begin_write", "connect"]

_PATIENCE = 30.0
"""Seconds that a writer waits for its turn."""


def connect(path: Path) -> Engine:
    """Give an engine on a database file, which need not exist yet.

    SQLite's own busy handler backs off for longer and longer, which starves the unlucky: it is
    switched off, and `begin_write` tries again after short random waits.
    """
    from pysqlite3 import dbapi2

    engine = create_engine(
        URL.create("sqlite", database=str(path)),  # a text would have to be quoted
        module=dbapi2,
        connect_args={"timeout": 0, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            _patiently(lambda pragma=pragma: cursor.execute(f"PRAGMA {pragma}"))
        cursor.close()

    return engine


def begin_write(connection: Connection) -> None:
    """Begin a transaction that holds the write lock from its start.

    Raises:
        UnavailableError: when other writers held it for all of half a minute.
    """
    _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))


def _patiently(action: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            action()
        except Exception as error:
            if not _is_busy(error):
                raise
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"the store is locked by another process for {_PATIENCE:.0f} seconds",
                    "see what holds it (`fuser` names the processes), then repeat the command",
                ) from error
            time.sleep(random.uniform(0.0005, 0.005))  # noqa: S311 - jitter, not secrecy
        else:
            return


def _is_busy(error: Exception) -> bool:
    cause = error.orig if isinstance(error, (OperationalError, DBAPIError)) else error
    return "database is locked" in str(cause) or "database table is locked" in str(cause)
