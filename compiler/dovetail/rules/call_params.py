"""DT102: params of a call that are missing, or that the called blueprint does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.actions import CallModel
from dovetail.blueprint.model import Blueprint
from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.calls import callees, calls, refs
from dovetail.rules.fixing import fix_at

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for _, at, call in calls(context.blueprint):
        found = callees(context, call)
        meant = {}
        for name in call.with_:
            lacking = next((b for b in found if name not in b.params), None)
            if lacking is not None:
                everywhere = all(name not in b.params for b in found)
                meant[name], told = _unknown(context, at, call, name, lacking, sure=everywhere)
                yield told
        for name in dict.fromkeys(n for b in found for n in b.params):
            wanting = next((b for b in found if _requires(b, name)), None)
            if wanting is not None and name not in call.with_ and name not in meant.values():
                yield RULE.at(
                    context.spans.key(at),
                    f"{refs((wanting,))} requires the param `{name}`, which `with` does not give",
                    f"give it: `with: {{{name}: …}}`",
                )


def _requires(blueprint: Blueprint, name: str) -> bool:
    field = blueprint.params.get(name)
    return field is not None and field.default is None and not field.optional


def _unknown(
    context: Context, at: Path, call: CallModel, name: str, lacking: Blueprint, *, sure: bool
) -> tuple[str | None, Diagnostic]:
    """Make the finding, and give the param that is probably meant."""
    names = context.names(lacking.params)
    guess = names.guess(name)
    span = context.spans.key((*at, "with", name))
    free = sure and guess.sure and guess.close not in call.with_
    told = RULE.at(
        span,
        f"`{name}` is not a param of {refs((lacking,))}",
        f"did you mean `{guess.close}`?" if guess.close else names.listed() or "it has none",
        fix_at(span, name, str(guess.close)) if free else None,
    )
    return guess.close, told


RULE = Rule(
    code="DT102",
    severity="error",
    stage="project",
    title="Params of a call that don't match",
    explanation="""
A call gives the params of the child item with `with`: each one that has neither a default nor is
optional, and none that there is not. That has to be so for every version in the call's range. The
examples are in a project with `chunk` 1.0.0, which requires the param `goal`.
""",
    bad="""
steps:
  - {key: work, call: {blueprint: chunk, with: {gaol: item.title}}}
""",
    good="""
steps:
  - {key: work, call: {blueprint: chunk, with: {goal: item.title}}}
""",
    check=_check,
)
