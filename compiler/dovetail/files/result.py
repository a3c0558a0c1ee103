"""Results, `dovetail/result/v1`: what an isolated executor leaves to be collected (SPEC 6)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from dovetail.blueprint.record import one_of
from dovetail.blueprint.types import ArtifactPath, Count, FieldName, Key, Many, as_text, refuse
from dovetail.files.base import NOTHING, AsWritten, FileRecord

__all__ = ["SCHEMA", "Result"]

SCHEMA = "dovetail/result/v1"
_ATTEMPT = r"[^/\s]+/[a-z][a-z0-9-]*/[1-9][0-9]{0,8}"


def _attempt(value: object) -> str:
    text = as_text(value)
    if not re.fullmatch(_ATTEMPT, text):
        raise refuse("value", "an attempt written as ITEM/STEP/NUMBER")
    return text


Attempt = Annotated[
    str,
    BeforeValidator(_attempt),
    WithJsonSchema({"type": "string", "pattern": f"^{_ATTEMPT}$".replace(r"\s", " ")}),
]


class Result(FileRecord):
    """What came of one attempt, written by its executor without access to the store."""

    schema_: Annotated[Literal["dovetail/result/v1"], one_of(SCHEMA)] = Field(alias="schema")
    """What kind of file this is."""
    attempt: Attempt
    """The attempt that was claimed.

    Example: WI-000042/build/2
    """
    fence: Count
    """The number that the claim gave. A result with an older one is refused."""
    outputs: dict[FieldName, AsWritten] = NOTHING
    """What the attempt reports, as the step declares it."""
    evidence: dict[Key, dict[FieldName, AsWritten]] = NOTHING
    """The records that come with it, by type of evidence.

    Example: {edit-review: {result: PASS, reviewed: [note.md]}}
    """
    files: Many[ArtifactPath] = ()
    """The files that it declares, by their paths in the item's folder."""
