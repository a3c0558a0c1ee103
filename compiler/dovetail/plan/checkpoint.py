"""What `checkpoint` is short for: a gate of its own right after the step (SPEC 2.2).

The gate `<key>-check` has the step's order and its place beside others, needs the step alone, and
may send the item back to it. Whoever needs the step needs the gate instead, so that nobody goes on
before it is decided; whoever names the step in an expression still reads the step. A step that may
be skipped takes its gate with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.blueprint.actions import CheckpointModel, GateModel, RejectModel
from dovetail.blueprint.model import JoinModel, StepModel

__all__ = ["check_key", "checked_step", "expanded"]

_MAY_BE_SKIPPED = "steps.{}.state == 'completed'"


def check_key(key: str) -> str:
    """Give the key of the gate after a step."""
    return f"{key}-check"


def checked_step(steps: Sequence[StepModel], key: str) -> str | None:
    """Give the key of the step that a checkpoint's gate belongs to; None: it is no such gate."""
    return next(
        (s.key for s in steps if s.checkpoint is not None and check_key(s.key) == key), None
    )


def expanded(
    steps: Sequence[StepModel], orders: Sequence[int]
) -> tuple[list[StepModel], list[int]]:
    """Give the steps with their checkpoints written out, and the order of each."""
    checked = {s.key: check_key(s.key) for s in steps if s.checkpoint is not None}
    if not checked:
        return list(steps), list(orders)
    out: list[StepModel] = []
    at: list[int] = []
    for step, order in zip(steps, orders, strict=True):
        needs = step.needs and tuple(checked.get(n, n) for n in step.needs)
        out.append(step.model_copy(update={"needs": needs, "checkpoint": None}))
        at.append(order)
        if step.checkpoint is not None:
            out.append(_gate(step, step.checkpoint))
            at.append(order)
    return out, at


def _gate(step: StepModel, checkpoint: CheckpointModel) -> StepModel:
    reject = RejectModel(to=(step.key,), limit=CheckpointModel.LIMIT)
    skippable = step.when is not None or step.join.rule != "all"
    return StepModel.model_construct(
        key=check_key(step.key),
        title_=checkpoint.ask or f"Check: {step.title}",
        role=checkpoint.by,
        needs=(step.key,),
        parallel=step.parallel,
        join=JoinModel.ALL,
        when=_MAY_BE_SKIPPED.format(step.key.replace("-", "_")) if skippable else None,
        gate=GateModel(show=checkpoint.show, reject=reject),
    )
