"""Versions of blueprints: their order, and the ranges of them that a call takes (SPEC 2.2).

A range is `*` (any), `1.2.0` (that one), `^1`, `^1.2`, `^1.2.0` (up to the next change of the first
number that is not 0) or `~1`, `~1.2`, `~1.2.0` (up to the next change of the second number, where
one is named). A pre-release is in no range but the one that names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semver import Version

__all__ = ["ascending", "before", "fits", "fitting"]


def ascending(versions: Iterable[str]) -> list[str]:
    """Sort versions by precedence; what is no semantic version is left out."""
    from semver import Version

    return sorted(filter(Version.is_valid, versions), key=lambda v: (Version.parse(v), v))


def fitting(wanted: str, versions: Iterable[str]) -> list[str]:
    """Give the versions in a range, in ascending order."""
    return [version for version in ascending(versions) if fits(wanted, version)]


def fits(wanted: str, version: str) -> bool:
    """Tell whether a version is in a range.

    Raises:
        ValueError: for a version that is no semantic one, or something that is no range.
    """
    from semver import Version

    found = Version.parse(version)
    if wanted == "*":
        return found.prerelease is None
    if wanted[0] not in "^~":
        return version == str(Version.parse(wanted))
    least, end = _bounds(wanted[0], [int(n) for n in wanted[1:].split(".")])
    return found.prerelease is None and least <= found < end


def before(version: str, versions: Iterable[str]) -> str | None:
    """Give the greatest of some versions that is smaller than another one."""
    from semver import Version

    if not Version.is_valid(version):
        return None
    smaller = (v for v in ascending(versions) if Version.parse(v) < Version.parse(version))
    return max(smaller, key=Version.parse, default=None)


def _bounds(sign: str, numbers: list[int]) -> tuple[Version, Version]:
    """Give the least version of a range, and the least one beyond it."""
    from semver import Version

    if sign == "~":
        changes = min(len(numbers) - 1, 1)
    else:
        changes = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
    beyond = [*numbers[:changes], numbers[changes] + 1]
    return Version(*numbers), Version(*beyond)
