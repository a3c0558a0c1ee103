"""DT095: evidence asked for where there is no attempt that it could come with."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.diagnostics import Diagnostic
from dovetail.plan.scope import snake
from dovetail.rules.base import Context, Rule

__all__ = ["RULE"]

_WITHOUT_ATTEMPT = frozenset({"entry", "require", "done"})


def _check(context: Context) -> Iterator[Diagnostic]:
    for i, kind, path in context.asked:
        place = path[-3]
        if place in _WITHOUT_ATTEMPT:
            owner = "" if i is None else f" of step `{context.blueprint.steps[i].key}`"
            yield RULE.at(
                context.spans.value(path),
                f"`{place}`{owner} asks for evidence `{kind}`, "
                "but evidence comes with an attempt, and here is none",
                "ask for it in the `exit` of the step that it comes with; "
                f"here, `check: steps.<key>.evidence.{snake(kind)}.…`",
            )


RULE = Rule(
    code="DT095",
    severity="error",
    stage="names",
    title="Evidence where there is no attempt",
    explanation="""
Evidence is submitted with an attempt, and belongs to it. So a criterion can ask for it in a step's
`exit`, and a gate for its decision. In `entry`, in `require` and in the item's `done` there is no
attempt: expressions there can read the evidence of steps before.
""",
    bad="""
evidence: {review: {result: {type: string}}}
steps:
  - {key: draft, exit: [{id: review, evidence: review}]}
  - {key: edit, entry: [{id: review, evidence: review}]}
""",
    good="""
evidence: {review: {result: {type: string}}}
steps:
  - {key: draft, exit: [{id: review, evidence: review}]}
  - {key: edit, entry: [{id: fine, check: steps.draft.evidence.review.result == 'PASS'}]}
""",
    check=_check,
)
