"""What the handlers of events share: refusing, and finding what an event speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from dovetail.kernel.state import Attempt, State, StepState
from dovetail.plan.model import Plan, Step

__all__ = [
    "Handler",
    "Refused",
    "demand",
    "demand_role",
    "find",
]

Handler: TypeAlias = Callable[[Plan, State, Mapping[str, Any]], None]
"""Checks one type of event against the rules, then changes the state."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The plan or the state does not allow this event.

    Args:
        message: the rule and the record that stand against it.
        way_out: what is allowed now.
        stale: whether the writer speaks for something that is over.
    """

    def __init__(self, message: str, way_out: str = "", *, stale: bool = False) -> None:
        super().__init__(message)
        self.message, self.way_out, self.stale = message, way_out, stale


def demand(holds: bool, message: str, way_out: str = "", *, stale: bool = False) -> None:
    """Refuse unless something holds.

    Raises:
        Refused: when it does not.
    """
    if not holds:
        raise Refused(message, way_out, stale=stale)


def demand_role(plan: Plan, data: Mapping[str, Any], roles: Iterable[str], what: str) -> None:
    """Refuse who has none of the roles. A plan's owner may be a person: then the name counts.

    Raises:
        Refused: it says who has which.
    """
    wanted, has = sorted(roles), sorted(data["roles"])
    demand(bool(wanted), f"{what} is for nobody")
    names = {data["executor"]} - set(plan.roles)
    if not set(wanted) & {*has, *names}:
        raise Refused(
            f"{what} is for the role {' or '.join(wanted)}; "
            f"{data['executor']} has {', '.join(has) or 'none'}",
            f"act as somebody who has it: --as NAME; executors.yaml says who is {wanted[0]}",
        )


def find(plan: Plan, state: State, data: Mapping[str, Any]) -> tuple[Step, StepState, Attempt]:
    """Give the step and the attempt that an event speaks of.

    Raises:
        Refused: when there is no such attempt.
    """
    attempt = state.attempt(plan, data["step"], data["attempt"])
    if attempt is None:
        raise Refused(
            f"there is no attempt {data['step']}/{data['attempt']}",
            "dovetail status ITEM lists them",
        )
    place = plan.position[attempt.step]
    return plan.steps[place], state.steps[place], attempt
