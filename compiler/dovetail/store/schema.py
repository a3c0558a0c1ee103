"""The tables. `events` is the truth; the rest can be told from it, but for the plans it names."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

__all__ = [
    "SCHEMA_VERSION",
    "events",
    "handoffs",
    "items",
    "meta",
    "metadata",
    "plans",
    "tree",
    "work",
]

SCHEMA_VERSION = "2"

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("digest", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("item", String, nullable=False),
    Column("n", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("item", "n"),
)

# One row: the right edge of the Merkle tree over `events`, and its root.
tree = Table(
    "tree",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", String, primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("blueprint", String, nullable=False),
    Column("version", String, nullable=False),
    Column("digest", String, ForeignKey("plans.digest"), nullable=False),
    Column("title", Text, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("events", Integer, nullable=False),
)

# Attempts that somebody may claim, decide or holds.
work = Table(
    "work",
    metadata,
    Column("item", String, ForeignKey("items.id"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("item_seq", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("role", String, nullable=False),
    Column("executor", String),
    Column("fence", Integer),
    Column("exclusive", Boolean, nullable=False),
    Index("work_by_role", "role", "item_seq", "place"),
)
Index(
    "one_task_an_executor",
    work.c.executor,
    unique=True,
    sqlite_where=text("exclusive AND executor IS NOT NULL"),
    postgresql_where=text("exclusive AND executor IS NOT NULL"),
)

# The outbox, and afterwards what the workspace is checked against: `body` is kept until delivered.
handoffs = Table(
    "handoffs",
    metadata,
    Column("item", String, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("path", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("body", LargeBinary),
)
Index(
    "handoffs_to_deliver", handoffs.c.item, handoffs.c.n, sqlite_where=handoffs.c.body.is_not(None)
)
