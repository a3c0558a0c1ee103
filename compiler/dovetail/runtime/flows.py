"""Whether the flow of a plan is on disk as it was emitted (SPEC 4)."""

from __future__ import annotations

from dovetail.config import Project
from dovetail.emit.names import identifier, module_path
from dovetail.emit.prefect import emit
from dovetail.emit.verify import first_difference, verify
from dovetail.errors import RefusedError
from dovetail.plan.model import Plan

__all__ = ["demand_fresh", "entrypoint"]


def entrypoint(plan: Plan) -> str:
    """Give `path:function` of a plan's flow, from the project's root."""
    return f"{module_path(plan.blueprint, plan.version)}:{identifier(plan.blueprint)}"


def demand_fresh(project: Project, plan: Plan, *, in_flight: bool = False) -> None:
    """Refuse a flow that is missing, stale or edited by hand.

    Args:
        project: where flows are.
        plan: what the flow has to say.
        in_flight: whether the plan is that of an item, which nothing can change.

    Raises:
        RefusedError: it names the first line that differs, and the command that mends it.
    """
    shown = module_path(plan.blueprint, plan.version)
    refresh = f"dovetail compile {plan.ref}"
    try:
        found = (project.root / shown).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RefusedError(f"{plan.ref} has no flow: {shown} is missing", refresh) from None
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"{shown} can't be read: {error}", refresh) from error
    expected = emit(plan)
    if found == expected:
        return
    other = _faithful(found)
    if other is not None and other.digest != plan.digest:
        raise RefusedError(
            f"{shown} is the flow of another plan of {plan.ref}\n"
            f"  found     {other.digest}\n"
            f"  expected  {plan.digest}",
            f"restore the blueprint as it was and compile it ({refresh}); "
            "a change of a version that items are on is a new version"
            if in_flight
            else refresh,
        )
    number = first_difference(expected, found)
    theirs, ours = (text.split("\n")[number - 1 :][:1] for text in (found, expected))
    raise RefusedError(
        f"{shown} is not what Dovetail emits for {plan.ref}: it was edited by hand\n"
        f"  {shown}:{number}\n"
        f"  found     {''.join(theirs).strip()}\n"
        f"  expected  {''.join(ours).strip()}",
        f"{refresh}   (changes belong in the blueprint)",
    )


def _faithful(text: str) -> Plan | None:
    """Give the plan of a module that is, to the byte, an emission."""
    try:
        return verify(text)
    except RefusedError:
        return None
