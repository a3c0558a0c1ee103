"""DT051 and DT052: a blueprint that lies in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.files.kinds import BLUEPRINT, placed
from dovetail.rules.base import Context, Rule

__all__ = ["RULES"]

_FOLDER = "blueprints"


def _place(context: Context) -> tuple[str, str] | None:
    """Give the folder and the file's name without its ending, of a file in `blueprints/`."""
    if context.file is None or placed(context.file) is not BLUEPRINT:
        return None
    return context.file.absolute().parent.name, context.file.stem


def _version(context: Context) -> Iterator[Diagnostic]:
    place, version = _place(context), context.blueprint.version
    if place is not None and place[1] != version:
        yield VERSION.at(
            context.spans.value(("version",)),
            f"version {version} lies in {place[1]}.yaml; expected {version}.yaml",
            "rename the file, or correct the version",
        )


def _name(context: Context) -> Iterator[Diagnostic]:
    place, name = _place(context), context.blueprint.name
    if place is not None and place[0] != name:
        yield NAME.at(
            context.spans.value(("name",)),
            f"blueprint `{name}` lies in {_FOLDER}/{place[0]}/; expected {_FOLDER}/{name}/",
            "move the file, or correct the name",
        )


VERSION = Rule(
    code="DT051",
    severity="error",
    stage="names",
    title="The version is not the file's name",
    explanation="""
A version lies in `blueprints/<name>/<version>.yaml`, where the next person looks for it.
""",
    bad="version: 1.1.0  # in blueprints/demo/1.0.0.yaml",
    good="version: 1.0.0  # in blueprints/demo/1.0.0.yaml",
    check=_version,
)
NAME = Rule(
    code="DT052",
    severity="error",
    stage="names",
    title="The name is not the folder's name",
    explanation="""
A version lies in `blueprints/<name>/<version>.yaml`, where the next person looks for it.
""",
    bad="name: trial  # in blueprints/demo/1.0.0.yaml",
    good="name: demo  # in blueprints/demo/1.0.0.yaml",
    check=_name,
)
RULES = (VERSION, NAME)
