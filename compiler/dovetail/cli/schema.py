"""`dovetail schema`: what editors know of a kind of file."""

from __future__ import annotations

import sys
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from dovetail.files.kinds import KINDS
from dovetail.files.schema import render

__all__ = ["schema"]

_Kind: TypeAlias = Literal["blueprint", "scenario", "migration", "blockers", "executors", "result"]


def schema(
    kind: Annotated[_Kind, Parameter(help="The kind of file")] = "blueprint",
    /,
) -> int:
    """Print the JSON Schema (draft-07) of a kind of file, for editors."""
    sys.stdout.write(render(KINDS[kind]))
    return 0
