"""DT097 and DT113: a path that a step can't make a file at, or not on every machine."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.templating import is_template

__all__ = ["RULES"]

_KEPT = "handoffs"
"""The folder in an item's folder that only Dovetail writes to."""


def _check(context: Context) -> Iterator[Diagnostic]:
    written: dict[str, str] = {}
    for i, file, path in context.artifacts:
        lowered = file.casefold()
        if lowered.startswith(_KEPT) and lowered.partition("/")[0] == _KEPT:
            key = context.blueprint.steps[i].key
            yield KEPT.at(
                context.spans.value(path),
                f"step `{key}` makes `{file}`, but `{_KEPT}/` belongs to Dovetail, "
                "which keeps the handoff files there",
                "choose another folder",
            )
        elif not is_template(file):
            first = written.setdefault(lowered, file)
            if first != file:
                yield ALIKE.at(
                    context.spans.value(path),
                    f"`{file}` and `{first}` are one file where the case of letters does not "
                    "count, as on macOS and Windows",
                    "write both alike, or rename one of the two",
                )


KEPT = Rule(
    code="DT097",
    severity="error",
    stage="names",
    title="A file where Dovetail keeps its own",
    explanation="""
The folder `handoffs/` in an item's folder is where Dovetail keeps the record of what happened; no
step makes files there.
""",
    bad="""
steps:
  - {key: draft, exit: [{id: text, artifact: handoffs/note.md}]}
""",
    good="""
steps:
  - {key: draft, exit: [{id: text, artifact: drafts/note.md}]}
""",
    check=_check,
)
ALIKE = Rule(
    code="DT113",
    severity="warning",
    stage="names",
    title="Two paths that differ in the case of letters alone",
    explanation="""
Two such paths are two files on one machine and one on another, and whatever is written last is what
both steps have made.
""",
    bad="""
steps:
  - {key: draft, exit: [{id: text, artifact: Note.md}]}
  - {key: edit, exit: [{id: text, artifact: note.md}]}
""",
    good="""
steps:
  - {key: draft, exit: [{id: text, artifact: draft.md}]}
  - {key: edit, exit: [{id: text, artifact: note.md}]}
""",
)
RULES = (KEPT, ALIKE)
