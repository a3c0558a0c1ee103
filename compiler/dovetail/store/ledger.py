"""Reading and writing the database: transactions over the ledger and what is told from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import Connection, Engine, delete, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from dovetail import canonical, merkle
from dovetail.errors import DovetailError, NotFoundError, UnavailableError
from dovetail.kernel import Event, EventType
from dovetail.plan.model import Plan
from dovetail.store import schema, sqlite

__all__ = ["Conflict", "Handoff", "Item", "Record", "Store", "Transaction", "Work"]


class Conflict(DovetailError):  # noqa: N818 - it names what stands against the write
    """Another writer was first: fold again and decide anew."""


@dataclass(frozen=True, slots=True)
class Record:
    """An event as the ledger keeps it.

    Attributes:
        seq: its place in the ledger, from 1; the leaf `seq - 1` of the tree.
        n: its place in the history of its item, from 1.
        batch: the number of the last event that was committed together with it.
        time: RFC 3339, UTC, milliseconds.
        head: size and hexadecimal root of the ledger before this event; only on a fresh record.
    """

    seq: int
    item: str
    n: int
    batch: int
    event: Event
    time: str
    actor: str
    head: tuple[int, str] | None = None

    @property
    def body(self) -> bytes:
        """The canonical JSON that is hashed and kept."""
        where = {"item": self.item, "n": self.n, "batch": self.batch}
        who = {"time": self.time, "actor": self.actor}
        what = {"type": self.event.type, "data": self.event.data}
        return canonical.canonical(where | who | what)

    @classmethod
    def read(cls, seq: int, body: bytes) -> Record:
        """Read what `body` gave."""
        raw = orjson.loads(body)
        event = Event(EventType(raw["type"]), raw["data"])
        where = (raw["item"], raw["n"], raw["batch"])
        return cls(seq, *where, event, raw["time"], raw["actor"])


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the list of items."""

    id: str
    seq: int
    blueprint: str
    version: str
    digest: str
    title: str
    status: str
    events: int


@dataclass(frozen=True, slots=True)
class Work:
    """An attempt that is queued or claimed; `role` is one of those that may take it."""

    item: str
    step: str
    attempt: int
    item_seq: int
    place: int
    kind: str
    role: str
    executor: str | None
    fence: int | None
    exclusive: bool

    @property
    def id(self) -> str:
        """`ITEM/STEP/NUMBER`."""
        return f"{self.item}/{self.step}/{self.attempt}"


@dataclass(frozen=True, slots=True)
class Handoff:
    """A handoff file: where it belongs in the workspace, and its digest. `body` until delivered."""

    item: str
    n: int
    path: str
    sha256: str
    body: bytes | None = None

    @classmethod
    def of(cls, item: str, n: int, path: str, body: bytes) -> Handoff:
        """Make one that is still to be delivered."""
        return cls(item, n, path, "sha256:" + canonical.sha256_hex(body), body)


