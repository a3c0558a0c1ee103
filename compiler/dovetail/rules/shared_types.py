"""The types of shared lists, and how their conditions fit a blueprint that uses them."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.expressions import Mistake, analyse
from dovetail.rules.base import Context
from dovetail.rules.sites import Site

__all__ = ["mistakes"]


def mistakes(context: Context, place: int) -> Iterator[tuple[str, Mistake]]:
    """Give what is wrong with each condition of a list: the first mistake, and the type's key.

    Args:
        context: the blueprint.
        place: of the list in `use`.
    """
    at: Path = ("blockers", "use", place)
    types = context.library.shared(context.blueprint.blockers.use[place]) or {}
    for key, blocker in types.items():
        if blocker.when is not None and key not in context.blueprint.blockers.types:
            lookup = context.lookup(Site(None, at, blocker.when, "closed"))
            found = () if lookup is None else analyse(blocker.when, lookup).mistakes
            if found:
                yield key, found[0]
