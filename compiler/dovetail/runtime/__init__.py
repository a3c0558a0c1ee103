"""Exactly the names that emitted flows import. Prefect is loaded only when a flow is driven."""

from __future__ import annotations

from dovetail.plan.model import (
    Artifact,
    Blocker,
    Changes,
    Check,
    Command,
    Constraint,
    Evidence,
    Field,
    ForEach,
    Gate,
    Pause,
    Render,
    Wip,
)
from dovetail.runtime.blueprint import Attempt, Blueprint, commit_handoffs

__all__ = [
    "Artifact",
    "Attempt",
    "Blocker",
    "Blueprint",
    "Changes",
    "Check",
    "Command",
    "Constraint",
    "Evidence",
    "Field",
    "ForEach",
    "Gate",
    "Pause",
    "Render",
    "Wip",
    "commit_handoffs",
]
