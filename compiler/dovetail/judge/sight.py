"""What the expressions and templates of a blueprint see of an item (SPEC 2.3).

Of other steps they see the flow ancestors, and of those only results that count: of the inputs of a
join other than `all`, the winners' (SPEC 5.3). The others are there with their state and nothing
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from dovetail.errors import ExpressionFailedError
from dovetail.expressions import Analysis, Demand, Expression, analyse
from dovetail.kernel import State
from dovetail.plan.fields import Field
from dovetail.plan.model import Call, ForEach, Plan, Step
from dovetail.plan.scope import Local, Scopes, Where, bind, snake

__all__ = ["Expressions", "Knows", "Sight", "restored"]

Knows: TypeAlias = Literal["", "element", "settled", "pause"]
"""What an expression knows beside the names of its step: the element of a call's list; with it the
child that has settled; with both the form of the gate after that child."""

_Values: TypeAlias = Mapping[str, Any]
_UNREAD = Field(type="object")


class Expressions:
    """The expressions of one plan, each compiled once, in the scope in which it was checked.

    Args:
        plan: what they stand in.
        results: what the children of calls give, where that is known, by the calling step's key.
    """

    def __init__(
        self, plan: Plan, results: Mapping[str, Mapping[str, Field]] | None = None
    ) -> None:
        self.plan = plan
        self._scopes = Scopes(plan, results=results)
        self._known: dict[tuple[str, Where, str, Demand, Knows], Analysis] = {}

    def analysis(
        self, text: str, step: Step | None, where: Where, demand: Demand, knows: Knows
    ) -> Analysis:
        """Give what there is to know about an expression."""
        at = ("" if step is None else step.key, where, text, demand, knows)
        if at not in self._known:
            local = self._local(step, knows)
            if knows == "pause" and step is not None:
                step = _as_gate(step)
            self._known[at] = analyse(text, self._scopes.of(step, where, local), demand=demand)
        return self._known[at]

    def _local(self, step: Step | None, knows: Knows) -> Local:
        each = _each(step)
        if step is None or each is None or not knows:
            return {}
        items = self.analysis(each.items, step, "before", "list", "")
        element = items.element if items.expression is not None else _UNREAD
        told = {} if knows == "element" else self._scopes.settled(step)
        return {each.as_: element, **told}

    def sound(
        self, text: str, step: Step | None, where: Where, demand: Demand, knows: Knows
    ) -> Expression:
        """Give an expression that can be evaluated.

        Raises:
            ExpressionFailedError: when it does not compile; the message names the first mistake.
        """
        found = self.analysis(text, step, where, demand, knows)
        if found.expression is None:
            first = found.mistakes[0]
            raise ExpressionFailedError(
                f"`{text}`, column {first.column}: {first.message}", first.hint
            )
        return found.expression


def _each(step: Step | None) -> ForEach | None:
    return step.action.for_each if step and isinstance(step.action, Call) else None


def _as_gate(step: Step) -> Step:
    """Give the gate between the children of a call as a step of its own."""
    each = _each(step)
    if each is None or each.pause is None:
        return step
    return replace(step, kind="gate", outputs=each.pause.outputs, action=each.pause.gate)


class Sight:
    """What is to be seen of one item in one state.

    Args:
        item, title: of the work item.
        state: where it is; it is only read.
        expressions: those of its plan.
    """

    def __init__(self, item: str, title: str, state: State, expressions: Expressions) -> None:
        self.plan, self.state, self.expressions = expressions.plan, state, expressions
        self.item = {
            "id": item,
            "title": title,
            "blueprint": self.plan.blueprint,
            "version": self.plan.version,
        }

    @property
    def params(self) -> Mapping[str, Any]:
        """What the item was registered with."""
        params: Mapping[str, Any] = (self.state.registered or {}).get("params", {})
        return params

    def steps(self, step: str | None) -> dict[str, dict[str, Any]]:
        """Give what a step (None: the item as a whole) sees of others, by their keys."""
        everything = range(len(self.plan.steps))
        places = everything if step is None else self.plan.upstream(step)
        counts = set(everything) if step is None else self._counting(step)
        out: dict[str, dict[str, Any]] = {}
        for place in places:
            at = self.state.steps[place]
            told: dict[str, Any] = {"state": at.phase, "outputs": {}, "evidence": {}}
            if at.result is not None and place in counts:
                told |= {"outputs": at.result.outputs, "evidence": at.result.evidence}
                told["artifacts"] = at.result.artifacts
            out[self.plan.steps[place].key] = told
        return out

    def _counting(self, step: str) -> set[int]:
        """Give the places of the ancestors that a step reaches through winners alone."""
        found: set[int] = set()
        stack = [self.plan.position[step]]
        while stack:
            place = stack.pop()
            spec = self.plan.steps[place]
            inputs = spec.inputs if spec.join == "all" else self.state.steps[place].winners
            fresh = {self.plan.position[key] for key in inputs} - found
            found |= fresh
            stack += fresh
        return found

    def artifacts(self, step: str | None) -> dict[str, str]:
        """Give every file that what counts has declared: path → digest; the last one counts."""
        out: dict[str, str] = {}
        for told in self.steps(step).values():
            out |= told.get("artifacts", {})
        return out

    def values(self, step: str | None) -> dict[str, Any]:
        """Give item, params and steps as templates and processes see them.

        In keys of steps and params `-` becomes `_`; templates find all other names either way.
        """
        steps = {snake(k): dict(v) for k, v in self.steps(step).items()}
        return {
            "item": self.item,
            "params": {snake(k): v for k, v in self.params.items()},
            "steps": steps,
        }

    def data(self, step: str | None, own: _Values) -> dict[str, Any]:
        """Give what expressions are evaluated on.

        Args:
            step: whose they are; None: the item's.
            own: what belongs to the attempt (`outputs`, `evidence`, `attempt`), and elements.
        """
        told = bind(
            params=self.params,
            item=self.item,
            outputs=own.get("outputs"),
            evidence=own.get("evidence"),
            attempt=own.get("attempt"),
            steps=self.steps(step),
        )
        return told | {k: v for k, v in own.items() if k not in told}

    def evaluate(
        self, text: str, step: str, demand: Demand, knows: Knows = "", own: _Values | None = None
    ) -> Any:
        """Give the value of an expression that is evaluated before a step has an attempt.

        Names in it are as the blueprint declares them, where it declares them.

        Raises:
            ExpressionFailedError: when it has none.
        """
        spec = self.plan.step(step)
        expression = self.expressions.sound(text, spec, "before", demand, knows)
        return restored(expression.evaluate(self.data(step, own or {})), expression.declared)

    def list_of(self, text: str, step: str | None, where: Where, own: _Values) -> list[Any]:
        """Give the elements of a criterion's list.

        Raises:
            ExpressionFailedError: when it has no value, or one that is no list.
        """
        spec = None if step is None else self.plan.step(step)
        expression = self.expressions.sound(text, spec, where, "list", "")
        value = restored(expression.evaluate(self.data(step, own)), expression.declared)
        if not isinstance(value, list):
            raise ExpressionFailedError(f"{step or 'the item'}: `{text}` gave no list")
        return value

    def lacks(self, text: str, own: _Values) -> bool:
        """Tell whether a blocker's condition reads what an attempt does not report."""
        analysis = self.expressions.analysis(text, None, "closed", "bool", "")
        data = self.data(None, own)
        return any(_absent(data, read.variable.path) for read in analysis.reads if not read.guard)

    def result(self, text: str) -> Any:
        """Give the value of an expression of the item as a whole, when its steps have settled.

        Raises:
            ExpressionFailedError: when it has none.
        """
        expression = self.expressions.sound(text, None, "end", "any", "")
        return restored(expression.evaluate(self.data(None, {})), expression.declared)

    def holds(
        self,
        text: str,
        step: str | None,
        where: Where,
        own: _Values | None = None,
        knows: Knows = "",
    ) -> bool:
        """Tell whether an expression is exactly true.

        Raises:
            ExpressionFailedError: when it has no value; that never counts as false.
        """
        spec = None if step is None else self.plan.step(step)
        expression = self.expressions.sound(text, spec, where, "bool", knows)
        try:
            return expression.holds(self.data(step, own or {}))
        except ExpressionFailedError as error:
            raise ExpressionFailedError(
                f"{step or 'the item'}: {error.message}",
                "give other values, or mend the expression in a new version of the blueprint",
            ) from None


def _absent(data: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data is None


def restored(value: Any, field: Field | None) -> Any:
    """Give a value that came out of an expression as JSON has it, with its declared names."""
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]  # dates are midnight UTC there
    if isinstance(value, list | tuple):
        inner = None if field is None else field.of
        return [restored(v, inner) for v in value]
    if isinstance(value, Mapping):
        fields = {} if field is None else field.fields
        names: dict[Any, Any] = {snake(name): name for name in fields}
        told = {names.get(k, k): v for k, v in value.items()}
        return {k: restored(v, fields.get(str(k))) for k, v in told.items()}
    return value
