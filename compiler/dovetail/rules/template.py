"""DT067 and DT068: what is wrong with a template, at its place inside the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dovetail.diagnostics import Diagnostic, Fix
from dovetail.expressions.unknown import Unknown, unknown
from dovetail.plan.misfits import dotted
from dovetail.plan.model import Field
from dovetail.plan.scope import snake
from dovetail.rules.base import Context, Rule
from dovetail.rules.fixing import fix_at
from dovetail.rules.lookup import Lookup
from dovetail.rules.template_sites import MAX_CHARACTERS, MAX_TEMPLATES, Stand

if TYPE_CHECKING:
    from dovetail.rules.jinja import Template, Tool, Use

__all__ = ["RULES"]

_PYTHON = {"list": list, "int": int, "bool": bool, "object": dict}
"""What the values of a type can do in a template; all others are texts."""


def _syntax(context: Context) -> Iterator[Diagnostic]:
    for stand, template in context.templates:
        if template.statements and not stand.statements:
            place = template.statements[0]
            yield SYNTAX.at(
                stand.span(context, place),
                stand.says(place, "a statement can't stand here: only `{{ … }}` can"),
                "conditions belong in `when`; a value may be `{{ a if b else c }}`",
            )
        elif template.flaw is not None:
            place, flaw = template.flaw.place, template.flaw
            span = stand.span(context, place)
            yield SYNTAX.at(span, stand.says(place, flaw.message), flaw.hint)
    if context.unexamined is not None:
        yield SYNTAX.at(
            context.spans.value(context.unexamined.site.path),
            "this template and those after it are not examined: there are more than "
            f"{MAX_TEMPLATES} different ones, or {MAX_CHARACTERS} characters in them",
            "divide the blueprint, or let templates in files include what they share",
        )


def _names(context: Context) -> Iterator[Diagnostic]:
    for stand, template in context.templates:
        lookup = context.lookup(stand.site, stand.key)
        if lookup is None:
            continue
        for tool in template.tools:
            yield _unknown_tool(context, stand, tool)
        for use in template.uses:
            if use.parts[0] not in stand.more and not (stand.file and _is_guarded(use, template)):
                yield from _wrong_use(context, stand, use, lookup)


def _is_guarded(use: Use, template: Template) -> bool:
    """Tell whether a template, which may serve several steps, asks first whether it has a name."""
    return any(use.parts[: len(guard)] == guard for guard in template.guards)


def _unknown_tool(context: Context, stand: Stand, tool: Tool) -> Diagnostic:
    from dovetail.templating import environment

    known = environment().filters if tool.kind == "filter" else environment().tests
    close = context.names(n for n in known if n.isidentifier()).guess(tool.name)
    span = stand.span(context, tool.place)
    sure = close.sure and close.close is not None and not stand.file
    return UNKNOWN.at(
        span,
        stand.says(tool.place, f"`{tool.name}` is not a {tool.kind} of templates"),
        f"did you mean `{close.close}`?" if close.close else "",
        fix_at(span, tool.name, str(close.close)) if sure else None,
    )


def _wrong_use(context: Context, stand: Stand, use: Use, lookup: Lookup) -> Iterator[Diagnostic]:
    found = _wrong_part(use, lookup, context)
    offset = len(use.parts) - len(use.written)
    if found is None or found.part < offset:  # or it is wrong where the variable gets its value
        return
    word = str(use.parts[found.part])
    sure = lookup.sure_of(snake(word), found.hint)
    for places in use.places:
        place = places[found.part - offset]
        span = stand.span(context, place)
        fix: Fix | None = None
        if sure is not None and not stand.file:
            fix = fix_at(span, word, sure)
        yield UNKNOWN.at(span, stand.says(place, found.message), found.hint, fix)


def _wrong_part(use: Use, lookup: Lookup, context: Context) -> Unknown | None:
    """Find the first part of a name that there is not."""
    names: list[str] = []
    for i, part in enumerate(use.parts):
        if isinstance(part, int):
            return None
        names.append(snake(part))
        name = ".".join(names)
        variable = lookup.find(name)
        if variable is not None and not variable.field.fields:
            return _below(variable.field, use, i + 1, context)
        if variable is None and not lookup.holds(name):
            if (i and hasattr(dict, part)) or _are_artifacts(names):
                return None
            lookup.find(name)
            found = unknown(names, lookup)
            return found if isinstance(found, Unknown) and not lookup.was_vague() else None
    return None


def _are_artifacts(names: list[str]) -> bool:
    """Tell whether a name is that of a step's files, which no expression reads."""
    return len(names) == 3 and (names[0], names[2]) == ("steps", "artifacts")  # noqa: PLR2004


def _below(field: Field, use: Use, start: int, context: Context) -> Unknown | None:
    """Find the first part that a value of a declared type does not have."""
    for i, part in enumerate(use.parts[start:], start):
        within = dotted(use.written[: i - len(use.parts) + len(use.written)])
        if field.type == "list" and isinstance(part, int):
            if field.of is None:
                return None
            field = field.of
        elif field.type == "object" and isinstance(part, str):
            known = {snake(n): f for n, f in field.fields.items()}
            if not known or (snake(part) not in known and hasattr(dict, part)):
                return None
            if snake(part) not in known:
                names = context.names(known)
                close = names.guess(snake(part)).close
                hint = f"did you mean `{within}.{close}`?" if close else names.listed()
                return Unknown(i, f"`{part}` is not a field of `{within}`", hint)
            field = known[snake(part)]
        elif isinstance(part, str) and not hasattr(_PYTHON.get(field.type, str), part):
            return Unknown(i, f"`{within}` is of type {field.type} and has no `{part}`", "")
        else:
            return None
    return None


SYNTAX = Rule(
    code="DT067",
    severity="error",
    stage="names",
    title="A template that can't be read",
    explanation="""
Templates are written in Jinja2. In arguments, variables of the environment, paths and messages,
only values can be filled in, as `{{ … }}`. Files that are rendered, and what a gate shows, may have
statements such as `{% for … %}` as well. `{% raw %}` keeps braces that mean something else.
A template in the blueprint itself has at most 16,384 characters; all different ones of a blueprint
are at most 2,000, with 131,072 characters.
""",
    bad="""
steps:
  - {key: build, run: {command: [make, "{{ item.id }"]}}
""",
    good="""
steps:
  - {key: build, run: {command: [make, "{{ item.id }}"]}}
""",
    check=_syntax,
)
UNKNOWN = Rule(
    code="DT068",
    severity="error",
    stage="names",
    title="An unknown name in a template",
    explanation="""
A template reads `item`, `params` and `steps.<key>` of steps before it, and where an attempt has
reported, its `outputs` and `evidence`. A hyphen is written as an underscore, or the name in
brackets: `steps.edit_text` and `steps["edit-text"]` are the same. A name that has no value fails
the attempt, so a name that never has one is an error.
""",
    bad="""
params: {product: {type: string}}
steps:
  - {key: publish, integrate: {message: "Notes for {{ params.prodcut }}"}}
""",
    good="""
params: {product: {type: string}}
steps:
  - {key: publish, integrate: {message: "Notes for {{ params.product }}"}}
""",
    check=_names,
)
RULES = (SYNTAX, UNKNOWN)
