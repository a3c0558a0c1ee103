"""The blueprints of a project: which files there are, and which version a name means (SPEC 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dovetail.errors import NotFoundError, RefusedError, UsageError

if TYPE_CHECKING:
    from semver import Version

__all__ = ["find", "list_files"]


def list_files(folder: Path) -> list[Path]:
    """Give the files `<name>/<version>.yaml` of a folder of blueprints, sorted."""
    return sorted(
        path
        for path in folder.glob("*/*.yaml")
        if path.is_file() and not path.parent.name.startswith(("_", "."))
    )


def find(folder: Path, ref: str, today: date) -> Path:
    """Give the file that a person means by a path, `name@version`, or `name`.

    A name alone means the version in effect: the greatest `effective.from` not later than today,
    and of equal ones the greatest version.

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
    versions = dict(_versions(folder / name))
    if not versions:
        known = ", ".join(sorted({p.parent.name for p in list_files(folder)})) or "none"
        raise NotFoundError(f"there is no blueprint {name!r}; there is {known}")
    if version:
        if version not in versions:
            raise NotFoundError(
                f"{name} has no version {version}; it has {', '.join(sorted(versions))}"
            )
        return versions[version]
    return _in_effect(name, versions, today)


def _versions(folder: Path) -> Iterator[tuple[str, Path]]:
    return ((path.stem, path) for path in sorted(folder.glob("*.yaml")) if path.is_file())


def _in_effect(name: str, versions: dict[str, Path], today: date) -> Path:
    from semver import Version

    candidates: list[tuple[date, Version, Path]] = []
    for version, path in versions.items():
        start, end = _effective(path)
        if Version.is_valid(version) and start <= today and (end is None or today < end):
            candidates.append((start, Version.parse(version), path))
    if not candidates:
        raise RefusedError(
            f"no version of {name} is in effect on {today}; there is {', '.join(sorted(versions))}",
            f"name one: {name}@VERSION",
        )
    return max(candidates)[2]


def _effective(path: Path) -> tuple[date, date | None]:
    """Give the days from which and until which a version is in effect; without them, always."""
    from dovetail.blueprint.source import parse

    root = parse(path.read_bytes(), path.name).root
    data = root.to_data() if root is not None else None
    told = data.get("effective") if isinstance(data, dict) else None
    days = told if isinstance(told, dict) else {}
    return _day(days.get("from")) or date.min, _day(days.get("until"))


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text is not None else None
    except ValueError:
        return None
