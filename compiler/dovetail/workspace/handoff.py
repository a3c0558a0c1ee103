"""Handoff files: one CloudEvents 1.0 JSON file per event that somebody has to know of (SPEC 6).

A document is a pure function of the ledger up to its event, so a lost file can be made again and an
altered one is noticed. It quotes the head of the ledger before its event: whoever keeps the file
can tell whether that history was rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from dovetail import canonical
from dovetail.insight.status import next_actions
from dovetail.kernel import Event, EventType, State
from dovetail.plan.model import Plan
from dovetail.store import Handoff, Record

__all__ = [
    "HANDOFF_EVENTS",
    "HANDOFF_SCHEMA",
    "Context",
    "document",
    "file_name",
    "links",
    "outcome",
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

    Those are its inputs', and, where a rejection sent the item back, the rejected gate's.
    """
    at = state.steps[plan.position[step]]
    inputs = ((p, state.steps[plan.position[p]].latest) for p in plan.step(step).inputs)
    found = [(p, a.number) for p, a in inputs if a is not None and a.status == "completed"]
    return (*found, at.sent_back) if at.sent_back else tuple(found)


_RESULTS = (EventType.COMPLETED, EventType.APPROVED, EventType.REJECTED, EventType.INTEGRATED)


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


def outcome(kind: EventType, data: Mapping[str, Any]) -> str:
    """Say in one line what happened."""
    step = data.get("step", data.get("gate", ""))
    reason = " ".join(data.get("reason", "").split())
    because = f": {reason}" if reason else ""
    match kind:
        case EventType.REGISTERED:
            return f"registered on {data['blueprint']} {data['version']}"
        case EventType.INTAKE:
            return f"intake: {data['decision']}{because}"
        case EventType.EVALUATED:
            return f"the condition of {step} {'holds' if data['holds'] else 'does not hold'}"
        case EventType.SKIPPED:
            return f"{step} skipped{because}"
        case EventType.SCHEDULED:
            return _decision(data)
        case EventType.QUEUED:
            return f"{step}: attempt {data['attempt']} queued"
        case EventType.CLAIMED:
            return f"{step}: attempt {data['attempt']} claimed by {data['executor']}"
        case EventType.COMPLETED:
            return f"{step}: attempt {data['attempt']} completed by {data['executor']}"
        case EventType.FAILED:
            verb = "interrupted" if data["interrupted"] else "failed"
            return f"{step}: attempt {data['attempt']} {verb}{because}"
        case EventType.REQUEUED:
            return f"{step}: re-queued after attempt {data['attempt']}{because}"
        case EventType.APPROVED:
            return f"{step} approved by {data['executor']}{because}"
        case EventType.REJECTED:
            return f"{step} rejected by {data['executor']}, back to {data['to']}{because}"
        case EventType.REWORK:
            return f"back to {data['to']}; reopened: {', '.join(data['reopened'])}"
        case EventType.BLOCKED:
            return f"blocked ({data['type']}){because}"
        case EventType.UNBLOCKED:
            return f"blocker {data['blocker']} resolved: {data['notes']}"
        case EventType.INTEGRATED:
            return f"integrated {len(data['artifacts'])} files: {data['message']}"
        case EventType.ITEM_COMPLETED:
            return "completed"
        case EventType.ITEM_CLOSED:
            return f"closed{because}"
        case EventType.SUSPENDED:
            gates = ", ".join(data["gates"])
            return f"waiting for {gates}" if gates else "waiting for somebody to act"
        case EventType.ANSWERED:
            told = {"recorded": "answered", "refused": "answered, but refused"}
            return f"form {data['form']} {told.get(data['outcome'], 'not answered')}{because}"


def _decision(data: Mapping[str, Any]) -> str:
    """Say what a scheduling decision launched, by which rule, and what it held and why."""
    rules = {"parallel": "parallel, its inputs have settled", "lane": "lowest in the lane"}
    told = "; ".join(f"{x['step']} ({rules[x['rule']]})" for x in data["launches"])
    held = "; ".join(f"{h['step']} ({h['why']}: {', '.join(h['on'])})" for h in data["held"])
    return f"launch {told}" + (f"; held {held}" if held else "")
