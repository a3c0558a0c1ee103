"""All rules. A new rule is a new file, and a line here."""

from __future__ import annotations

from dovetail.rules import (
    call_param_types,
    call_params,
    clock,
    colliding_names,
    constant_child_key,
    constant_condition,
    constraint_deadlock,
    contested_artifact,
    cycle,
    duplicate_criterion,
    duplicate_step,
    equal_order,
    expression,
    file_dialect,
    file_name,
    file_shape,
    gate_without_reviewer,
    hiding_name,
    idle_shared_blocker,
    join_like_all,
    join_never_fires,
    later_need,
    misplaced_evidence,
    missing_artifact,
    missing_change,
    missing_migration,
    missing_template,
    needless_on_failure,
    never_runs,
    nothing_to_report,
    other_files,
    parallel_alone,
    pattern,
    recursive_call,
    reject_not_upstream,
    release,
    rework_across_baseline,
    self_need,
    self_review,
    several_integrates,
    template,
    ungrouped_integration,
    unknown_callee,
    unknown_constraint,
    unknown_evidence,
    unknown_need,
    unknown_reject_target,
    unknown_role,
    unknown_shared_list,
    unordered_integrate,
    unusable_checkpoint,
    unusable_path,
    unused_constraint,
    unused_evidence,
    unused_param,
    unused_role,
    written_twice,
)
from dovetail.rules.base import Rule

__all__ = ["RULES", "complete", "rule"]

_RULES: tuple[Rule, ...] = (
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
    *template.RULES,
    missing_template.RULE,
    *other_files.RULES,
    never_runs.RULE,
    join_never_fires.RULE,
    join_like_all.RULE,
    parallel_alone.RULE,
    contested_artifact.RULE,
    missing_artifact.RULE,
    *self_review.RULES,
    rework_across_baseline.RULE,
    *constant_condition.RULES,
    unknown_constraint.RULE,
    unused_constraint.RULE,
    unordered_integrate.RULE,
    clock.RULE,
    needless_on_failure.RULE,
    misplaced_evidence.RULE,
    written_twice.RULE,
    *unusable_path.RULES,
    unusable_checkpoint.RULE,
    hiding_name.RULE,
    unknown_shared_list.RULE,
    unknown_callee.RULE,
    call_params.RULE,
    call_param_types.RULE,
    recursive_call.RULE,
    constraint_deadlock.RULE,
    release.EDITED,
    missing_migration.RULE,
    ungrouped_integration.RULE,
    constant_child_key.RULE,
    idle_shared_blocker.RULE,
    release.LOST,
)
RULES: tuple[Rule, ...] = tuple(sorted(_RULES, key=lambda rule: rule.code))

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
