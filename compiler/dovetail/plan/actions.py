"""What a step does (SPEC 2.2): at most one of these; a step without one is done by an executor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dovetail.plan.criteria import Criterion, criteria_data, criteria_from
from dovetail.plan.fields import Field, fields_data, fields_from
from dovetail.plan.records import written

__all__ = [
    "Action",
    "Call",
    "ForEach",
    "Gate",
    "Integrate",
    "Kind",
    "Pause",
    "Python",
    "Render",
    "Renders",
    "Run",
    "action_data",
    "action_from",
]

Kind: TypeAlias = Literal["external", "run", "python", "render", "call", "gate", "integrate"]


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
class Render:
    """A file made from a template.

    Attributes:
        template: the path of a template, below the team's `templates/` or the shipped one.
        to: a template of the path below the item's folder.
        each: a CEL list; one file is made per element, which the templates call `as_`.
    """

    template: str
    to: str
    each: str | None = None
    as_: str | None = None

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return written(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Render:
        """Read the data form."""
        return cls(data["template"], data["to"], data.get("each"), data.get("as"))


@dataclass(frozen=True, slots=True)
class Renders:
    """The files that a step renders, in order."""

    files: tuple[Render, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """A decision (SPEC 5.5).

    Attributes:
        reviewers: roles of which any may decide; empty: the step's role.
        approvals: how many distinct executors have to approve.
        human: only a person may decide.
        independent: nobody decides on what they worked on.
        show: a template of what the decision is about, in Markdown.
        evidence: the evidence type that comes with the verdict.
        approve_when: a CEL expression that the verdict has to agree with.
        reject: the steps that a rejection may send the item back to; the first is the default.
        limit: how many reworks this gate may cause; None only where it can't reject.
        then: what the next rejection does: `block` or `close`.
        override: roles that may approve against the evidence.
    """

    reviewers: tuple[str, ...] = ()
    approvals: int = 1
    human: bool = False
    independent: bool = False
    show: str | None = None
    evidence: str | None = None
    approve_when: str | None = None
    reject: tuple[str, ...] = ()
    limit: int | None = None
    then: Literal["block", "close"] = "block"
    override: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return written(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Gate:
        """Read the data form."""
        values: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Pause:
    """A gate between children, opened when a condition holds as one of them settles.

    Attributes:
        when: a CEL expression over `child`, `group_last` and `last`.
        outputs: further fields of the gate's form.
    """

    when: str
    gate: Gate
    outputs: Mapping[str, Field] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        out: dict[str, Any] = {"when": self.when, "gate": self.gate.to_data()}
        return out | ({"outputs": fields_data(self.outputs)} if self.outputs else {})

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Pause:
        """Read the data form."""
        outputs = fields_from(data.get("outputs", {}))
        return cls(data["when"], Gate.from_data(data["gate"]), outputs)


@dataclass(frozen=True, slots=True)
class ForEach:
    """One child per element of a list, by dependencies, then priority, then key.

    Attributes:
        items: the CEL list.
        as_: what expressions call the element.
        key: a CEL text that names the child among its siblings.
        needs: a CEL list of the keys of the siblings that have to settle before.
        priority: a CEL number; smaller ones go first.
        parallel: whether children may run beside each other.
        group: a CEL text or number; the children of a group belong together.
        pause: the gate between children.
        after: what is rendered in the parent as each child settles.
    """

    items: str
    as_: str
    key: str
    needs: str | None = None
    priority: str | None = None
    parallel: bool = False
    group: str | None = None
    pause: Pause | None = None
    after: tuple[Render, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        return written(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ForEach:
        """Read the data form."""
        return cls(
            items=data["items"],
            as_=data["as"],
            key=data["key"],
            needs=data.get("needs"),
            priority=data.get("priority"),
            parallel=data.get("parallel", False),
            group=data.get("group"),
            pause=Pause.from_data(data["pause"]) if "pause" in data else None,
            after=tuple(map(Render.from_data, data.get("after", ()))),
        )


@dataclass(frozen=True, slots=True)
class Call:
    """Child items on another blueprint.

    Attributes:
        blueprint: its name.
        version: the range of versions of which the one in effect is taken at the launch.
        with_: the child's params, as CEL expressions.
        for_each: one child per element of a list; None: one child.
        integrate_each: when children's results join the parent's workspace.
    """

    blueprint: str
    version: str = "*"
    with_: Mapping[str, str] = field(default_factory=dict)
    for_each: ForEach | None = None
    integrate_each: Literal["child", "group", "end"] = "end"


@dataclass(frozen=True, slots=True)
class Integrate:
    """Baseline integration (SPEC 5.6).

    Attributes:
        message: a template.
        require: criteria that have to hold before.
    """

    message: str | None = None
    require: tuple[Criterion, ...] = ()


Action: TypeAlias = Run | Python | Renders | Call | Gate | Integrate


def action_data(action: Action) -> Any:
    """Give the data form."""
    if isinstance(action, Renders):
        return [f.to_data() for f in action.files]
    if isinstance(action, Integrate):
        out: dict[str, Any] = {} if action.message is None else {"message": action.message}
        return out | ({"require": criteria_data(action.require)} if action.require else {})
    return written(action)


def action_from(kind: Kind, data: Any) -> Action | None:
    """Read the data form."""
    match kind:
        case "run":
            return Run(tuple(data["command"]), data.get("env", {}), data.get("timeout"))
        case "python":
            return Python(data["call"])
        case "render":
            return Renders(tuple(map(Render.from_data, data)))
        case "call":
            each = data.get("for_each")
            return Call(
                blueprint=data["blueprint"],
                version=data.get("version", "*"),
                with_=data.get("with", {}),
                for_each=None if each is None else ForEach.from_data(each),
                integrate_each=data.get("integrate_each", "end"),
            )
        case "gate":
            return Gate.from_data(data)
        case "integrate":
            return Integrate(data.get("message"), criteria_from(data.get("require", ())))
        case "external":
            return None
