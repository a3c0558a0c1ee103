"""DT060 to DT065: what is wrong with an expression, at its place inside the file."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic, Fix, Span
from dovetail.expressions import Mistake, Read
from dovetail.rules.base import Check, Context, Rule
from dovetail.rules.fixing import fix_at
from dovetail.rules.lookup import Lookup
from dovetail.rules.sites import Site

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


def _plain_reads(context: Context) -> Iterator[tuple[Site, Lookup, Read, set[str], set[str]]]:
    """Give every read of a value, with the names and the steps that its expression guards."""
    for site, analysis, lookup in context.analyses:
        if analysis.mistakes:
            continue
        guarded = {r.variable.name for r in analysis.reads if r.guard}
        steps = {
            r.variable.step for r in analysis.reads if r.variable.step and (r.guard or _is_state(r))
        }
        for read in analysis.reads:
            if not read.guard and not _is_state(read):
                yield site, lookup, read, guarded, steps


def _is_state(read: Read) -> bool:
    key = read.variable.step
    return key is not None and read.variable.path == ("steps", key, "state")


def _skipped(context: Context) -> Iterator[Diagnostic]:
    for site, lookup, read, _, guarded in _plain_reads(context):
        key, name = read.variable.step, read.variable.name
        why = "" if key is None or key in guarded else lookup.doubt(key)
        if why:
            yield SKIPPED.at(
                context.spans.inside(site.path, read.line, read.column, read.length),
                f"`{name}` is read, but step `{key}` {why}",
                f"guard it: `has({name}) && …`",
            )


def _optional(context: Context) -> Iterator[Diagnostic]:
    for site, _, read, guarded, steps in _plain_reads(context):
        name = read.variable.name
        if site.where == "closed":
            continue  # what is missing does not raise the blocker
        if not read.variable.optional or read.variable.step in steps:
            continue
        if any(name == g or name.startswith(g + ".") for g in guarded):
            continue
        yield OPTIONAL.at(
            context.spans.inside(site.path, read.line, read.column, read.length),
            f"`{name}` is optional; without a value the expression fails and blocks the item",
            f"guard it: `has({name}) && …`",
        )


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
`has(…)` or by the step's `state`.
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
never counts as false. Ask first, with `has(…)`.
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
