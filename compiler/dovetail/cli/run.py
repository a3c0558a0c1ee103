"""`run`: the one command that loads Prefect."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from dovetail.cli.common import Json, out, print_json, print_next, session
from dovetail.insight.status import item_status
from dovetail.runtime.drive import drive_item, prefect_api
from dovetail.runtime.flows import demand_fresh
from dovetail.workspace import outcome

__all__ = ["run"]


def run(
    item: Annotated[str, Parameter(help="The id of a work item")], /, *, json: Json = False
) -> int:
    """Drive an item as far as it goes without anybody; tell what was done and what is next."""
    here = session()
    view = here.engine.view(item)
    before = view.state
    driven: dict[str, str] = {}
    if before.accepted:
        demand_fresh(
            here.project, view.plan, in_flight=True
        )  # before a server is started for nothing
        with here.lock(item), prefect_api(here):
            done = drive_item(here, item)
        driven = {"flow_run": done.flow_run, "state": done.state}
    with here.engine.store.read() as tx:
        records = list(tx.records(item, after=before.events))
    view = here.engine.view(item)
    found = item_status(item, view.plan, view.state)
    if json:
        events = [{"n": r.n, "type": r.event.type, "data": r.event.data} for r in records]
        print_json(driven | {"events": events, "status": found.to_data()})
        return 0
    for record in records:
        out(f"{record.n:>5}  {outcome(record.event.type, record.event.data)}")
    out(f"{item} is {found.status}")
    print_next(found.next)
    return 0
