"""All rules. A new rule is a new file, and a line here."""

from __future__ import annotations

from dovetail.rules import (
    colliding_names,
    cycle,
    duplicate_criterion,
    duplicate_step,
    equal_order,
    expression,
    file_dialect,
    file_name,
    file_shape,
    gate_without_reviewer,
    later_need,
    missing_change,
    nothing_to_report,
    other_files,
    pattern,
    reject_not_upstream,
    self_need,
    several_integrates,
    unknown_evidence,
    unknown_need,
    unknown_reject_target,
    unknown_role,
    unused_evidence,
    unused_param,
    unused_role,
)
from dovetail.rules.base import Rule

__all__ = ["RULES", "complete", "rule"]

RULES: tuple[Rule, ...] = (
    *file_dialect.RULES,
    *file_shape.RULES,
    duplicate_step.RULE,
    colliding_names.RULE,
    equal_order.RULE,
    unknown_need.RULE,
    self_need.RULE,
    later_need.RULE,
    cycle.RULE,
    several_integrates.RULE,
    nothing_to_report.RULE,
    unknown_role.RULE,
    unused_role.RULE,
    unknown_evidence.RULE,
    unused_evidence.RULE,
    duplicate_criterion.RULE,
    gate_without_reviewer.RULE,
    unknown_reject_target.RULE,
    reject_not_upstream.RULE,
    unused_param.RULE,
    missing_change.RULE,
    *file_name.RULES,
    *expression.RULES,
    pattern.RULE,
    *other_files.RULES,
)

_BY_CODE = {r.code: r for r in RULES}
_REST = {
    "schema": "schema: dovetail/v1",
    "name": "name: demo",
    "version": "version: 1.0.0",
    "title": "title: An example",
    "owner": "owner: mira",
    "steps": "steps: [{key: do}]",
}


def rule(code: str) -> Rule | None:
    """Give a rule by its code, in any case."""
    return _BY_CODE.get(code.upper())


def complete(example: str) -> str:
    """Give a rule's example as a whole blueprint: with the required keys that it leaves out."""
    example = example.strip("\n") + "\n"
    written = {line.partition(":")[0].strip("[]") for line in example.splitlines()}
    head = [line for key, line in _REST.items() if key not in written and key != "steps"]
    foot = [] if "steps" in written else [_REST["steps"]]
    if example.startswith("---"):
        return "\n".join(["---", *head, example.removeprefix("---\n")]) + "\n".join(foot)
    return "\n".join([*head, example]) + "\n".join(foot)
