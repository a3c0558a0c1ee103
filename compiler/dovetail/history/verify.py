"""Checking a store against itself and the workspace (SPEC 7): hashes, tree, histories, files.

Nothing here trusts a projection: it reads the events, recomputes what they imply, and compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from dovetail import canonical, merkle
from dovetail.errors import NotFoundError, RefusedError
from dovetail.kernel import Refused, State, apply
from dovetail.plan.model import Plan
from dovetail.store import Handoff, Record, Store, Transaction, project
from dovetail.workspace import (
    HANDOFF_EVENTS,
    Context,
    Workspace,
    document,
    file_name,
    links,
    twin,
    whats_next,
)

__all__ = ["Verdict", "repair_item", "verify"]


@dataclass(slots=True)
class Verdict:
    """What a verification found.

    Attributes:
        problems: what does not fit, each with the record or file.
        size, root: the head of the ledger as recomputed.
    """

    events: int = 0
    items: int = 0
    files: int = 0
    undelivered: int = 0
    size: int = 0
    root: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def to_data(self) -> dict[str, Any]:
        """Give the documented JSON form."""
        anchored = "by the heads that handoff files quote; no signed checkpoint"
        return {
            "sound": self.sound,
            "events": self.events,
            "items": self.items,
            "files": self.files,
            "undelivered": self.undelivered,
            "head": {"size": self.size, "root": self.root},
            "anchored": anchored if self.files else "not anchored: no handoff file",
            "problems": self.problems,
        }


def verify(store: Store, workspace: Workspace, item: str | None = None) -> Verdict:
    """Check the whole ledger, and the handoff files of all items or of one.

    Raises:
        NotFoundError: when there is no such item.
    """
    verdict = Verdict()
    with store.read() as tx:
        if item is not None:
            tx.item(item)
        records, heads = _ledger(tx, verdict)
        ids = [i.id for i in tx.items()]
        verdict.items = len(ids)
        verdict.problems += [
            f"{k}: events of an item that is not listed" for k in records if k not in ids
        ]
        verdict.problems += _strangers(workspace, ids, heads)
        for one in ids if item is None else [item]:
            made, whole = _replay(store, tx, workspace, one, records.get(one, []), heads, verdict)
            _files(tx, workspace, one, made, verdict, whole=whole)
    return verdict


def _strangers(workspace: Workspace, ids: list[str], heads: list[bytes]) -> Iterator[str]:
    """Find what the workspace knows of a history that the ledger has not: it was rolled back."""
    folders = workspace.root / "items"
    for folder in sorted(folders.iterdir()) if folders.is_dir() else ():
        files = sorted((folder / "handoffs").glob("*.json"))
        if files and folder.name not in ids:
            yield f"{folder.name} has handoff files, but the ledger knows no such item"
        for path in files:
            size, root = _quoted(path)
            if size >= len(heads):
                yield f"{path.name} of {folder.name} quotes a ledger of {size} events"
            elif size >= 0 and heads[size].hex() != root:
                yield f"{path.name} of {folder.name} quotes another head of {size} events"


def _quoted(path: Path) -> tuple[int, str]:
    """Give the head that a handoff file quotes; a size of -1: it is not of its form."""
    try:
        quoted = orjson.loads(path.read_bytes())["data"]["ledger"]
        return int(quoted["size"]), str(quoted["root"])
    except (OSError, ValueError, KeyError, TypeError):
        return -1, ""


def _ledger(tx: Transaction, verdict: Verdict) -> tuple[dict[str, list[Record]], list[bytes]]:
    """Check hashes, numbers and tree; give the records by item, and the root at every size."""
    frontier = merkle.Frontier()
    heads = [frontier.root()]
    records: dict[str, list[Record]] = {}
    skipped = 0
    for place, (seq, item, n, body) in enumerate(tx.leaves(), 1):
        intact = isinstance(body, bytes)  # SQLite keeps anything anywhere
        frontier.append(merkle.leaf_hash(body if intact else str(body).encode()))
        heads.append(frontier.root())
        if seq != place + skipped:
            verdict.problems.append(
                f"event {place + skipped} of the ledger is missing: found {seq} instead"
            )
            skipped = seq - place
        try:
            record = Record.read(seq, body)
            intact = intact and record.body == body and (record.item, record.n) == (item, n)
        except (ValueError, KeyError, TypeError):
            intact = False
        if not intact:
            verdict.problems.append(f"event {seq} ({item}, {n}) is not as it was written")
            continue
        before = records.setdefault(item, [])
        if n != len(before) + 1:
            verdict.problems.append(f"{item}: event {n} stands where {len(before) + 1} belongs")
        before.append(record)
    size = frontier.size
    verdict.events, verdict.size, verdict.root = size, size, frontier.root().hex()
    try:
        kept, root = tx.tree()
    except ValueError as error:
        verdict.problems.append(f"the tree is not as it was written: {error}")
        return records, heads
    if (kept.size, root) != (size, frontier.root()) or kept.root() != root:
        verdict.problems.append(
            f"the tree says {kept.size} events with root {root.hex()[:16]}…; "
            f"the events give {size} with {verdict.root[:16]}…"
        )
    return records, heads


def _replay(
    store: Store,
    tx: Transaction,
    workspace: Workspace,
    item: str,
    records: list[Record],
    heads: list[bytes],
    verdict: Verdict,
) -> tuple[list[Handoff], bool]:
    """Fold an item's history; give the handoff files that it implies, and whether they are all."""
    made: list[Handoff] = []
    try:
        plan, state = _rebuild(store, tx, workspace, item, records, heads, made)
        verdict.problems += _lines(tx, item, plan, state)
    except (Refused, NotFoundError) as error:
        verdict.problems.append(f"{item}: {error.message}")
    except ValueError as error:
        verdict.problems.append(f"{item}: {error}")
    except _MALFORMED as error:
        verdict.problems.append(f"{item}: its plan is not of its form: {error!r}")
    else:
        return made, True
    return made, False


