"""DT110: a shared blocker whose condition reads what no step here reports."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.shared_types import mistakes

__all__ = ["RULE"]


def _check(context: Context) -> Iterator[Diagnostic]:
    seen = set[str]()
    for j, name in enumerate(context.blueprint.blockers.use):
        if name in seen:
            continue
        seen.add(name)
        idle: dict[str, list[str]] = {}
        for key, mistake in mistakes(context, j):
            if mistake.kind == "name":
                idle.setdefault(mistake.message, []).append(f"`{key}`")
        for why, keys in idle.items():
            yield RULE.at(
                context.spans.value(("blockers", "use", j)),
                f"nothing here raises {', '.join(keys)} of the list `{name}`: {why}",
                "let a step report what `when` reads there; people can raise them all the same",
            )


RULE = Rule(
    code="DT110",
    severity="warning",
    stage="project",
    title="A shared blocker that is never raised by itself",
    explanation="""
The `when` of a blocker reads the outputs and the evidence of attempts. One from a shared list may
read a field that no step of the blueprint declares: then it is never raised but by people. The
examples are in a project with the list `scope`, of which a type has
`when: outputs.scope_changed`.
""",
    bad="""
blockers: {use: [scope]}
""",
    good="""
blockers: {use: [scope]}
steps:
  - {key: draft, outputs: {scope_changed: {type: bool, default: false}}}
""",
    check=_check,
)
