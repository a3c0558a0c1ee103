"""`gate` and `unblock`: decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from dovetail.cli.common import As, Json, actor, session
from dovetail.cli.work import Reason, read_evidence_files, tell
from dovetail.runtime.commands import Submission

__all__ = ["gate", "unblock"]

Item = Annotated[str, Parameter(help="The id of a work item")]


def gate(
    item: Item,
    step: Annotated[str, Parameter(help="The gate")],
    verdict: Annotated[Literal["approve", "reject"], Parameter(help="The decision")],
    /,
    *,
    reason: Reason,
    to: Annotated[str | None, Parameter(help="On rejection, the step to go back to")] = None,
    evidence: Annotated[
        list[Path] | None, Parameter(help="A file with a record", negative="")
    ] = None,
    as_: As = None,
    json: Json = False,
) -> int:
    """Approve or reject at a gate; a rejection without --to means the first allowed target."""
    here = session()
    records = here.desk.decide(
        item,
        step,
        approve=verdict == "approve",
        reason=reason,
        to=to,
        given=Submission(evidence=read_evidence_files(evidence or [])),
        actor=actor(as_),
    )
    told = "approved" if verdict == "approve" else "rejected"
    return tell(here, item, records, json=json, done=f"{item}/{step} {told}")


def unblock(
    item: Item,
    blocker: Annotated[int, Parameter(help="Its number, as status shows it")],
    /,
    *,
    reason: Reason,
    as_: As = None,
    json: Json = False,
) -> int:
    """Resolve a blocker. Of a limit that is used up, this grants one more."""
    here = session()
    records = here.desk.unblock(item, blocker, notes=reason, actor=actor(as_))
    return tell(here, item, records, json=json, done=f"blocker {blocker} of {item} resolved")
