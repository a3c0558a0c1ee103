"""Plans for tests of the kernel: a short way to write them.

The edges come from `plan.graph`, as those of a compiled blueprint do; nothing else of the compiler
takes part, so that a plan may also be one that the rules of `dovetail check` would not pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypedDict, Unpack

from dovetail.plan.graph import Node, resolve
from dovetail.plan.model import (
    Action,
    Blocker,
    Call,
    Constraint,
    Criterion,
    Edge,
    ForEach,
    Gate,
    Integrate,
    Kind,
    Pause,
    Plan,
    Render,
    Run,
    Step,
    Wip,
)

__all__ = [
    "ROLE",
    "Sketch",
    "auto",
    "beside",
    "call",
    "gate",
    "integrate",
    "layered",
    "plan",
    "work",
]

ROLE = "crew"
"""The role of every step that names no other, and the owner of every plan."""


@dataclass(frozen=True)
class Sketch:
    """A step as a test writes it; `order` is the previous one plus 1 unless given."""

    key: str
    kind: Kind = "external"
    action: Action | None = None
    order: int | None = None
    parallel: bool = False
    needs: Sequence[str] | None = None
    join: Literal["all", "any", "at_least"] = "all"
    at_least: int | None = None
    when: str | None = None
    skip_say: str | None = None
    entry: tuple[Criterion, ...] = ()
    exit: tuple[Criterion, ...] = ()
    uses: tuple[str, ...] = ()
    attempts: int = 3
    on_failure: tuple[str, ...] = ()
    failure_limit: int | None = None
    role: str = ROLE


class Common(TypedDict, total=False):
    """What a test may say of a step of any kind; `at_least` alone makes that the join."""

    order: int | None
    parallel: bool
    needs: Sequence[str] | None
    join: Literal["all", "any"]
    at_least: int
    when: str | None
    skip_say: str | None
    entry: tuple[Criterion, ...]
    exit: tuple[Criterion, ...]
    uses: tuple[str, ...]
    attempts: int
    role: str


class Whole(TypedDict, total=False):
    """What a test may say of a plan as a whole."""

    intake: tuple[str, ...]
    roles: Mapping[str, str]
    wip_limit: Wip
    constraints: Mapping[str, Constraint]
    blockers: Mapping[str, Blocker]
    done: tuple[Criterion, ...]


def work(key: str, **common: Unpack[Common]) -> Sketch:
    """Give a step that an executor does."""
    return Sketch(key, **common)


def beside(*keys: str, **common: Unpack[Common]) -> list[Sketch]:
    """Give steps that executors do beside each other."""
    return [replace(work(key, **common), parallel=True) for key in keys]


def auto(
    key: str,
    *,
    on_failure: tuple[str, ...] = (),
    failure_limit: int | None = None,
    **common: Unpack[Common],
) -> Sketch:
    """Give a step that the run time does."""
    if failure_limit is None and on_failure:
        failure_limit = 1
    made = Sketch(key, "run", Run(("true",)), **common)
    return replace(made, on_failure=on_failure, failure_limit=failure_limit)


def gate(
    key: str,
    to: Sequence[str] = (),
    limit: int | None = None,
    then: Literal["block", "close"] = "block",
    *,
    reviewers: tuple[str, ...] = (),
    approvals: int = 1,
    evidence: str | None = None,
    approve_when: str | None = None,
    human: bool = False,
    independent: bool = False,
    override: tuple[str, ...] = (),
    **common: Unpack[Common],
) -> Sketch:
    """Give a gate; without targets it can't reject."""
    if limit is None and to:
        limit = 1
    action = Gate(
        reviewers=reviewers,
        approvals=approvals,
        evidence=evidence,
        approve_when=approve_when,
        reject=tuple(to),
        limit=limit,
        then=then,
        human=human,
        independent=independent,
        override=override,
    )
    return Sketch(key, "gate", action, **common)


def call(
    key: str,
    *,
    each: bool = True,
    concurrent: bool = False,
    after: bool = False,
    pause: Gate | None = None,
    integrate_each: Literal["child", "group", "end"] = "end",
    **common: Unpack[Common],
) -> Sketch:
    """Give a step that is done by child items, one per element; they may run `concurrent`."""
    each_ = ForEach(
        items="[]",
        as_="part",
        key="part",
        parallel=concurrent,
        pause=None if pause is None else Pause("true", pause),
        after=(Render("part.md", "part.md"),) if after else (),
    )
    action = Call("piece", for_each=each_ if each else None, integrate_each=integrate_each)
    return Sketch(key, "call", action, **common)


def integrate(key: str, *, require: tuple[Criterion, ...] = (), **common: Unpack[Common]) -> Sketch:
    """Give the crossing into the baseline."""
    return Sketch(key, "integrate", Integrate(require=require), **common)


def plan(*sketches: Sketch, **whole: Unpack[Whole]) -> Plan:
    """Give the plan of these steps."""
    order, placed = 0, []
    for s in sketches:
        order = order + 1 if s.order is None else s.order
        placed.append(replace(s, order=order))
    edges = resolve([_node(s) for s in placed])
    return _plan({s.key: s for s in placed}, edges, **whole)


def _join(s: Sketch) -> Literal["all", "any", "at_least"]:
    return s.join if s.at_least is None else "at_least"


def _node(s: Sketch) -> Node:
    needs = None if s.needs is None else tuple(s.needs)
    return Node(s.key, s.order or 0, s.parallel, needs, _join(s) == "all")


def _plan(
    sketches: Mapping[str, Sketch],
    edges: Mapping[str, tuple[Edge, ...]],
    **whole: Unpack[Whole],
) -> Plan:
    steps = (
        Step(
            key=key,
            index=index,
            order=sketches[key].order or 0,
            kind=sketches[key].kind,
            role=sketches[key].role,
            title=key,
            parallel=sketches[key].parallel,
            edges=into,
            join=_join(sketches[key]),
            at_least=sketches[key].at_least,
            when=sketches[key].when,
            skip_say=sketches[key].skip_say,
            entry=sketches[key].entry,
            exit=sketches[key].exit,
            uses=sketches[key].uses,
            attempts=sketches[key].attempts,
            on_failure=sketches[key].on_failure,
            failure_limit=sketches[key].failure_limit,
            action=sketches[key].action,
        )
        for index, (key, into) in enumerate(edges.items(), start=1)
    )
    listed = {"credentials": "A credential is at risk", "scope": "The scope has to grow"}
    whole = {"blockers": {k: Blocker(title) for k, title in listed.items()}, **whole}
    return Plan("trial", "1.0.0", "Trial", ROLE, tuple(steps), **whole)


def layered(layers: int, width: int) -> Plan:
    """Give layers of parallel steps, each of which needs all of the layer before."""
    names = [[f"s{i}-{j}" for j in range(width)] for i in range(layers)]
    before = [[], *names]
    return plan(
        *(
            auto(key, parallel=True, needs=above)
            for layer, above in zip(names, before, strict=False)
            for key in layer
        )
    )
