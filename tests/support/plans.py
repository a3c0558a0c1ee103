"""Plans for tests of the kernel: a short way to write them, and strategies that draw them.

The edges come from `plan.graph`, as those of a compiled blueprint do; nothing else of the compiler
takes part, so that a plan may also be one that the rules of `dovetail check` would not pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dovetail.plan.graph import Node, resolve
from dovetail.plan.model import Action, Criterion, Edge, Gate, Integrate, Kind, Plan, Run, Step
from hypothesis import strategies as st

__all__ = ["ROLE", "Sketch", "auto", "gate", "integrate", "layered", "plan", "plans", "work"]

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
    when: str | None = None
    skip_say: str | None = None
    attempts: int = 3
    role: str = ROLE
    exit: tuple[Criterion, ...] = ()


def work(
    key: str,
    *,
    parallel: bool = False,
    needs: Sequence[str] | None = None,
    when: str | None = None,
    skip_say: str | None = None,
    attempts: int = 3,
    role: str = ROLE,
    order: int | None = None,
    criteria: tuple[Criterion, ...] = (),
) -> Sketch:
    """Give a step that an executor does."""
    return Sketch(
        key, "external", None, order, parallel, needs, when, skip_say, attempts, role, criteria
    )


def auto(
    key: str,
    *,
    parallel: bool = False,
    needs: Sequence[str] | None = None,
    when: str | None = None,
    attempts: int = 3,
    criteria: tuple[Criterion, ...] = (),
) -> Sketch:
    """Give a step that the run time does."""
    action = Run(("true",))
    return Sketch(
        key, "run", action, None, parallel, needs, when, attempts=attempts, exit=criteria
    )


def gate(
    key: str,
    to: Sequence[str] = (),
    limit: int | None = None,
    then: Literal["block", "close"] = "block",
    *,
    parallel: bool = False,
    needs: Sequence[str] | None = None,
    reviewers: tuple[str, ...] = (),
    evidence: str | None = None,
    approve_when: str | None = None,
    human: bool = False,
    independent: bool = False,
) -> Sketch:
    """Give a gate; without targets it can't reject."""
    if limit is None and to:
        limit = 1
    action = Gate(
        reviewers=reviewers,
        evidence=evidence,
        approve_when=approve_when,
        reject=tuple(to),
        limit=limit,
        then=then,
        human=human,
        independent=independent,
    )
    return Sketch(key, "gate", action, parallel=parallel, needs=needs)


def integrate(
    key: str, *, parallel: bool = False, needs: Sequence[str] | None = None
) -> Sketch:
    """Give the crossing into the baseline."""
    return Sketch(key, "integrate", Integrate(), parallel=parallel, needs=needs)


def plan(*sketches: Sketch, intake: tuple[str, ...] = ()) -> Plan:
    """Give the plan of these steps."""
    order, placed = 0, []
    for s in sketches:
        order = order + 1 if s.order is None else s.order
        placed.append(replace(s, order=order))
    edges = resolve([_node(s) for s in placed])
    return _plan({s.key: s for s in placed}, edges, intake)


def _node(s: Sketch) -> Node:
    return Node(s.key, s.order or 0, s.parallel, None if s.needs is None else tuple(s.needs))


def _plan(
    sketches: Mapping[str, Sketch],
    edges: Mapping[str, tuple[Edge, ...]],
    intake: tuple[str, ...] = (),
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
            when=sketches[key].when,
            skip_say=sketches[key].skip_say,
            exit=sketches[key].exit,
            attempts=sketches[key].attempts,
            action=sketches[key].action,
        )
        for index, (key, into) in enumerate(edges.items(), start=1)
    )
    return Plan("trial", "1.0.0", "Trial", ROLE, tuple(steps), intake=intake)


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


# --- strategies


@st.composite
def _frames(draw: st.DrawFn) -> list[Sketch]:
    """Draw keys, order, parallelism and needs, as SPEC 2.4 allows them."""
    out: list[Sketch] = []
    order = 0
    for key in draw(st.permutations("abcdefghi"[: draw(st.integers(1, 9))])):
        parallel = draw(st.booleans())
        beside = parallel and bool(out) and out[-1].parallel and draw(st.booleans())
        order += 0 if beside else 1
        earlier = st.lists(st.sampled_from([s.key for s in out]), max_size=3, unique=True)
        needs = draw(st.none() | earlier) if out else None
        out.append(Sketch(key, order=order, parallel=parallel, needs=needs))
    return out


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan of 1 to 9 steps of every kind; about half cross into a baseline at the end."""
    frames = draw(_frames())
    if draw(st.booleans()):
        last = (frames[-1].order or 0) + 1
        # Without needs it is ordered after everything; with some, other steps may run beside it.
        needs = draw(st.none() | st.just([frames[0].key]))
        frames.append(replace(integrate("z", needs=needs), order=last))
    edges = resolve([_node(s) for s in frames])
    above: dict[str, set[str]] = {}
    for key, into in edges.items():
        inputs = {e.step for e in into if e.reason != "lane"}
        above[key] = inputs.union(*(above[i] for i in inputs))
    dressed = {s.key: draw(_dressed(s, sorted(above[s.key]))) for s in frames}
    return _plan(dressed, edges, draw(st.sampled_from([(), (ROLE,)])))


@st.composite
def _dressed(draw: st.DrawFn, frame: Sketch, above: list[str]) -> Sketch:
    """Draw what a step does; a gate rejects to steps above it."""
    when = draw(st.sampled_from([None, None, None, "asked"]))
    if frame.kind == "integrate":
        return frame
    what = draw(st.sampled_from(["external", "run", "gate", "gate"]))
    if what == "gate":
        to = draw(st.lists(st.sampled_from(above), max_size=2, unique=True)) if above else []
        limit = draw(st.integers(0, 2)) if to else None
        then = draw(st.sampled_from(["block", "close"])) if to else "block"
        made = gate(frame.key, to, limit, then)
        return replace(frame, kind="gate", action=made.action, when=when)
    attempts = draw(st.integers(1, 3))
    if what == "run":
        action = Run(("true",))
        return replace(frame, kind="run", action=action, when=when, attempts=attempts)
    return replace(frame, when=when, attempts=attempts)
