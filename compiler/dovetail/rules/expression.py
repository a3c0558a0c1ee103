"""DT060 to DT065: what is wrong with an expression, at its place inside the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetail.diagnostics import Diagnostic, Fix, Span
from dovetail.expressions import Analysis, Mistake, Read
from dovetail.rules.base import Check, Context, Rule
from dovetail.rules.fixing import fix_at
from dovetail.rules.lookup import Lookup
from dovetail.rules.sites import Site
from dovetail.rules.template_reads import template_reads

__all__ = ["RULES"]


def _mistakes(kind: str) -> Check:
    def check(context: Context) -> Iterator[Diagnostic]:
        for site, analysis, lookup in context.analyses:
            for m in analysis.mistakes:
                if m.kind == kind:
                    span = context.spans.inside(site.path, m.line, m.column, m.length)
                    fix = _fix(site, m, span, lookup) if kind == "name" else None
                    yield _BY_KIND[kind].at(span, m.message, m.hint, fix)

    return check


def _fix(site: Site, m: Mistake, span: Span, lookup: Lookup) -> Fix | None:
    """Give the change of a name, where the hint names the only one that can be meant."""
    start = m.column - 1
    word = site.text.split("\n")[m.line - 1][start : start + m.length]
    name = lookup.sure_of(word, m.hint)
    return fix_at(span, word, name) if name is not None else None


def _plain_reads(context: Context) -> Iterator[tuple[Site, Lookup, Read, _Asked]]:
    """Give every read of a value that there may not be, with what is asked for before."""
    by_when = _asked_by_when(context)
    for site, analysis, lookup in context.analyses:
        if analysis.mistakes or not any(map(_may_be_absent, analysis.reads)):
            continue
        own, when = _asked(analysis), by_when.get(site.step, _NOTHING)
        asked = _Asked(own.names | when.names, own.steps | when.steps) if when != own else own
        for read in analysis.reads:
            if _may_be_absent(read) and not read.guard and not _is_state(read):
                yield site, lookup, read, asked


def _may_be_absent(read: Read) -> bool:
    return read.variable.step is not None or read.variable.optional


class _Asked(NamedTuple):
    """What an expression asks for before it reads it."""

    names: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()


_NOTHING = _Asked()


def _asked_by_when(context: Context) -> dict[int | None, _Asked]:
    """Give what the conditions of steps ask for: where one is false, nothing else is read."""
    return {
        site.step: _asked(analysis)
        for site, analysis, _ in context.analyses
        if site.path[2:] == ("when",) and site.path[0] == "steps" and not analysis.mistakes
    }


def _asked(analysis: Analysis) -> _Asked:
    reads = analysis.reads
    guarded = (r.variable.name for r in reads if r.guard)
    steps = (r.variable.step for r in reads if r.variable.step and (r.guard or _is_state(r)))
    return _Asked(frozenset(guarded), frozenset(steps))


def _is_state(read: Read) -> bool:
    key = read.variable.step
    return key is not None and read.variable.path == ("steps", key, "state")


def _skipped(context: Context) -> Iterator[Diagnostic]:
    for site, lookup, read, asked in _plain_reads(context):
        key, name = read.variable.step, read.variable.name
        why = "" if key is None or key in asked.steps else lookup.doubt(key)
        if why:
            yield SKIPPED.at(
                context.spans.inside(site.path, read.line, read.column, read.length),
                f"`{name}` is read, but step `{key}` {why}",
                _guard(site, name),
            )
    by_when = _asked_by_when(context)
    for found in template_reads(context):
        key, asked = found.variable.step, by_when.get(found.stand.site.step, _NOTHING)
        why = "" if key is None or key in asked.steps else found.lookup.doubt(key)
        if why:
            said = f"`{found.name}` is read, but step `{key}` {why}"
            yield from found.findings(context, SKIPPED, said)


def _guard(site: Site, name: str) -> str:
    """Say how to ask first: what is no boolean needs another value instead."""
    boolean = site.demand == "bool"
    return f"guard it: `has({name}) && …`" if boolean else f"guard it: `has({name}) ? … : …`"


def _optional(context: Context) -> Iterator[Diagnostic]:
    for site, _, read, asked in _plain_reads(context):
        name = read.variable.name
        if site.where == "closed":
            continue  # what is missing does not raise the blocker
        if not read.variable.optional or read.variable.step in asked.steps:
            continue
        if _covers(asked, name):
            continue
        yield OPTIONAL.at(
            context.spans.inside(site.path, read.line, read.column, read.length),
            f"`{name}` is optional; without a value the expression fails and blocks the item",
            _guard(site, name),
        )
    by_when = _asked_by_when(context)
    for found in template_reads(context):
        asked, variable = by_when.get(found.stand.site.step, _NOTHING), found.variable
        if variable.optional and not _covers(asked, variable.name):
            said = f"`{found.name}` is optional; without a value the template can't be filled in"
            yield from found.findings(context, OPTIONAL, said)


def _covers(asked: _Asked, name: str) -> bool:
    return any(name == a or name.startswith(a + ".") for a in asked.names)


SYNTAX = Rule(
    code="DT060",
    severity="error",
    stage="names",
    title="An expression that can't be read",
    explanation="""
