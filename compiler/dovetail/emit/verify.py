"""What is emitted says the plan, the whole plan and nothing but the plan (SPEC 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from dovetail.emit.names import EmissionError
from dovetail.emit.parse import WAY_OUT, parse
from dovetail.emit.prefect import emit
from dovetail.errors import RefusedError
from dovetail.plan.model import Edge, Plan

__all__ = ["emit_checked", "first_difference", "verify"]


def emit_checked(plan: Plan) -> str:
    """Give the module of a plan, read back and compared with the plan.

    Raises:
        EmissionError: when the module would not say the plan.
    """
    text = emit(plan)
    try:
        said = parse(text)
    except RefusedError as e:
        raise EmissionError(f"{plan.ref}: the emission can't be read back: {e}") from e
    if not _same(said, plan, set()) and said.digest != plan.digest:
        raise EmissionError(f"{plan.ref}: the emission says another plan than was compiled")
    return text


_LEAVES = frozenset({str, int, bool, type(None), Edge})


_MANY = 16
"""So long a tuple may be that of many steps."""


def _same(a: Any, b: Any, known: set[tuple[int, int]]) -> bool:
    """Tell whether two plans, or parts of them, are certainly the same.

    In a fraction of the time of two digests, and as strictly: `==` alone takes 1 for True.

    Args:
        a: the one.
        b: the other.
        known: the long tuples that are the same, by their places in memory.
    """
    kind, pair = a.__class__, None
    if kind is not b.__class__:
        return False
    if kind in _LEAVES:
        return bool(a == b)
    if kind is dict:
        if a.keys() != b.keys():
            return False
        a, b = a.values(), [b[name] for name in a]
    elif kind is tuple:
        if len(a) >= _MANY:
            pair = (id(a), id(b))
            if pair in known:
                return True
    elif kind is not list:
        values = _values(kind)
        if values is None:
            return False
        a, b = values(a), values(b)
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        if x is y:
            continue
        if x.__class__ in _LEAVES:  # as above, without a call: that is most of them
            if x.__class__ is not y.__class__ or x != y:
                return False
        elif not _same(x, y, known):
            return False
    if pair is not None:
        known.add(pair)
    return True


@cache
def _values(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]] | None:
    """Give what tells the values of a record; of anything else, nothing."""
    if not is_dataclass(kind):
        return None
    names = [f.name for f in fields(kind)]
    return attrgetter(*names) if len(names) > 1 else lambda one: (getattr(one, names[0]),)


def verify(source: str) -> Plan:
    """Give the plan of a module that is, to the byte, what would be emitted for that plan.

    Raises:
        RefusedError: when anything in it was changed or added by hand.
    """
    plan = parse(source)
    try:
        expected = emit(plan)
    except Exception as e:
        raise RefusedError(f"the flow declares what can't be emitted: {e}", WAY_OUT) from e
    if expected != source:
        line = first_difference(expected, source)
        raise RefusedError(
            f"the flow of {plan.ref} is not as it was emitted, from line {line} on", WAY_OUT
        )
    return plan


def first_difference(expected: str, found: str) -> int:
    """Give the number of the first line in which two texts that differ do so."""
    pairs = zip(expected.split("\n"), found.split("\n"), strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), None)
    return 1 + (min(expected.count("\n"), found.count("\n")) if same is None else same)
