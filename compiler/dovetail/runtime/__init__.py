"""Exactly the names that emitted flows import. Prefect is loaded only when a flow is driven."""

from __future__ import annotations

from dovetail.plan.model import Artifact, Check, Evidence, Field
from dovetail.runtime.blueprint import Attempt, Blueprint, commit_handoffs

__all__ = ["Artifact", "Attempt", "Blueprint", "Check", "Evidence", "Field", "commit_handoffs"]
