"""The vocabulary of the ledger: what can happen to a work item.

An event is a type and data. Its number, time and actor belong to the record that the ledger keeps
around it; the kernel counts events but never looks at a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Event", "EventType"]


class EventType(StrEnum):
    """Every type of event, with the data that it carries."""

    REGISTERED = "item-registered"
    """blueprint, version, digest, title, params, intake (whether a review comes first)"""
    INTAKE = "intake-decided"
    """decision (`accept`), reason, executor, roles"""
    EVALUATED = "condition-evaluated"
    """step, generation, holds: the answer to a probe of `when`"""
    SKIPPED = "step-skipped"
    """step, generation, reason"""
    SCHEDULED = "scheduling-decided"
    """launches, ready, held: the record of a decision (SPEC 5.3)"""
    QUEUED = "attempt-queued"
    """step, attempt, generation"""
    CLAIMED = "attempt-claimed"
    """step, attempt, executor, kind, roles, fence, handoffs (paths and digests that were read)"""
    COMPLETED = "attempt-completed"
    """step, attempt, executor, fence, outputs, evidence, artifacts, criteria (id → holds)"""
    FAILED = "attempt-failed"
    """step, attempt, executor, fence, reason, interrupted"""
    REQUEUED = "attempt-requeued"
    """step, attempt (the failed one), reason"""
    APPROVED = "gate-approved"
    """step, attempt, generation, executor, kind, roles, reason, evidence, approve_when"""
    REJECTED = "gate-rejected"
    """the same, and to: the step that the item goes back to"""
    REWORK = "rework"
    """gate, attempt, to, reason, reopened"""
    BLOCKED = "blocked"
    """blocker, type, steps (empty: all), reason"""
    UNBLOCKED = "unblocked"
    """blocker, notes"""
    INTEGRATED = "integrated"
    """step, attempt, executor, fence, artifacts, message: completes the attempt"""
    ITEM_COMPLETED = "item-completed"
    """nothing"""
    ITEM_CLOSED = "item-closed"
    """reason"""
    SUSPENDED = "suspended"
    """form, gates (step → attempt): what a suspended run asks for"""
    ANSWERED = "form-answered"
    """form, outcome (`recorded`, `refused` or `superseded`), reason"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one work item."""

    type: EventType
    data: Mapping[str, Any] = field(default_factory=dict)
