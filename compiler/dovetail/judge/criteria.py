"""Whether criteria hold (SPEC 2.3): checks, artifacts, evidence, commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

from dovetail.errors import ExpressionFailedError
from dovetail.judge.sight import Sight
from dovetail.plan.model import Artifact, Changes, Check, Command, Criterion, Evidence
from dovetail.plan.scope import Where
from dovetail.templating import fill

__all__ = ["Asked", "Files", "Result", "asked_files", "look", "untouchable"]


class Files(Protocol):
    """An item's folder, as far as criteria look into it."""

    def there(self, path: str) -> bool:
        """Tell whether a file is in the folder."""
        ...

    def against(self, path: str, criterion: Artifact) -> str | None:
        """Say what stands against a file that is there; None: it fits."""
        ...

    def run(self, argv: tuple[str, ...]) -> str | None:
        """Run a command in the folder; say what stands against its end, None: its status is 0."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt reports, read and typed.

    Attributes:
        files: the declared files: path in the item's folder → digest.
    """

    outputs: Mapping[str, Any]
    evidence: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, str]

    def to_data(self, criteria: Mapping[str, str | None]) -> dict[str, Any]:
        """Give what the event of its completion says."""
        return {
            "outputs": self.outputs,
            "evidence": self.evidence,
            "artifacts": self.files,
            "criteria": {name: against is None for name, against in criteria.items()},
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """Where criteria stand.

    Attributes:
        step: whose they are; None: the item's.
        where: when they are looked at.
        own: what expressions and templates know of the attempt.
        result: what the attempt reports; None: there is no attempt yet, or no more.
    """

    step: str | None
    where: Where
    own: Mapping[str, Any]
    result: Result | None = None


def look(
    sight: Sight, files: Files, criteria: Iterable[Criterion], asked: Asked
) -> dict[str, str | None]:
    """Look at criteria: id → what stands against it, if only an empty text; None: it holds.

    Raises:
        ExpressionFailedError: when a check, a list or a path has no value.
    """
    criteria = list(criteria)
    evidence = {} if asked.result is None else asked.result.evidence
    lacking = any(isinstance(c, Evidence) and c.type not in evidence for c in criteria)
    return {c.id: _against(sight, files, c, asked, lacking=lacking) for c in criteria}


def _against(
    sight: Sight, files: Files, criterion: Criterion, asked: Asked, *, lacking: bool
) -> str | None:
    match criterion:
        case Check():
            return _check(sight, criterion, asked, lacking=lacking)
        case Artifact():
            paths = _paths(sight, criterion, asked)
            told = [t for p in paths if (t := _file(files, p, criterion, asked)) is not None]
            return ", ".join(told) or None
        case Evidence():
            given = asked.result is not None and criterion.type in asked.result.evidence
            return None if given else f"no evidence {criterion.type} was given"
        case Command():
            values = sight.values(asked.step) | _own(asked)
            return files.run(tuple(fill(element, values) for element in criterion.argv))


def _check(sight: Sight, check: Check, asked: Asked, *, lacking: bool) -> str | None:
    try:
        holds = sight.holds(check.expr, asked.step, asked.where, asked.own)
    except ExpressionFailedError:
        if not lacking:
            raise
        holds = False  # it is told with the evidence that is missing
    # Words of the planner's own say it better than the expression.
    against = "" if check.say else f"`{check.expr}` does not hold"
    return None if holds else against


def _own(asked: Asked) -> dict[str, Any]:
    """Give what templates see that belongs to an attempt."""
    own = dict(asked.own)
    return own | ({"attempt": {"number": own["attempt"]}} if "attempt" in own else {})


def _paths(sight: Sight, criterion: Artifact, asked: Asked) -> Iterator[str]:
    values = sight.values(asked.step) | _own(asked)
    if criterion.each is None or criterion.as_ is None:
        yield fill(criterion.path, values)
        return
    for element in sight.list_of(criterion.each, asked.step, asked.where, asked.own):
        yield fill(criterion.path, values | {criterion.as_: element})


def _file(files: Files, path: str, criterion: Artifact, asked: Asked) -> str | None:
    if asked.result is not None and path not in asked.result.files:
        return f"{path} was not declared"
    if not files.there(path):
        return f"{path} is not there"
    return files.against(path, criterion)


def asked_files(sight: Sight, criteria: Iterable[Criterion], asked: Asked) -> list[str]:
    """Give the paths of the files that criteria ask for.

    Raises:
        ExpressionFailedError: when a list or a path has no value.
    """
    found = [p for c in criteria if isinstance(c, Artifact) for p in _paths(sight, c, asked)]
    return list(dict.fromkeys(found))


def untouchable(changes: Changes | None, paths: Iterable[str]) -> list[str]:
    """Give those of some files that a step may not touch (SPEC 2.2)."""
    if changes is None:
        return []
    return [
        path
        for path in paths
        if (changes.only and not _any(changes.only, path)) or _any(changes.never, path)
    ]


def _any(globs: Iterable[str], path: str) -> bool:
    return any(_fits(path.split("/"), glob.split("/")) for glob in globs)


def _fits(path: Sequence[str], glob: Sequence[str]) -> bool:
    """Tell whether a path is one that a glob means; `**` is any number of folders."""
    if not path or not glob:
        return not path and all(part == "**" for part in glob)
    if glob[0] == "**":
        return _fits(path, glob[1:]) or _fits(path[1:], glob)
    return fnmatchcase(path[0], glob[0]) and _fits(path[1:], glob[1:])
