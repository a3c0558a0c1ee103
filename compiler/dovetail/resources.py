"""Shipped files, found beside the package in a wheel and at the root of a checkout alike."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from dovetail.errors import UnavailableError

__all__ = ["Folder", "folder"]

Folder: TypeAlias = Literal["templates", "blueprints", "flows"]

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Folder) -> Path:
    """Give the folder of shipped templates, blueprints or flows.

    Raises:
        UnavailableError: when the installation lacks it.
    """
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent.parent / name):
        if place.is_dir():
            return place
    raise UnavailableError(
        f"this installation of dovetail has no shipped {name} beside {_PACKAGE.name}",
        "install dovetail again from its wheel, or work in a whole checkout",
    )
