"""The intermediate form that both halves know: what `lower` makes, flows carry and the kernel runs.

Plain frozen dataclasses over the standard library, because the kernel imports them and every
command starts with them. A plan has exactly one data form (`Plan.to_data`): `dovetail plan` shows
it, the store keeps it, and its digest is taken over it, as ``sha256(canonical JSON of the data
without its "digest")``, so that anyone can recompute it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from dovetail import canonical
from dovetail.plan.actions import (
    Action,
    Call,
    ForEach,
    Gate,
    Integrate,
    Kind,
    Pause,
    Python,
    Render,
    Renders,
    Run,
    action_data,
    action_from,
)
from dovetail.plan.criteria import (
    Artifact,
    Check,
    Command,
    Criterion,
    Evidence,
    criteria_data,
    criteria_from,
)
from dovetail.plan.fields import Field, fields_data, fields_from
from dovetail.plan.paths import Paths
from dovetail.plan.policies import Blocker, Changes, Constraint, Wip

__all__ = [
    "AUTOMATIC",
    "ITEM_ID",
    "KINDS",
    "PLAN_SCHEMA",
    "Action",
    "Artifact",
    "Blocker",
    "Call",
    "Changes",
    "Check",
    "Command",
    "Constraint",
    "Criterion",
    "Edge",
    "Evidence",
    "Field",
    "ForEach",
    "Gate",
    "Integrate",
    "Kind",
    "Pause",
    "Plan",
    "Python",
    "Reason",
    "Render",
    "Renders",
    "Run",
    "Step",
    "Wip",
    "layers",
]

PLAN_SCHEMA = "dovetail/plan/v1"
ITEM_ID = "WI-{seq:06}"
"""How items are named unless the blueprint says otherwise."""

Reason: TypeAlias = Literal["needs", "order", "lane"]
KINDS: tuple[Kind, ...] = ("external", "run", "python", "render", "call", "gate", "integrate")
AUTOMATIC: tuple[Kind, ...] = ("run", "python", "render", "call", "integrate")
"""The kinds that the run time does by itself; the rest waits for somebody."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A predecessor. `needs` was written, `order` is implied, `lane` only serialises (SPEC 2.4)."""

    step: str
    reason: Reason


def edges_data(edges: Iterable[Edge]) -> list[dict[str, str]]:
    """Give the data form of edges."""
    return [{"step": e.step, "reason": e.reason} for e in edges]


