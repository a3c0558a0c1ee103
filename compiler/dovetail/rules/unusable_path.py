"""DT097: a path that a step can't make a file at, or not on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.templating import is_template

__all__ = ["RULE"]

_KEPT = "handoffs"
"""The folder in an item's folder that only Dovetail writes to."""


def _check(context: Context) -> Iterator[Diagnostic]:
    written: dict[str, str] = {}
    for i, file, path in context.artifacts:
        lowered = file.casefold()
        if lowered.startswith(_KEPT) and lowered.partition("/")[0] == _KEPT:
            key = context.blueprint.steps[i].key
            yield RULE.at(
                context.spans.value(path),
                f"step `{key}` makes `{file}`, but `{_KEPT}/` belongs to Dovetail, "
                "which keeps the handoff files there",
                "choose another folder",
            )
        elif not is_template(file):
            first = written.setdefault(lowered, file)
            if first != file:
                finding = RULE.at(
                    context.spans.value(path),
                    f"`{file}` and `{first}` are one file where the case of letters does not "
                    "count, as on macOS and Windows",
                    "write both alike, or rename one of the two",
                )
                yield replace(finding, severity="warning")


RULE = Rule(
    code="DT097",
    severity="error",
    stage="names",
    title="A file that a step can't have to itself",
    explanation="""
The folder `handoffs/` in an item's folder is where Dovetail keeps the record of what happened; no
step makes files there. Two paths that differ in nothing but the case of letters are two files on
one machine and one on another: that is a warning.
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
