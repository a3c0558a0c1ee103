"""DT085: a file that is needed where nothing has made it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.nearby import Names
from dovetail.rules.paths import is_literal, pattern
from dovetail.rules.sites import artifacts, criteria

__all__ = ["RULE"]

_COMPARISONS = 50_000
"""How often a path is held against one with blanks in it, in one file."""


def _check(context: Context) -> Iterator[Diagnostic]:
    made: _Made | None = None
    for i, path, written in criteria(context.blueprint):
        for j, criterion in enumerate(written):
            file = criterion.artifact
            if file is None or path[-1] == "exit" or not is_literal(file):
                continue
            made = made or _Made(context)
            if not made.before(i, file):
                yield made.finding(i, (*path, j, "artifact"), file)


class _Made:
    """The files that steps make, as far as they are declared."""

    def __init__(self, context: Context) -> None:
        self._context, self._left = context, _COMPARISONS
        self._files: dict[str, int] = {}
        for i, file, _ in artifacts(context.blueprint):
            self._files[file] = self._files.get(file, 0) | 1 << self._place(i)

    def before(self, i: int | None, file: str) -> bool:
        """Tell whether a file may have been made before a step, or before the end."""
        by = self._files.get(file, 0)
        there = ~0 if i is None else self._context.before[self._place(i)]
        return bool(by & there) or any(steps & there for steps in self._filled_in(file))

    def finding(self, i: int | None, path: Path, file: str) -> Diagnostic:
        """Say that a file is missing."""
        context = self._context
        key = None if i is None else context.blueprint.steps[i].key
        if key is None:
            said = f"the item needs `{file}` to be done, but no step makes it"
        else:
            said = f"step `{key}` needs `{file}`, but no step before it makes it"
        return RULE.at(context.spans.value(path), said, self._hint(key, file))

    def _place(self, i: int) -> int:
        plan = self._context.plan
        assert plan is not None  # noqa: S101 - a rule of stage plan
        return plan.position[self._context.blueprint.steps[i].key]

    def _hint(self, key: str | None, file: str) -> str:
        by = self._files.get(file, 0)
        if by and self._context.plan is not None:
            maker = self._context.plan.steps[(by & -by).bit_length() - 1].key
            if maker == key:
                return f"`{key}` makes it itself: ask for it in `exit`"
            return f"step `{maker}` makes it: let `{key}` need `{maker}`"
        guess = self._names.guess(file)
        if guess.sure:
            return f"did you mean `{guess.close}`?"
        return f"let a step declare it: `exit: [{{id: …, artifact: {file}}}]`"

    @cached_property
    def _names(self) -> Names:
        return self._context.names(filter(is_literal, self._files))

    def _filled_in(self, file: str) -> Iterator[int]:
        """Give the makers of files whose paths may turn out to be this one, as bits."""
        for matches, steps in self._templates:
            self._left -= 1
            if self._left < 0:
                yield ~0  # who knows
            if matches.fullmatch(file):
                yield steps

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], int]]:
        templates = (file for file in self._files if not is_literal(file))
        return [(pattern(file), self._files[file]) for file in templates]


RULE = Rule(
    code="DT085",
    severity="error",
    stage="plan",
    title="A file that nothing has made",
    explanation="""
`entry` and `require` may ask for a file that earlier work has made, and the item's `done` for one
that any step has. What a step makes is known by the artifacts in its `exit`, and by `render`. A
command or a person may write other files, too; a file that somebody relies on should be declared
where it is made, so that it is checked there.
""",
    bad="""
steps:
  - {key: draft}
  - {key: edit, entry: [{id: text, artifact: note.md}]}
""",
    good="""
steps:
  - {key: draft, exit: [{id: text, artifact: note.md}]}
  - {key: edit, entry: [{id: text, artifact: note.md}]}
""",
    check=_check,
)
