"""The plan as YAML that is made to be diffed (SPEC 3).

Written directly, because dumpers are slow and choose their own lines: one step a block, an edge, an
output or a line of a criterion each on a line of its own, keys in the order of `Plan.to_data`. A
text stands plain only where YAML 1.1 and 1.2 both read it as that text; else it is double-quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dovetail.plan.characters import READABLE, quoted, width
from dovetail.plan.model import Plan

__all__ = ["render"]

_WIDTH = 100
_LONGEST_KEY = 1000  # a reader need not look further than 1024 characters for the colon

# How many levels below an entry are opened up in any case; the rest is opened when it is too wide.
_PLAN_LEVELS = {"roles": 1, "params": 1, "evidence": 2}
_STEP_LEVELS = {"edges": 1, "run": 1, "python": 1, "gate": 1, "outputs": 1, "exit": 2}

_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?")


def _plain(excluded: str) -> re.Pattern[str]:
    letter = f"(?=[{READABLE}])[^\\W\\d_]"
    inner = f"(?![{excluded}])[{READABLE}]"
    return re.compile(f"{letter}(?:(?:{inner})*(?! ){inner})?")


_PLAIN = _plain("#:")
_PLAIN_IN_FLOW = _plain(r"#:,?{}\[\]")
_COLONS = re.compile(r":(?=\w)", re.ASCII)  # no harm outside flow collections


def render(plan: Plan) -> str:
    """Give the text of a plan; loading it gives `plan.to_data()`."""
    data = plan.to_data()
    steps = data.pop("steps")
    lines = list(_block(data, 0, _PLAN_LEVELS))
    lines.append("steps:")
    for i, step in enumerate(steps):
        if i:
            lines.append("")
        lines.extend(_item(_block(step, 4, _STEP_LEVELS), 2))
    return "\n".join(lines) + "\n"


def _block(
    mapping: Mapping[str, Any], indent: int, levels: Mapping[str, int] | int
) -> Iterator[str]:
    for key, value in mapping.items():
        depth = levels if isinstance(levels, int) else levels.get(key, 0)
        yield from _entry(f"{' ' * indent}{_scalar(key)}:", value, indent, depth)


def _entry(head: str, value: Any, indent: int, depth: int) -> Iterator[str]:
    """Write a value after its key or dash: on the same line, or opened up on the lines below."""
    if not _opens(value, depth, width(head)):
        yield f"{head} {_flow(value) if isinstance(value, dict | list) else _scalar(value)}"
        return
    yield head
    yield from _opened(value, indent + 2, max(depth - 1, 0))


def _opened(value: Any, indent: int, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _block(value, indent, depth)
        return
    for element in value:
        if _opens(element, depth, indent + 2):
            yield from _item(_opened(element, indent + 2, max(depth - 1, 0)), indent)
        else:
            yield from _entry(f"{' ' * indent}-", element, indent, 0)


def _item(lines: Iterator[str], indent: int) -> Iterator[str]:
    """Put the dash of a list's element before the first of its lines."""
    yield f"{' ' * indent}- {next(lines).lstrip(' ')}"
    yield from lines


def _opens(value: Any, depth: int, column: int) -> bool:
    if not isinstance(value, dict | list) or not value:
        return False
    # A long key needs the form `? key`, which is kept to one place.
    if isinstance(value, dict) and any(len(_scalar(k)) > _LONGEST_KEY for k in value):
        return False
    return depth > 0 or column + 1 + width(_flow(value)) > _WIDTH


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key_in_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value, _PLAIN_IN_FLOW)


def _key_in_flow(key: str) -> str:
    text = _scalar(key, _PLAIN_IN_FLOW)
    return text if len(text) <= _LONGEST_KEY else f"? {text}"


def _scalar(value: Any, plain: re.Pattern[str] = _PLAIN) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _VERSION.fullmatch(text):
        return text
    bare = _COLONS.sub("", text) if plain is _PLAIN else text
    if plain.fullmatch(bare) and text.lower() not in _WORDS:
        return text
    return quoted(text)
