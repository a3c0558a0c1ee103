"""What the run time can't do yet. It is compiled, and stands in plan and flow; no item may use it.

An item that is registered is a promise. So whatever would be ignored on its way is refused before
it starts, by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.errors import RefusedError
from dovetail.plan.model import ITEM_ID, Artifact, Command, Gate, Integrate, Plan, Step

__all__ = ["demand_supported"]


def demand_supported(plan: Plan) -> None:
    """Refuse a plan that asks for what the run time can't do.

    Raises:
        RefusedError: it names all of it.
    """
    asked = [*_of_plan(plan), *(line for s in plan.steps for line in _of_step(s))]
    if asked:
        raise RefusedError(
            f"{plan.ref} can be compiled, but not run yet; it uses\n"
            + "\n".join(f"  {line}" for line in asked),
            "take it out in a version of its own, or wait for a version of Dovetail that runs it",
        )


def _of_plan(plan: Plan) -> Iterator[str]:
    for name, used in (
        ("item_id", plan.item_id != ITEM_ID),
        ("wip_limit", plan.wip_limit is not None),
        ("outputs of the item", plan.outputs),
        ("blockers", plan.blockers),
        ("done of the item", plan.done),
    ):
        if used:
            yield name


def _of_step(step: Step) -> Iterator[str]:
    features = {
        f"join: {step.join}": step.join != "all",
        "entry": step.entry,
        "uses": step.uses,
        "on_failure": step.on_failure,
        "changes": step.changes is not None,
        "render": step.kind == "render",
        "call": step.kind == "call",
        "outputs of a gate": step.kind == "gate" and step.outputs,
        "a command criterion": any(isinstance(c, Command) for c in step.exit),
        "an artifact for each": any(isinstance(c, Artifact) and c.each for c in step.exit),
    }
    if isinstance(step.action, Gate):
        features |= {
            "approvals": step.action.approvals > 1,
            "show": step.action.show is not None,
            "override": step.action.override,
        }
    if isinstance(step.action, Integrate):
        features["require"] = step.action.require
    yield from (f"{name}, in step {step.key}" for name, used in features.items() if used)
