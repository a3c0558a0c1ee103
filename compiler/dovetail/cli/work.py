"""`next`, `claim`, `complete`, `fail`, `requeue`: the commands of executors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
from cyclopts import Parameter

from dovetail.cli.common import As, Json, actor, out, print_json, print_next, session, table, warn
from dovetail.errors import HandoffError, RefusedError, StaleError
from dovetail.insight.status import item_status
from dovetail.runtime.commands import AttemptId, Submission
from dovetail.runtime.session import Session
from dovetail.runtime.values import from_words
from dovetail.store import Record, Work

__all__ = ["claim", "complete", "fail", "next_", "read_evidence_files", "requeue"]

Attempt = Annotated[str, Parameter(help="ITEM/STEP/NUMBER")]
Reason = Annotated[str, Parameter(help="Why")]
Fence = Annotated[int | None, Parameter(help="The number that the claim gave; else your claim's")]


def next_(
    *,
    role: Annotated[str, Parameter(help="The role that you act in")],
    claim: Annotated[bool, Parameter(negative="", help="Claim the first")] = False,
    as_: As = None,
    json: Json = False,
) -> int:
    """Show what waits for a role, in the order in which it should be done; or claim the first."""
    here = session()
    if not claim:
        waiting = here.desk.open_work(role)
        if json:
            print_json([_work(w) for w in waiting])
        else:
            table(("ATTEMPT", "ROLE"), [(w.id, w.role) for w in waiting])
        return 0
    who = here.registry.get(actor(as_))
    if role not in (*who.roles, who.name):
        raise RefusedError(
            f"{who.name} has not the role {role}, but {', '.join(who.roles) or 'none'}",
            "name a role that you have, or act as somebody else: --as NAME",
        )
    here.desk.demand_free(who.name)
    for work in here.desk.open_work(role):
        attempt = AttemptId.read(work.id)
        try:
            fence = here.desk.claim(attempt, actor=who.name)
        except StaleError:
            continue  # somebody was quicker
        except HandoffError as error:  # it waits for repair; what comes after it need not
            warn(f"dovetail: {error}")
            continue
        return _tell_claim(here, attempt, fence, json=json)
    if json:
        print_json(None)
        return 1
    raise RefusedError(f"nothing waits for the role {role}", "dovetail item list shows all items")


def _work(work: Work) -> dict[str, Any]:
    return {
        "attempt": work.id,
        "item": work.item,
        "step": work.step,
        "number": work.attempt,
        "role": work.role,
    }


def claim(attempt: Attempt, /, *, as_: As = None, json: Json = False) -> int:
    """Claim an attempt: it is yours alone until you complete it or fail."""
    here = session()
    wanted = AttemptId.read(attempt)
    fence = here.desk.claim(wanted, actor=actor(as_))
    return _tell_claim(here, wanted, fence, json=json)


def _tell_claim(here: Session, attempt: AttemptId, fence: int, *, json: bool) -> int:
    view = here.engine.view(attempt.item)
    spec = view.plan.step(attempt.step)
    folder = here.engine.workspace.folder(attempt.item)
    read = _handoffs_read(here, attempt)
    if json:
        data = {"attempt": str(attempt), "fence": fence, "folder": str(folder)}
        criteria = [{"id": c.id, "say": c.say} for c in spec.exit]
        print_json(data | {"handoffs": read, "criteria": criteria, "done": spec.done})
        return 0
    out(f"{attempt} claimed, fence {fence}")
    out(f"  work in   {folder}")
    for path in read:
        out(f"  read      {path}")
    for criterion in spec.exit:
        out(f"  exit      {criterion.id}: {criterion.say or ''}".rstrip(": "))
    if spec.done:
        out(f"  done      {spec.done}")
    return 0


def _handoffs_read(here: Session, attempt: AttemptId) -> list[str]:
    with here.engine.store.read() as tx:
        records = list(tx.records(attempt.item))
    wanted = {"step": attempt.step, "attempt": attempt.number}
    for record in reversed(records):
        data = record.event.data
        if record.event.type == "attempt-claimed" and wanted.items() <= data.items():
            root = here.engine.workspace.root
            return [str(root / h["path"]) for h in data["handoffs"]]
    return []


def complete(
    attempt: Attempt,
    /,
    *,
    output: Annotated[list[str] | None, Parameter(help="NAME=VALUE", negative="")] = None,
    evidence: Annotated[
        list[Path] | None, Parameter(help="A file with a record", negative="")
    ] = None,
    file: Annotated[list[str] | None, Parameter(help="A file to declare", negative="")] = None,
    fence: Fence = None,
    as_: As = None,
    json: Json = False,
) -> int:
    """Complete a claimed attempt. Unmet exit criteria are listed, and it stays claimed."""
    here = session()
    wanted = AttemptId.read(attempt)
    view = here.engine.view(wanted.item)
    place = view.plan.position.get(wanted.step)
    fields = view.plan.steps[place].outputs if place is not None else {}
    given = Submission(
        outputs=from_words(fields, output or [], what="--output"),
        evidence=read_evidence_files(evidence or []),
        files=file or [],
    )
    records = here.desk.complete(wanted, given, actor=actor(as_), fence=fence)
    return tell(here, wanted.item, records, json=json, done=f"{attempt} completed")


def fail(
    attempt: Attempt, /, *, reason: Reason, fence: Fence = None, as_: As = None, json: Json = False
) -> int:
    """Say that a claimed attempt has failed."""
    here = session()
    wanted = AttemptId.read(attempt)
    records = here.desk.fail(wanted, reason=reason, actor=actor(as_), fence=fence)
    return tell(here, wanted.item, records, json=json, done=f"{attempt} failed")


def requeue(attempt: Attempt, /, *, reason: Reason, as_: As = None, json: Json = False) -> int:
    """Queue a step again after a failed attempt."""
    here = session()
    wanted = AttemptId.read(attempt)
    records = here.desk.requeue(wanted, reason=reason, actor=actor(as_))
    return tell(here, wanted.item, records, json=json, done=f"{wanted.step} queued again")


def read_evidence_files(paths: list[Path]) -> dict[str, dict[str, Any]]:
    """Read evidence files: JSON objects `{"type": TYPE, FIELD: VALUE, …}`.

    Raises:
        RefusedError: when one is missing or not of that form, or two are of one type.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        try:
            data = orjson.loads(path.read_bytes())
        except OSError as error:
            raise RefusedError(
                f"{path} can't be read: {error.strerror}", "name a file that is there"
            ) from None
        except orjson.JSONDecodeError as error:
            raise RefusedError(f"{path} is not JSON: {error}", "mend the file") from None
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            raise RefusedError(
                f"{path} does not say what type of evidence it is",
                'write {"type": "TYPE", "FIELD": …} with the fields that the blueprint declares',
            )
        kind = data.pop("type")
        if kind in found:
            raise RefusedError(
                f"{path} is a second record of the type {kind}", "give one record of a type"
            )
        found[kind] = data
    return found


def tell(here: Session, item: str, records: list[Record], *, json: bool, done: str) -> int:
    """Print what a command recorded, and what is next."""
    view = here.engine.view(item)
    found = item_status(item, view.plan, view.state)
    if json:
        events = [{"n": r.n, "type": r.event.type, "data": r.event.data} for r in records]
        print_json({"item": item, "status": found.status, "events": events})
        return 0
    out(done)
    print_next(found.next)
    if not found.next:
        out(f"  {item} is {found.status}")
    return 0
