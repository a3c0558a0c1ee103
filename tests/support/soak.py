"""How much of a heavy proof is done: a little in `make test`, all of it in `make soak`."""

from __future__ import annotations

import os

__all__ = ["SOAKING", "many"]

SOAKING = os.environ.get("DOVETAIL_SOAK") == "1"


def many(few: int, soaked: int) -> int:
    """Give how many of something are tried."""
    return soaked if SOAKING else few
