"""DT069: a template whose file is not there."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.sites import renders
from dovetail.templating import file_names

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    for _, path, render in renders(context.blueprint):
        at: Path = (*path, "template")
        found = context.library.template(render.template)
        if found is None:
            yield _missing(context, at, render.template)
        elif found.text is None:
            said = f"{found.shown_as} is no text in UTF-8"
            yield RULE.at(context.spans.value(at), said, "save it as UTF-8")
        else:
            yield from _named_in(context, at, found.shown_as, found.text)


def _missing(context: Context, at: Path, name: str) -> Diagnostic:
    one, other = file_names(name)
    return RULE.at(
        context.spans.value(at),
        f"there is no template `{name}`, neither in templates/ nor among the shipped ones",
        f"write templates/{one} or templates/{other}",
    )


def _named_in(context: Context, at: Path, shown_as: str, text: str) -> Iterator[Diagnostic]:
    """Look for the templates that a template names, and that those name."""
    left, seen = [(shown_as, text)], {shown_as}
    while left:
        shown_as, text = left.pop()
        for name, line in _others(text):
            found = context.library.template(name)
            if found is None:
                said = f"{shown_as}:{line}: there is no template `{name}`"
                yield RULE.at(context.spans.value(at), said)
            elif found.text is not None and found.shown_as not in seen:
                seen.add(found.shown_as)
                left.append((found.shown_as, found.text))


def _others(text: str) -> Iterator[tuple[str, int]]:
    if "{%" in text:
        from dovetail.rules.jinja import read

        yield from ((name, place.line) for name, place in read(text).others)


RULE = Rule(
    code="DT069",
    severity="error",
    stage="project",
    title="A template that is not there",
    explanation="""
A file is rendered from a template in the project's `templates/`, the folder beside `blueprints/`,
or from one that is shipped. Its name may have `.jinja` at its end, which a blueprint leaves out:
`planning/plan.md` is `templates/planning/plan.md` or `templates/planning/plan.md.jinja`. The
examples are in a project with `templates/planning/plan.md`.
""",
    bad="""
steps:
  - {key: plan, render: [{template: planing/plan.md, to: PLAN.md}]}
""",
    good="""
steps:
  - {key: plan, render: [{template: planning/plan.md, to: PLAN.md}]}
""",
    check=_check,
)
