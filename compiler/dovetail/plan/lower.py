"""From an accepted blueprint to its plan: every order, edge and default resolved (SPEC 2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dovetail.blueprint.actions import CallModel, ForEachModel, GateModel, PauseModel, RenderModel
from dovetail.blueprint.model import (
    OWNER,
    BlockerModel,
    Blueprint,
    CriterionModel,
    FieldModel,
    StepModel,
    resolve_orders,
)
from dovetail.plan import graph
from dovetail.plan.checkpoint import expanded
from dovetail.plan.model import (
    ITEM_ID,
    Action,
    Artifact,
    Blocker,
    Call,
    Changes,
    Check,
    Command,
    Constraint,
    Criterion,
    Edge,
    Evidence,
    Field,
    ForEach,
    Gate,
    Integrate,
    Pause,
    Plan,
    Python,
    Render,
    Renders,
    Run,
    Step,
    Wip,
)

__all__ = ["lower", "lower_field"]


def lower(blueprint: Blueprint, shared: Mapping[str, BlockerModel] | None = None) -> Plan:
    """Give the plan of a blueprint that the rules have accepted.

    The plan depends on what the blueprint says alone, not on the order of its keys, nor, where
    orders are written, on the order of its steps. The implicit role `owner` becomes the owner.

    Args:
        blueprint: the blueprint.
        shared: the types of blockers in the lists that it uses.
    """
    owner = blueprint.owner
    steps, orders = expanded(blueprint.steps, resolve_orders(blueprint.steps))
    written = {s.key: (s, order) for s, order in zip(steps, orders, strict=True)}
    edges = graph.resolve(_nodes(steps, orders))
    lowered = (
        _step(*written[key], index, into, owner)
        for index, (key, into) in enumerate(edges.items(), start=1)
    )
    wip = blueprint.wip_limit
    return Plan(
        blueprint=blueprint.name,
        version=blueprint.version,
        title=blueprint.title,
        owner=owner,
        steps=tuple(lowered),
        description=blueprint.description,
        intake=_roles(blueprint.intake_roles, owner),
        item_id=blueprint.item_id or ITEM_ID,
        wip_limit=None if wip is None else Wip(wip.slots, wip.per),
        roles=dict(sorted(blueprint.roles.items())),
        params=_fields(blueprint.params),
        outputs=dict(sorted(blueprint.outputs.items())),
        evidence={k: _fields(v) for k, v in sorted(blueprint.evidence.items())},
        constraints={
            k: Constraint(c.scope, c.slots) for k, c in sorted(blueprint.constraints.items())
        },
        blockers={
            k: Blocker(b.title, b.description, b.when)
            for k, b in sorted({**(shared or {}), **blueprint.blockers.types}.items())
        },
        start=blueprint.start or "",
        finish=blueprint.finish or "",
        done=_criteria(blueprint.done),
    )


def _nodes(steps: Iterable[StepModel], orders: Iterable[int]) -> list[graph.Node]:
    """Give what decides about the edges of steps."""
    return [
        graph.Node(s.key, order, s.parallel, s.needs, conjunctive=s.join.rule == "all")
        for s, order in zip(steps, orders, strict=True)
    ]


def _step(s: StepModel, order: int, index: int, edges: tuple[Edge, ...], owner: str) -> Step:
    back, rule = s.on_failure, s.join.rule
    return Step(
        key=s.key,
        index=index,
        order=order,
        kind=s.kind,
        role=_role(s.role, owner),
        title=s.title,
        description=s.description,
        parallel=s.parallel,
        edges=edges,
        join=rule,
        at_least=s.join.at_least if rule == "at_least" else None,
        when=s.when,
        skip_say=s.skip_say,
        entry=_criteria(s.entry),
        exit=_criteria(s.exit),
        done=s.done,
        outputs=_fields(s.outputs if s.gate is None else s.gate.outputs),
        uses=tuple(sorted(set(s.uses))),
        attempts=s.attempts,
        on_failure=() if back is None else back.to,
        failure_limit=None if back is None else back.limit,
        changes=None if s.changes is None else Changes(s.changes.only, s.changes.never),
        action=_action(s, owner),
    )


def _role(role: str, owner: str) -> str:
    return owner if role == OWNER else role


def _roles(roles: Iterable[str], owner: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_role(r, owner) for r in roles))


def _action(s: StepModel, owner: str) -> Action | None:
    if s.run is not None:
        return Run(s.run.command, dict(sorted(s.run.env.items())), s.run.timeout)
    if s.python is not None:
        return Python(s.python)
    if s.render is not None:
        return Renders(_renders(s.render))
    if s.call is not None:
        return _call(s.call, owner)
    if s.gate is not None:
        return _gate(s.gate, owner)
    if s.integrate is not None:
        return Integrate(s.integrate.message, _criteria(s.integrate.require))
    return None


def _renders(files: Iterable[RenderModel]) -> tuple[Render, ...]:
    return tuple(Render(f.template, f.to, f.each, f.as_) for f in files)


def _call(c: CallModel, owner: str) -> Call:
    return Call(
        blueprint=c.blueprint,
        version=c.version,
        with_=dict(sorted(c.with_.items())),
        for_each=None if c.for_each is None else _for_each(c.for_each, owner),
        integrate_each=c.integrate_each,
    )


def _for_each(e: ForEachModel, owner: str) -> ForEach:
    return ForEach(
        items=e.items,
        as_=e.as_,
        key=e.key,
        needs=e.needs,
        priority=e.priority,
        parallel=e.parallel,
        group=e.group,
        pause=None if e.pause is None else _pause(e.pause, owner),
        after=_renders(e.after),
    )


def _pause(p: PauseModel, owner: str) -> Pause:
    return Pause(p.when, _gate(p.gate, owner), _fields(p.gate.outputs))


def _gate(g: GateModel, owner: str) -> Gate:
    return Gate(
        reviewers=_roles(g.reviewers, owner),
        approvals=g.approvals,
        human=g.human,
        independent=g.independent,
        show=g.show,
        evidence=g.evidence,
        approve_when=g.approve_when,
        reject=g.reject.to if g.reject else (),
        limit=g.reject.limit if g.reject else None,
        then=g.reject.then if g.reject else "block",
        override=_roles(g.override, owner),
    )


def _criteria(written: Iterable[CriterionModel]) -> tuple[Criterion, ...]:
    return tuple(map(_criterion, written))


def _criterion(c: CriterionModel) -> Criterion:
    if c.check is not None:
        return Check(c.id, c.check, c.say)
    if c.artifact is not None:
        return Artifact(c.id, c.artifact, c.matches, c.min_bytes, c.each, c.as_, c.say)
    if c.evidence is not None:
        return Evidence(c.id, c.evidence, c.say)
    assert c.command is not None  # noqa: S101 - a criterion is of exactly one kind
    return Command(c.id, c.command, c.say)


def _fields(declared: Mapping[str, FieldModel]) -> dict[str, Field]:
    return {name: lower_field(f) for name, f in sorted(declared.items())}


def lower_field(f: FieldModel) -> Field:
    """Give the declared type of a field."""
    return Field(
        type=f.type,
        of=None if f.of is None else lower_field(f.of),
        fields=_fields(f.fields),
        enum=f.enum,
        default=_in_order(f.default),
        optional=f.optional,
        min=f.min,
        max=f.max,
        pattern=f.pattern,
    )


def _in_order(value: Any) -> Any:
    """Give a default with its keys sorted, however the file has them."""
    if isinstance(value, dict):
        return {k: _in_order(value[k]) for k in sorted(value)}
    return [_in_order(v) for v in value] if isinstance(value, list) else value
