"""The names that a step's expressions may use, and the values behind them (SPEC 2.3).

Both halves use it: the rules to check expressions, the run time to evaluate them. So it knows the
plan and nothing of YAML. In expressions a hyphen becomes an underscore; in data names stay as
declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from dovetail.expressions import Variable
from dovetail.plan.fields import snake
from dovetail.plan.model import Evidence, Field, Plan, Step

__all__ = [
    "CHILD",
    "ITEM",
    "SETTLED",
    "STATES",
    "Local",
    "Scopes",
    "StepScope",
    "Where",
    "bind",
    "scope_of",
    "snake",
]

Where: TypeAlias = Literal["before", "attempt", "end", "closed"]
"""When an expression is evaluated: before a step has an attempt (`when`, `entry`, `each`, `call`),
on an attempt (`exit`, `approve_when`), when all steps are settled (`done`, the item's `outputs`),
or on any attempt that has just closed (a blocker's `when`)."""

Local: TypeAlias = Mapping[str, Field]
"""Names that only some expressions know: the element of a list, a child that has settled."""

STATES = ("idle", "queued", "claimed", "failed", "rejected", "completed", "skipped", "out")
"""What `steps.<key>.state` may be; `out`: it lost a join, and nothing waits for it any more."""

_TEXT = Field(type="string")
_NUMBER = Field(type="int")
_STATE = Field(type="string", enum=STATES)

ITEM: Mapping[str, Field] = {"blueprint": _TEXT, "id": _TEXT, "title": _TEXT, "version": _TEXT}

_STATUS = Field(
    type="string",
    enum=("intake", "ready", "active", "waiting", "blocked", "completed", "closed"),
)
CHILD = Field(
    type="object",
    fields={"item": _TEXT, "key": _TEXT, "outputs": Field(type="object"), "status": _STATUS},
)
"""What a call tells of a child item."""

SETTLED = ("child", "group_last", "last")
"""What is known, beside the element, as a child of a call settles."""


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
        results: what the children of calls give, where that is known: by the calling step's key.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        all_before: bool = False,
        results: Mapping[str, Mapping[str, Field]] | None = None,
    ) -> None:
        self.plan, self._all_before, self._results = plan, all_before, results or {}

    def of(self, step: Step | None, where: Where, local: Local | None = None) -> StepScope:
        """Give the scope of an expression of a step, or of the item as a whole."""
        return StepScope(self, step, where, local or {})

    def child(self, step: Step) -> Field:
        """Give what a call tells of a child item."""
        results = self._results.get(step.key)
        if not results:
            return CHILD
        return replace(CHILD, fields={**CHILD.fields, "outputs": Field("object", fields=results)})

    def settled(self, step: Step) -> Local:
        """Give what is known beside the element as a child of a call settles."""
        flag = Field(type="bool")
        return dict(zip(SETTLED, (self.child(step), flag, flag), strict=True))

    def reported(self, step: Step) -> Mapping[str, Field]:
        """Give what an attempt of a step reports."""
        if step.kind != "call":
            return step.outputs
        return {"children": Field(type="list", of=self.child(step))}

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
    def everybody(self) -> int:
        """All steps, as the bits of an integer."""
        return (1 << len(self.plan.steps)) - 1

    @cached_property
    def ancestors(self) -> list[int]:
        """For each step, its flow ancestors as the bits of an integer."""
        if self._all_before:
            return [self.everybody & ~(1 << i) for i in range(len(self.plan.steps))]
        out: list[int] = []
        for s in self.plan.steps:
            bits = 0
            for key in s.inputs:
                place = self.plan.position[key]
                bits |= out[place] | 1 << place
            out.append(bits)
        return out

    @cached_property
    def certain(self) -> list[int]:
        """For each step, the ancestors that have settled before it whatever happens, as bits.

        An `all` join waits for all its inputs. Of any other join, only what all its inputs waited
        for is certain: which of them were first, nobody knows beforehand.
        """
        if self._all_before or all(s.join == "all" for s in self.plan.steps):
            return self.ancestors
        out: list[int] = []
        for s in self.plan.steps:
            places = [self.plan.position[key] for key in s.inputs]
            if s.join == "all":
                bits = 0
                for i in places:
                    bits |= out[i] | 1 << i
            else:
                bits = self.everybody if places else 0
                for i in places:
                    bits &= out[i] | 1 << i
            out.append(bits)
        return out

    @cached_property
    def certain_at_end(self) -> int:
        """The steps that have settled before the item completes, whatever happens, as bits.

        An input of a join other than `all` may have been cancelled.
        """
        bits = 0
        for i, after in enumerate(self.plan.flow_successors):
            if not after:
                bits |= self.certain[i] | 1 << i
        return bits

    @cached_property
    def skippable(self) -> list[bool]:
        """For each step, whether it may be skipped."""
        out: list[bool] = []
        for s in self.plan.steps:
            inputs = [out[self.plan.position[key]] for key in s.inputs]
            out.append(s.when is not None or (s.join != "all" and all(inputs)))
        return out

    @cached_property
    def closed(self) -> dict[str, Variable]:
        """What any attempt that has just closed may have reported.

        A name that steps declare with different types is left out: see `torn`.
        """
        found: dict[str, Variable] = {}
        for v in self._of_all():
            if v.name not in self.torn:
                found.setdefault(v.name, v)
        return found

    @cached_property
    def torn(self) -> set[str]:
        """The names of outputs that steps declare with different types."""
        types: dict[str, Field] = {}
        return {v.name for v in self._of_all() if types.setdefault(v.name, v.field) != v.field}

    def _of_all(self) -> Iterator[Variable]:
        for s in self.plan.steps:
            yield from self.attempt_of(s, "", (), None)

    def attempt_of(
        self, step: Step, prefix: str, path: tuple[str, ...], key: str | None
    ) -> Iterator[Variable]:
        """Give what an attempt of a step reports: its outputs, and the evidence it is asked for."""
        yield from _declared(f"{prefix}outputs", (*path, "outputs"), self.reported(step), key)
        for kind in sorted(_asked(step)):
            fields = self.plan.evidence.get(kind, {})
            at = (*path, "evidence", kind)
            yield from _declared(f"{prefix}evidence.{snake(kind)}", at, fields, key)


class StepScope:
    """The names of one expression. Names of other steps are looked up when they are asked for.

    Attributes:
        own: the names that are no param, no fact of the item, and of no other step.
        before: the steps whose results it may read, as bits.
        certain: those of them that have settled whatever happens, as bits.
    """

    def __init__(self, scopes: Scopes, step: Step | None, where: Where, local: Local) -> None:
        self._scopes, self._step, self._where = scopes, step, where
        self._place = -1 if step is None else scopes.plan.position[step.key]
        self.own = dict(self._attempt())
        for v in _local(local):
            self.own[v.name] = v
        self._others: dict[int, dict[str, Variable]] = {}

    def _attempt(self) -> Iterator[tuple[str, Variable]]:
        if self._where in {"before", "end"}:
            return
        if self._step is None:
            yield from self._scopes.closed.items()
        else:
            found = self._scopes.attempt_of(self._step, "", (), None)
            yield from ((v.name, v) for v in found)
        yield _ATTEMPT.name, _ATTEMPT

    @cached_property
    def before(self) -> int:
        """The steps whose results it may read, as the bits of an integer."""
        if self._where == "end":
            return self._scopes.everybody
        return 0 if self._step is None else self._scopes.ancestors[self._place]

    @cached_property
    def certain(self) -> int:
        """Those of `before` that have settled whatever happens."""
        if self._where == "end":
            return self._scopes.certain_at_end
        return 0 if self._step is None else self._scopes.certain[self._place]

    def find(self, name: str) -> Variable | None:
        """Give what a dotted name stands for."""
        if name.startswith("steps."):
            place = self._scopes.by_name.get(name.split(".", 2)[1])
            if place is None or not self.before >> place & 1:
                return None
            return self._of(place).get(name)
        return self.own.get(name) or self._scopes.common.get(name)

    def names(self) -> Iterable[str]:
        """Give every name."""
        yield from self._scopes.common
        yield from self.own
        bits = self.before
        while bits:
            low = bits & -bits
            yield from self._of(low.bit_length() - 1)
            bits ^= low

    def absent(self, name: str) -> str:
        """Say why there is no such name, where there is more to say than that; else nothing."""
        root, _, rest = name.partition(".")
        if root in {"outputs", "evidence", "attempt"}:
            if self._where == "before":
                return f"`{root}` is not known here: it is decided before the step has an attempt"
            if self._where == "end":
                return f"`{root}` belongs to an attempt: name its step, as in `steps.<key>.{root}`"
            if self._step is None and name in self._scopes.torn:
                return f"steps declare `{name}` with different types"
            if self._step is not None and not any(n.startswith(root + ".") for n in self.own):
                does = "declares no outputs" if root == "outputs" else "asks for no evidence"
                return f"`{root}` is not known here: step `{self._step.key}` {does}"
        if root == "params" and not any(n.startswith("params.") for n in self._scopes.common):
            return "`params` is not known here: the blueprint declares none"
        if root != "steps":
            return ""
        if self._where == "closed":
            return "a blocker reads the attempt that has just closed, whichever step it is of"
        place = self._scopes.by_name.get(rest.partition(".")[0])
        if place is None or self._step is None:
            return ""
        if place == self._place:
            return f"step `{self._step.key}` reads its own results as `outputs` and `evidence`"
        if not self.before >> place & 1:
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


_ATTEMPT = Variable("attempt.number", _NUMBER, ("attempt", "number"))


def _local(local: Local) -> Iterator[Variable]:
    """Give the variables of names that are not below one of the roots."""
    for name, field in local.items():
        yield Variable(snake(name), field, (name,))
        if field.type == "object":
            yield from _declared(snake(name), (name,), field.fields, None)


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
