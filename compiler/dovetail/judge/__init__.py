"""Evaluating what a blueprint says about an item: conditions, criteria, verdicts, lists.

The kernel decides on recorded answers; this is where the answers come from. It reads a plan, a
state and the files that were declared, and changes nothing. The run time gives it the workspace,
the simulator a folder in which whatever was declared is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from dovetail.errors import ExpressionFailedError
from dovetail.judge import children
from dovetail.judge.criteria import Asked, Files, Result, asked_files, look, untouchable
from dovetail.judge.sight import Expressions, Knows, Sight
from dovetail.kernel import Attempt, Probe, State
from dovetail.plan.model import Call, Gate, Integrate, Plan, Render

__all__ = ["Expressions", "Files", "Judge", "Result"]


class Judge:
    """What is true of one item in one state.

    Args:
        item, title: of the work item.
        plan, state: where it is; they are only read.
        files: its folder.
        expressions: those of the plan, where others have use for them, too.
    """

    def __init__(
        self,
        item: str,
        title: str,
        plan: Plan,
        state: State,
        files: Files,
        expressions: Expressions | None = None,
    ) -> None:
        self.plan, self.state, self._files = plan, state, files
        self._sight = Sight(item, title, state, expressions or Expressions(plan))

    # --- what is seen

    def values(self, step: str) -> dict[str, Any]:
        """Give item, params and steps as templates and processes see them.

        In keys of steps and params `-` becomes `_`; templates find all other names either way.
        """
        return self._sight.values(step)

    def artifacts(self, step: str) -> dict[str, str]:
        """Give every file that what comes before a step has declared: path → digest."""
        return self._sight.artifacts(step)

    def outputs(self) -> dict[str, Any]:
        """Give the item's result.

        Raises:
            ExpressionFailedError: when an expression has no value.
        """
        return {name: self._sight.result(text) for name, text in self.plan.outputs.items()}

    # --- questions of the kernel

    def answer(self, probe: Probe) -> dict[str, Any]:
        """Answer what the kernel asks; gives the data of the event that says so.

        Raises:
            ExpressionFailedError: when an expression has no value; that never counts as false.
        """
        named = {"what": probe.what, "step": probe.step, "generation": probe.generation}
        match probe.what:
            case "when":
                return named | {"holds": self.condition(probe.step)}
            case "entry":
                criteria = _held(self.entry(probe.step))
                return named | {"attempt": probe.attempt, "criteria": criteria}
            case "blockers":
                raised = self.raised(probe.step, probe.attempt)
                return named | {"attempt": probe.attempt, "raised": raised}
            case "pause":
                holds = self.pauses(probe)
                told = {"attempt": probe.attempt, "child": probe.child, "holds": holds}
                return named | told | {"group_last": probe.group_last, "last": probe.last}
            case "done":
                return {"what": probe.what, "criteria": _held(self.done())}

    def condition(self, step: str) -> bool:
        """Tell whether a step's `when` holds; without one, it does.

        Raises:
            ExpressionFailedError: when it has no value.
        """
        expr = self.plan.step(step).when
        return expr is None or self._sight.holds(expr, step, "before")

    def entry(self, step: str) -> dict[str, str | None]:
        """Look at what has to hold before a step launches: id → what stands against it.

        Raises:
            ExpressionFailedError: when a criterion has no value.
        """
        spec = self.plan.step(step)
        required = spec.action.require if isinstance(spec.action, Integrate) else ()
        asked = Asked(step, "before", {})
        return look(self._sight, self._files, (*spec.entry, *required), asked)

    def done(self) -> dict[str, str | None]:
        """Look at what has to hold before the item completes: id → what stands against it.

        Raises:
            ExpressionFailedError: when a criterion has no value.
        """
        return look(self._sight, self._files, self.plan.done, Asked(None, "end", {}))

    def raised(self, step: str, attempt: int) -> list[str]:
        """Give the types of blockers that an attempt which has closed raises, sorted.

        What it does not report does not raise anything (SPEC 2.3).

        Raises:
            ExpressionFailedError: when a condition on what it does report has no value.
        """
        closed = self.state.attempt(self.plan, step, attempt)
        if closed is None:
            return []
        own = {"outputs": closed.outputs, "evidence": closed.evidence, "attempt": attempt}
        types = sorted(self.plan.blockers.items())
        return [name for name, b in types if b.when is not None and self._raises(b.when, own)]

    def _raises(self, expr: str, own: Mapping[str, Any]) -> bool:
        try:
            return self._sight.holds(expr, None, "closed", own)
        except ExpressionFailedError:
            if self._sight.lacks(expr, own):
                return False
            raise

    def pauses(self, probe: Probe) -> bool:
        """Tell whether a gate opens after a child of a call.

        Raises:
            ExpressionFailedError: when `pause.when` has no value.
        """
        call = self._attempt(probe.step, probe.attempt)
        action = self.plan.step(probe.step).action
        each = action.for_each if isinstance(action, Call) else None
        if call is None or each is None or each.pause is None:
            return False
        own = children.settled(self._sight, call, probe.child)
        own |= {"group_last": probe.group_last, "last": probe.last}
        return self._sight.holds(each.pause.when, probe.step, "before", own, "settled")

    def _attempt(self, step: str, number: int) -> Attempt | None:
        return self.state.attempt(self.plan, step, number)

    # --- attempts and decisions

    def criteria(
        self, step: str, attempt: int, result: Result, *, only: Collection[str] | None = None
    ) -> dict[str, str | None]:
        """Look at an attempt's results: exit criterion id → what stands against it; None: it holds.

        Args:
            step, attempt: whose.
            result: what it reports.
            only: the ids of those that are looked at; None: all are.

        Raises:
            ExpressionFailedError: when a criterion has no value.
        """
        asked = _on_attempt(step, attempt, result)
        exit_ = self.plan.step(step).exit
        criteria = exit_ if only is None else [c for c in exit_ if c.id in only]
        return look(self._sight, self._files, criteria, asked)

    def asked_files(self, step: str, attempt: int, result: Result) -> list[str]:
        """Give the files that a step's exit criteria ask for, there or not.

        Raises:
            ExpressionFailedError: when a path has no value.
        """
        asked = _on_attempt(step, attempt, result)
        return asked_files(self._sight, self.plan.step(step).exit, asked)

    def expected_files(self, step: str, attempt: int, result: Result) -> list[str]:
        """Give the files that a step's exit criteria ask for and that are there."""
        return [p for p in self.asked_files(step, attempt, result) if self._files.there(p)]

    def untouchable(self, step: str, paths: Iterable[str]) -> list[str]:
        """Give those of some files that an attempt of a step may not touch, by its `changes`."""
        return untouchable(self.plan.step(step).changes, paths)

    def verdict(
        self,
        step: str,
        attempt: int,
        evidence: Mapping[str, Mapping[str, Any]],
        outputs: Mapping[str, Any] | None = None,
        child: str = "",
    ) -> bool | None:
        """Tell whether a gate's `approve_when` holds; None: it has none, or lacks its evidence.

        Args:
            step, attempt: the gate, or the call with a gate after the child `child`.
            evidence, outputs: what comes with the decision.

        Raises:
            ExpressionFailedError: when it has no value on complete evidence.
        """
        gate = self._gate(step, child)
        if gate is None or gate.approve_when is None:
            return None
        if gate.evidence is not None and gate.evidence not in evidence:
            return None
        own: dict[str, Any] = {"evidence": evidence, "outputs": outputs or {}, "attempt": attempt}
        call = self._attempt(step, attempt)
        if child and call is not None:
            own |= children.settled(self._sight, call, child)
        knows: Knows = "pause" if child else ""
        return self._sight.holds(gate.approve_when, step, "attempt", own, knows)

    def _gate(self, step: str, child: str) -> Gate | None:
        action = self.plan.step(step).action
        if child and isinstance(action, Call) and action.for_each and action.for_each.pause:
            return action.for_each.pause.gate
        return self.plan.step(step).gate

    # --- calls and templates

    def elements(self, step: str, callee: Plan) -> list[dict[str, Any]]:
        """Give the children of a call, as the event of its expansion has them.

        Args:
            step: the call.
            callee: the version of the blueprint that is called; it types the params.

        Raises:
            RefusedError: when a key is not a text, or params are not as the callee declares them.
            ExpressionFailedError: when an expression has no value.
        """
        return children.elements(self._sight, step, callee)

    def rendered(self, step: str) -> list[tuple[Render, str, dict[str, Any]]]:
        """Give what a step renders: what, to which path, with what values.

        Raises:
            ExpressionFailedError: when a list or a path has no value.
        """
        return children.rendered(self._sight, step)

    def rendered_after(
        self, step: str, attempt: int, child: str
    ) -> list[tuple[Render, str, dict[str, Any]]]:
        """Give what a call renders when a child has settled, likewise.

        Raises:
            ExpressionFailedError: when a list or a path has no value.
        """
        call = self._attempt(step, attempt)
        return [] if call is None else children.after(self._sight, call, child)


def _on_attempt(step: str, attempt: int, result: Result) -> Asked:
    own = {"outputs": result.outputs, "evidence": result.evidence, "attempt": attempt}
    return Asked(step, "attempt", own, result)


def _held(looked: Mapping[str, str | None]) -> dict[str, bool]:
    return {name: against is None for name, against in looked.items()}
