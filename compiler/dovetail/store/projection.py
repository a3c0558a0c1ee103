"""What the lists that commands read say of an item: told from its state alone."""

from __future__ import annotations

from dovetail.kernel import Launch, State, decide, status
from dovetail.plan.model import Plan
from dovetail.store.ledger import Work

__all__ = ["project"]


def project(item: str, seq: int, plan: Plan, state: State) -> tuple[str, list[Work]]:
    """Give the item's status, and the attempts that somebody may take, decide or holds.

    Args:
        item, seq: the id and the number of the item.
        plan, state: where it is; they are only read.
    """
    launchable = any(isinstance(r, Launch) for r in decide(plan, state))
    work = []
    for (step, number), attempt in state.in_flight.items():
        spec = plan.step(step)
        # Who has approved a gate that takes more than one does not hold it.
        holder = attempt.executor if attempt.status == "claimed" else None
        roles = spec.gate.reviewers if spec.gate and spec.gate.reviewers else (spec.role,)
        work.append(
            Work(
                item=item,
                step=step,
                attempt=number,
                item_seq=seq,
                place=plan.position[step],
                kind=spec.kind,
                role=" ".join(roles),
                executor=holder,
                fence=attempt.fence,
                # The built-in runner, which does all automatic steps, may hold many attempts.
                exclusive=holder is not None and not spec.automatic,
            )
        )
    return status(state, launchable=launchable), work
