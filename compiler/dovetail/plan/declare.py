"""The declarations that emitted flows are made of, and the plan that they say (SPEC 4).

Pure: an emitted module that used this class alone would be a plan and nothing more; the run time
adds the driving. A step's edges are the functions declared above it, so that what is declared is
acyclic and in canonical order by construction.

Names: a key `edit-text` is the function `edit_text`; where that name is taken (a keyword, a
builtin, a name that the module uses) underscores are appended. Keys hold no underscore, so dropping
those at the end and turning the others into hyphens gives the key back, always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias, TypedDict, Unpack

from dovetail.plan.model import (
    ITEM_ID,
    Action,
    Blocker,
    Call,
    Changes,
    Constraint,
    Criterion,
    Edge,
    Field,
    ForEach,
    Gate,
    Integrate,
    Kind,
    Plan,
    Python,
    Render,
    Renders,
    Run,
    Step,
    Wip,
)

__all__ = ["Blueprint", "Body", "Common", "Declared", "key_of", "title_of"]

Body: TypeAlias = Callable[[Any], object]
"""A step's function: takes the attempt."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared step, as later declarations name it."""

    step: Step
    fn: Body

    @property
    def key(self) -> str:
        """The step's key."""
        return self.step.key


_Flow: TypeAlias = tuple[Sequence[Declared], Sequence[Declared], tuple[Edge, ...]]


class _Place(TypedDict):
    order: int


class Common(_Place, total=False):
    """What every kind of step may say. All but `order` has a default.

    Attributes:
        order: the step's index in the blueprint.
        role: who may do it; the owner.
        title: made from the key.
        needs, after, lane: the steps above that the blueprint names, that the order implies, and
            that only comes first in the lane.
        join, at_least: `all`, `any`, or `at_least` and the number.
        when, skip_say: the condition, and what is recorded when it is false.
        entry, exit, done: the criteria, and the definition of done in words.
        outputs: what an attempt reports; nothing.
        uses: the constraints that are held while it runs.
        attempts: tries in one generation; 3.
        on_failure, failure_limit: where an exhausted step sends the item back to, and how often.
        changes: which files of the workspace an attempt may touch; any.
    """

    role: str
    title: str
    description: str
    parallel: bool
    needs: Sequence[Declared]
    after: Sequence[Declared]
    lane: Declared
    join: Literal["all", "any", "at_least"]
    at_least: int
    when: str
    skip_say: str
    entry: Sequence[Criterion]
    exit: Sequence[Criterion]
    done: str
    outputs: Mapping[str, Field]
    uses: Sequence[str]
    attempts: int
    on_failure: Sequence[Declared]
    failure_limit: int
    changes: Changes


