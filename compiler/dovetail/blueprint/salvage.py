"""A second reading of a blueprint with slips, so that one finding does not hide all the others.

A key with a typo is read as the known key next to it, and a value whose meaning is plain as what it
means: `needs: draft`, `parallel: yes`, `type: integer`. Other unknown keys that hold no section,
and values that nothing else refers to, are left out or replaced by one that says nothing. A step
without its broken `order` keeps its names, but no order can be told from what is left. Anything
else that is wrong could change the meaning of the rest, and then there is no reading: a finding
that is not certain is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from dovetail.blueprint.fields import MEANT
from dovetail.blueprint.model import OWNER, SCHEMA, Blueprint
from dovetail.blueprint.shape import FLAGS, known_keys, nearest
from dovetail.blueprint.spans import Spans
from dovetail.blueprint.types import A_FLAG, A_LIST

__all__ = ["is_order", "read"]

_Path: TypeAlias = tuple[str | int, ...]

_LEFT_OUT = frozenset(
    {"approvals", "attempts", "changes", "default", "description", "done", "effective", "enum"}
    | {"env", "intake", "item_id", "join", "matches", "max", "message", "min", "min_bytes"}
    | {"on_failure", "optional", "pattern", "reject", "say", "skip_say", "then", "timeout"}
    | {"wip_limit"}
)
_STAND_INS: Mapping[str | int, Any] = {
    "command": ("?",),
    "limit": 1,
    "owner": OWNER,
    "python": "a:b",
    "run": {"command": ("?",)},
    "schema": SCHEMA,
    "slots": 1,
    "title": "?",
}
"""Values that nothing else in a file is compared with."""
_CRITERIA = frozenset({"entry", "exit", "require"})
_ROUNDS = 3
"""What a record says of itself as a whole, it says only when each of its parts can be read."""


def read(
    data: Any, errors: Iterable[Mapping[str, Any]], spans: Spans | None = None
) -> Blueprint | None:
    """Give the blueprint without its broken parts, or None.

    Args:
        data: the file's data; it is changed.
        errors: what pydantic found in it.
        spans: learn under which name a key with a typo was read.
    """
    for _ in range(_ROUNDS):
        # A key with a typo may be the one that is missing.
        for error in sorted(errors, key=lambda e: str(e["type"]) != "extra_forbidden"):
            context = error.get("ctx") or {}
            path = (*error["loc"], *(context.get("at") or ()))
            expected = context.get("expected", "")
            if not path or not _mend(data, path, error["type"], expected, spans):
                return None
        try:
            return Blueprint.model_validate(data)
        except ValidationError as e:
            errors = e.errors(include_url=False)
    return None


def is_order(path: _Path) -> bool:
    """Tell whether a path leads to the `order` of a step."""
    return path[:1] == ("steps",) and path[2:] == ("order",)


def _mend(data: Any, path: _Path, kind: str, expected: str, spans: Spans | None) -> bool:
    parent = _at(data, path[:-1])
    key = path[-1]
    if kind == "extra_forbidden":
        return isinstance(parent, dict) and _rename(parent, path, spans)
    if kind == "missing" and isinstance(parent, dict) and key in parent:
        return True
    if kind == "actions":
        return isinstance(parent, dict) and _do_one_thing(parent)
    if _mean(parent, key, expected) or _criterion(data, path):
        return True
    if not is_order(path):
        places = (i for i in range(len(path)) if _is_replaceable(path[: i + 1]))
        depth = next(places, None)
        if depth is None:
            return False
        path = path[: depth + 1]
        parent, key = _at(data, path[:-1]), path[-1]
    if not isinstance(parent, dict):
        return False
    if key in _STAND_INS:
        parent[key] = _STAND_INS[key]
    else:
        parent.pop(key, None)
    return True


def _at(data: Any, path: _Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _rename(parent: dict[Any, Any], path: _Path, spans: Spans | None) -> bool:
    value = parent.pop(path[-1], None)
    close = nearest(str(path[-1]), known_keys(Blueprint, path[:-1]))
    if close is None and isinstance(value, dict | list):
        return False  # a section by another name, of which other parts of the file may read
    if close is not None and close not in parent:
        parent[close] = value
        if spans is not None:
            spans.rename(path, close)
    return True


def _do_one_thing(step: dict[Any, Any]) -> bool:
    """Take out an action beside another: of these two, nothing else reads anything."""
    return any(step.pop(action, None) is not None for action in ("run", "python"))


def _mean(parent: Any, key: str | int, expected: str) -> bool:
    """Read a value as what was plainly meant."""
    value = _at(parent, (key,))
    if not isinstance(value, str):
        return False
    word = value.lower()
    if expected == A_LIST:
        parent[key] = [value]
    elif key == "type" and word in MEANT:
        parent[key] = MEANT[word]
    elif expected == A_FLAG and word in FLAGS:
        parent[key] = FLAGS[word]
    else:
        return False
    return True


def _criterion(data: Any, path: _Path) -> bool:
    """Put a criterion of which nothing follows in place of a broken one.

    Its evidence may be read, and its artifact be needed, elsewhere.
    """
    if path[0] != "steps":
        return False
    depth = next((i for i, part in enumerate(path) if part in _CRITERIA), 0)
    at = path[: depth + 2]
    written = _at(data, at)
    if not depth or depth + 1 >= len(path) or not isinstance(written, dict):
        return False
    stand_in = f"criterion-{int(at[-1]) + 1}"
    if path[len(at) :] == ("id",):
        written["id"] = stand_in
        return True
    evidence, artifact = written.get("evidence"), written.get("artifact")
    if evidence is not None and (artifact is not None or not isinstance(evidence, str)):
        return False
    mended = {"id": written.get("id", stand_in)}
    if evidence is not None:
        mended["evidence"] = evidence
    elif artifact is not None and path[depth] == "exit":
        mended["artifact"] = f"{{{{ item.id }}}}{{# {at} #}}"  # it may be any
    else:
        mended["check"] = "true"
    _at(data, at[:-1])[at[-1]] = mended
    return True


def _is_replaceable(path: _Path) -> bool:
    """Tell whether a path leads to a key of the language that can be left out or stood in for."""
    key = path[-1]
    known = key in _LEFT_OUT or key in _STAND_INS
    return known and key in known_keys(Blueprint, path[:-1])
