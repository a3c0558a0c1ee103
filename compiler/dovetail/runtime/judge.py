"""Evaluating what a blueprint says about an item: conditions, exit criteria, verdicts.

The kernel decides on recorded answers; this is where the answers come from. It reads a state and
the files that an attempt declared, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dovetail.errors import ExpressionFailedError, RefusedError
from dovetail.expressions import compile_expression
from dovetail.kernel import State
from dovetail.plan.model import Artifact, Check, Evidence, Plan
from dovetail.plan.scope import Scopes, Where, bind
from dovetail.templating import fill
from dovetail.workspace import Workspace

__all__ = ["Judge", "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt reports, read and typed.

    Attributes:
        files: the declared files: path in the item's folder → digest.
    """

    outputs: Mapping[str, Any]
    evidence: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, str]

    def to_data(self, criteria: Mapping[str, str | None]) -> dict[str, Any]:
        """Give what the event of its completion says."""
        return {
            "outputs": self.outputs,
            "evidence": self.evidence,
            "artifacts": self.files,
            "criteria": {name: against is None for name, against in criteria.items()},
        }


class Judge:
    """What is true of one item in one state.

    Args:
        item, title: of the work item.
        plan, state: where it is; they are only read.
    """

    def __init__(self, item: str, title: str, plan: Plan, state: State) -> None:
        self._item = {
            "id": item,
            "title": title,
            "blueprint": plan.blueprint,
            "version": plan.version,
        }
        self.plan, self.state = plan, state
        self._scopes = Scopes(plan)

    def _steps(self, step: str) -> dict[str, dict[str, Any]]:
        """Give what flow ancestors came to, by key; only what counts now."""
        out: dict[str, dict[str, Any]] = {}
        for place in self.plan.upstream(step):
            at = self.state.steps[place]
            told: dict[str, Any] = {"state": at.phase, "outputs": {}, "evidence": {}}
            last = at.latest
            if at.phase == "completed" and last is not None:
                told |= {"outputs": last.outputs, "evidence": last.evidence}
                told["artifacts"] = last.artifacts
            out[self.plan.steps[place].key] = told
        return out

    def values(self, step: str) -> dict[str, Any]:
        """Give item, params and steps as templates and processes see them.

        In keys of steps and params `-` becomes `_`; templates find all other names either way.
        """
        steps = {k.replace("-", "_"): dict(v) for k, v in self._steps(step).items()}
        registered = self.state.registered or {}
        params = {k.replace("-", "_"): v for k, v in registered.get("params", {}).items()}
        return {"item": self._item, "params": params, "steps": steps}

    def artifacts(self, step: str) -> dict[str, str]:
        """Give every file that completed ancestors declared: path → digest; the last one counts."""
        out: dict[str, str] = {}
        for told in self._steps(step).values():
            out |= told.get("artifacts", {})
        return out

    def _holds(
        self,
        step: str,
        where: Where,
        expr: str,
        *,
        outputs: Mapping[str, Any] | None = None,
        evidence: Mapping[str, Mapping[str, Any]] | None = None,
        attempt: int | None = None,
    ) -> bool:
        data = bind(
            params=(self.state.registered or {}).get("params", {}),
            item=self._item,
            outputs=outputs,
            evidence=evidence,
            attempt=attempt,
            steps=self._steps(step),
        )
        scope = self._scopes.of(self.plan.step(step), where)
        try:
            return compile_expression(expr, scope).holds(data)
        except ExpressionFailedError as error:
            raise ExpressionFailedError(
                f"{step}: {error.message}",
                "give other values, or mend the expression in a new version of the blueprint",
            ) from None

    def condition(self, step: str, expr: str) -> bool:
        """Tell whether a step's `when` holds.

        Raises:
            ExpressionFailedError: when it has no value; that never counts as false.
        """
        return self._holds(step, "before", expr)

    def verdict(
        self, step: str, attempt: int, evidence: Mapping[str, Mapping[str, Any]]
    ) -> bool | None:
        """Tell whether a gate's `approve_when` holds; None: it has none, or lacks its evidence.

        Raises:
            ExpressionFailedError: when it has no value on complete evidence.
        """
        gate = self.plan.step(step).gate
        if gate is None or gate.approve_when is None:
            return None
        if gate.evidence is not None and gate.evidence not in evidence:
            return None
        return self._holds(step, "attempt", gate.approve_when, evidence=evidence, attempt=attempt)

    def criteria(
        self, step: str, attempt: int, result: Result, workspace: Workspace
    ) -> dict[str, str | None]:
        """Look at an attempt's results: exit criterion id → what stands against it; None: it holds.

        Raises:
            ExpressionFailedError: when a check has no value.
        """
        asked = self.plan.step(step).exit
        lacking = any(isinstance(c, Evidence) and c.type not in result.evidence for c in asked)
        found: dict[str, str | None] = {}
        for criterion in asked:
            if isinstance(criterion, Check):
                try:
                    holds = self._holds(
                        step,
                        "attempt",
                        criterion.expr,
                        outputs=result.outputs,
                        evidence=result.evidence,
                        attempt=attempt,
                    )
                except ExpressionFailedError:
                    if not lacking:
                        raise
                    holds = False  # it is told with the evidence that is missing
                # Words of the planner's own say it better than the expression.
                against = "" if criterion.say else f"`{criterion.expr}` does not hold"
                found[criterion.id] = None if holds else against
            elif isinstance(criterion, Artifact):
                path = fill(criterion.path, self._values_of(step, attempt, result))
                found[criterion.id] = self._against_file(path, criterion, result.files, workspace)
            elif isinstance(criterion, Evidence):
                given = criterion.type in result.evidence
                found[criterion.id] = None if given else f"no evidence {criterion.type} was given"
        return found

    def expected_files(
        self, step: str, attempt: int, result: Result, workspace: Workspace
    ) -> list[str]:
        """Give the files that a step's criteria ask for and that are there."""
        asked = (c for c in self.plan.step(step).exit if isinstance(c, Artifact))
        values = self._values_of(step, attempt, result)
        paths = [fill(c.path, values) for c in asked]
        return [p for p in paths if workspace.locate(self._item["id"], p).is_file()]

    def _values_of(self, step: str, attempt: int, result: Result) -> dict[str, Any]:
        """Give what templates see that belong to an attempt."""
        own = {"outputs": result.outputs, "evidence": result.evidence}
        return self.values(step) | own | {"attempt": {"number": attempt}}

    def _against_file(
        self, path: str, criterion: Artifact, files: Mapping[str, str], workspace: Workspace
    ) -> str | None:
        item = self._item["id"]
        if path not in files:
            return f"{path} was not declared"
        try:
            size = workspace.size(item, path)
            if criterion.min_bytes is not None and size < criterion.min_bytes:
                return f"{path} has {size} bytes; expected at least {criterion.min_bytes}"
            if criterion.matches is not None:
                from dovetail.expressions import matches

                if not matches(criterion.matches, workspace.text(item, path)):
                    return f"{path} does not match {criterion.matches}"
        except (RefusedError, OSError):
            return f"{path} can't be read"
        return None
