"""DT075: a role of an executor that no blueprint has."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.file_rule import FileContext, FileRule

__all__ = ["RULE"]


def _check(context: FileContext) -> Iterator[Diagnostic]:
    record, library = context.executors, context.library
    if record is None or not library.names:
        return
    roles: set[str] = set()
    for plan in library.all_sound():
        if plan is None:  # it may have the role: a finding that is not certain is worse than none
            return
        roles |= {plan.owner, *plan.roles}
    names = context.names(roles)
    for name, executor in record.executors.items():
        for i, role in enumerate(executor.roles):
            if role not in roles:
                path = ("executors", name, "roles", i)
                hint, fix = context.suggest(role, path, names)
                if fix is not None and fix.replacement in executor.roles:
                    fix = None
                said = f"`{role}` is not a role of any blueprint"
                yield RULE.at(context.spans.value(path), said, hint, fix)


RULE = FileRule(
    code="DT075",
    severity="warning",
    stage="project",
    title="An executor's role that no blueprint has",
    explanation="""
An executor is offered the work of its roles. A role that no version of any blueprint declares, and
that is nobody's name as an owner, is most often a slip of the pen. The `demo` of the examples has
the roles `writer` and `editor`.
""",
    bad="""
executors:
  ben: {kind: agent, roles: [wirter]}
""",
    good="""
executors:
  ben: {kind: agent, roles: [writer]}
""",
    place="executors.yaml",
    examine=_check,
)
