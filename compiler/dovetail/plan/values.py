"""Reading values against their declared fields: params, outputs and evidence (SPEC 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.errors import RefusedError
from dovetail.plan.fields import Field
from dovetail.plan.misfits import misfits

__all__ = ["read_values"]


def read_values(
    fields: Mapping[str, Field],
    given: Mapping[str, Any],
    *,
    what: str,
    way_out: str = "give what is declared",
) -> dict[str, Any]:
    """Give the values with defaults filled in.

    Args:
        fields: the declared fields; they are closed.
        given: values as JSON has them.
        what: names them in a message, such as `outputs of WI-000001/draft/1`.
        way_out: how to give them right.

    Raises:
        RefusedError: it lists all that is unknown, missing or of another type.
    """
    problems = list(misfits(fields, given))
    if problems:
        lines = "".join(f"\n  · {p}" for p in problems)
        raise RefusedError(f"the {what} are not as declared:{lines}", way_out)
    return {
        name: given.get(name, field.default)
        for name, field in sorted(fields.items())
        if name in given or field.default is not None
    }
