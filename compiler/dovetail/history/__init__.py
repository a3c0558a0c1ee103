"""Reading the ledger back and checking it (SPEC 7)."""
