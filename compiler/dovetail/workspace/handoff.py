"""Handoff files: one CloudEvents 1.0 JSON file per event that somebody has to know of (SPEC 6).

A document is a pure function of the ledger up to its event, so a lost file can be made again and an
altered one is noticed. It quotes the head of the ledger before its event: whoever keeps the file
can tell whether that history was rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from dovetail import canonical
from dovetail.insight.status import next_actions
from dovetail.kernel import Event, EventType, State, visible
from dovetail.plan.model import Plan
from dovetail.store import Handoff, Record
from dovetail.workspace.outcome import outcome

__all__ = [
    "HANDOFF_EVENTS",
    "HANDOFF_SCHEMA",
    "Context",
    "document",
    "file_name",
    "links",
    "read_by",
    "results",
    "whats_next",
]

HANDOFF_SCHEMA = "dovetail/handoff/v1"
_DATA_SCHEMA = "https://dovetail.dev/schema/handoff-v1.json"

HANDOFF_EVENTS = frozenset(
    {
        EventType.REGISTERED,
        EventType.INTAKE,
        EventType.QUEUED,
        EventType.COMPLETED,
        EventType.FAILED,
        EventType.APPROVED,
        EventType.REJECTED,
        EventType.REWORK,
        EventType.BLOCKED,
        EventType.UNBLOCKED,
        EventType.INTEGRATED,
        EventType.REVERTED,
        EventType.ITEM_COMPLETED,
        EventType.ITEM_CLOSED,
    }
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a document says beside its event.

    Attributes:
        title: the item's title.
        next: what is required next, in words, each with the command where there is one.
        baseline: `post` once the item's results were integrated, else `pre`.
        inputs: the attempts whose results the event's attempt builds on.
    """

    title: str
    next: tuple[str, ...]
    baseline: str
    inputs: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, title: str, plan: Plan, state: State, event: Event) -> Context:
        """Tell it from the state right after an event; `next` comes with the end of its batch."""
        queued = event.type is EventType.QUEUED
        inputs = read_by(plan, state, event.data["step"]) if queued else ()
        return cls(title, (), state.baseline, inputs)


def whats_next(item: str, plan: Plan, state: State) -> tuple[str, ...]:
    """Say what is next after a batch of events: all of its files say it, so not more than fits."""
    actions = next_actions(item, plan, state)
    told = tuple(str(a) for a in actions[:_MOST])
    more = len(actions) - len(told)
    return (*told, f"and {more} more: dovetail status {item}") if more else told


_MOST = 20


def read_by(plan: Plan, state: State, step: str) -> tuple[tuple[str, int], ...]:
    """Give the attempts whose handoffs an executor of a step reads.

    Those are of the results of its inputs that count, and, where a step sent the item back, of the
    attempt that did.
    """
    at = state.at(plan, step)
    inputs = ((key, state.at(plan, key).result) for key in visible(plan.step(step), at))
    found = [(key, a.number) for key, a in inputs if a is not None]
    sent_back = at.sent_back
    return (*found, sent_back) if sent_back and sent_back[0] else tuple(found)


_RESULTS = (
    EventType.COMPLETED,
    EventType.FAILED,
    EventType.APPROVED,
    EventType.REJECTED,
    EventType.INTEGRATED,
)


def results(inputs: Iterable[tuple[str, int]], known: Sequence[Handoff]) -> list[Handoff]:
    """Give the handoffs that tell the results of these attempts."""
    names = {f"{t}-{step}-{number}.json" for step, number in inputs for t in _RESULTS}
    return [h for h in known if h.path.rpartition("/")[2].partition("-")[2] in names]


def links(context: Context, known: Sequence[Handoff]) -> list[dict[str, str]]:
    """Give the links of a document to the handoffs before it: its inputs, and the previous one."""
    found = [(h, "input") for h in results(context.inputs, known)]
    found += [(h, "previous") for h in known[-1:]]
    return [{"path": h.path, "sha256": h.sha256, "rel": rel} for h, rel in found]


def file_name(record: Record) -> str:
    """Give the name of a record's file; names of one item sort in the order of events."""
    data = record.event.data
    attempt = f"-{data['step']}-{data['attempt']}" if "attempt" in data and "step" in data else ""
    return f"{record.n:06}-{record.event.type}{attempt}.json"


def document(
    store: str, plan: Plan, record: Record, context: Context, links: Sequence[Mapping[str, str]]
) -> bytes:
    """Give the bytes of a handoff file.

    Args:
        store: the id of the store.
        plan: the plan that the item is on.
        record: the event, with the head of the ledger before it.
        context: what else it says.
        links: prior handoffs: path, sha256, and rel (`previous` or `input`).
    """
    data = record.event.data
    size, root = record.head or (0, "")
    key = data.get("step") or data.get("gate")
    number = data.get("attempt")
    attempt = f"{record.item}/{key}/{number}" if key and number else None
    what = {
        "schema": HANDOFF_SCHEMA,
        "item": {"id": record.item, "title": context.title},
        "workflow": {"name": plan.blueprint, "version": plan.version, "digest": plan.digest},
        "step": {"key": key, "order": plan.step(key).order} if key else None,
        "event": record.event.type,
        "number": record.n,
        "attempt": {"id": attempt, "fence": data.get("fence")} if attempt else None,
        "time": record.time,
        "actor": record.actor,
        "outcome": outcome(record.event.type, data),
        "next": list(context.next),
        "baseline": context.baseline,
        "links": [dict(link) for link in links],
        "ledger": {"size": size, "root": root},
        # In canonical order, as the ledger keeps it: the document must be the same when made again.
        "details": orjson.loads(canonical.canonical(data)),
    }
    event = {
        "specversion": "1.0",
        "id": f"{store}/{record.item}/{record.n}",
        "source": f"urn:dovetail:{store}",
        "type": f"dev.dovetail.{record.event.type}",
        "subject": attempt or record.item,
        "time": record.time,
        "datacontenttype": "application/json",
        "dataschema": _DATA_SCHEMA,
        "data": what,
    }
    return orjson.dumps(event, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
