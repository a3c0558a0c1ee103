"""Where things are: the project's root, and the places that can be set (SPEC 10)."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dovetail.errors import UsageError

__all__ = ["Project", "find_project"]

_KEYS = {"store", "workspace"}


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with `blueprints/`, and what belongs to it.

    Attributes:
        store: a path, or the URL of a database.
        private: what Dovetail keeps for itself: locks, run folders, the embedded Prefect.
    """

    root: Path
    store: str
    workspace: Path

    @property
    def blueprints(self) -> Path:
        """The folder of blueprints."""
        return self.root / "blueprints"

    @property
    def flows(self) -> Path:
        """The folder of emitted flows."""
        return self.root / "flows"

    @property
    def executors(self) -> Path:
        """The file that names who may do what."""
        return self.root / "executors.yaml"

    @property
    def private(self) -> Path:
        """Locks, run folders and the embedded Prefect."""
        return self.root / ".dovetail"


def find_project(start: Path, environment: Mapping[str, str] = os.environ) -> Project:
    """Give the project that a folder lies in: the nearest parent with `blueprints/`.

    Order of precedence: environment, `dovetail.toml`, defaults.

    Raises:
        UsageError: when there is none, or its `dovetail.toml` can't be used.
    """
    here = start.resolve()
    root = next((p for p in (here, *here.parents) if (p / "blueprints").is_dir()), None)
    if root is None:
        raise UsageError(
            f"no folder from {here} upwards has a folder blueprints/",
            "change into a project, or make one: mkdir blueprints",
        )
    settings = _settings(root / "dovetail.toml")
    store = environment.get("DOVETAIL_STORE") or settings.get("store") or ".dovetail/store.db"
    workspace = (
        environment.get("DOVETAIL_WORKSPACE") or settings.get("workspace") or ".dovetail/workspace"
    )
    path = store.removeprefix("sqlite:///")
    url = path if "://" in path else str(root / path)
    return Project(root=root, store=url, workspace=root / workspace)


def _settings(path: Path) -> dict[str, str]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read: {error}", "mend the file") from error
    odd = sorted(set(raw) - _KEYS) or sorted(k for k, v in raw.items() if not isinstance(v, str))
    if odd:
        raise UsageError(
            f"{path}: {odd[0]} is not a setting with a text as its value",
            f"known settings: {', '.join(sorted(_KEYS))}",
        )
    return raw
