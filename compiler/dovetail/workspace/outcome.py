"""What an event came to, in one line: for handoff files, and for whoever reads a history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dovetail.kernel import EventType

__all__ = ["outcome"]


def outcome(kind: EventType, data: Mapping[str, Any]) -> str:
    """Say in one line what happened."""
    told = _TOLD[kind]
    if not isinstance(told, str):
        return told(data)
    reason = _plain(data.get("reason", ""))
    words = {name: _plain(value) for name, value in data.items()}
    return told.format_map(words | {"because": f": {reason}" if reason else ""})


def _plain(value: Any) -> str:
    """Give a value as words of one line."""
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return " ".join(str(value).split())


def _intake(data: Mapping[str, Any]) -> str:
    other = f" {_plain(data['items'])}" if data.get("items") else ""
    return f"intake: {data['decision']}{other}: {_plain(data['reason'])}"


def _transferred(data: Mapping[str, Any]) -> str:
    what = data["step"] or "the item"
    return f"{what} transferred to {data['to']}: {_plain(data['reason'])}"


def _evaluated(data: Mapping[str, Any]) -> str:
    step = data.get("step", "")  # what is asked of the item as a whole names none
    match data["what"]:
        case "when":
            return f"the condition of {step} {_holds(data['holds'])}"
        case "entry":
            return f"the entry criteria of {step}: {_criteria(data['criteria'])}"
        case "blockers":
            return f"{step}/{data['attempt']} raises {_plain(data['raised']) or 'no blocker'}"
        case "pause":
            pauses = "a pause" if data["holds"] else "no pause"
            return f"{step}: {pauses} after {data['child']}"
        case _:
            return f"the criteria of the item: {_criteria(data['criteria'])}"


def _criteria(criteria: Mapping[str, bool]) -> str:
    unmet = [name for name, holds in sorted(criteria.items()) if not holds]
    return f"{', '.join(unmet)} not met" if unmet else "met"


def _holds(holds: bool) -> str:
    return "holds" if holds else "does not hold"


def _decision(data: Mapping[str, Any]) -> str:
    """Say what a scheduling decision launched, by which rule, and what it held and why."""
    rules = {"parallel": "parallel, its inputs have settled", "lane": "lowest in the lane"}
    told = "; ".join(f"{x['step']} ({rules[x['rule']]})" for x in data["launches"])
    held = "; ".join(f"{h['step']} ({h['why']}: {', '.join(h['on'])})" for h in data["held"])
    return f"launch {told}" + (f"; held {held}" if held else "")


def _failed(data: Mapping[str, Any]) -> str:
    verb = "interrupted" if data["interrupted"] else "failed"
    return f"{data['step']}: attempt {data['attempt']} {verb}: {_plain(data['reason'])}"


def _approved(data: Mapping[str, Any]) -> str:
    against = " against the evidence" if data.get("override") else ""
    by = f"approved by {data['executor']}{against}"
    return f"{_gate(data)} {by}: {_plain(data['reason'])}"


def _rejected(data: Mapping[str, Any]) -> str:
    by = f"rejected by {data['executor']}, back to {data['to']}"
    return f"{_gate(data)} {by}: {_plain(data['reason'])}"


def _gate(data: Mapping[str, Any]) -> str:
    return f"{data['step']} after {data['child']}" if data.get("child") else str(data["step"])


def _integrated(data: Mapping[str, Any]) -> str:
    return f"integrated {len(data['artifacts'])} files: {_plain(data['message'])}"


def _expanded(data: Mapping[str, Any]) -> str:
    keys = [child["key"] for child in data["children"]]
    return f"{data['step']}: children on version {data['version']}: {_listed(keys)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _suspended(data: Mapping[str, Any]) -> str:
    gates = ", ".join(data["gates"])
    return f"waiting for {gates}" if gates else "waiting for somebody to act"


def _answered(data: Mapping[str, Any]) -> str:
    told = {"recorded": "answered", "refused": "answered, but refused"}
    reason = _plain(data["reason"])
    because = f": {reason}" if reason else ""
    return f"form {data['form']} {told.get(data['outcome'], 'not answered')}{because}"


_TOLD: dict[EventType, str | Callable[[Mapping[str, Any]], str]] = {
    EventType.REGISTERED: "registered on {blueprint} {version}",
    EventType.INTAKE: _intake,
    EventType.DEPENDENCY_SETTLED: "{item}, which it waited for, is {status}",
    EventType.ADMITTED: "admitted: a place was free",
    EventType.TRANSFERRED: _transferred,
    EventType.ITEM_COMPLETED: "completed",
    EventType.ITEM_CLOSED: "closed{because}",
    EventType.EVALUATED: _evaluated,
    EventType.FIRED: "the join of {step} has fired: {winners}",
    EventType.SKIPPED: "{step} skipped{because}",
    EventType.SCHEDULED: _decision,
    EventType.QUEUED: "{step}: attempt {attempt} queued",
    EventType.CLAIMED: "{step}: attempt {attempt} claimed by {executor}",
    EventType.COMPLETED: "{step}: attempt {attempt} completed by {executor}",
    EventType.INTEGRATED: _integrated,
    EventType.FAILED: _failed,
    EventType.REQUEUED: "{step}: re-queued after attempt {attempt}{because}",
    EventType.REUSED: "{step}: the result of attempt {attempt} is reused: nothing changed",
    EventType.APPROVED: _approved,
    EventType.REJECTED: _rejected,
    EventType.REWORK: "back to {to}; reopened: {reopened}",
    EventType.REVERTED: "{step}: attempt {attempt} reverted{because}",
    EventType.BLOCKED: "blocked ({type}){because}",
    EventType.UNBLOCKED: "blocker {blocker} resolved: {notes}",
    EventType.NOTED: "note {note}: {text}",
    EventType.NOTE_RESOLVED: "note {note} resolved{because}",
    EventType.EXPANDED: _expanded,
    EventType.CHILD_STARTED: "{step}: {child} started as {item}",
    EventType.CHILD_SETTLED: "{step}: {child} is {status}",
    EventType.CHILD_RENDERED: "{step}: rendered after {child}",
    EventType.CHILDREN_ABSORBED: "{step}: brought in the results of {children}",
    EventType.PAUSED: "{step}: the gate after {child} is open",
    EventType.SUSPENDED: _suspended,
    EventType.ANSWERED: _answered,
}
