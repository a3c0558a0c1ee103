"""Who calls whom: the calls of a blueprint, and the versions of others that they may lead to."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.actions import CallModel
from dovetail.blueprint.model import Blueprint
from dovetail.blueprint.spans import Path
from dovetail.blueprint.versions import fitting
from dovetail.rules.base import Context

__all__ = ["Trail", "callees", "calls", "refs", "trails"]

Trail = tuple[Blueprint, ...]
"""Blueprints of which each calls the next one."""


def calls(blueprint: Blueprint) -> Iterator[tuple[int, Path, CallModel]]:
    """Give every call: the place of its step, and its own."""
    for i, step in enumerate(blueprint.steps):
        if step.call is not None:
            yield i, ("steps", i, "call"), step.call


def callees(context: Context, call: CallModel) -> list[Blueprint]:
    """Give the versions that a call may lead to, in ascending order, as far as they can be read."""
    own, versions = context.blueprint, set(context.library.versions(call.blueprint))
    if call.blueprint == own.name:
        versions.add(own.version)  # it may not be written yet
    found = (_version(context, call.blueprint, v) for v in fitting(call.version, versions))
    return [blueprint for blueprint in found if blueprint is not None]


def trails(context: Context, call: CallModel) -> Iterator[Trail]:
    """Give every blueprint that a call may lead to, each once, with the shortest way there."""
    waiting: list[Trail] = [(found,) for found in callees(context, call)]
    seen = {_ref(trail[-1]) for trail in waiting}
    while waiting:
        trail = waiting.pop(0)
        yield trail
        for _, _, further in calls(trail[-1]):
            for found in callees(context, further):
                if _ref(found) not in seen:
                    seen.add(_ref(found))
                    waiting.append((*trail, found))


def refs(trail: Trail) -> str:
    """Write a trail for people."""
    return " → ".join(f"`{_ref(b)}`" for b in trail)


def _version(context: Context, name: str, version: str) -> Blueprint | None:
    own = context.blueprint
    if (name, version) == (own.name, own.version):
        return own
    return context.library.blueprint(name, version)


def _ref(blueprint: Blueprint) -> str:
    return f"{blueprint.name}@{blueprint.version}"