_MALFORMED = (LookupError, TypeError, AttributeError)
"""What reading fails with: whatever stands in the database may have been written by anybody."""


def _lines(tx: Transaction, item: str, plan: Plan, state: State) -> Iterator[str]:
    """Check what the lists say of an item against its history."""
    line = tx.item(item)
    status, work = project(item, line.seq, plan, state)
    title = str((state.registered or {}).get("title", ""))
    expected = (plan.blueprint, plan.version, title, status, state.events)
    found = (line.blueprint, line.version, line.title, line.status, line.events)
    for name, ours, theirs in zip(_TOLD, expected, found, strict=True):
        if ours != theirs:
            yield f"{item}: the list of items says {name} {theirs!r}; the ledger says {ours!r}"
    if set(tx.work(item=item)) != set(work):
        yield f"{item}: the list of work is not what the ledger says"


_TOLD = ("blueprint", "version", "title", "status", "events")


def _rebuild(
    store: Store,
    tx: Transaction,
    workspace: Workspace,
    item: str,
    records: list[Record],
    heads: list[bytes],
    made: list[Handoff],
) -> tuple[Plan, State]:
    """Make an item's handoff files again from the ledger; gives its plan, and where it is now.

    Args:
        store: gives the id that documents carry.
        tx: a transaction of that store.
        workspace: tells the paths of files; it is not read.
        item: whose files.
        records: its events.
        heads: the ledger's root at every size up to its own.
        made: takes the files, up to the first event that the plan does not allow.

    Raises:
        Refused: at the first event that the plan does not allow.
    """
    line = tx.item(item)
    plan = tx.plan(line.digest)
    state = State.initial(plan)
    waiting: list[tuple[Record, Context]] = []
    for record in records:
        _replay_one(plan, state, record)
        if record.event.type in HANDOFF_EVENTS:
            at = replace(record, head=(record.seq - 1, heads[record.seq - 1].hex()))
            waiting.append((at, Context.of(line.title, plan, state, record.event)))
        if record.n == record.batch:
            then = whats_next(item, plan, state) if waiting else ()
            for at, context in waiting:
                told = replace(context, next=then)
                body = document(store.id, plan, at, told, links(context, made))
                path = workspace.handoff_path(item, file_name(at))
                made.append(Handoff.of(item, at.n, path, body))
            waiting.clear()
    return plan, state


