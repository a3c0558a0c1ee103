"""DT088 and DT089: conditions that can never hold, or always do."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.expressions import Analysis
from dovetail.plan.misfits import describe
from dovetail.plan.model import Field
from dovetail.rules.base import Context, Rule
from dovetail.rules.sites import Site

__all__ = ["RULES", "why"]

_SHOWN = 3


def why(analysis: Analysis) -> str:
    """Say what makes a condition come out the same each time."""
    if not analysis.reads:
        return "it reads nothing that could make a difference"
    fields = {r.variable.name: r.variable.field for r in analysis.reads if not r.guard}
    known = [told for name, field in fields.items() if (told := _known(name, field))]
    return "; ".join(known) if len(known) <= _SHOWN else ""


def _known(name: str, field: Field) -> str:
    """Say what is known of a value beside its type."""
    if field.enum or field.type == "bool" or field.min is not None or field.max is not None:
        return f"`{name}` is {describe(field)}"
    return f"the size of `{name}` is at least 0" if field.type == "list" else ""


def _never(context: Context) -> Iterator[Diagnostic]:
    for site, analysis, verdict in context.constant:
        if verdict == "never" and not _is_when(site):
            yield NEVER.at(
                context.spans.value(site.path),
                f"{_what(context, site)} can never hold{_so(_NEVER, site.path)}",
                why(analysis),
            )


def _always(context: Context) -> Iterator[Diagnostic]:
    for site, analysis, verdict in context.constant:
        if verdict == "always":
            yield ALWAYS.at(
                context.spans.value(site.path),
                f"{_what(context, site)} always holds{_so(_ALWAYS, site.path)}",
                why(analysis),
            )


_NEVER = {
    "blockers": "the blocker would never be raised",
    "approve_when": "nobody could approve",
    "entry": "the step could not start",
    "exit": "no attempt could complete",
    "require": "nothing could be integrated",
    "done": "no item could complete",
    "pause": "the gate would not open",
}
_ALWAYS = {
    "blockers": "every attempt would raise the blocker",
    "pause": "the gate opens after each child",
    "when": "the step is never skipped",
}


def _is_when(site: Site) -> bool:
    """Tell whether it decides whether a step runs, which is a rule of its own."""
    return site.step is not None and site.path[2:] == ("when",)


def _so(effects: dict[str, str], path: Path) -> str:
    """Give the effect of a condition that stands there; the first one that can be meant."""
    found = next((effect for part, effect in effects.items() if part in path), "")
    return f": {found}" if found else ""


def _what(context: Context, site: Site) -> str:
    path = site.path
    if path[-1] == "check":
        criterion = context.spans.node((*path[:-1], "id")).text
        return f"criterion `{criterion}`"
    if path[0] == "blockers":
        return f"the `when` of blocker `{path[1]}`"
    of = "" if site.step is None else f" of step `{context.blueprint.steps[site.step].key}`"
    name = "pause.when" if path[-2] == "pause" else path[-1]
    return f"`{name}`{of}"


NEVER = Rule(
    code="DT088",
    severity="error",
    stage="names",
    title="A condition that can never hold",
    explanation="""
A criterion that is never met stops every item. The values that count are those that the
declarations allow: true and false, the values of an enum, of a number those from `min` to `max`,
and a size of at least 0. A `when` of a step that is never true has a rule of its own, DT080.
""",
    bad="""
steps:
  - key: draft
    outputs: {words: {type: int, min: 0}}
    exit: [{id: short, check: outputs.words < 0}]
""",
    good="""
steps:
  - key: draft
    outputs: {words: {type: int, min: 0}}
    exit: [{id: short, check: outputs.words < 500}]
""",
    check=_never,
)
ALWAYS = Rule(
    code="DT089",
    severity="warning",
    stage="names",
    title="A condition that always holds",
    explanation="""
A condition that holds whatever it reads checks nothing. Often `>=` stands where `>` was meant, or
the declaration of a value says already what the criterion asks.
""",
    bad="""
steps:
  - key: draft
    outputs: {sources: {type: list, of: string}}
    exit: [{id: sources, check: size(outputs.sources) >= 0}]
""",
    good="""
steps:
  - key: draft
    outputs: {sources: {type: list, of: string}}
    exit: [{id: sources, check: size(outputs.sources) > 0}]
""",
    check=_always,
)
RULES = (NEVER, ALWAYS)
