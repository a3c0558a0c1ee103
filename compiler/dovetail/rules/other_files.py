"""What is wrong with a file that is not a blueprint: its shape, and what it says of blueprints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from dovetail.blueprint import shape
from dovetail.blueprint.load import read_model
from dovetail.blueprint.source import Parsed
from dovetail.blueprint.spans import Spans
from dovetail.diagnostics import Diagnostic
from dovetail.files.kinds import Kind
from dovetail.rules import (
    impossible_outcome,
    misfit_value,
    misplaced_file,
    unknown_executor_role,
    unknown_scenario_step,
    unknown_version,
)
from dovetail.rules.file_rule import FileContext, FileRule
from dovetail.rules.fixing import with_key_fixes
from dovetail.rules.library import Library

__all__ = ["RULES", "examine"]

RULES: tuple[FileRule, ...] = (
    unknown_version.RULE,
    misplaced_file.RULE,
    unknown_scenario_step.RULE,
    misfit_value.RULE,
    impossible_outcome.RULE,
    unknown_executor_role.RULE,
)


def examine(
    parsed: Parsed, kind: Kind, *, file: Path | None, library: Library
) -> Iterator[Diagnostic]:
    """Tell everything that is wrong with a file of a kind, its YAML included.

    Args:
        parsed: the file as read.
        kind: what it says it is, or what lies in its place.
        file: its path where it has one.
        library: the project; without one only the file itself is looked at.
    """
    yield from parsed.diagnostics
    if parsed.root is None:
        return
    spans, model = Spans(parsed.text, parsed.root), kind.model
    yield from misplaced_file.misplaced(kind, spans, file)
    record, errors = read_model(model, parsed)
    found = shape.findings(errors, spans, model, name=kind.noun)
    yield from with_key_fixes(found, spans, model)
    partial = record is None or bool(parsed.diagnostics)
    if record is None:
        record = _salvaged(model, parsed.root.to_data(), errors, spans)
    if record is None:
        return
    context = FileContext(kind, record, spans, file, library)
    for rule in RULES:
        if rule.examine is not None and not (partial and rule.severity == "warning"):
            yield from rule.examine(context)


def _salvaged(
    model: type[BaseModel], data: Any, errors: Iterable[Mapping[str, Any]], spans: Spans
) -> BaseModel | None:
    """Read a file without its broken parts, so that one finding does not hide all the others.

    A key with a typo is read as the known one next to it. Elements of lists stay or go together.
    """
    for error in errors:
        if error["type"] != "missing":
            _mend(model, data, (*error["loc"], *((error.get("ctx") or {}).get("at") or ())), spans)
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def _mend(model: type[BaseModel], data: Any, path: Sequence[str | int], spans: Spans) -> None:
    path = path[: next((i for i, part in enumerate(path) if isinstance(part, int)), len(path))]
    path = [part for part in path if part != "[key]"]
    for part in path[:-1]:
        data = data.get(part) if isinstance(data, dict) else None
    if not path or not isinstance(data, dict) or path[-1] not in data:
        return
    value = data.pop(path[-1])
    known = shape.known_keys(model, path[:-1])
    close = None if path[-1] in known else shape.nearest(str(path[-1]), known)
    if close is not None and close not in data:
        data[close] = value
        spans.rename(path, close)
