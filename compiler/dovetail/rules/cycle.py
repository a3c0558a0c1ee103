"""DT036: steps that wait for each other, and the edges that other findings leave to it."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule

__all__ = ["RULE", "edges_in_cycles"]


def edges_in_cycles(context: Context) -> set[tuple[str, str]]:
    """Give the pairs (step, need) that a cycle is made of."""
    return {(a, b) for found in context.cycles for a, b in _edges(found)}


def _edges(cycle: list[str]) -> list[tuple[str, str]]:
    return list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))


def _check(context: Context) -> Iterator[Diagnostic]:
    for found in context.cycles:
        key, need = _edges(found)[0]
        i = context.index[key]
        j = (context.blueprint.steps[i].needs or ()).index(need)
        way = " → ".join(f"`{k}`" for k in [*found, found[0]])
        yield RULE.at(
            context.spans.value(("steps", i, "needs", j)),
            f"these steps wait for each other, so none could start: {way}",
            "take out one of these needs; to do a step again, let a gate reject to it",
        )


RULE = Rule(
    code="DT036",
    severity="error",
    stage="graph",
    title="Steps need each other in a cycle",
    explanation="""
Work flows in one direction. Where each step of a circle waits for the next one, none of them ever
starts. The finding shows the whole circle, each step followed by the one it needs.
""",
    bad="""
steps:
  - {key: draft, needs: [edit]}
  - {key: edit, needs: [draft]}
""",
    good="""
steps:
  - {key: draft, needs: []}
  - {key: edit, needs: [draft]}
""",
    check=_check,
)
