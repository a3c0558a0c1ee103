"""Opening a store: odd paths, foreign files, other versions; errors are clear, exit status 2."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dovetail.errors import UnavailableError
from dovetail.store import Item, Store, sqlite


def refused(url: str) -> str:
    with pytest.raises(UnavailableError) as caught:
        Store.open(url)
    assert caught.value.exit_status == 2
    assert caught.value.way_out
    return caught.value.message


def put(store: Store, name: str = "mark") -> None:
    with store.write() as tx:
        tx._c.execute(text("INSERT INTO meta VALUES (:n, 'x')"), {"n": name})


def marks(path: Path) -> list[str]:
    with dbapi2.connect(path) as connection:
        return [n for (n,) in connection.execute("SELECT name FROM meta ORDER BY name")]


@pytest.mark.parametrize(
    "name",
    ["store.db", "a b.db", "what?x=1", "50%20off#1", "ünï☃.db", "deep/er/store.db", "'q'.db", "x"],
)
def test_any_file_name_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    store = Store.open(str(tmp_path / name))
    put(store)
    store.close()
    assert (tmp_path / name).is_file()
    assert marks(tmp_path / name) == ["id", "mark", "schema"]


def test_a_url_names_the_same_file(tmp_path: Path) -> None:
    one = Store.open(f"sqlite:///{tmp_path}/store.db")
    other = Store.open(str(tmp_path / "store.db"))
    assert one.id == other.id
    one.close()
    other.close()


@pytest.mark.parametrize("url", ["mysql://u:secret@h/x", "postgresql://u:secret@h/x", "x://"])
def test_other_kinds_of_stores_are_named_without_their_password(url: str) -> None:
    message = refused(url)
    assert url.partition("://")[0] in message
    assert "secret" not in message


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(str(tmp_path))


def test_a_place_below_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "file/store.db" in refused(str(tmp_path / "file" / "store.db"))


def test_a_file_of_something_else_is_no_store_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes " * 100)
    assert "not a database" in refused(str(path))
    assert path.read_text() == "these are notes " * 100


def test_a_database_of_something_else_is_no_store_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with dbapi2.connect(path) as connection:
        connection.execute("CREATE TABLE items (name TEXT)")
    assert "other.db" in refused(str(path))
    with dbapi2.connect(path) as connection:
        tables = [n for (n,) in connection.execute("SELECT name FROM sqlite_master")]
    assert tables == ["items"]


@pytest.mark.parametrize("version", ["0", "1", "99"])
def test_another_schema_version_is_refused_and_stays_as_it_is(tmp_path: Path, version: str) -> None:
    path = tmp_path / "store.db"
    Store.open(str(path)).close()
    with dbapi2.connect(path) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (version,))
        connection.execute("DROP TABLE handoffs")
    message = refused(str(path))
    assert f"has schema {version}; this Dovetail knows 2" in message
    with dbapi2.connect(path) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE name = 'handoffs'")
        assert found.fetchall() == []


def test_a_damaged_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = Store.open(str(path))
    put(store)
    store.close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 4000)
    assert str(path) in refused(str(path))


def test_a_store_that_can_only_be_read_is_read_and_refuses_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs this may be root, whom no permission stops: SQLite's own read-only mode does."""
    path = tmp_path / "store.db"
    Store.open(str(path)).close()
    connect = dbapi2.connect

    def read_only(place: str, **more: object) -> object:
        return connect(f"file:{place}?mode=ro", uri=True, **more)

    monkeypatch.setattr(dbapi2, "connect", read_only)
    store = Store.open(str(path))
    with store.read() as tx:
        assert tx.items() == []
    with pytest.raises(UnavailableError, match="readonly") as caught:
        put(store)
    assert caught.value.exit_status == 2
    store.close()


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "store.db"))
    put(store)
    big = [{"n": f"big {i}", "v": "x" * 100_000} for i in range(100)]

    def fill() -> None:
        with store.write() as tx:
            tx._c.exec_driver_sql("PRAGMA max_page_count=1")
            tx._c.execute(text("INSERT INTO meta VALUES (:n, :v)"), big)

    with pytest.raises(UnavailableError, match="disk is full") as caught:
        fill()
    assert "nothing is half-written" in caught.value.way_out
    store.close()
    assert marks(tmp_path / "store.db") == ["id", "mark", "schema"]


def test_errors_that_are_not_the_databases_pass_as_they_are(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "store.db"))
    with pytest.raises(KeyError), store.write():
        raise KeyError("mine")
    with pytest.raises(KeyError), store.read():
        raise KeyError("mine")
    put(store)
    store.close()


def test_commits_survive_the_loss_of_power(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "store.db"))
    with store.read() as tx:
        found = {
            name: tx._c.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 0}
    store.close()


def test_sqlite_is_of_a_version_that_keeps_a_shared_log_whole() -> None:
    assert dbapi2.sqlite_version_info >= (3, 51, 3)


def test_an_item_needs_its_plan(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "store.db"))
    line = Item("A", 1, "b", "1.0.0", "sha256:none", "t", "ready", 0)
    with pytest.raises(UnavailableError, match="FOREIGN KEY"), store.write() as tx:
        tx.add_item(line)
    store.close()


def test_a_writer_waits_for_another_and_then_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.3)
    one, other = (Store.open(str(tmp_path / "store.db")) for _ in range(2))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with one.write():
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        locked = pytest.raises(UnavailableError, match="locked by another process")
        with locked as caught, other.write():
            pytest.fail("two writers at once")
        assert "fuser" in caught.value.way_out
        with other.read() as tx:
            assert tx.items() == []
    finally:
        done.set()
        thread.join()
    put(other)
    one.close()
    other.close()


def test_only_waiting_is_tried_again() -> None:
    tries = []

    def broken() -> None:
        tries.append(1)
        raise DBAPIError("x", None, dbapi2.OperationalError("no such table: x"))

    with pytest.raises(DBAPIError):
        sqlite._patiently(broken)
    assert len(tries) == 1


def test_a_killed_writer_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    Store.open(str(path)).close()
    program = f"""
import os, signal
from dovetail.store import Store
from sqlalchemy import text
store = Store.open({str(path)!r})
with store.write() as tx:
    tx._c.execute(text("INSERT INTO meta VALUES ('half', 'x')"))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, env=dict(os.environ))
    assert done.returncode < 0
    store = Store.open(str(path))
    put(store, "whole")
    store.close()
    assert marks(path) == ["id", "schema", "whole"]
