"""Criteria as written (SPEC 2.3)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from dovetail.blueprint.record import AtLeastOne, Record, at_least_one_of, at_most_one, listed
from dovetail.blueprint.types import ArtifactPath, Count, FieldName, Key, Many, Text, refuse

__all__ = ["CriterionKind", "CriterionModel", "pair_up"]

CriterionKind: TypeAlias = Literal["check", "artifact", "evidence", "command"]

_KINDS: tuple[CriterionKind, ...] = ("check", "artifact", "evidence", "command")
_BESIDE_ARTIFACT = ("matches", "min_bytes", "each", "as_")


class CriterionModel(Record):
    """A criterion: an id, exactly one of `check`, `artifact`, `evidence` and `command`."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": at_least_one_of(_KINDS),
            "allOf": at_most_one(_KINDS),
            "dependencies": {
                "matches": ["artifact"],
                "min_bytes": ["artifact"],
                "each": ["artifact", "as"],
                "as": ["each"],
            },
        }
    )

    id: Key
    """Its name; unique in its list."""
    check: Text | None = None
    """An expression; the criterion holds when it is exactly true."""
    artifact: ArtifactPath | None = None
    """A file below the item's folder; in `exit`, the attempt has to declare it."""
    matches: Text | None = None
    """A regular expression (RE2) that has to be found in the artifact."""
    min_bytes: Count | None = None
    """How many bytes the artifact has at least."""
    each: Text | None = None
    """An expression that gives a list: one artifact is asked for per element."""
    as_: FieldName | None = Field(default=None, alias="as")
    """What `artifact` calls the element of `each`."""
    evidence: Text | None = None
    """An evidence type; a valid record of it has to come with the attempt."""
    command: Annotated[Many[Text], AtLeastOne("the program to run, and its arguments")] | None = (
        None
    )
    """A process that has to end with status 0; each element is a template of its own."""
    say: Text | None = None
    """What people read when the criterion does not hold."""

    KINDS: ClassVar[tuple[CriterionKind, ...]] = _KINDS

    @property
    def kind(self) -> CriterionKind:
        """Which of the four it is."""
        return next(k for k in self.KINDS if getattr(self, k) is not None)

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> CriterionModel:
        written = [k for k in self.KINDS if getattr(self, k) is not None]
        if len(written) != 1:
            raise refuse(
                "criterion",
                "exactly one of `check`, `artifact`, `evidence` and `command`",
                at=written[1:2],
                hint=f"criterion `{self.id}` has {listed(written) or 'none of them'}",
            )
        for name in _BESIDE_ARTIFACT:
            if getattr(self, name) is not None and self.artifact is None:
                word = name.rstrip("_")
                raise refuse("criterion", f"`{word}` only beside `artifact`", at=(word,))
        pair_up(self.each, self.as_)
        return self


def pair_up(each: str | None, as_: str | None) -> None:
    """Demand that `each` and `as` stand together."""
    if (each is None) != (as_ is None):
        there, missing = ("each", "as") if as_ is None else ("as", "each")
        raise refuse("value", f"`{missing}` beside `{there}`", at=(there,))
