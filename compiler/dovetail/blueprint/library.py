"""The blueprints of a project: which files there are, and which version a name means (SPEC 8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from dovetail.errors import NotFoundError, RefusedError, UnavailableError, UsageError

__all__ = ["Edition", "find", "in_effect", "list_files", "read_edition"]


class Edition(NamedTuple):
    """A version of a blueprint, and when it is in effect.

    Attributes:
        since: the first day; None: always.
        until: the first day on which it no longer is; None: it stays.
    """

    path: Path
    title: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def name(self) -> str:
        """The blueprint's name: that of the folder."""
        return self.path.parent.name

    @property
    def version(self) -> str:
        """Its version: the name of the file."""
        return self.path.stem


def list_files(folder: Path) -> list[Path]:
    """Give the files `<name>/<version>.yaml` of a folder of blueprints, sorted.

    A folder or a broken link of such a name is given as well: that it can't be read is a finding of
    whoever reads it. Pipes and devices are not: nobody knows when reading them would end.

    Raises:
        UnavailableError: when a folder may not be looked into; its versions would seem to be gone.
    """
    try:
        inside = [
            path
            for sub in folder.iterdir()
            if not sub.name.startswith(("_", ".")) and sub.is_dir()
            for path in sub.iterdir()
        ]
    except FileNotFoundError:
        return []
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise UnavailableError(
            f"{error.filename} can't be looked into: {why}", "make it readable, and repeat"
        ) from error
    return sorted(
        path
        for path in inside
        if path.suffix == ".yaml" and (path.is_file() or path.is_dir() or not path.exists())
    )


def read_edition(path: Path) -> Edition:
    """Read as much of a blueprint as says when it is in effect; what can't be read says nothing."""
    from dovetail.blueprint.source import parse

    try:
        root = parse(path.read_bytes(), path.name).root
    except OSError:
        root = None
    data = root.to_data() if root is not None else None
    told = data if isinstance(data, dict) else {}
    days = told.get("effective")
    days = days if isinstance(days, dict) else {}
    title = told.get("title")
    return Edition(
        path,
        title if isinstance(title, str) else "",
        _day(days.get("from")),
        _day(days.get("until")),
    )


def in_effect(editions: Iterable[Edition], today: date) -> Edition | None:
    """Give the one of several versions of a blueprint that new items get, if there is any.

    It is the one with the greatest `effective.from` not later than today, and of equal ones the
    greatest version.
    """
    from semver import Version

    candidates = [
        (one.since or date.min, Version.parse(one.version), one)
        for one in editions
        if Version.is_valid(one.version)
        and (one.since is None or one.since <= today)
        and (one.until is None or today < one.until)
    ]
    return max(candidates)[2] if candidates else None


def find(folder: Path, ref: str, today: date) -> Path:
    """Give the file that a person means by a path, `name@version`, or `name`.

    A name alone means the version in effect.

    Raises:
        NotFoundError: when there is no such blueprint or version.
        RefusedError: when no version of it is in effect.
    """
    if ref.endswith((".yaml", ".yml")) or "/" in ref:
        path = Path(ref)
        if path.is_dir():
            raise UsageError(f"{ref} is a folder", "name a file in it")
        if not path.is_file():
            raise NotFoundError(
                f"there is no file {ref}", "dovetail plan NAME, or the path of a file"
            )
        return path
    name, _, version = ref.partition("@")
    versions = {
        path.stem: path for path in sorted((folder / name).glob("*.yaml")) if path.is_file()
    }
    if not versions:
        known = ", ".join(sorted({p.parent.name for p in list_files(folder)})) or "none"
        raise NotFoundError(f"there is no blueprint {name!r}; there is {known}")
    if version:
        if version not in versions:
            raise NotFoundError(
                f"{name} has no version {version}; it has {', '.join(sorted(versions))}"
            )
        return versions[version]
    found = in_effect(map(read_edition, versions.values()), today)
    if found is None:
        raise RefusedError(
            f"no version of {name} is in effect on {today}; there is {', '.join(sorted(versions))}",
            f"name one: {name}@VERSION",
        )
    return found.path


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text is not None else None
    except ValueError:
        return None
