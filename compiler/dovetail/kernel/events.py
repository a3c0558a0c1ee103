"""The vocabulary of the ledger: what can happen to a work item.

An event is a type and data. Its number, time and actor belong to the record that the ledger keeps
around it; the kernel counts events but never looks at a clock. Names in brackets may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Event", "EventType"]


class EventType(StrEnum):
    """Every type of event, with the data that it carries."""

    # --- the item
    REGISTERED = "item-registered"
    """blueprint, version, digest, title, params, intake (whether a review comes first), [after]
    (the items that it waits for), [parent], [follows]"""
    INTAKE = "intake-decided"
    """decision (`accept`, `link`, `merge`, `close` or `override`), reason, executor, roles,
    [items] (linked, or merged into), [overrides] (the number of the event that closed it)"""
    DEPENDENCY_SETTLED = "dependency-settled"
    """item, status: an item that this one waits for has ended"""
    ADMITTED = "item-admitted"
    """nothing: the item got one of the places of its blueprint's `wip_limit`"""
    TRANSFERRED = "transferred"
    """step (None: the item), to, reason"""
    ITEM_COMPLETED = "item-completed"
    """[outputs]"""
    ITEM_CLOSED = "item-closed"
    """reason"""

    # --- answers and decisions
    EVALUATED = "evaluated"
    """what (`when`, `entry`, `blockers`, `pause` or `done`) and what the probe named: step,
    generation, attempt, child; the answer: holds, criteria (id → holds), or raised (types)"""
    FIRED = "join-fired"
    """step, generation, winners"""
    SKIPPED = "step-skipped"
    """step, generation, reason"""
    SCHEDULED = "scheduling-decided"
    """ready, launches (step, attempt, rule), held (step, why, on): a decision (SPEC 5.3)"""

    # --- attempts
    QUEUED = "attempt-queued"
    """step, attempt, generation"""
    CLAIMED = "attempt-claimed"
    """step, attempt, executor, kind, roles, fence, handoffs (paths and digests that were read),
    [granted] (the global constraints that it got a slot of)"""
    COMPLETED = "attempt-completed"
    """step, attempt, executor, fence, outputs, evidence, artifacts, criteria (id → holds)"""
    INTEGRATED = "integrated"
    """step, attempt, executor, fence, artifacts, message: completes the attempt"""
    FAILED = "attempt-failed"
    """step, attempt, executor, fence, reason, interrupted"""
    REQUEUED = "attempt-requeued"
    """step, attempt (the failed one), reason"""
    REUSED = "result-reused"
    """step, generation, attempt (the one whose result counts again)"""

    # --- gates and rework
    APPROVED = "gate-approved"
    """step, attempt, generation, executor, kind, roles, reason, evidence, approve_when, shown (a
    digest), [child] (of a pause), [outputs], [override], [contradicts], [follow_ups]"""
    REJECTED = "gate-rejected"
    """the same but for shown and override, and to: the step that the item goes back to"""
    REWORK = "rework"
    """gate (the step that caused it; None: an operator), attempt, to, reason, reopened, [force]
    (nothing is reused)"""
    REVERTED = "reverted"
    """step, attempt, reason: the baseline is as it was before the integration"""

    # --- blockers and notes
    BLOCKED = "blocked"
    """blocker, type, steps (empty: all), reason, [source] (step and attempt that raised it),
    [child] (the item whose blocker this shows), [owner]"""
    UNBLOCKED = "unblocked"
    """blocker, notes"""
    NOTED = "noted"
    """note, text"""
    NOTE_RESOLVED = "note-resolved"
    """note, reason"""

    # --- children of a call
    EXPANDED = "call-expanded"
    """step, attempt, version, children (key, params, [needs], [priority], [group])"""
    CHILD_STARTED = "child-started"
    """step, attempt, child (its key), item, [supersedes]"""
    CHILD_SETTLED = "child-settled"
    """step, attempt, child, status (`completed` or `closed`), outputs"""
    CHILD_RENDERED = "child-rendered"
    """step, attempt, child, artifacts: `after` was rendered"""
    CHILDREN_ABSORBED = "children-absorbed"
    """step, attempt, children (keys): their results are in the parent's workspace"""
    PAUSED = "paused"
    """step, attempt, child: the gate after this child is open"""

    # --- the form of a suspended run
    SUSPENDED = "suspended"
    """form, gates (step → attempt): what a suspended run asks for"""
    ANSWERED = "form-answered"
    """form, outcome (`recorded`, `refused` or `superseded`), reason"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one work item."""

    type: EventType
    data: Mapping[str, Any] = field(default_factory=dict)
