"""`history show`, `history verify`, `repair`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from dovetail.cli.common import Json, out, print_json, session
from dovetail.history.verify import repair_item
from dovetail.history.verify import verify as verify_store
from dovetail.workspace import outcome

__all__ = ["repair", "show", "verify"]

Item = Annotated[str, Parameter(help="The id of a work item")]


def show(item: Item, /, *, json: Json = False) -> int:
    """Show the events of an item, oldest first."""
    with session().engine.store.read() as tx:
        tx.item(item)
        records = list(tx.records(item))
    if json:
        rows = [
            {
                "n": r.n,
                "seq": r.seq,
                "time": r.time,
                "actor": r.actor,
                "type": r.event.type,
                "data": r.event.data,
            }
            for r in records
        ]
        print_json(rows)
        return 0
    for r in records:
        out(f"{r.n:>5}  {r.time}  {r.actor:<12}  {outcome(r.event.type, r.event.data)}")
    return 0


def verify(
    item: Annotated[str | None, Parameter(help="Check the files of this item alone")] = None,
    /,
    *,
    json: Json = False,
) -> int:
    """Check the whole ledger against its tree and plans, and handoff files against the ledger."""
    here = session()
    verdict = verify_store(here.engine.store, here.engine.workspace, item)
    if json:
        print_json(verdict.to_data())
        return 0 if verdict.sound else 1
    for problem in verdict.problems:
        out(f"problem  {problem}")
    told = verdict.to_data()
    out(f"{verdict.events} events of {verdict.items} items, {verdict.files} handoff files")
    if verdict.undelivered:
        out(f"{verdict.undelivered} handoff files wait in the outbox")
    out(f"head      {verdict.size} {verdict.root}")
    out(f"anchored  {told['anchored']}")
    out("sound" if verdict.sound else f"{len(verdict.problems)} problems")
    return 0 if verdict.sound else 1


def repair(item: Item, /, *, json: Json = False) -> int:
    """Write missing or altered handoff files of an item again, from the ledger."""
    here = session()
    written = repair_item(here.engine.store, here.engine.workspace, item)
    here.engine.flush(item)
    if json:
        print_json({"item": item, "written": written})
        return 0
    for path in written:
        out(f"written  {path}")
    out(f"{len(written)} files of {item} written again")
    return 0
