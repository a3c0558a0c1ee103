"""The names that a step's expressions may use, and the values behind them (SPEC 2.3).

Both halves use it: the rules to check expressions, the run time to evaluate them. So it knows the
plan and nothing of YAML. In expressions a hyphen becomes an underscore; in data names stay as
declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, TypeAlias

from dovetail.expressions import Variable
from dovetail.plan.model import Evidence, Field, Plan, Step

__all__ = ["ITEM", "STATES", "Scopes", "StepScope", "Where", "bind", "scope_of", "snake"]

Where: TypeAlias = Literal["when", "exit", "gate"]

STATES = ("idle", "queued", "claimed", "failed", "rejected", "completed", "skipped")
"""What `steps.<key>.state` may be."""

_TEXT = Field(type="string")
_NUMBER = Field(type="int")
_STATE = Field(type="string", enum=STATES)

ITEM: Mapping[str, Field] = {"blueprint": _TEXT, "id": _TEXT, "title": _TEXT, "version": _TEXT}


def snake(name: str) -> str:
    """Give a name as expressions write it."""
    return name.replace("-", "_")


def scope_of(plan: Plan, step: Step, where: Where) -> StepScope:
    """Give the scope of one of a step's expressions. For many steps of a plan, keep a `Scopes`."""
    return Scopes(plan).of(step, where)


def bind(
    *,
    params: Mapping[str, Any],
    item: Mapping[str, Any],
    outputs: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Mapping[str, Any]] | None = None,
    attempt: int | None = None,
    steps: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Give run-time values as the data that expressions are evaluated on.

    All names are as the blueprint declares them. What is absent (or None) has no value: `has(…)` of
    it is false, and using it fails.

    Args:
        params: of the work item.
        item: what `ITEM` names of it.
        outputs: of the attempt.
        evidence: of the attempt, by type.
        attempt: its number.
        steps: by key, each with any of `outputs`, `evidence` and `state`.
    """
    return {
        "params": params,
        "item": item,
        "outputs": outputs or {},
        "evidence": evidence or {},
        "attempt": {} if attempt is None else {"number": attempt},
        "steps": steps or {},
    }


class Scopes:
    """The scopes of one plan's steps, which share what they have in common.

    Args:
        plan: its steps and their edges.
        all_before: take every step as coming before every other one, for blueprints whose edges
            can't be told.
    """

    def __init__(self, plan: Plan, *, all_before: bool = False) -> None:
        self.plan, self._all_before = plan, all_before

    def of(self, step: Step, where: Where) -> StepScope:
        """Give the scope of one of a step's expressions."""
        return StepScope(self, step, where)

    @cached_property
    def common(self) -> dict[str, Variable]:
        """Params and the item."""
        found = {f"item.{n}": Variable(f"item.{n}", f, ("item", n)) for n, f in ITEM.items()}
        for v in _declared("params", ("params",), self.plan.params, None):
            found[v.name] = v
        return found

    @cached_property
    def by_name(self) -> dict[str, int]:
        """The place of each step by its name in expressions."""
        return {snake(s.key): i for i, s in enumerate(self.plan.steps)}

    @cached_property
    def ancestors(self) -> list[int]:
        """For each step, its flow ancestors as the bits of an integer."""
        if self._all_before:
            everybody = (1 << len(self.plan.steps)) - 1
            return [everybody & ~(1 << i) for i in range(len(self.plan.steps))]
        out: list[int] = []
        for s in self.plan.steps:
            bits = 0
            for key in s.inputs:
                place = self.plan.position[key]
                bits |= out[place] | 1 << place
            out.append(bits)
        return out

    def attempt_of(
        self, step: Step, prefix: str, path: tuple[str, ...], key: str | None
    ) -> Iterator[Variable]:
        """Give what an attempt of a step reports: its outputs, and the evidence it is asked for."""
        yield from _declared(f"{prefix}outputs", (*path, "outputs"), step.outputs, key)
        for kind in sorted(_asked(step)):
            fields = self.plan.evidence.get(kind, {})
            at = (*path, "evidence", kind)
            yield from _declared(f"{prefix}evidence.{snake(kind)}", at, fields, key)


class StepScope:
    """The names of one expression. Names of other steps are looked up when they are asked for."""

    def __init__(self, scopes: Scopes, step: Step, where: Where) -> None:
        self._scopes = scopes
        self._step = step
        self._place = scopes.plan.position[step.key]
        self._own: dict[str, Variable] = {}
        self._others: dict[int, dict[str, Variable]] = {}
        if where != "when":
            self._own = {v.name: v for v in scopes.attempt_of(step, "", (), None)}
            number = Variable("attempt.number", _NUMBER, ("attempt", "number"))
            self._own[number.name] = number

    def find(self, name: str) -> Variable | None:
        """Give what a dotted name stands for."""
        if name.startswith("steps."):
            place = self._scopes.by_name.get(name.split(".", 2)[1])
            if place is None or not self._scopes.ancestors[self._place] >> place & 1:
                return None
            return self._of(place).get(name)
        return self._own.get(name) or self._scopes.common.get(name)

    def names(self) -> Iterable[str]:
        """Give every name."""
        yield from self._scopes.common
        yield from self._own
        bits = self._scopes.ancestors[self._place]
        while bits:
            low = bits & -bits
            yield from self._of(low.bit_length() - 1)
            bits ^= low

    def absent(self, name: str) -> str:
        """Say why there is no such name, where there is more to say than that; else nothing."""
        root, _, rest = name.partition(".")
        if root in {"outputs", "evidence", "attempt"} and not self._own:
            return (
                f"`{root}` is not known to `when`, which is decided before the step has an attempt"
            )
        place = self._scopes.by_name.get(rest.partition(".")[0]) if root == "steps" else None
        if place is None:
            return ""
        if place == self._place:
            return f"step `{self._step.key}` reads its own results as `outputs` and `evidence`"
        if not self._scopes.ancestors[self._place] >> place & 1:
            other = self._scopes.plan.steps[place].key
            return (
                f"step `{other}` does not hand on to step `{self._step.key}`: it is not before it"
            )
        return ""

    def _of(self, place: int) -> dict[str, Variable]:
        if place not in self._others:
            step = self._scopes.plan.steps[place]
            prefix, path = f"steps.{snake(step.key)}.", ("steps", step.key)
            state = Variable(f"{prefix}state", _STATE, (*path, "state"), step.key)
            found = {v.name: v for v in self._scopes.attempt_of(step, prefix, path, step.key)}
            self._others[place] = {state.name: state, **found}
        return self._others[place]


def _asked(step: Step) -> set[str]:
    """Give the evidence types that come with an attempt of a step."""
    kinds = {c.type for c in step.exit if isinstance(c, Evidence)}
    if step.gate is not None and step.gate.evidence is not None:
        kinds.add(step.gate.evidence)
    return kinds


def _declared(
    prefix: str,
    path: tuple[str, ...],
    fields: Mapping[str, Field],
    step: str | None,
    *,
    optional: bool = False,
) -> Iterator[Variable]:
    """Give the variables of declared fields, and those of the fields of objects."""
    for name in sorted(fields):
        field = fields[name]
        absent = optional or field.optional
        variable = Variable(f"{prefix}.{snake(name)}", field, (*path, name), step, absent)
        yield variable
        if field.type == "object":
            yield from _declared(variable.name, variable.path, field.fields, step, optional=absent)
