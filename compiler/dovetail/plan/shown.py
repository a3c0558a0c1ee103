"""What a decision binds: one digest over the results that it was shown (SPEC 5.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dovetail import canonical

__all__ = ["digest_of_results"]


def digest_of_results(results: Mapping[str, Sequence[Any]]) -> str:
    """Give a digest that changes when any result does.

    Args:
        results: by the key of a step: its outputs, evidence and artifacts, as events carry them.
    """
    return canonical.digest({key: list(parts) for key, parts in results.items()})
