"""Where templates stand in a blueprint, and what each of them may read (SPEC 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from dovetail.blueprint.actions import GateModel, RenderModel
from dovetail.blueprint.criteria import CriterionModel
from dovetail.blueprint.model import StepModel
from dovetail.blueprint.spans import Path
from dovetail.diagnostics import Span
from dovetail.plan.checkpoint import check_key
from dovetail.plan.scope import Where
from dovetail.rules.base import Context
from dovetail.rules.sites import Elements, Site
from dovetail.templating import is_template

if TYPE_CHECKING:
    from dovetail.rules.jinja import Template
    from dovetail.rules.jinja_words import Place

__all__ = ["MAX_CHARACTERS", "MAX_LENGTH", "MAX_TEMPLATES", "Stand", "examine"]

MAX_LENGTH = 16_384
"""How many characters of a template in the blueprint itself are read."""
MAX_CHARACTERS, MAX_TEMPLATES = 131_072, 2_000
"""How much is read of all different templates of a blueprint, those in files among them."""

_RUN = frozenset({"root"})
"""What a command knows beside the names that all know: the folder of the project."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A template: in the blueprint itself, or in a file that it names.

    Attributes:
        site: where it, or the name of its file, stands in the blueprint, and its text.
        statements: whether more than values may stand in it.
        key: the step whose names it knows, where that is not the one it stands in.
        more: names that it knows as well.
        file: the file that it is in, as findings show it.
    """

    site: Site
    statements: bool = False
    key: str | None = None
    more: frozenset[str] = frozenset()
    file: str = ""

    def span(self, context: Context, place: Place) -> Span:
        """Give a place in the template as one in the blueprint."""
        if self.file:
            return context.spans.value(self.site.path)
        return context.spans.inside(self.site.path, *place)

    def says(self, place: Place, message: str) -> str:
        """Give a message, which names the place where the span can't."""
        return f"{self.file}:{place.line}:{place.column}: {message}" if self.file else message


def examine(context: Context) -> tuple[list[tuple[Stand, Template]], Stand | None]:
    """Read every template, and give the first that is not read because they are too many.

    Without any, Jinja2 is not even loaded.
    """
    found: list[tuple[Stand, Template]] = []
    seen, left = set[str](), MAX_CHARACTERS
    for stand in _stands(context):
        text = stand.site.text
        if text not in seen:
            seen.add(text)
            left -= len(text) if stand.file else min(len(text), MAX_LENGTH)
            if left < 0 or len(seen) > MAX_TEMPLATES:
                return found, stand
        from dovetail.rules.jinja import read, too_long

        is_read = stand.file or len(text) <= MAX_LENGTH
        found.append((stand, read(text) if is_read else too_long(len(text), MAX_LENGTH)))
    return found, None


def _stands(context: Context) -> Iterator[Stand]:
    """Give every template that has anything to fill in, and those in files."""
    blueprint = context.blueprint
    written = (_of_step(i, s) for i, s in enumerate(blueprint.steps) if context.counts(i))
    end = _criteria(None, ("done",), blueprint.done, "end")
    yield from chain(*written, end)
    for i, step in enumerate(blueprint.steps):
        for render, site in _renders(i, step) if context.counts(i) else ():
            yield from _in_files(context, render.template, site)


def _in_files(context: Context, name: str, site: Site) -> Iterator[Stand]:
    """Give the template in a file, and those that it names itself."""
    left, seen, own = [name], set[str](), frozenset[str]()
    while left:
        name = left.pop()
        found = None if name in seen else context.library.template(name)
        seen.add(name)
        if found is not None and found.text is not None and is_template(found.text):
            path = (*site.path, "template")
            named = replace(site, path=path, text=found.text)
            yield Stand(named, statements=True, more=own, file=found.shown_as)
            from dovetail.rules.jinja import read

            template = read(found.text)
            own |= template.own
            left += [other for other, _ in template.others]


def _of_step(i: int, step: StepModel) -> Iterator[Stand]:
    at: Path = ("steps", i)
    if step.entry:
        yield from _criteria(i, (*at, "entry"), step.entry, "before")
    if step.exit:
        yield from _criteria(i, (*at, "exit"), step.exit, "attempt")
    if step.run is not None:
        yield from _argv(i, (*at, "run", "command"), step.run.command, "before")
        for name, text in step.run.env.items():
            if is_template(text):
                yield Stand(Site(i, (*at, "run", "env", name), text, "before"), more=_RUN)
    for render, site in _renders(i, step):
        if is_template(render.to):
            yield Stand(replace(site, path=(*site.path, "to"), text=render.to))
    if step.integrate is not None:
        at_integrate = (*at, "integrate")
        message = step.integrate.message or ""
        if is_template(message):
            yield Stand(Site(i, (*at_integrate, "message"), message, "before"))
        yield from _criteria(i, (*at_integrate, "require"), step.integrate.require, "before")
    show = "" if step.checkpoint is None else step.checkpoint.show or ""
    if is_template(show):
        site = Site(i, (*at, "checkpoint", "show"), show, "before")
        yield Stand(site, statements=True, key=check_key(step.key))
    yield from _shown(i, step)


def _shown(i: int, step: StepModel) -> Iterator[Stand]:
    """Give what gates show, those between children, too."""
    at: Path = ("steps", i)
    if step.gate is not None:
        yield from _show(Site(i, (*at, "gate", "show"), "", "before"), step.gate)
    each = None if step.call is None else step.call.for_each
    if each is not None and each.pause is not None:
        at = (*at, "call", "for_each")
        elements: Elements = ((each.as_, (*at, "items")),)
        path = (*at, "pause", "gate", "show")
        site = Site(i, path, "", "before", elements=elements, pause=True)
        yield from _show(site, each.pause.gate)


def _show(site: Site, gate: GateModel) -> Iterator[Stand]:
    if gate.show is not None and is_template(gate.show):
        yield Stand(replace(site, text=gate.show), statements=True)


def _renders(i: int, step: StepModel) -> Iterator[tuple[RenderModel, Site]]:
    """Give what is rendered, and where, with what its templates may read."""
    each = None if step.call is None else step.call.for_each
    at: Path = ("steps", i, "render")
    around: Elements = ()
    written: Sequence[RenderModel] = step.render or ()
    if each is not None:
        at = ("steps", i, "call", "for_each", "after")
        around = ((each.as_, (*at[:-1], "items")),)
        written = each.after
    for j, render in enumerate(written):
        path = (*at, j)
        elements = (*around, *_element(path, render.as_))
        yield render, Site(i, path, "", "before", elements=elements, pause=each is not None)


def _element(path: Path, name: str | None) -> Elements:
    return () if name is None else ((name, (*path, "each")),)


def _criteria(
    i: int | None, at: Path, written: Iterable[CriterionModel], where: Where
) -> Iterator[Stand]:
    for j, criterion in enumerate(written):
        artifact = criterion.artifact
        if artifact is not None and "{" in artifact and is_template(artifact):
            path = (*at, j)
            elements = _element(path, criterion.as_)
            yield Stand(Site(i, (*path, "artifact"), artifact, where, elements=elements))
        if criterion.command is not None:
            yield from _argv(i, (*at, j, "command"), criterion.command, where)


def _argv(i: int | None, at: Path, argv: Iterable[str], where: Where) -> Iterator[Stand]:
    for j, text in enumerate(argv):
        if is_template(text):
            yield Stand(Site(i, (*at, j), text, where), more=_RUN)
