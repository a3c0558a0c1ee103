"""DT084: one file that two steps make at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.expressions import Analysis
from dovetail.rules.base import Context, Rule
from dovetail.templating import is_template

__all__ = ["RULE"]

_LOOKED_AT = 8
_PAIRS = 1000
"""Of so many pairs of steps, for one step and in all, it is found out whether both can run."""


def _check(context: Context) -> Iterator[Diagnostic]:
    if context.plan is None:
        return
    written: dict[str, tuple[int, Path]] = {}
    contested: dict[str, dict[int, Path]] = {}
    for i, file, path in context.artifacts:
        first = written.setdefault(file, (i, path))
        if first[0] != i and not is_template(file):
            contested.setdefault(file, dict([first])).setdefault(i, path)
    if not contested:
        return
    together, position = _Together(context), context.plan.position
    for file, found in contested.items():
        paths = {position[context.blueprint.steps[i].key]: path for i, path in found.items()}
        earlier = 0
        for place in sorted(paths):
            other = together.other(place, earlier)
            if other is not None:
                one, two = (context.plan.steps[p].key for p in (other, place))
                yield RULE.at(
                    context.spans.value(paths[place]),
                    f"steps `{one}` and `{two}` may run side by side, and both make `{file}`",
                    f"let them make different files, or let `{two}` need `{one}`",
                )
            earlier |= 1 << place


class _Together:
    """Tells which steps may run at the same time."""

    def __init__(self, context: Context) -> None:
        self._context, self._left = context, _PAIRS
        self._whens: dict[str, Analysis] = {}
        for site, analysis, _ in context.analyses:
            if site.step is not None and site.path[2:] == ("when",):
                self._whens[context.blueprint.steps[site.step].key] = analysis

    def other(self, place: int, earlier: int) -> int | None:
        """Give the first of some earlier steps, given as bits, that may run beside a step."""
        beside = earlier & ~self._context.before[place]
        for _ in range(_LOOKED_AT):
            if not beside:
                return None
            other = (beside & -beside).bit_length() - 1
            if self._may_both_run(other, place):
                return other
            beside &= beside - 1
        return None

    def _may_both_run(self, one: int, other: int) -> bool:
        """Tell whether certainly not always just one of two steps is skipped."""
        plan, scopes = self._context.plan, self._context.scopes
        assert plan is not None and scopes is not None  # noqa: S101, PT018 - a rule of its stage
        if not (scopes.skippable[one] and scopes.skippable[other]):
            return True
        self._left -= 1
        if self._left < 0:
            return False
        first, second = (self._whens.get(plan.steps[p].key) for p in (one, other))
        if first is None or second is None or first.expression is None or second.expression is None:
            return False
        if first.expression.text == second.expression.text:
            return True
        return self._context.trials.exclude(first, second) is False


RULE = Rule(
    code="DT084",
    severity="error",
    stage="plan",
    title="Two steps make one file at the same time",
    explanation="""
Steps that don't wait for each other may run at the same time. If both make the same file, by an
artifact in `exit` or by `render`, the one that ends last wins, and nobody knows which that will
be. Steps of which only one can run, by their `when`, may well make the same file.
""",
    bad="""
steps:
  - {key: left, parallel: true, exit: [{id: text, artifact: note.md}]}
  - {key: right, parallel: true, exit: [{id: text, artifact: note.md}]}
""",
    good="""
steps:
  - {key: left, parallel: true, exit: [{id: text, artifact: left.md}]}
  - {key: right, parallel: true, exit: [{id: text, artifact: right.md}]}
""",
    check=_check,
)
