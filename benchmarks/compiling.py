"""Checking and compiling in process, as a ratio to composing the same YAML with the C loader."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import yaml

from benchmarks.measuring import Row, least
from benchmarks.shapes import SHAPES, blueprint
from dovetail.emit.verify import emit_checked
from dovetail.plan.text import render
from dovetail.rules import check_text

__all__ = ["measure"]

_CHECK, _COMPILE, _GROWTH = 4.5, 7.0, 13.0


def measure(*, quick: bool) -> Iterator[Row]:
    """Measure every shape at 1,000 and at 10,000 steps; when quick, at 300 and 1,000."""
    sizes = (300, 1000) if quick else (1000, 10000)
    growth = _GROWTH if not quick else _GROWTH * sizes[1] / sizes[0] / 10
    for name, shape in SHAPES.items():
        taken = {size: _times(blueprint(shape(size)), size) for size in sizes}
        for size, (compose, check, compile_) in taken.items():
            yield Row("compiling", f"check, {name}, {size:,}", check / compose, "x", _CHECK)
            yield Row("compiling", f"compile, {name}, {size:,}", compile_ / compose, "x", _COMPILE)
        (_, _, few), (_, _, many) = taken.values()
        what = f"compile, {name}, {sizes[1]:,} to {sizes[0]:,}"
        yield Row("compiling", what, many / few, "x", growth)
    size = sizes[0]
    varied = blueprint(SHAPES["chain"](size), varied=True)
    compose, check, _ = _times(varied, size)
    yield Row("compiling", f"check, no expression twice, {size:,}", check / compose, "x", _CHECK)


def _times(text: str, size: int) -> list[float]:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rounds = 3 if size > 1000 else 7  # noqa: PLR2004 - what takes seconds varies less
    return least(
        rounds,
        partial(yaml.compose, text, Loader=loader),
        partial(_check, text),
        partial(_all, text),
    )


def _check(text: str) -> Any:
    checked = check_text(text, shown_as="bench.yaml")
    assert checked.plan is not None, checked.diagnostics[:3]
    return checked.plan


def _all(text: str) -> Any:
    plan = _check(text)
    return emit_checked(plan), render(plan)
