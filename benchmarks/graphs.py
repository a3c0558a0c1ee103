"""Graphs that are unkind: very many edges into a step, and very long chains."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.measuring import Row, least
from benchmarks.shapes import Graph, fan, waves
from dovetail.emit.verify import emit_checked
from dovetail.plan.text import render
from dovetail.rules import check_text

__all__ = ["measure"]

_HEAD = "schema: dovetail/v1\nname: bench\nversion: 1.0.0\ntitle: Bench\nowner: team\nsteps:\n"
_SECONDS = 3.0


def measure(*, quick: bool) -> Iterator[Row]:
    """Measure 2,000 steps with in-degrees above 1,000, chains of 500, and of 100,000."""
    yield _row("waves of 1,001, 2,000 steps", waves(2000, 1001), _SECONDS)
    yield _row("chain by order, 500", waves(500, 0), _SECONDS)
    yield _row(
        "chain by needs, 500",
        _bare([(f"k{i}", [f"k{i - 1}"] * (i > 0)) for i in range(500)]),
        _SECONDS,
    )
    if quick:
        return
    yield _row("1,100 roots into one of 900 each, 2,000 steps", _ends(), _SECONDS)
    yield _row("990 steps that need 1,010 each, 2,000 steps", _bare(fan(2000, 1010)), _SECONDS)
    yield _row(
        "chain, 100,000", _bare([(f"k{i}", [f"k{i - 1}"] * (i > 0)) for i in range(100_000)])
    )


def _ends() -> str:
    """Every tenth of the later steps needs all 1,100 roots; the others need one."""
    roots = [f"k{i}" for i in range(1100)]
    later = [(f"k{i}", roots if i % 10 == 0 else [f"k{i - 1100}"]) for i in range(1100, 2000)]
    return _bare([*((key, []) for key in roots), *later])


def _bare(graph: Graph) -> str:
    lines = (
        f"  - {{key: {key}, parallel: true, needs: [{', '.join(needs)}]}}\n" for key, needs in graph
    )
    return _HEAD + "".join(lines)


def _row(what: str, text: str, bound: float | None = None) -> Row:
    (taken,) = least(1 if bound is None else 2, partial(_compile, text))
    return Row("graphs", f"compile, {what}", taken, "s", bound)


def _compile(text: str) -> object:
    plan = check_text(text, shown_as="bench.yaml").plan
    assert plan is not None
    return emit_checked(plan), render(plan)
