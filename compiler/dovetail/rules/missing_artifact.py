"""DT085: a file that is needed where nothing has made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.nearby import Names
from dovetail.rules.sites import criteria
from dovetail.templating import is_template

__all__ = ["RULE"]

_COMPARISONS = 20_000
"""How often a short path is held against one that is filled in, in one file."""
_UNIT = 100
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}


def _check(context: Context) -> Iterator[Diagnostic]:
    made: _Made | None = None
    for i, path, written in criteria(context.blueprint):
        for j, criterion in enumerate(() if path[-1] == "exit" else written):
            file = criterion.artifact
            if file is None or is_template(file):
                continue
            made = made or _Made(context)
            if not made.before(i, file):
                yield made.finding(i, (*path, j, "artifact"), file)


class _Made:
    """The files that steps make, as far as they are declared."""

    def __init__(self, context: Context) -> None:
        self._context, self._left = context, _COMPARISONS
        self._files: dict[str, int] = {}
        for i, file, _ in context.artifacts:
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
                return f"`{key}` makes it itself, but `entry` comes before that: ask in `exit`"
            return f"step `{maker}` makes it: let `{key}` need `{maker}`"
        guess = self._names.guess(file)
        if guess.sure:
            return f"did you mean `{guess.close}`?"
        return f"let the step that makes it say so: `exit: [{{id: …, artifact: {file}}}]`"

    @cached_property
    def _names(self) -> Names:
        return self._context.names(file for file in self._files if not is_template(file))

    def _filled_in(self, file: str) -> Iterator[int]:
        """Give the makers of files whose paths may turn out to be this one, as bits."""
        for parts, steps in self._templates:
            self._left -= 1 + len(file) // _UNIT
            if self._left < 0:
                yield ~0  # who knows
                return
            if _may_become(parts, file):
                yield steps

    @cached_property
    def _templates(self) -> list[tuple[list[str], int]]:
        return [(_parts(file), steps) for file, steps in self._files.items() if is_template(file)]


def _parts(template: str) -> list[str]:
    """Give what stands before, between and behind the blanks of a template."""
    parts, at, opened = [], 0, template.find("{")
    while opened >= 0:
        closing = _CLOSING.get(template[opened : opened + 2])
        if closing is None:
            opened = template.find("{", opened + 1)
            continue
        parts.append(template[at:opened])
        end = template.find(closing, opened + 2)
        at = len(template) if end < 0 else end + 2
        opened = template.find("{", at)
    parts.append(template[at:])
    # A statement may leave out what stands between, or say it again.
    return [parts[0], parts[-1]] if "{%" in template else parts


def _may_become(parts: Sequence[str], file: str) -> bool:
    """Tell whether something can be filled into the blanks so that a file's path comes out."""
    first, *middle, last = parts
    if not file.startswith(first):
        return False
    at = len(first)
    for part in middle:
        found = file.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return file.endswith(last) and len(file) - len(last) >= at


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
