"""`item add`, `item list`, `intake`, `status`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from dovetail.cli.common import As, Json, actor, out, print_json, print_next, session, table
from dovetail.insight.status import Status, item_status
from dovetail.runtime.session import Session
from dovetail.runtime.values import from_words

__all__ = ["add", "intake", "list_", "print_status", "status"]

Item = Annotated[str, Parameter(help="The id of a work item")]


def add(
    blueprint: Annotated[str, Parameter(help="A path, NAME, or NAME@VERSION")],
    /,
    *,
    param: Annotated[list[str] | None, Parameter(help="NAME=VALUE", negative="")] = None,
    id: Annotated[str | None, Parameter(help="Its id; else WI-000001 and so on")] = None,  # noqa: A002 - the option's name
    title: Annotated[str, Parameter(help="What it is called")] = "",
    as_: As = None,
    json: Json = False,
) -> int:
    """Register a work item on a blueprint."""
    from dovetail.cli.compile import load_plan  # the compiler, which nothing else here needs
    from dovetail.runtime.flows import demand_fresh
    from dovetail.runtime.support import demand_supported

    here = session()
    plan = load_plan(here.project, blueprint)
    demand_supported(plan)
    demand_fresh(here.project, plan)
    params = from_words(plan.params, param or [], what="--param")
    item = here.desk.add_item(plan, title=title, params=params, item=id, actor=actor(as_))
    return _tell(here, item, json=json, done=f"{item} registered on {plan.ref}")


def _tell(here: Session, item: str, *, json: bool, done: str) -> int:
    view = here.engine.view(item)
    found = item_status(item, view.plan, view.state)
    if json:
        print_json(found.to_data())
        return 0
    out(done)
    print_next(found.next)
    return 0


def list_(*, json: Json = False) -> int:
    """List work items."""
    with session().engine.store.read() as tx:
        items = tx.items()
    if json:
        names = ("id", "blueprint", "version", "digest", "title", "status", "events")
        print_json([{n: getattr(i, n) for n in names} for i in items])
    else:
        rows = [(i.id, i.status, f"{i.blueprint}@{i.version}", i.title) for i in items]
        table(("ITEM", "STATUS", "BLUEPRINT", "TITLE"), rows)
    return 0


def intake(
    item: Item,
    decision: Annotated[Literal["accept"], Parameter(help="What to do with it")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why")],
    as_: As = None,
    json: Json = False,
) -> int:
    """Decide whether an item's work may start."""
    here = session()
    here.desk.intake(item, reason=reason, actor=actor(as_))
    return _tell(here, item, json=json, done=f"{item} accepted" if decision == "accept" else "")


def status(item: Item, /, *, json: Json = False) -> int:
    """Tell where an item is, why, and what is required next."""
    here = session()
    here.engine.flush(item)
    view = here.engine.view(item)
    found = item_status(item, view.plan, view.state)
    if json:
        print_json(found.to_data())
    else:
        print_status(found)
    return 0


def print_status(found: Status) -> None:
    """Print what `item_status` tells."""
    out(f"{found.item}  {found.title}")
    out(f"{found.blueprint}@{found.version}  {found.status}  baseline: {found.baseline}")
    out()
    rows = [(line.step, line.state, line.attempt or "", _note(line)) for line in found.steps]
    table(("STEP", "STATE", "ATTEMPT", ""), rows)
    if found.criteria:
        out("\nremaining exit criteria")
        for criterion in found.criteria:
            out(f"  {criterion['step']}: {criterion['say']}")
    if found.blockers:
        out("\nblockers")
        for blocker in found.blockers:
            out(f"  {blocker['blocker']} {blocker['type']}: {blocker['reason']}")
    if found.next:
        out()
        print_next(found.next)


def _note(line: Any) -> str:
    return "; ".join(x for x in (f"by {line.executor}" if line.executor else "", line.why) if x)
