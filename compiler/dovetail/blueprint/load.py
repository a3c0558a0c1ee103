"""From a file's bytes to a `Blueprint` and the findings about its shape: DT020 to DT027."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from dovetail.blueprint import dialect, salvage, shape
from dovetail.blueprint.model import Blueprint
from dovetail.blueprint.source import Parsed, parse
from dovetail.blueprint.spans import Spans
from dovetail.diagnostics import Diagnostic

__all__ = ["Loaded", "load", "load_bytes", "load_parsed", "read_bytes", "read_model"]

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A blueprint as far as it could be read.

    Attributes:
        blueprint: None when the findings leave no sensible reading.
        partial: the blueprint is a reading without its broken parts: good enough to look for more
            errors in, never to be compiled.
        ordered: the orders of its steps are those in the file.
        spans: None when there is no tree at all.
        text: the source, for showing lines of it.
    """

    blueprint: Blueprint | None
    partial: bool
    spans: Spans | None
    diagnostics: tuple[Diagnostic, ...]
    text: str
    shown_as: str
    ordered: bool = True


def load(path: FilePath, *, shown_as: str) -> Loaded:
    """Read a blueprint from a file. A file that can't be read is a finding, too."""
    data = read_bytes(path, shown_as=shown_as)
    if isinstance(data, bytes):
        return load_bytes(data, shown_as=shown_as)
    return Loaded(None, partial=False, spans=None, diagnostics=(data,), text="", shown_as=shown_as)


def read_bytes(path: FilePath, *, shown_as: str) -> bytes | Diagnostic:
    """Read a file. That it can't be read is a finding."""
    try:
        return path.read_bytes()
    except OSError as e:
        why = (e.strerror or type(e).__name__).lower()
        return dialect.unreadable(dialect.Place(shown_as).start(), why)


def load_bytes(data: bytes, *, shown_as: str) -> Loaded:
    """Read a blueprint from bytes."""
    return load_parsed(parse(data, shown_as), shown_as=shown_as)


def load_parsed(parsed: Parsed, *, shown_as: str) -> Loaded:
    """Read a blueprint from a tree."""
    found = list(parsed.diagnostics)
    blueprint: Blueprint | None = None
    spans = None
    ordered = True
    if parsed.root is not None:
        spans = Spans(parsed.text, parsed.root)
        blueprint, errors = read_model(Blueprint, parsed)
        found += shape.findings(errors, spans, Blueprint, name="the blueprint")
        if blueprint is None and len(errors) <= shape.MAX_FINDINGS:
            blueprint = salvage.read(parsed.root.to_data(), errors, spans)
            ordered = not any(salvage.is_order(e["loc"]) for e in errors)
    return Loaded(
        blueprint,
        partial=bool(found),
        spans=spans,
        diagnostics=tuple(found),
        text=parsed.text,
        shown_as=shown_as,
        ordered=ordered,
    )


def read_model(
    model: type[Model], parsed: Parsed
) -> tuple[Model | None, Sequence[Mapping[str, Any]]]:
    """Validate a tree against a model; give the model, or what is wrong in pydantic's terms.

    `shape.findings` says it in ours. It serves every YAML file of the product.
    """
    if parsed.root is None:
        return None, ()
    try:
        return model.model_validate(parsed.data), ()
    except ValidationError as e:
        return None, e.errors(include_url=False)