@dataclass(frozen=True)
class Step:
    """A step with everything about it resolved. `index` is its place in canonical order, from 1.

    Attributes:
        join: `all`, `any` or `at_least`, which comes with the number in `at_least`.
        uses: the constraints held while it runs, sorted.
        outputs: what an attempt reports; of a gate, the further fields of its form.
        on_failure: the steps that an exhausted automatic step sends the item back to, at most
            `failure_limit` times; nothing: it blocks.
    """

    key: str
    index: int
    order: int
    kind: Kind
    role: str
    title: str
    description: str | None = None
    parallel: bool = False
    edges: tuple[Edge, ...] = ()
    join: Literal["all", "any", "at_least"] = "all"
    at_least: int | None = None
    when: str | None = None
    skip_say: str | None = None
    entry: tuple[Criterion, ...] = ()
    exit: tuple[Criterion, ...] = ()
    done: str | None = None
    outputs: Mapping[str, Field] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    attempts: int = 3
    on_failure: tuple[str, ...] = ()
    failure_limit: int | None = None
    changes: Changes | None = None
    action: Action | None = None

    @property
    def automatic(self) -> bool:
        """Whether the run time does it by itself; the rest waits for somebody."""
        return self.kind in AUTOMATIC

    @property
    def gate(self) -> Gate | None:
        """The gate's particulars, where the step is one."""
        return self.action if isinstance(self.action, Gate) else None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The predecessors by flow edges, in canonical order."""
        return tuple(e.step for e in self.edges if e.reason != "lane")

    @cached_property
    def lane(self) -> str | None:
        """The predecessor by the ordering edge."""
        return next((e.step for e in self.edges if e.reason == "lane"), None)

    @cached_property
    def digest(self) -> str:
        """A digest of what the step *is*: it does not change when the step only moves."""
        return canonical.digest(self._definition())

    def _definition(self) -> dict[str, Any]:
        out: dict[str, Any] = {"key": self.key, "kind": self.kind, "title": self.title}
        if self.description:
            out["description"] = self.description
        out["role"] = self.role
        if self.parallel:
            out["parallel"] = True
        if self.join != "all":
            out["join"] = self.join if self.at_least is None else {"at_least": self.at_least}
        if self.when is not None:
            out["when"] = self.when
        if self.skip_say:
            out["skip_say"] = self.skip_say
        if self.entry:
            out["entry"] = criteria_data(self.entry)
        if self.uses:
            out["uses"] = list(self.uses)
        if self.action is not None:
            out[self.kind] = action_data(self.action)
        if self.outputs:
            out["outputs"] = fields_data(self.outputs)
        if self.changes is not None:
            out["changes"] = self.changes.to_data()
        if self.exit:
            out["exit"] = criteria_data(self.exit)
        if self.done:
            out["done"] = self.done
        out["attempts"] = self.attempts
        if self.on_failure:
            out["on_failure"] = {"to": list(self.on_failure), "limit": self.failure_limit}
        return out

    def to_data(self, edges: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """Give the data form.

        Args:
            edges: their data form, where it is at hand.
        """
        definition = self._definition()
        if "digest" not in self.__dict__:  # the definition is made once for both
            self.__dict__["digest"] = canonical.digest(definition)
        out: dict[str, Any] = {}
        for name, value in definition.items():
            out[name] = value
            if name == "key":
                out |= {"index": self.index, "order": self.order}
            if name == "role" and self.edges:
                out["edges"] = edges_data(self.edges) if edges is None else edges
        out["digest"] = self.digest
        return out

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Step:
        """Read the data form."""
        kind: Kind = data["kind"]
        join = data.get("join", "all")
        retreat = data.get("on_failure", {})
        changes = data.get("changes")
        return cls(
            key=data["key"],
            index=data["index"],
            order=data["order"],
            kind=kind,
            role=data["role"],
            title=data["title"],
            description=data.get("description"),
            parallel=data.get("parallel", False),
            edges=tuple(Edge(e["step"], e["reason"]) for e in data.get("edges", ())),
            join=join if isinstance(join, str) else "at_least",  # type: ignore[arg-type]
            at_least=None if isinstance(join, str) else join["at_least"],
            when=data.get("when"),
            skip_say=data.get("skip_say"),
            entry=criteria_from(data.get("entry", ())),
            exit=criteria_from(data.get("exit", ())),
            done=data.get("done"),
            outputs=fields_from(data.get("outputs", {})),
            uses=tuple(data.get("uses", ())),
            attempts=data["attempts"],
            on_failure=tuple(retreat.get("to", ())),
            failure_limit=retreat.get("limit"),
            changes=None if changes is None else Changes.from_data(changes),
            action=action_from(kind, data.get(kind)),
        )


@dataclass(frozen=True)
class Plan(Paths):
    """A compiled blueprint. `steps` is in canonical order (SPEC 2.4, rule 4).

    Attributes:
        intake: the roles of which any may decide on intake; empty: `intake: none`.
        item_id: how items are named.
        wip_limit: how many items may be in work at a time; None: any number.
        outputs: the item's result, as CEL expressions.
        start, finish: the steps between which the clock of cycle time runs; empty: the first and
            the last one.
        done: what has to hold before the item completes.
    """

    blueprint: str
    version: str
    title: str
    owner: str
    steps: tuple[Step, ...]
    description: str | None = None
    intake: tuple[str, ...] = ()
    item_id: str = ITEM_ID
    wip_limit: Wip | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Field] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    blockers: Mapping[str, Blocker] = field(default_factory=dict)
    start: str = ""
    finish: str = ""
    done: tuple[Criterion, ...] = ()

    def __post_init__(self) -> None:
        """Resolve the defaults of the clock."""
        if self.steps:
            object.__setattr__(self, "start", self.start or self.steps[0].key)
            object.__setattr__(self, "finish", self.finish or self.steps[-1].key)

    @property
    def ref(self) -> str:
        """`name@version`, as a person writes it."""
        return f"{self.blueprint}@{self.version}"

    @cached_property
    def waves(self) -> tuple[tuple[str, ...], ...]:
        """The steps by longest-path depth over all edges, each wave in canonical order."""
        return layers((s.key, (e.step for e in s.edges)) for s in self.steps)

    @cached_property
    def digest(self) -> str:
        """The digest that items, flows and histories name the plan by."""
        return canonical.digest(self._body)

    @cached_property
    def _body(self) -> dict[str, Any]:
        """The data form without the digest, made once for both."""
        out: dict[str, Any] = {
            "plan": PLAN_SCHEMA,
            "blueprint": self.blueprint,
            "version": self.version,
            "title": self.title,
        }
        if self.description:
            out["description"] = self.description
        out["owner"] = self.owner
        out["intake"] = {"review": list(self.intake)} if self.intake else "none"
        if self.item_id != ITEM_ID:
            out["item_id"] = self.item_id
        if self.wip_limit is not None:
            out["wip_limit"] = self.wip_limit.to_data()
        if self.roles:
            out["roles"] = dict(sorted(self.roles.items()))
        if self.params:
            out["params"] = fields_data(self.params)
        if self.outputs:
            out["outputs"] = dict(sorted(self.outputs.items()))
        if self.evidence:
            out["evidence"] = {k: fields_data(self.evidence[k]) for k in sorted(self.evidence)}
        for name, records in (("constraints", self.constraints), ("blockers", self.blockers)):
            if records:
                out[name] = {k: records[k].to_data() for k in sorted(records)}
        out |= {"start": self.start, "finish": self.finish}
        if self.done:
            out["done"] = criteria_data(self.done)
        out["waves"] = [list(w) for w in self.waves]
        edges: dict[int, list[dict[str, str]]] = {}  # steps may have the same ones by the thousand
        for s in self.steps:
            if id(s.edges) not in edges:
                edges[id(s.edges)] = edges_data(s.edges)
        out["steps"] = [s.to_data(edges[id(s.edges)]) for s in self.steps]
        return out

    def to_data(self) -> dict[str, Any]:
        """Give the data form, in the order in which people read it; what is in it is shared."""
        head = {k: self._body[k] for k in ("plan", "blueprint", "version")}
        return head | {"digest": self.digest} | self._body

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Plan:
        """Read the data form.

        Raises:
            ValueError: when the digest in the data is not the digest of the data.
        """
        intake, wip = data["intake"], data.get("wip_limit")
        plan = cls(
            blueprint=data["blueprint"],
            version=data["version"],
            title=data["title"],
            owner=data["owner"],
            steps=tuple(Step.from_data(s) for s in data["steps"]),
            description=data.get("description"),
            intake=() if intake == "none" else tuple(intake["review"]),
            item_id=data.get("item_id", ITEM_ID),
            wip_limit=None if wip is None else Wip(**wip),
            roles=data.get("roles", {}),
            params=fields_from(data.get("params", {})),
            outputs=data.get("outputs", {}),
            evidence={k: fields_from(v) for k, v in data.get("evidence", {}).items()},
            constraints={k: Constraint(**v) for k, v in data.get("constraints", {}).items()},
            blockers={k: Blocker(**v) for k, v in data.get("blockers", {}).items()},
            start=data["start"],
            finish=data["finish"],
            done=criteria_from(data.get("done", ())),
        )
        if plan.digest != data["digest"]:
            raise ValueError(f"plan {plan.ref}: digest {data['digest']}, content {plan.digest}")
        return plan


def layers(nodes: Iterable[tuple[str, Iterable[str]]]) -> tuple[tuple[str, ...], ...]:
    """Group nodes by longest-path depth; every predecessor must come before its successors."""
    depth: dict[str, int] = {}
    out: list[list[str]] = []
    for key, before in nodes:
        d = depth[key] = 1 + max((depth[p] for p in before), default=-1)
        if d == len(out):
            out.append([])
        out[d].append(key)
    return tuple(map(tuple, out))