class Blueprint:
    """A blueprint version as an emitted module declares it.

    Args:
        name, version: its identity.
        digest: the digest of the plan that the module was emitted from. A module whose declarations
            say another plan (`self.plan.digest`) was edited by hand.
        intake: the roles of which any may decide on intake; empty: there is none.
        start, finish: the keys of the steps between which the clock of cycle time runs; empty: the
            first and the last.
    """

    def __init__(
        self,
        *,
        name: str,
        version: str,
        digest: str,
        title: str,
        owner: str,
        intake: Sequence[str],
        description: str | None = None,
        item_id: str = ITEM_ID,
        wip_limit: Wip | None = None,
        roles: Mapping[str, str] | None = None,
        params: Mapping[str, Field] | None = None,
        outputs: Mapping[str, str] | None = None,
        evidence: Mapping[str, Mapping[str, Field]] | None = None,
        constraints: Mapping[str, Constraint] | None = None,
        blockers: Mapping[str, Blocker] | None = None,
        start: str = "",
        finish: str = "",
        done: Sequence[Criterion] = (),
    ) -> None:
        self.name = name
        self.version = version
        self.digest = digest
        self.title = title
        self.owner = owner
        self.intake = tuple(intake)
        self.description = description
        self.item_id = item_id
        self.wip_limit = wip_limit
        self.roles = dict(roles or {})
        self.params = dict(params or {})
        self.outputs = dict(outputs or {})
        self.evidence = {k: dict(v) for k, v in (evidence or {}).items()}
        self.constraints = dict(constraints or {})
        self.blockers = dict(blockers or {})
        self.start = start
        self.finish = finish
        self.done = tuple(done)
        self._declared: dict[str, Declared] = {}
        self._flows: dict[tuple[int, int], _Flow] = {}

    @property
    def declared(self) -> tuple[Declared, ...]:
        """The steps declared so far."""
        return tuple(self._declared.values())

    @cached_property
    def plan(self) -> Plan:
        """The plan that the declarations made so far say."""
        return Plan(
            blueprint=self.name,
            version=self.version,
            title=self.title,
            owner=self.owner,
            steps=tuple(d.step for d in self._declared.values()),
            description=self.description,
            intake=self.intake,
            item_id=self.item_id,
            wip_limit=self.wip_limit,
            roles=self.roles,
            params=self.params,
            outputs=self.outputs,
            evidence=self.evidence,
            constraints=self.constraints,
            blockers=self.blockers,
            start=self.start,
            finish=self.finish,
            done=self.done,
        )

    def arguments(self, **values: Any) -> dict[str, Any]:
        """Give the values of params by param, from what the flow's signature calls them.

        None stands for "not given" in the signature, and is left out.

        Raises:
            TypeError: for a name that is no param.
        """
        names = {p.replace("-", "_"): p for p in self.params}
        out: dict[str, Any] = {}
        for name, value in values.items():
            param = names.get(name.rstrip("_"))
            if param is None:
                raise TypeError(f"{name} is no param of {self.name} {self.version}")
            if value is not None:
                out[param] = value
        return out

    def external(self, **common: Unpack[Common]) -> Callable[[Body], Declared]:
        """Declare work that an executor claims and completes."""
        return self._declare("external", None, common)

    def run(
        self,
        *,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        timeout: int | None = None,
        **common: Unpack[Common],
    ) -> Callable[[Body], Declared]:
        """Declare a process; `timeout` in seconds."""
        return self._declare("run", Run(tuple(command), dict(env or {}), timeout), common)

    def python(self, *, call: str, **common: Unpack[Common]) -> Callable[[Body], Declared]:
        """Declare a call of a function `package.module:function`."""
        return self._declare("python", Python(call), common)

    def render(
        self, *, files: Sequence[Render], **common: Unpack[Common]
    ) -> Callable[[Body], Declared]:
        """Declare files made from templates."""
        return self._declare("render", Renders(tuple(files)), common)

    def call(
        self,
        *,
        blueprint: str,
        version: str = "*",
        with_: Mapping[str, str] | None = None,
        for_each: ForEach | None = None,
        integrate_each: Literal["child", "group", "end"] = "end",
        **common: Unpack[Common],
    ) -> Callable[[Body], Declared]:
        """Declare child items on another blueprint."""
        action = Call(blueprint, version, dict(with_ or {}), for_each, integrate_each)
        return self._declare("call", action, common)

    def gate(
        self,
        *,
        reviewers: Sequence[str] = (),
        approvals: int = 1,
        human: bool = False,
        independent: bool = False,
        show: str | None = None,
        evidence: str | None = None,
        approve_when: str | None = None,
        reject: Sequence[Declared] = (),
        limit: int | None = None,
        then: Literal["block", "close"] = "block",
        override: Sequence[str] = (),
        **common: Unpack[Common],
    ) -> Callable[[Body], Declared]:
        """Declare a decision; a rejection sends the item back to one of the steps in `reject`."""
        action = Gate(
            reviewers=tuple(reviewers),
            approvals=approvals,
            human=human,
            independent=independent,
            show=show,
            evidence=evidence,
            approve_when=approve_when,
            reject=tuple(d.key for d in reject),
            limit=limit,
            then=then,
            override=tuple(override),
        )
        return self._declare("gate", action, common)

    def integrate(
        self,
        *,
        message: str | None = None,
        require: Sequence[Criterion] = (),
        **common: Unpack[Common],
    ) -> Callable[[Body], Declared]:
        """Declare the crossing into the baseline."""
        return self._declare("integrate", Integrate(message, tuple(require)), common)

    def _declare(
        self, kind: Kind, action: Action | None, common: Common
    ) -> Callable[[Body], Declared]:
        def declare(fn: Body) -> Declared:
            key = key_of(fn.__name__)
            if key in self._declared:
                raise ValueError(f"step {key} is declared twice")
            declared = Declared(self._step(key, kind, action, common), fn)
            self._declared[key] = declared
            self.__dict__.pop("plan", None)
            return declared

        return declare

    def _edges(self, common: Common) -> tuple[Edge, ...]:
        """Give the edges into a step; of tuples that several steps have, made once."""
        needs, after = common.get("needs", ()), common.get("after", ())
        if isinstance(needs, tuple) and isinstance(after, tuple):
            place = (id(needs), id(after))
            if place not in self._flows:  # which keeps the two, or another could take their place
                self._flows[place] = (needs, after, _flow(needs, after))
            edges = self._flows[place][2]
        else:
            edges = _flow(needs, after)
        return (*edges, Edge(common["lane"].key, "lane")) if "lane" in common else edges

    def _step(self, key: str, kind: Kind, action: Action | None, common: Common) -> Step:
        return Step(
            key=key,
            index=len(self._declared) + 1,
            order=common["order"],
            kind=kind,
            role=common.get("role", self.owner),
            title=common.get("title", title_of(key)),
            description=common.get("description"),
            parallel=common.get("parallel", False),
            edges=self._edges(common),
            join=common.get("join", "all"),
            at_least=common.get("at_least"),
            when=common.get("when"),
            skip_say=common.get("skip_say"),
            entry=tuple(common.get("entry", ())),
            exit=tuple(common.get("exit", ())),
            done=common.get("done"),
            outputs=dict(common.get("outputs", {})),
            uses=tuple(common.get("uses", ())),
            attempts=common.get("attempts", 3),
            on_failure=tuple(d.key for d in common.get("on_failure", ())),
            failure_limit=common.get("failure_limit"),
            changes=common.get("changes"),
            action=action,
        )


def _flow(needs: Sequence[Declared], after: Sequence[Declared]) -> tuple[Edge, ...]:
    edges = [
        *((d.step.index, Edge(d.key, "needs")) for d in needs),
        *((d.step.index, Edge(d.key, "order")) for d in after),
    ]
    return tuple([e for _, e in sorted(edges, key=lambda pair: pair[0])])


def key_of(name: str) -> str:
    """Give the key that a function's name stands for."""
    return name.rstrip("_").replace("_", "-")


def title_of(key: str) -> str:
    """Give the title of a step that has none of its own."""
    return key.replace("-", " ").capitalize()
