"""What a rule about scenarios, migrations and executors is, and what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, TypeAlias

from pydantic import BaseModel

from dovetail.blueprint.spans import Path, Spans
from dovetail.diagnostics import Diagnostic, Fix
from dovetail.files.kinds import Kind
from dovetail.plan.model import Plan
from dovetail.rules.base import Rule
from dovetail.rules.fixing import fix_at, fix_scalar
from dovetail.rules.library import Library
from dovetail.rules.nearby import Budget, Names

if TYPE_CHECKING:
    from dovetail.files.executors import Executors
    from dovetail.files.migration import Migration
    from dovetail.files.scenario import Scenario

__all__ = ["Examine", "FileContext", "FileRule"]


class FileContext:
    """A file under examination that is not a blueprint.

    Attributes:
        kind: what it says it is, or what lies in its place.
        record: what it holds.
        file: its path where it has one.
        library: the project's blueprints; none where the file belongs to no project.
    """

    def __init__(
        self,
        kind: Kind,
        record: BaseModel,
        spans: Spans,
        file: FilePath | None,
        library: Library,
    ) -> None:
        self.kind, self.record, self.spans = kind, record, spans
        self.file, self.library = file, library
        self._budget = Budget()

    # The records cost what they cost when a file is one of them: most checks have none.

    @cached_property
    def scenario(self) -> Scenario | None:
        """The file as a scenario, if it is one."""
        from dovetail.files.scenario import Scenario

        return self.record if isinstance(self.record, Scenario) else None

    @cached_property
    def migration(self) -> Migration | None:
        """The file as a migration, if it is one."""
        from dovetail.files.migration import Migration

        return self.record if isinstance(self.record, Migration) else None

    @cached_property
    def executors(self) -> Executors | None:
        """The file as an executors file, if it is one."""
        from dovetail.files.executors import Executors

        return self.record if isinstance(self.record, Executors) else None

    @cached_property
    def played(self) -> tuple[Scenario, Plan] | None:
        """The scenario and the plan of what it plays; None: there is none, or it has errors."""
        if self.scenario is None:
            return None
        plan = self.library.sound(self.scenario.name, self.scenario.version)
        return None if plan is None else (self.scenario, plan)

    def names(self, known: Iterable[str]) -> Names:
        """Give names for telling the nearest one."""
        return Names(known, self._budget)

    def suggest(
        self, word: str, path: Path, names: Names, *, key: bool = False
    ) -> tuple[str, Fix | None]:
        """Give the hint that names what was probably meant, and the change where that is sure.

        Args:
            word: what stands in the file.
            path: where.
            names: what is possible there.
            key: it is the last key of the path, not its value.
        """
        guess = names.guess(word)
        if guess.close is None:
            return names.listed(), None
        hint = f"did you mean `{guess.close}`?"
        if not guess.sure:
            return hint, None
        if not key:
            return hint, fix_scalar(self.spans.node(path), word, guess.close)
        if guess.close in self.spans.node(path[:-1]).pairs:
            return hint, None
        return hint, fix_at(self.spans.key(path), word, guess.close)


Examine: TypeAlias = Callable[[FileContext], Iterable[Diagnostic]]


@dataclass(frozen=True, slots=True)
class FileRule(Rule):
    """A rule about what one file says of others.

    Attributes:
        place: where the examples of the rule lie.
    """

    place: str = ""
    examine: Examine | None = None
