"""The blueprints of a project, for what its other files say about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TypeAlias

from dovetail.blueprint.library import list_files
from dovetail.plan.model import Plan

__all__ = ["Shelf", "folder_of"]

_Read: TypeAlias = Callable[[], Plan | None]


class Shelf:
    """Which versions there are, and their plans; none where a version has errors.

    A version is read when it is first asked for, and once.
    """

    def __init__(self, listing: Callable[[], Mapping[str, Mapping[str, _Read]]]) -> None:
        self._listing = listing

    @classmethod
    def of(cls, folder: Path, read: Callable[[Path], Plan | None]) -> Shelf:
        """Give the shelf of a folder of blueprints.

        Args:
            folder: the project's `blueprints/`.
            read: gives the plan of a file.
        """

        def listing() -> Mapping[str, Mapping[str, _Read]]:
            found: dict[str, dict[str, _Read]] = {}
            for path in list_files(folder):
                found.setdefault(path.parent.name, {})[path.stem] = partial(read, path)
            return found

        return cls(listing)

    @cached_property
    def _versions(self) -> dict[str, dict[str, _Read]]:
        return {
            name: {version: cache(read) for version, read in of.items()}
            for name, of in self._listing().items()
        }

    def names(self) -> list[str]:
        """Give the names of the blueprints."""
        return sorted(self._versions)

    def versions(self, name: str) -> list[str]:
        """Give the versions of a blueprint."""
        return sorted(self._versions.get(name, ()))

    def plan(self, name: str, version: str) -> Plan | None:
        """Give the plan of a version; None: there is no such version, or it has errors."""
        read = self._versions.get(name, {}).get(version)
        return None if read is None else read()

    def plans(self) -> Iterator[Plan | None]:
        """Give the plans of all versions."""
        return (
            self.plan(name, version) for name in self.names() for version in self.versions(name)
        )


def folder_of(file: Path) -> Path | None:
    """Give the folder of blueprints that a file belongs to: one above it, or beside one above."""
    for above in file.absolute().parents:
        if above.name == "blueprints":
            return above
        if (above / "blueprints").is_dir():
            return above / "blueprints"
    return None