class Transaction:
    """What can be done inside one transaction. Reads see the writes before them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = self._c = connection

    # --- reading

    def plan(self, digest: str) -> Plan:
        """Give a stored plan.

        Raises:
            NotFoundError: when no plan of that digest is stored.
        """
        body = self._c.scalar(select(schema.plans.c.body).where(schema.plans.c.digest == digest))
        if body is None:
            raise NotFoundError(f"the store has no plan {digest}")
        return Plan.from_data(orjson.loads(body))

    def item(self, item: str) -> Item:
        """Give an item's line.

        Raises:
            NotFoundError: when there is no such item.
        """
        row = self._c.execute(select(schema.items).where(schema.items.c.id == item)).first()
        if row is None:
            raise NotFoundError(f"there is no work item {item}", "dovetail item list shows all")
        return Item(*row)

    def items(self) -> list[Item]:
        """Give all items, in order of registration."""
        rows = self._c.execute(select(schema.items).order_by(schema.items.c.seq))
        return [Item(*row) for row in rows]

    def records(self, item: str | None = None, *, after: int = 0) -> Iterator[Record]:
        """Give the records of one item (after its n-th), or of all (after a place)."""
        e = schema.events.c
        query = select(e.seq, e.body)
        if item is None:
            query = query.where(e.seq > after).order_by(e.seq)
        else:
            query = query.where(e.item == item, e.n > after).order_by(e.n)
        for seq, body in self._c.execute(query):
            yield Record.read(seq, body)

    def leaves(self) -> Iterator[tuple[int, str, int, bytes]]:
        """Give place, item, number and body of every event as they stand, in order."""
        e = schema.events.c
        for row in self._c.execute(select(e.seq, e.item, e.n, e.body).order_by(e.seq)):
            yield row[0], row[1], row[2], row[3]

    def tree(self) -> tuple[merkle.Frontier, bytes]:
        """Give the right edge of the tree, and the root that is recorded with it."""
        row = self._c.execute(select(schema.tree)).first()
        if row is None:
            return merkle.Frontier(), merkle.EMPTY_ROOT
        return merkle.Frontier.from_bytes(row.size, row.peaks), row.root

    def work(self, *, roles: Sequence[str] | None = None, item: str | None = None) -> list[Work]:
        """Give queued and claimed attempts in the order of `next` (SPEC 5.4)."""
        w = schema.work.c
        query = select(schema.work).order_by(w.item_seq, w.place, w.attempt)
        if roles is not None:
            query = query.where(w.role.in_(roles))
        if item is not None:
            query = query.where(w.item == item)
        return [Work(*row) for row in self._c.execute(query)]

    def held_by(self, executor: str) -> Work | None:
        """Give the claim that an executor holds."""
        w = schema.work.c
        query = select(schema.work).where(w.executor == executor, w.exclusive)
        row = self._c.execute(query).first()
        return Work(*row) if row else None

    def handoffs(self, item: str | None = None, *, undelivered: bool = False) -> list[Handoff]:
        """Give handoff files, of one item or of all, in order."""
        h = schema.handoffs.c
        query = select(schema.handoffs).order_by(h.item, h.n)
        if item is not None:
            query = query.where(h.item == item)
        if undelivered:
            query = query.where(h.body.is_not(None))
        return [Handoff(*row) for row in self._c.execute(query)]

    def next_seq(self) -> int:
        """Give the number of the next item; a number is never used twice."""
        return (self._c.scalar(select(func.max(schema.items.c.seq))) or 0) + 1

    # --- writing

    def add_plan(self, plan: Plan) -> None:
        """Keep a plan under its digest."""
        p = schema.plans
        if self._c.scalar(select(p.c.digest).where(p.c.digest == plan.digest)) is None:
            body = canonical.canonical(plan.to_data())
            self._c.execute(insert(p).values(digest=plan.digest, body=body))

    def add_item(self, item: Item) -> None:
        """Add an item's line."""
        values = {f: getattr(item, f) for f in item.__slots__}
        self._c.execute(insert(schema.items).values(values))

    def append(
        self, item: str, expected: int, events: Sequence[Event], *, time: str, actor: str
    ) -> list[Record]:
        """Add events to an item's history that has `expected` events so far.

        Raises:
            Conflict: when the history has grown meanwhile.
        """
        e = schema.events.c
        last = self._c.scalar(select(func.max(e.n)).where(e.item == item)) or 0
        if last != expected:
            raise Conflict(f"{item} has {last} events, not {expected}")
        frontier, _ = self.tree()
        fresh = frontier.size == 0
        records = []
        batch = expected + len(events)
        for n, event in enumerate(events, expected + 1):
            head = (frontier.size, frontier.root().hex())
            record = Record(frontier.size + 1, item, n, batch, event, time, actor, head)
            frontier.append(merkle.leaf_hash(record.body))
            records.append(record)
        rows = [{"seq": r.seq, "item": item, "n": r.n, "body": r.body} for r in records]
        self._c.execute(insert(schema.events), rows)
        edge = {"size": frontier.size, "peaks": frontier.to_bytes(), "root": frontier.root()}
        statement = insert(schema.tree).values(one=1) if fresh else update(schema.tree)
        self._c.execute(statement.values(**edge))
        return records

    def project(self, item: str, *, status: str, events: int, work: Sequence[Work]) -> None:
        """Bring the lines that commands read up to the item's state.

        Raises:
            Conflict: when a claim would be an executor's second.
        """
        i, w = schema.items.c, schema.work.c
        change = update(schema.items).where(i.id == item).values(status=status, events=events)
        self._c.execute(change)
        self._c.execute(delete(schema.work).where(w.item == item))
        if work:
            rows = [{f: getattr(x, f) for f in x.__slots__} for x in work]
            try:
                self._c.execute(insert(schema.work), rows)
            except IntegrityError as error:
                raise Conflict("an executor would hold two attempts") from error

    def queue_handoffs(self, handoffs: Sequence[Handoff]) -> None:
        """Fill the outbox."""
        if handoffs:
            rows = [{f: getattr(h, f) for f in h.__slots__} for h in handoffs]
            self._c.execute(insert(schema.handoffs), rows)

    def delivered(self, handoffs: Sequence[Handoff]) -> None:
        """Take delivered files out of the outbox; path and digest stay."""
        h = schema.handoffs.c
        for one in handoffs:
            at = (h.item == one.item, h.n == one.n)
            self._c.execute(update(schema.handoffs).where(*at).values(body=None))


