"""The intermediate form that both halves know: what `lower` makes, flows carry and the kernel runs.

Plain frozen dataclasses over the standard library, because the kernel imports them and every
command starts with them. A plan has exactly one data form (`Plan.to_data`): `dovetail plan` shows
it, the store keeps it, and its digest is taken over it, as ``sha256(canonical JSON of the data
without its "digest")``, so that anyone can recompute it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, TypeAlias

from dovetail import canonical

__all__ = [
    "KINDS",
    "PLAN_SCHEMA",
    "Action",
    "Artifact",
    "Check",
    "Criterion",
    "Edge",
    "Evidence",
    "Field",
    "Gate",
    "Integrate",
    "Kind",
    "Plan",
    "Python",
    "Reason",
    "Run",
    "Step",
    "layers",
]

PLAN_SCHEMA = "dovetail/plan/v1"

Kind: TypeAlias = Literal["external", "run", "python", "gate", "integrate"]
Reason: TypeAlias = Literal["needs", "order", "lane"]
KINDS: tuple[Kind, ...] = ("external", "run", "python", "gate", "integrate")


def _written(record: Any) -> dict[str, Any]:
    """Give a dataclass as a dictionary in field order, without what has its default."""
    out: dict[str, Any] = {}
    for f in fields(record):
        value = getattr(record, f.name)
        if value in (f.default, {}):
            continue
        out[f.name] = list(value) if isinstance(value, tuple) else value
    return out


@dataclass(frozen=True, slots=True)
class Field:
    """A typed value: a param, an output, or a field of evidence (SPEC 2.1).

    Attributes:
        type: string, int, bool, date (an ISO 8601 text), list (`of`) or object (`fields`).
        enum: the allowed values, in order; an enum orders by declared position.
        default: the value when none is given; None: there is none.
        optional: whether the value may be absent.
        min, max: bounds of an int, or of the length of a string or list; both inclusive.
        pattern: an RE2 pattern that the whole string matches.
    """

    type: str
    of: Field | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    enum: tuple[Any, ...] = ()
    default: Any = None
    optional: bool = False
    min: int | None = None
    max: int | None = None
    pattern: str | None = None

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        out: dict[str, Any] = {"type": self.type}
        if self.of is not None:
            out["of"] = self.of.to_data()
        if self.fields:
            out["fields"] = {k: self.fields[k].to_data() for k in sorted(self.fields)}
        if self.enum:
            out["enum"] = list(self.enum)
        for name in ("default", "min", "max", "pattern"):
            if (value := getattr(self, name)) is not None:
                out[name] = value
        if self.optional:
            out["optional"] = True
        return out

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Field:
        """Read the data form."""
        return cls(
            type=data["type"],
            of=cls.from_data(data["of"]) if "of" in data else None,
            fields={k: cls.from_data(v) for k, v in data.get("fields", {}).items()},
            enum=tuple(data.get("enum", ())),
            default=data.get("default"),
            optional=data.get("optional", False),
            min=data.get("min"),
            max=data.get("max"),
            pattern=data.get("pattern"),
        )


@dataclass(frozen=True, slots=True)
class Edge:
    """A predecessor. `needs` was written, `order` is implied, `lane` only serialises (SPEC 2.4)."""

    step: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Check:
    """A criterion that holds when a CEL expression is exactly true."""

    id: str
    expr: str
    say: str | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A criterion that holds when the attempt declared this file and it is in the item's folder."""

    id: str
    path: str
    matches: str | None = None
    min_bytes: int | None = None
    say: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A criterion that holds when a valid record of this evidence type came with the attempt."""

    id: str
    type: str
    say: str | None = None


Criterion: TypeAlias = Check | Artifact | Evidence

_CRITERIA: dict[str, tuple[type[Check | Artifact | Evidence], str]] = {
    "check": (Check, "expr"),
    "artifact": (Artifact, "path"),
    "evidence": (Evidence, "type"),
}


def _criterion_data(c: Criterion) -> dict[str, Any]:
    kind, attribute = next((k, a) for k, (t, a) in _CRITERIA.items() if isinstance(c, t))
    data = _written(c)
    return {"id": c.id, kind: data.pop(attribute), **{k: v for k, v in data.items() if k != "id"}}


def _criterion(data: Mapping[str, Any]) -> Criterion:
    kind, (cls, attribute) = next((k, v) for k, v in _CRITERIA.items() if k in data)
    rest = {k: v for k, v in data.items() if k != kind}
    return cls(**{attribute: data[kind]}, **rest)


@dataclass(frozen=True, slots=True)
class Run:
    """A process, never a shell.

    Attributes:
        command: each element is a template of its own, never split.
        env: further variables of the environment.
        timeout: in seconds; None: none.
    """

    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: int | None = None


@dataclass(frozen=True, slots=True)
class Python:
    """A function `package.module:function`: takes the attempt's context, gives the outputs."""

    call: str


