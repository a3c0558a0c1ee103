"""Where expressions stand in a blueprint, and what each of them may read (SPEC 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dovetail.blueprint.actions import CallModel, ForEachModel, GateModel, RenderModel
from dovetail.blueprint.criteria import CriterionModel
from dovetail.blueprint.fields import Fields
from dovetail.blueprint.model import Blueprint, StepModel
from dovetail.blueprint.spans import Path
from dovetail.expressions import Demand
from dovetail.plan.scope import Where

__all__ = [
    "Decision",
    "Elements",
    "Site",
    "criteria",
    "gates",
    "outputs",
    "renders",
    "retreats",
    "sites",
]

Elements: TypeAlias = tuple[tuple[str, Path], ...]

Decision: TypeAlias = tuple[int, Path, GateModel]
"""A gate, or what decides between children: the place of its step, its own, and what is said."""


@dataclass(frozen=True, slots=True)
class Site:
    """An expression in the file.

    Attributes:
        step: the place of the step it belongs to; None where it belongs to the item.
        demand: what its result has to be.
        elements: what elements of lists are called, and where the expressions that give the lists
            stand.
        pause: whether it also knows the child that has just settled.
    """

    step: int | None
    path: Path
    text: str
    where: Where
    demand: Demand = "bool"
    elements: Elements = ()
    pause: bool = False


def sites(blueprint: Blueprint) -> Iterator[Site]:
    """Give every expression; one that gives a list comes before those that read its elements."""
    for i, step in enumerate(blueprint.steps):
        yield from _of_step(i, step)
    for key, blocker in blueprint.blockers.types.items():
        if blocker.when is not None:
            yield Site(None, ("blockers", key, "when"), blocker.when, "closed")
    for name, text in blueprint.outputs.items():
        yield Site(None, ("outputs", name), text, "end", "any")
    yield from _criteria(None, ("done",), blueprint.done, "end")


def criteria(blueprint: Blueprint) -> Iterator[tuple[int | None, Path, Sequence[CriterionModel]]]:
    """Give every list of criteria that has any: the place of its step, and its own."""
    for i, step in enumerate(blueprint.steps):
        if step.entry:
            yield i, ("steps", i, "entry"), step.entry
        if step.exit:
            yield i, ("steps", i, "exit"), step.exit
        if step.integrate is not None and step.integrate.require:
            yield i, ("steps", i, "integrate", "require"), step.integrate.require
    if blueprint.done:
        yield None, ("done",), blueprint.done


def renders(blueprint: Blueprint) -> Iterator[tuple[int, Path, RenderModel]]:
    """Give everything that is rendered: the place of its step, and its own."""
    for i, step in enumerate(blueprint.steps):
        for j, render in enumerate(step.render or ()):
            yield i, ("steps", i, "render", j), render
        if step.call is not None and step.call.for_each is not None:
            for j, render in enumerate(step.call.for_each.after):
                yield i, ("steps", i, "call", "for_each", "after", j), render


def gates(blueprint: Blueprint) -> Iterator[Decision]:
    """Give every decision, those between children, too: the place of its step, and its own."""
    for i, step in enumerate(blueprint.steps):
        if step.gate is not None:
            yield i, ("steps", i, "gate"), step.gate
        each = None if step.call is None else step.call.for_each
        if each is not None and each.pause is not None:
            yield i, ("steps", i, "call", "for_each", "pause", "gate"), each.pause.gate


def asked(
    blueprint: Blueprint, gates: Iterable[Decision]
) -> Iterator[tuple[int | None, str, Path]]:
    """Give every evidence type that is asked for: the place of its step, the type, and its own."""
    for i, path, written in criteria(blueprint):
        for j, criterion in enumerate(written):
            if criterion.evidence is not None:
                yield i, criterion.evidence, (*path, j, "evidence")
    for i, path, gate in gates:
        if gate.evidence is not None:
            yield i, gate.evidence, (*path, "evidence")


def artifacts(blueprint: Blueprint) -> Iterator[tuple[int, str, Path]]:
    """Give every file that a step is to make: the place of the step, the file, and its own."""
    for i, step in enumerate(blueprint.steps):
        for j, criterion in enumerate(step.exit):
            if criterion.artifact is not None:
                yield i, criterion.artifact, ("steps", i, "exit", j, "artifact")
    for i, path, render in renders(blueprint):
        yield i, render.to, (*path, "to")


def retreats(
    blueprint: Blueprint, gates: Iterable[Decision]
) -> Iterator[tuple[int, Path, Sequence[str]]]:
    """Give every list of steps that rework may lead to: the place of its step, and its own."""
    for i, path, gate in gates:
        if gate.reject is not None:
            yield i, (*path, "reject", "to"), gate.reject.to
    for i, step in enumerate(blueprint.steps):
        if step.on_failure is not None:
            yield i, ("steps", i, "on_failure", "to"), step.on_failure.to


def outputs(blueprint: Blueprint, gates: Iterable[Decision]) -> Iterator[tuple[Path, Fields]]:
    """Give every declaration of outputs, and its place."""
    for i, step in enumerate(blueprint.steps):
        if step.outputs:
            yield ("steps", i, "outputs"), step.outputs
    for _, path, gate in gates:
        if gate.outputs:
            yield (*path, "outputs"), gate.outputs


def _of_step(i: int, step: StepModel) -> Iterator[Site]:
    at = ("steps", i)
    if step.when is not None:
        yield Site(i, (*at, "when"), step.when, "before")
    yield from _criteria(i, (*at, "entry"), step.entry, "before")
    yield from _criteria(i, (*at, "exit"), step.exit, "attempt")
    for j, render in enumerate(step.render or ()):
        if render.each is not None:
            yield Site(i, (*at, "render", j, "each"), render.each, "before", "list")
    if step.gate is not None and step.gate.approve_when is not None:
        yield Site(i, (*at, "gate", "approve_when"), step.gate.approve_when, "attempt")
    if step.integrate is not None:
        yield from _criteria(i, (*at, "integrate", "require"), step.integrate.require, "before")
    if step.call is not None:
        yield from _of_call(i, (*at, "call"), step.call)


def _criteria(
    step: int | None, at: Path, written: Sequence[CriterionModel], where: Where
) -> Iterator[Site]:
    for j, criterion in enumerate(written):
        if criterion.check is not None:
            yield Site(step, (*at, j, "check"), criterion.check, where)
        if criterion.each is not None:
            yield Site(step, (*at, j, "each"), criterion.each, where, "list")


def _of_call(i: int, at: Path, call: CallModel) -> Iterator[Site]:
    elements: Elements = ()
    if call.for_each is not None:
        items = (*at, "for_each", "items")
        elements = ((call.for_each.as_, items),)
        yield Site(i, items, call.for_each.items, "before", "list")
        yield from _of_each(i, (*at, "for_each"), call.for_each, elements)
    for name, text in call.with_.items():
        yield Site(i, (*at, "with", name), text, "before", "any", elements)


def _of_each(i: int, at: Path, each: ForEachModel, elements: Elements) -> Iterator[Site]:
    demands: dict[str, Demand] = {
        "key": "text",
        "needs": "list",
        "priority": "rank",
        "group": "any",
    }
    for name, demand in demands.items():
        text = getattr(each, name)
        if text is not None:
            yield Site(i, (*at, name), text, "before", demand, elements)
    if each.pause is not None:
        pause, gate = (*at, "pause"), each.pause.gate
        yield Site(i, (*pause, "when"), each.pause.when, "before", "bool", elements, pause=True)
        if gate.approve_when is not None:
            path = (*pause, "gate", "approve_when")
            yield Site(i, path, gate.approve_when, "attempt", "bool", elements, pause=True)
    for j, render in enumerate(each.after):
        if render.each is not None:
            path = (*at, "after", j, "each")
            yield Site(i, path, render.each, "before", "list", elements, pause=True)