class Store:
    """One database.

    Attributes:
        id: a name that no other store has.
        place: what a person knows it by.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine, self.place = engine, place
        with self.read() as tx:  # most commands only read: they must not wait for a writer
            known = self._identity(tx)
        if known is None:
            with self.write() as tx:
                known = self._identity(tx) or self._create(tx)
        self.id = known

    @classmethod
    def open(cls, url: str) -> Store:
        """Open a store, creating it where there is none.

        Args:
            url: a path of an SQLite file, or `sqlite:///PATH`.

        Raises:
            UnavailableError: when it can't be opened, or belongs to another version of Dovetail.
        """
        if "://" in url and not url.startswith("sqlite:///"):
            raise UnavailableError(
                f"the store {url.partition('://')[0]}://… is of a kind that is not supported",
                "name a file: DOVETAIL_STORE=path/to/store.db",
            )
        path = Path(url.removeprefix("sqlite:///"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(sqlite.connect(path), str(path))
        except (OSError, DBAPIError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise UnavailableError(
                f"the store {path} can't be opened: {cause}",
                "check the path and its permissions, or name another: DOVETAIL_STORE=PATH",
            ) from error

    def _create(self, tx: Transaction) -> str:
        connection = tx.connection
        schema.metadata.create_all(connection)
        made = {"schema": schema.SCHEMA_VERSION, "id": str(uuid.uuid4())}
        connection.execute(insert(schema.meta), [{"name": k, "value": v} for k, v in made.items()])
        return made["id"]

    def _identity(self, tx: Transaction) -> str | None:
        """Give the store's id; None: the database is empty."""
        tables = inspect(tx.connection).get_table_names()
        if not tables:
            return None
        found: dict[str, str] = {}
        if "meta" in tables:
            found = {row.name: row.value for row in tx.connection.execute(select(schema.meta))}
        if not found.keys() >= {"schema", "id"}:
            raise UnavailableError(
                f"{self.place} is a database, but not one of Dovetail's",
                "name another: DOVETAIL_STORE=PATH",
            )
        if found["schema"] != schema.SCHEMA_VERSION:
            raise UnavailableError(
                f"the store {self.place} has schema {found['schema']}; "
                f"this Dovetail knows {schema.SCHEMA_VERSION}",
                "use the version of Dovetail that wrote it",
            )
        return found["id"]

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Hold the write lock for a transaction; it is committed at the end, or not at all."""
        with self._connection() as connection:
            sqlite.begin_write(connection)
            try:
                yield Transaction(connection)
            except BaseException:
                with suppress(DBAPIError):  # a full disk has rolled back by itself
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Read one consistent state."""
        with self._connection() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield Transaction(connection)
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            raise UnavailableError(
                f"the store {self.place} could not be read or written: {error.orig}",
                "nothing is half-written: mend the cause and repeat the command",
            ) from error

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
