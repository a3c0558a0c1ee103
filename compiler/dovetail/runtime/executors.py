"""Who may do what: `executors.yaml` (SPEC 5.2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

from dovetail.diagnostics import in_order
from dovetail.errors import RefusedError, UsageError
from dovetail.runtime.answers import RUNNER

if TYPE_CHECKING:
    from dovetail.blueprint.source import Parsed

__all__ = ["Executor", "ExecutorKind", "Registry"]

ExecutorKind: TypeAlias = Literal["person", "agent", "runner"]


@dataclass(frozen=True, slots=True)
class Executor:
    """A person, an agent or a runner."""

    name: str
    kind: ExecutorKind
    roles: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Give what an event records of who acted."""
        return {"executor": self.name, "kind": self.kind, "roles": list(self.roles)}


class Registry:
    """The executors that a project knows."""

    def __init__(self, executors: Mapping[str, Executor], place: str) -> None:
        self._executors, self._place = dict(executors), place

    @classmethod
    def read(cls, path: Path) -> Registry:
        """Read an executors file; a missing one names nobody.

        Raises:
            UsageError: when it is not of the form `executors: {NAME: {kind, roles}}`.
        """
        return cls(_read(path), path.name)

    def get(self, name: str) -> Executor:
        """Give an executor by name.

        Raises:
            RefusedError: when there is none of that name.
        """
        name = unicodedata.normalize("NFC", name)
        if name not in self._executors:
            known = ", ".join(sorted(self._executors)) or "nobody"
            raise RefusedError(
                f"{name!r} is not an executor; {self._place} knows {known}",
                f"add to {self._place}, under executors: {name}: {{kind: person, roles: [ROLE]}}",
            )
        return self._executors[name]

    def names(self, role: str) -> list[str]:
        """Give the executors that have a role."""
        return sorted(e.name for e in self._executors.values() if role in e.roles)


def _read(path: Path) -> dict[str, Executor]:
    from dovetail.blueprint.source import parse

    try:
        parsed = parse(path.read_bytes(), path.name)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", "mend the file") from error
    plain = None if parsed.diagnostics else _plainly(parsed.data)
    return _carefully(parsed) if plain is None else plain


def _plainly(data: Any) -> dict[str, Executor] | None:
    """Read the entries where they are as they should be; None: somebody has to look closer.

    The record of the file knows what they should be. To load it takes longer than most commands
    do, so it is asked only when something is odd. It accepts all that is accepted here.
    """
    entries = data.get("executors") if isinstance(data, dict) and len(data) == 1 else None
    if not isinstance(entries, dict):
        return None
    found: dict[str, Executor] = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or set(entry) != {"kind", "roles"} or not _is_word(name):
            return None
        kind, roles = entry["kind"], entry["roles"]
        if name == RUNNER or not isinstance(kind, str) or kind not in get_args(ExecutorKind):
            return None
        if not isinstance(roles, list) or not all(map(_is_word, roles)):
            return None
        found[name] = Executor(name, cast("ExecutorKind", kind), tuple(roles))
    return found


def _is_word(text: object) -> bool:
    return type(text) is str and text.isascii() and text.isprintable() and not text.isspace()


def _carefully(parsed: Parsed) -> dict[str, Executor]:
    """Read the entries, or tell the first thing that is wrong with them."""
    from dovetail.blueprint.load import read_model
    from dovetail.blueprint.shape import findings
    from dovetail.blueprint.spans import Spans
    from dovetail.files.executors import Executors

    found = list(parsed.diagnostics)
    record = None
    if parsed.root is not None:
        record, errors = read_model(Executors, parsed)
        spans = Spans(parsed.text, parsed.root)
        found = in_order([*found, *findings(errors, spans, Executors, name="the executors file")])
    if record is None or found:
        first = found[0]
        where = f"{first.span.file}:{first.span.line}:{first.span.column}"
        raise UsageError(f"{where}: {first.message}", first.hint or _FORM)
    return {n: Executor(n, e.kind, e.roles) for n, e in record.executors.items()}


_FORM = "write executors: {NAME: {kind: person, roles: [ROLE]}}"
