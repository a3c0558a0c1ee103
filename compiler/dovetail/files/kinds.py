"""Which kinds of files there are, and of which one a file is: by its place, by what it says.

A file says what it is with `schema`, and lies where the next person looks for that kind:

    blueprints/<name>/<version>.yaml                  blueprints
    blueprints/<name>/scenarios/<what>.yaml           scenarios
    blueprints/<name>/migrations/<from>--<to>.yaml    migrations
    blueprints/_shared/<list>.yaml                    blockers
    executors.yaml                                    executors, beside blueprints/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel

__all__ = ["BLUEPRINT", "KINDS", "Kind", "declared", "kind_of", "list_files", "placed"]

_BLUEPRINTS = "blueprints"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file.

    Attributes:
        name: as `dovetail schema NAME` takes it.
        schema: the value of the file's key `schema`; empty where it has no such key.
        noun: what findings call the file as a whole.
        place: where files of this kind lie, in words.
    """

    name: str
    schema: str
    noun: str
    place: str
    module: str
    record: str

    @property
    def model(self) -> type[BaseModel]:
        """What a file of this kind has to be. It is imported when it is first asked for."""
        found: type[BaseModel] = getattr(import_module(self.module), self.record)
        return found

    @property
    def file(self) -> str:
        """The name of its JSON Schema."""
        return f"{self.name}-v1.json"


def _kind(name: str, schema: str, noun: str, place: str, record: str) -> Kind:
    room = "dovetail.blueprint.model" if name == "blueprint" else f"dovetail.files.{name}"
    return Kind(name, schema, noun, place, room, record)


BLUEPRINT = _kind(
    "blueprint", "dovetail/v1", "the blueprint", "blueprints/<name>/<version>.yaml", "Blueprint"
)
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        BLUEPRINT,
        _kind(
            "scenario",
            "dovetail/scenario/v1",
            "the scenario",
            "blueprints/<name>/scenarios/<what>.yaml",
            "Scenario",
        ),
        _kind(
            "migration",
            "dovetail/migration/v1",
            "the migration",
            "blueprints/<name>/migrations/<from>--<to>.yaml",
            "Migration",
        ),
        _kind(
            "blockers",
            "dovetail/blockers/v1",
            "the list of blockers",
            "blueprints/_shared/<list>.yaml",
            "Blockers",
        ),
        _kind("executors", "", "the executors file", "executors.yaml", "Executors"),
        _kind(
            "result",
            "dovetail/result/v1",
            "the result",
            "any folder that `dovetail collect` is given",
            "Result",
        ),
    )
}
_BY_SCHEMA = {kind.schema: kind for kind in KINDS.values() if kind.schema}


def placed(file: Path | None) -> Kind | None:
    """Give the kind that lies where a file lies; None: any might."""
    if file is None or file.suffix != ".yaml":
        return None
    parts = file.absolute().parts
    if parts[-1] == "executors.yaml" and _BLUEPRINTS not in parts[-4:-1]:
        return KINDS["executors"]
    match parts[-4:-1]:
        case [*_, str(top), "_shared"] if top == _BLUEPRINTS:
            return KINDS["blockers"]
        case [str(top), _, "scenarios"] if top == _BLUEPRINTS:
            return KINDS["scenario"]
        case [str(top), _, "migrations"] if top == _BLUEPRINTS:
            return KINDS["migration"]
        case [*_, str(top), _] if top == _BLUEPRINTS:
            return BLUEPRINT
        case _:
            return None


def declared(schema: str | None) -> Kind | None:
    """Give the kind that a value of `schema` names."""
    return None if schema is None else _BY_SCHEMA.get(schema)


def kind_of(file: Path | None, schema: str | None) -> Kind:
    """Give the kind of a file: what it says it is, else what lies there, else a blueprint."""
    return declared(schema) or placed(file) or BLUEPRINT


def list_files(blueprints: Path) -> list[Path]:
    """Give every file of a project that is not a blueprint, by its folder of blueprints, sorted."""
    return sorted(_others(blueprints))


def _others(blueprints: Path) -> Iterator[Path]:
    for pattern in ("_shared/*.yaml", "*/scenarios/*.yaml", "*/migrations/*.yaml"):
        yield from (path for path in blueprints.glob(pattern) if _is_ours(path, blueprints))
    executors = blueprints.parent / "executors.yaml"
    if executors.is_file():
        yield executors


def _is_ours(path: Path, blueprints: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(blueprints).parts)
    return path.is_file() and not hidden
