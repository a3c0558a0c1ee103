"""What the children of calls give: the outputs of what is called, with their types (SPEC 2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from dovetail.plan.model import Field
from dovetail.plan.results import results_of
from dovetail.rules.base import Context
from dovetail.rules.calls import callees, calls

__all__ = ["results"]


def results(context: Context) -> dict[str, Mapping[str, Field]]:
    """Give the outputs of each call's children, by the calling step's key.

    A call may lead to several versions. Where they don't agree, or one can't be read, nothing is
    known of its children's outputs, and no name in them is wrong.
    """
    found: dict[str, Mapping[str, Field]] = {}
    for place, _, call in calls(context.blueprint):
        versions = [b.version for b in callees(context, call) if b is not context.blueprint]
        plans = [context.library.plan(call.blueprint, version) for version in versions]
        given = [results_of(plan) for plan in plans if plan is not None]
        if given and len(given) == len(plans) and all(one == given[0] for one in given):
            found[context.blueprint.steps[place].key] = given[0]
    return found