@dataclass(frozen=True, slots=True)
class Gate:
    """A decision (SPEC 5.5).

    Attributes:
        reviewers: roles of which any may decide; empty: the step's role.
        evidence: the evidence type that comes with the verdict.
        approve_when: a CEL expression that the verdict has to agree with.
        reject: the steps that a rejection may send the item back to; the first is the default.
        limit: how many reworks this gate may cause; None only where it can't reject.
        then: what the next rejection does: `block` or `close`.
        human: only a person may decide.
        independent: nobody decides on what they worked on.
    """

    reviewers: tuple[str, ...] = ()
    evidence: str | None = None
    approve_when: str | None = None
    reject: tuple[str, ...] = ()
    limit: int | None = None
    then: Literal["block", "close"] = "block"
    human: bool = False
    independent: bool = False


@dataclass(frozen=True, slots=True)
class Integrate:
    """Baseline integration (SPEC 5.6); `message` is a template."""

    message: str | None = None


Action: TypeAlias = Run | Python | Gate | Integrate

_ACTIONS: dict[str, type[Run | Python | Gate | Integrate]] = {
    "run": Run,
    "python": Python,
    "gate": Gate,
    "integrate": Integrate,
}


@dataclass(frozen=True)
class Step:
    """A step with everything about it resolved. `index` is its place in canonical order, from 1."""

    key: str
    index: int
    order: int
    kind: Kind
    role: str
    title: str
    description: str | None = None
    parallel: bool = False
    edges: tuple[Edge, ...] = ()
    join: str = "all"
    when: str | None = None
    skip_say: str | None = None
    exit: tuple[Criterion, ...] = ()
    done: str | None = None
    outputs: Mapping[str, Field] = field(default_factory=dict)
    attempts: int = 3
    action: Action | None = None

    @property
    def automatic(self) -> bool:
        """Whether the run time does it by itself; the rest waits for somebody."""
        return self.kind not in ("external", "gate")

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
            out["join"] = self.join
        if self.when is not None:
            out["when"] = self.when
        if self.skip_say:
            out["skip_say"] = self.skip_say
        if self.action is not None:
            out[self.kind] = _written(self.action)
        if self.outputs:
            out["outputs"] = {k: self.outputs[k].to_data() for k in sorted(self.outputs)}
        if self.exit:
            out["exit"] = [_criterion_data(c) for c in self.exit]
        if self.done:
            out["done"] = self.done
        out["attempts"] = self.attempts
        return out

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        definition = self._definition()
        out: dict[str, Any] = {}
        for name, value in definition.items():
            out[name] = value
            if name == "key":
                out |= {"index": self.index, "order": self.order}
            if name == "role" and self.edges:
                out["edges"] = [{"step": e.step, "reason": e.reason} for e in self.edges]
        return out | {"digest": self.digest}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Step:
        """Read the data form."""
        kind: Kind = data["kind"]
        action: Action | None = None
        if kind in _ACTIONS:
            raw = data[kind]
            values: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
            action = _ACTIONS[kind](**values)
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
            join=data.get("join", "all"),
            when=data.get("when"),
            skip_say=data.get("skip_say"),
            exit=tuple(_criterion(c) for c in data.get("exit", ())),
            done=data.get("done"),
            outputs={k: Field.from_data(v) for k, v in data.get("outputs", {}).items()},
            attempts=data["attempts"],
            action=action,
        )