Conditions and checks are written in CEL, the Common Expression Language: names, texts in quotes,
comparisons such as `==` and `<`, joined by `&&`, `||` and `!`.
""",
    bad="""
params: {risk: {type: string}}
steps:
  - {key: draft, when: params.risk = 'high'}
""",
    good="""
params: {risk: {type: string}}
steps:
  - {key: draft, when: params.risk == 'high'}
""",
    check=_mistakes("syntax"),
)
UNKNOWN = Rule(
    code="DT061",
    severity="error",
    stage="names",
    title="An unknown name in an expression",
    explanation="""
An expression may use `params`, `item`, its own step's `outputs` and `evidence`, `attempt.number`,
and `steps.<key>` of steps before it. A field has to be declared, evidence has to be asked for by
the step, and a hyphen is written as an underscore.
""",
    bad="""
steps:
  - key: draft
    outputs: {words: {type: int}}
    exit: [{id: long, check: outputs.word > 100}]
""",
    good="""
steps:
  - key: draft
    outputs: {words: {type: int}}
    exit: [{id: long, check: outputs.words > 100}]
""",
    check=_mistakes("name"),
)
TYPES = Rule(
    code="DT062",
    severity="error",
    stage="names",
    title="Types that don't go together",
    explanation="""
Every name in an expression has a declared type, and only what goes together can be compared: a
number with a number, a text with a text, a date with a `timestamp(…)`, an enum with one of its
values.
""",
    bad="""
steps:
  - key: draft
    outputs: {words: {type: int}}
    exit: [{id: long, check: outputs.words > '100'}]
""",
    good="""
steps:
  - key: draft
    outputs: {words: {type: int}}
    exit: [{id: long, check: outputs.words > 100}]
""",
    check=_mistakes("type"),
)
RESULT = Rule(
    code="DT063",
    severity="error",
    stage="names",
    title="An expression that is not a boolean",
    explanation="""
A condition or a check holds when it is exactly `true`. A number or a text is never taken for a
yes.
""",
    bad="""
steps:
  - key: draft
    outputs: {words: {type: int}}
    exit: [{id: long, check: outputs.words}]
""",
    good="""
steps:
  - key: draft
    outputs: {words: {type: int}}
    exit: [{id: long, check: outputs.words > 0}]
""",
    check=_mistakes("result"),
)
SKIPPED = Rule(
    code="DT064",
    severity="error",
    stage="names",
    title="A read of a step that may not have been done",
    explanation="""
A step with `when` may be skipped, and an input of a join other than `all` may be outrun by others:
then it has no outputs and no evidence. An expression that reads them has to ask first, with
`has(…)` or by the step's `state`, or the step's `when` does; a template can also write
`| default(…)` or ask whether it `is defined`.
""",
    bad="""
steps:
  - {key: draft, when: item.title != '', outputs: {words: {type: int}}}
  - {key: edit, when: steps.draft.outputs.words > 9}
""",
    good="""
steps:
  - {key: draft, when: item.title != '', outputs: {words: {type: int}}}
  - {key: edit, when: has(steps.draft.outputs.words) && steps.draft.outputs.words > 9}
""",
    check=_skipped,
)
OPTIONAL = Rule(
    code="DT065",
    severity="warning",
    stage="names",
    title="A read of an optional value",
    explanation="""
An optional value may be absent. An expression that needs it then fails, which blocks the item and
never counts as false, and a template can't be filled in. Ask first, with `has(…)`, there or in the
step's `when`; in a template, with `| default(…)` or `is defined`.
""",
    bad="""
steps:
  - key: draft
    outputs: {words: {type: int, optional: true}}
    exit: [{id: long, check: outputs.words > 100}]
""",
    good="""
steps:
  - key: draft
    outputs: {words: {type: int, optional: true}}
    exit: [{id: long, check: "!has(outputs.words) || outputs.words > 100"}]
""",
    check=_optional,
)
_BY_KIND = {"syntax": SYNTAX, "name": UNKNOWN, "type": TYPES, "result": RESULT}
RULES = (SYNTAX, UNKNOWN, TYPES, RESULT, SKIPPED, OPTIONAL)
