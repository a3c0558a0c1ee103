"""Emitted files that no blueprint stands for any more: which may go, and which are left (SPEC 4).

A file goes only where nothing that a person did can be lost with it: when the record says that it
is as it was written, or when it is, to the byte, the emission of what it declares. Whatever does
not say in its text that it was emitted is none of Dovetail's business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from dovetail.compiling.record import Record
from dovetail.errors import RefusedError

__all__ = ["find", "may_go"]

_FLOW = re.compile(r"^# Emitted by Dovetail from blueprint \S+ \S+\. Do not edit\.$", re.MULTILINE)
_PLAN = "plan: dovetail/plan/v1\n"


def find(root: Path, wanted: Collection[str]) -> Iterator[str]:
    """Give the paths, from the root, of emitted files that are not among those wanted."""
    for path in sorted((root / "flows").glob("*/*")):
        name = path.relative_to(root).as_posix()
        if name not in wanted and _is_emitted(path):
            yield name


def may_go(root: Path, name: str, record: Record) -> bool:
    """Tell whether an emitted file is, for certain, as it was emitted."""
    if record.wrote(name):
        return True
    if name.endswith(".py"):
        return _plan_text(root / name) is not None
    said = _plan_text(root / f"{name.removesuffix('.plan.yaml')}.py")
    return said is not None and said == _text(root / name)


def _is_emitted(path: Path) -> bool:
    text = _text(path) if path.suffix in {".py", ".yaml"} else None
    if text is None:
        return False
    if path.suffix == ".py":
        return _FLOW.search(text) is not None
    return path.name.endswith(".plan.yaml") and text.startswith(_PLAN)


def _plan_text(flow: Path) -> str | None:
    """Give the text of the plan that a flow says; None: it is not as it was emitted."""
    from dovetail.emit.verify import verify
    from dovetail.plan.text import render

    source = _text(flow)
    try:
        return None if source is None else render(verify(source))
    except RefusedError:
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
