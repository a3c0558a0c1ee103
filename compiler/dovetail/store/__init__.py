"""The ledger, the claims and the outbox, in one database (SPEC 5.8).

Invariants: an event, the tree that it is a leaf of, the projections that commands read, and the
handoff file that it calls for are written in one transaction or not at all. The ledger is
append-only. An executor holds at most one claim: the database itself refuses a second.
"""

from __future__ import annotations

from dovetail.store.ledger import Conflict, Handoff, Item, Record, Store, Transaction, Work
from dovetail.store.projection import project

__all__ = ["Conflict", "Handoff", "Item", "Record", "Store", "Transaction", "Work", "project"]
