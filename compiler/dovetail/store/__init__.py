"""The ledger, the claims and the outbox, in one database (SPEC 5.8)."""