@dataclass(frozen=True)
class Plan:
    """A compiled blueprint. `steps` is in canonical order (SPEC 2.4, rule 4).

    Attributes:
        intake: the roles of which any may decide on intake; empty: `intake: none`.
    """

    blueprint: str
    version: str
    title: str
    owner: str
    steps: tuple[Step, ...]
    description: str | None = None
    intake: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Field] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """`name@version`, as a person writes it."""
        return f"{self.blueprint}@{self.version}"

    @cached_property
    def position(self) -> dict[str, int]:
        """The place of each key in `steps`, from 0."""
        return {s.key: i for i, s in enumerate(self.steps)}

    def step(self, key: str) -> Step:
        """Give a step by its key.

        Raises:
            KeyError: when the plan has no such step.
        """
        return self.steps[self.position[key]]

    @cached_property
    def flow_successors(self) -> tuple[tuple[int, ...], ...]:
        """For each step, the places of those that have it as an input."""
        return self._successors(lane=False)

    @cached_property
    def lane_successors(self) -> tuple[tuple[int, ...], ...]:
        """For each step, the places of those chained after it by a lane edge."""
        return self._successors(lane=True)

    def _successors(self, *, lane: bool) -> tuple[tuple[int, ...], ...]:
        out: list[list[int]] = [[] for _ in self.steps]
        for i, s in enumerate(self.steps):
            for e in s.edges:
                if (e.reason == "lane") == lane:
                    out[self.position[e.step]].append(i)
        return tuple(map(tuple, out))

    def downstream(self, key: str) -> tuple[int, ...]:
        """Give the places of a step and all its flow descendants, in canonical order."""
        found = {self.position[key]}
        for i in range(self.position[key] + 1, len(self.steps)):
            if any(self.position[p] in found for p in self.steps[i].inputs):
                found.add(i)
        return tuple(sorted(found))

    def upstream(self, key: str) -> tuple[int, ...]:
        """Give the places of all flow ancestors of a step, in canonical order."""
        found: set[int] = set()
        stack = list(self.step(key).inputs)
        while stack:
            i = self.position[stack.pop()]
            if i not in found:
                found.add(i)
                stack.extend(self.steps[i].inputs)
        return tuple(sorted(found))

    @cached_property
    def waves(self) -> tuple[tuple[str, ...], ...]:
        """The steps by longest-path depth over all edges, each wave in canonical order."""
        return layers((s.key, (e.step for e in s.edges)) for s in self.steps)

    @cached_property
    def digest(self) -> str:
        """The digest that items, flows and histories name the plan by."""
        return canonical.digest(self._body())

    def _body(self) -> dict[str, Any]:
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
        if self.roles:
            out["roles"] = dict(sorted(self.roles.items()))
        if self.params:
            out["params"] = {k: self.params[k].to_data() for k in sorted(self.params)}
        if self.evidence:
            out["evidence"] = {
                k: {f: v.to_data() for f, v in sorted(self.evidence[k].items())}
                for k in sorted(self.evidence)
            }
        out["waves"] = [list(w) for w in self.waves]
        out["steps"] = [s.to_data() for s in self.steps]
        return out

    def to_data(self) -> dict[str, Any]:
        """Give the data form, in the order in which people read it."""
        body = self._body()
        head = {k: body.pop(k) for k in ("plan", "blueprint", "version")}
        return head | {"digest": self.digest} | body

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Plan:
        """Read the data form.

        Raises:
            ValueError: when the digest in the data is not the digest of the data.
        """
        intake = data["intake"]
        plan = cls(
            blueprint=data["blueprint"],
            version=data["version"],
            title=data["title"],
            owner=data["owner"],
            steps=tuple(Step.from_data(s) for s in data["steps"]),
            description=data.get("description"),
            intake=() if intake == "none" else tuple(intake["review"]),
            roles=data.get("roles", {}),
            params={k: Field.from_data(v) for k, v in data.get("params", {}).items()},
            evidence={
                k: {f: Field.from_data(x) for f, x in v.items()}
                for k, v in data.get("evidence", {}).items()
            },
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
