"""The plan as YAML that is made to be diffed (SPEC 3).

Written directly, because dumpers are slow and choose their own lines: one step a block, an edge, an
output or a line of a criterion each on a line of its own, keys in the order of `Plan.to_data`. A
text stands plain only where YAML 1.1 and 1.2 both read it as that text; else it is double-quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from dovetail.plan.characters import READABLE, quoted, width
from dovetail.plan.model import Plan

__all__ = ["render"]

_WIDTH = 100
_MANY = 16  # so many edges may be those of many steps
_LONGEST_KEY = 1000  # a reader need not look further than 1024 characters for the colon
_LONGEST_ESCAPE = len(r"\U0010ffff")

# How many levels below an entry are opened up in any case; the rest is opened when it is too wide.
_PLAN_LEVELS = {
    "blockers": 1,
    "constraints": 1,
    "done": 2,
    "evidence": 2,
    "outputs": 1,
    "params": 1,
    "roles": 1,
}
_STEP_LEVELS = {
    "call": 4,
    "changes": 1,
    "edges": 1,
    "entry": 2,
    "exit": 2,
    "gate": 1,
    "integrate": 3,
    "outputs": 1,
    "python": 1,
    "render": 1,
    "run": 1,
}

_TEXTS = frozenset({str})
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?")


def _plain(excluded: str) -> re.Pattern[str]:
    """Match a letter, then readable characters but some, and no blank at the end."""
    letter = f"(?=[{READABLE}])[^\\W\\d_]"
    ascii_ = "".join(re.escape(c) for c in map(chr, range(0x21, 0x7F)) if c not in excluded)
    inner = ascii_ + READABLE.removeprefix(" -~")
    return re.compile(f"(?:[A-Za-z]|{letter})(?:[ {inner}]*[{inner}])?")


_PLAIN = _plain("#:")
_PLAIN_IN_FLOW = _plain("#:,?{}[]")
_COLONS = re.compile(r":(?=\w)", re.ASCII)  # no harm outside flow collections


def render(plan: Plan) -> str:
    """Give the text of a plan; loading it gives `plan.to_data()`."""
    data = plan.to_data()
    steps = data.pop("steps")
    out: list[str] = []
    _block(out, data, 0, _PLAN_LEVELS)
    out.append("steps:")
    known: dict[int, list[str]] = {}
    for i, step in enumerate(steps):
        if i:
            out.append("")
        first = len(out)
        _step(out, step, known)
        _dash(out, first, "  ")
    out.append("")
    return "\n".join(out)


def _step(out: list[str], step: dict[str, Any], known: dict[int, list[str]]) -> None:
    """Write a step; edges by the thousand, which several steps may have, are written once.

    Args:
        out: the lines so far.
        step: its data.
        known: the lines of long lists of edges, by the places of the lists in memory.
    """
    edges = step.get("edges", ())
    if len(edges) < _MANY:
        _block(out, step, 4, _STEP_LEVELS)
        return
    if id(edges) not in known:
        known[id(edges)] = []
        _block(known[id(edges)], {"edges": edges}, 4, _STEP_LEVELS)
    names = list(step)
    at = names.index("edges")
    _block(out, {k: step[k] for k in names[:at]}, 4, _STEP_LEVELS)
    out += known[id(edges)]
    _block(out, {k: step[k] for k in names[at + 1 :]}, 4, _STEP_LEVELS)


def _block(
    out: list[str], mapping: Mapping[str, Any], indent: int, levels: Mapping[str, int] | int
) -> None:
    margin = " " * indent
    for key, value in mapping.items():
        head = f"{margin}{_text(key)}:"
        if not isinstance(value, dict | list):
            out.append(f"{head} {_scalar(value, _text)}")
            continue
        depth = levels if isinstance(levels, int) else levels.get(key, 0)
        flow = _on_one_line(value, depth, width(head))
        if flow is not None:
            out.append(f"{head} {flow}")
        else:
            out.append(head)
            _opened(out, value, indent + 2, max(depth - 1, 0))


def _opened(out: list[str], value: Any, indent: int, depth: int) -> None:
    if isinstance(value, dict):
        _block(out, value, indent, depth)
        return
    margin = " " * indent
    for element in value:
        if not isinstance(element, dict | list):
            out.append(f"{margin}- {_scalar(element, _text)}")
            continue
        flow = _on_one_line(element, depth, indent + 2)
        if flow is not None:
            out.append(f"{margin}- {flow}")
        else:
            first = len(out)
            _opened(out, element, indent + 2, max(depth - 1, 0))
            _dash(out, first, margin)


def _dash(out: list[str], at: int, margin: str) -> None:
    """Put the dash of a list's element before the first of its lines."""
    out[at] = f"{margin}- {out[at].lstrip(' ')}"


def _on_one_line(value: Any, depth: int, column: int) -> str | None:
    """Give what may follow a key or a dash on its line; None: it is opened up on those below."""
    if depth > 0 and value and not _has_long_key(value):
        return None
    flow = _flow(value)
    if column + 1 + width(flow) <= _WIDTH or not value or _has_long_key(value):
        return flow
    return None


def _has_long_key(value: Any) -> bool:
    """Tell whether a key needs the form `? key`, which is kept to one place."""
    if isinstance(value, list) or max(map(len, value)) * _LONGEST_ESCAPE < _LONGEST_KEY:
        return False
    return any(len(_text(k)) > _LONGEST_KEY for k in value)


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return _text_in_flow(value)
    if isinstance(value, dict):
        if _TEXTS.issuperset(map(type, value.values())):
            return _flow_of_texts(tuple(value.items()))  # an edge, mostly: there are many of each
        return "{" + ", ".join([_key_in_flow(k) + _flow(v) for k, v in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value, _text_in_flow)


@lru_cache(maxsize=4096)
def _flow_of_texts(pairs: tuple[tuple[str, str], ...]) -> str:
    return "{" + ", ".join([_key_in_flow(k) + _text_in_flow(v) for k, v in pairs]) + "}"


@lru_cache(maxsize=256)
def _key_in_flow(key: str) -> str:
    text = _text_in_flow(key)
    return f"{text}: " if len(text) <= _LONGEST_KEY else f"? {text}: "


def _scalar(value: Any, text: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else text(str(value))


@lru_cache(maxsize=4096)  # of what stands in a plan, most stands there again and again
def _text(text: str) -> str:
    return _written(text, _PLAIN, _COLONS.sub("", text) if ":" in text else text)


@lru_cache(maxsize=4096)
def _text_in_flow(text: str) -> str:
    return _written(text, _PLAIN_IN_FLOW, text)


def _written(text: str, plain: re.Pattern[str], bare: str) -> str:
    if plain.fullmatch(bare):  # starts with a letter, so it is no version
        return quoted(text) if text.lower() in _WORDS else text
    return text if _VERSION.fullmatch(text) else quoted(text)