def _replay_one(plan: Plan, state: State, record: Record) -> None:
    """Apply an event, and name it if it can't be.

    Raises:
        Refused: when the plan does not allow it, or it lacks what its type carries.
    """
    name = f"event {record.n} ({record.event.type})"
    try:
        apply(plan, state, record.event)
    except Refused as refusal:
        raise Refused(f"the plan does not allow {name}: {refusal.message}") from None
    except _MALFORMED as error:
        raise Refused(f"{name} is not of its form: {error!r}") from None


def _files(
    tx: Transaction,
    workspace: Workspace,
    item: str,
    made: list[Handoff],
    verdict: Verdict,
    *,
    whole: bool,
) -> None:
    """Check the outbox and the workspace against what the ledger implies.

    Where the history could not be replayed as a `whole`, later files are taken as the store has
    them: that they can't be made again is told already.
    """
    kept = {h.path: h for h in tx.handoffs(item)}
    if not whole:
        known_paths = {h.path for h in made}
        made = made + [h for path, h in kept.items() if path not in known_paths]
    for handoff in made:
        known = kept.pop(handoff.path, None)
        if known is None or known.sha256 != handoff.sha256:
            verdict.problems.append(f"{handoff.path}: the store's digest is not the ledger's")
        elif known.body is not None:
            verdict.undelivered += 1
            there = workspace.read(handoff.path)
            if there is not None and there != known.body:
                verdict.problems.append(f"{handoff.path} waits in the outbox, but another is there")
            continue
        verdict.files += 1
        written = handoff if known is None else known  # who altered what: the ledger, or the file
        body = workspace.read(handoff.path)
        readable = handoff.path.removesuffix(".json") + ".md"
        if body is None:
            verdict.problems.append(f"{handoff.path} is missing")
        elif "sha256:" + canonical.sha256_hex(body) != written.sha256:
            verdict.problems.append(f"{handoff.path} was altered")
        elif workspace.read(readable) != twin(body):
            verdict.problems.append(f"{readable} is missing or was altered")
    verdict.problems += [f"{path}: the ledger has no such event" for path in sorted(kept)]
    names = [h.path.rpartition("/")[2].removesuffix(".json") for h in made]
    expected = {f"{name}.{kind}" for name in names for kind in ("json", "md")}
    folder = workspace.root / "items" / item / "handoffs"
    # A name that begins with a dot is a delivery that was cut short, or the system's own.
    found = {p.name for p in folder.glob("*") if not p.name.startswith(".")}
    verdict.problems += [
        f"{item}: handoffs/{name} is not a handoff of Dovetail" for name in sorted(found - expected)
    ]


def repair_item(store: Store, workspace: Workspace, item: str) -> list[str]:
    """Write an item's missing or altered handoff files again; gives the paths of those written.

    Only files that the store's own digests confirm are written: a ledger that was tampered with is
    not made to look right.

    Raises:
        NotFoundError: when there is no such item.
        RefusedError: when the ledger itself does not verify.
    """
    verdict = Verdict()
    with store.read() as tx:
        tx.item(item)
        records, heads = _ledger(tx, verdict)
        made, _ = _replay(store, tx, workspace, item, records.get(item, []), heads, verdict)
        digests = {h.path: h.sha256 for h in tx.handoffs(item)}
    wrong = [h.path for h in made if digests.get(h.path) != h.sha256]
    if verdict.problems or wrong:
        raise RefusedError(
            f"the ledger of {item} does not verify, so no file is made from it",
            "dovetail history verify tells what is wrong",
        )
    written = []
    for handoff in made:
        body = handoff.body or b""
        readable = handoff.path.removesuffix(".json") + ".md"
        for path, text in ((handoff.path, body), (readable, twin(body))):
            if workspace.restore(path, text):
                written.append(path)
    return written
