"""From an accepted blueprint to its plan: every order, edge and default resolved (SPEC 2.4)."""

from __future__ import annotations

from collections.abc import Mapping

from dovetail.blueprint.model import (
    OWNER,
    Blueprint,
    CriterionModel,
    FieldModel,
    GateModel,
    StepModel,
    resolve_orders,
)
from dovetail.plan import graph
from dovetail.plan.model import (
    Action,
    Artifact,
    Check,
    Criterion,
    Edge,
    Evidence,
    Field,
    Gate,
    Integrate,
    Plan,
    Python,
    Run,
    Step,
)

__all__ = ["lower", "nodes"]


def lower(blueprint: Blueprint) -> Plan:
    """Give the plan of a blueprint that the rules have accepted.

    The plan depends on what the blueprint says alone, not on the order of its keys, nor, where
    orders are written, on the order of its steps. The implicit role `owner` becomes the owner.
    """
    orders = resolve_orders(blueprint.steps)
    written = {s.key: (s, order) for s, order in zip(blueprint.steps, orders, strict=True)}
    edges = graph.resolve(nodes(blueprint))
    steps = (
        _step(*written[key], index, into, blueprint.owner)
        for index, (key, into) in enumerate(edges.items(), start=1)
    )
    return Plan(
        blueprint=blueprint.name,
        version=blueprint.version,
        title=blueprint.title,
        owner=blueprint.owner,
        steps=tuple(steps),
        description=blueprint.description,
        intake=tuple(_role(r, blueprint.owner) for r in blueprint.intake_roles),
        roles=dict(sorted(blueprint.roles.items())),
        params=_fields(blueprint.params),
        evidence={k: _fields(v) for k, v in sorted(blueprint.evidence.items())},
    )


def nodes(blueprint: Blueprint) -> list[graph.Node]:
    """Give what decides about the edges of a blueprint."""
    return [
        graph.Node(s.key, order, s.parallel, s.needs, conjunctive=s.join == "all")
        for s, order in zip(blueprint.steps, resolve_orders(blueprint.steps), strict=True)
    ]


def _step(s: StepModel, order: int, index: int, edges: tuple[Edge, ...], owner: str) -> Step:
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
        join=s.join,
        when=s.when,
        skip_say=s.skip_say,
        exit=tuple(_criterion(c) for c in s.exit),
        done=s.done,
        outputs=_fields(s.outputs),
        attempts=s.attempts,
        action=_action(s, owner),
    )


def _role(role: str, owner: str) -> str:
    return owner if role == OWNER else role


def _action(s: StepModel, owner: str) -> Action | None:
    if s.run is not None:
        return Run(s.run.command, dict(sorted(s.run.env.items())), s.run.timeout)
    if s.python is not None:
        return Python(s.python)
    if s.gate is not None:
        return _gate(s.gate, owner)
    if s.integrate is not None:
        return Integrate(s.integrate.message)
    return None


def _gate(g: GateModel, owner: str) -> Gate:
    return Gate(
        reviewers=tuple(_role(r, owner) for r in g.reviewers),
        evidence=g.evidence,
        approve_when=g.approve_when,
        reject=g.reject.to if g.reject else (),
        limit=g.reject.limit if g.reject else None,
        then=g.reject.then if g.reject else "block",
        human=g.human,
        independent=g.independent,
    )


def _criterion(c: CriterionModel) -> Criterion:
    if c.check is not None:
        return Check(c.id, c.check, c.say)
    if c.artifact is not None:
        return Artifact(c.id, c.artifact, c.matches, c.min_bytes, c.say)
    assert c.evidence is not None  # noqa: S101 - a criterion is of exactly one kind
    return Evidence(c.id, c.evidence, c.say)


def _fields(declared: Mapping[str, FieldModel]) -> dict[str, Field]:
    return {name: _field(f) for name, f in sorted(declared.items())}


def _field(f: FieldModel) -> Field:
    return Field(
        type=f.type,
        of=None if f.of is None else _field(f.of),
        fields=_fields(f.fields),
        enum=f.enum,
        default=f.default,
        optional=f.optional,
        min=f.min,
        max=f.max,
        pattern=f.pattern,
    )
