"""Who may do what: `executors.yaml` (SPEC 5.2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from dovetail.errors import RefusedError, UsageError

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


_FORM = "write executors: {NAME: {kind: person, roles: [ROLE]}}"


def _read(path: Path) -> dict[str, Executor]:
    from dovetail.blueprint.source import parse

    try:
        parsed = parse(path.read_bytes(), path.name)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", "mend the file") from error
    if parsed.diagnostics or parsed.root is None:
        first = parsed.diagnostics[0] if parsed.diagnostics else None
        where = f":{first.span.line}:{first.span.column}: {first.message}" if first else " is empty"
        raise UsageError(f"{path.name}{where}", (first and first.hint) or _FORM)
    data = parsed.root.to_data()
    entries = data.get("executors") if isinstance(data, dict) else None
    if not isinstance(entries, dict) or set(data) != {"executors"}:
        raise UsageError(
            f"{path.name} is not of the form executors: {{NAME: {{kind, roles}}}}",
            _FORM,
        )
    found = [_executor(path, unicodedata.normalize("NFC", n), raw) for n, raw in entries.items()]
    named = {executor.name: executor for executor in found}
    if len(named) != len(found):
        raise UsageError(f"{path.name}: two executors have one name", "give them different names")
    return named


def _executor(path: Path, name: str, raw: Any) -> Executor:
    kinds = get_args(ExecutorKind)
    if not isinstance(raw, dict) or set(raw) != {"kind", "roles"} or raw["kind"] not in kinds:
        raise UsageError(
            f"{path.name}: {name} is not of the form {{kind: {'|'.join(kinds)}, roles: [ROLE]}}",
            f"write {name}: {{kind: person, roles: [ROLE]}}",
        )
    roles = raw["roles"]
    if not isinstance(roles, list) or not all(isinstance(r, str) for r in roles):
        raise UsageError(f"{path.name}: the roles of {name} are not a list of names", _FORM)
    if name == "dovetail":
        raise UsageError(
            f"{path.name}: the name dovetail is the built-in runner's", "choose another name"
        )
    return Executor(name, raw["kind"], tuple(roles))
