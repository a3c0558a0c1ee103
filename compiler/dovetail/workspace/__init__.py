"""The folders that executors work in, and the handoff files (SPEC 6)."""
