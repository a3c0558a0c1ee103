"""A second reading of a blueprint with slips, so that one finding does not hide all the others.

A key with a typo is read as the known key next to it; other unknown keys and values that nothing
else refers to are left out. A step without its broken `order` keeps its names, but no order can be
told from what is left. Anything else that is wrong could change the meaning of the rest, and
then there is no reading: a finding that is not certain is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from dovetail.blueprint.model import OWNER, SCHEMA, Blueprint
from dovetail.blueprint.shape import known_keys, nearest
from dovetail.blueprint.spans import Spans

__all__ = ["is_order", "read"]

_LEFT_OUT = frozenset(
    {"changes", "description", "done", "effective", "message", "min_bytes", "say", "skip_say"}
    | {"then", "timeout", "attempts"}
)
_STAND_INS: Mapping[str | int, Any] = {"limit": 1, "owner": OWNER, "schema": SCHEMA, "title": "?"}
"""Values that nothing else in a file is compared with."""


def read(
    data: Any, errors: Iterable[Mapping[str, Any]], spans: Spans | None = None
) -> Blueprint | None:
    """Give the blueprint without its broken parts, or None.

    Args:
        data: the file's data; it is changed.
        errors: what pydantic found in it.
        spans: learn under which name a key with a typo was read.
    """
    for error in errors:
        path = (*error["loc"], *((error.get("ctx") or {}).get("at") or ()))
        if not path or not _mend(data, path, error["type"], spans):
            return None
    try:
        return Blueprint.model_validate(data)
    except ValidationError:
        return None


def is_order(path: Sequence[str | int]) -> bool:
    """Tell whether a path leads to the `order` of a step."""
    return len(path) == 3 and path[0] == "steps" and path[2] == "order"


def _mend(data: Any, path: Sequence[str | int], kind: str, spans: Spans | None) -> bool:
    if kind != "extra_forbidden" and not is_order(path):
        depth = next((i for i, k in enumerate(path) if k in _LEFT_OUT or k in _STAND_INS), None)
        if depth is None:
            return False
        path = path[: depth + 1]
    parent = data
    for part in path[:-1]:
        try:
            parent = parent[part]
        except (KeyError, IndexError, TypeError):
            return False
    if not isinstance(parent, dict):
        return False
    key = path[-1]
    if kind != "extra_forbidden" and key in _STAND_INS:
        parent[key] = _STAND_INS[key]
        return True
    value = parent.pop(key, None)
    close = nearest(str(key), known_keys(Blueprint, path[:-1]))
    if kind == "extra_forbidden" and close is not None and close not in parent:
        parent[close] = value
        if spans is not None:
            spans.rename(path, close)
    return True
