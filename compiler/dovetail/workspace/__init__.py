"""The folders that executors work in, and the handoff files (SPEC 6)."""

from __future__ import annotations

from dovetail.workspace.folder import Workspace
from dovetail.workspace.handoff import (
    HANDOFF_EVENTS,
    HANDOFF_SCHEMA,
    Context,
    document,
    file_name,
    links,
    read_by,
    results,
    whats_next,
)
from dovetail.workspace.outcome import outcome
from dovetail.workspace.twin import as_plain_text, twin

__all__ = [
    "HANDOFF_EVENTS",
    "HANDOFF_SCHEMA",
    "Context",
    "Workspace",
    "as_plain_text",
    "document",
    "file_name",
    "links",
    "outcome",
    "read_by",
    "results",
    "twin",
    "whats_next",
]
