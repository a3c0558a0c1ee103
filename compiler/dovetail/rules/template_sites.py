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
    from dovetail.rules.jinja_words import Place

__all__ = ["Stand", "templates"]

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


def templates(context: Context) -> Iterator[Stand]:
    """Give every template that has anything to fill in, and those in files."""
    blueprint = context.blueprint
    written = (_of_step(i, s) for i, s in enumerate(blueprint.steps) if context.counts(i))
    end = _criteria(None, ("done",), blueprint.done, "end")
    yield from (s for s in chain(*written, end) if is_template(s.site.text))
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
    yield from _criteria(i, (*at, "entry"), step.entry, "before")
    yield from _criteria(i, (*at, "exit"), step.exit, "attempt")
    if step.run is not None:
        yield from _argv(i, (*at, "run", "command"), step.run.command, "before")
        for name, text in step.run.env.items():
            yield Stand(Site(i, (*at, "run", "env", name), text, "before"), more=_RUN)
    for render, site in _renders(i, step):
        yield Stand(replace(site, path=(*site.path, "to"), text=render.to))
    if step.integrate is not None:
        at_integrate = (*at, "integrate")
        if step.integrate.message is not None:
            yield Stand(Site(i, (*at_integrate, "message"), step.integrate.message, "before"))
        yield from _criteria(i, (*at_integrate, "require"), step.integrate.require, "before")
    if step.checkpoint is not None and step.checkpoint.show is not None:
        site = Site(i, (*at, "checkpoint", "show"), step.checkpoint.show, "before")
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
    if gate.show is not None:
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
        path = (*at, j)
        if criterion.artifact is not None:
            elements = _element(path, criterion.as_)
            yield Stand(Site(i, (*path, "artifact"), criterion.artifact, where, elements=elements))
        yield from _argv(i, (*path, "command"), criterion.command or (), where)


def _argv(i: int | None, at: Path, argv: Iterable[str], where: Where) -> Iterator[Stand]:
    for j, text in enumerate(argv):
        yield Stand(Site(i, (*at, j), text, where), more=_RUN)
