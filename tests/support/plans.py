"""Plans for tests of the kernel: a short way to write them, and random ones.

The edges come from `plan.graph`, as those of a compiled blueprint do; nothing else of the compiler
takes part, so that a plan may also be one that the rules of `dovetail check` would not pass.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hypothesis import strategies as st

from dovetail.plan.graph import Node, resolve
from dovetail.plan.model import Action, Criterion, Edge, Gate, Integrate, Kind, Plan, Run, Step

__all__ = [
    "ROLE",
    "Sketch",
    "auto",
    "gate",
    "integrate",
    "layered",
    "plan",
    "plans",
    "random_plan",
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
    return Sketch(key, "run", action, None, parallel, needs, when, attempts=attempts, exit=criteria)


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


def integrate(key: str, *, parallel: bool = False, needs: Sequence[str] | None = None) -> Sketch:
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


# --- random plans


def random_plan(seed: int, most: int) -> Plan:
    """Give a plan of steps of every kind, at most so many; a third cross into a baseline."""
    rng = random.Random(seed)
    frames = _frames(rng, max(rng.randint(1, most), rng.randint(1, most)))
    if rng.random() < 1 / 3:
        last = (frames[-1].order or 0) + 1
        # Without needs it is ordered after everything; with some, other steps may run beside it.
        needs = rng.choice([None, [frames[0].key]])
        frames.append(replace(integrate("z", needs=needs), order=last))
    edges = resolve([_node(s) for s in frames])
    above: dict[str, set[str]] = {}
    for key, into in edges.items():
        inputs = {e.step for e in into if e.reason != "lane"}
        above[key] = inputs.union(*(above[i] for i in inputs))
    dressed = {s.key: _dressed(rng, s, sorted(above[s.key])) for s in frames}
    return _plan(dressed, edges, rng.choice([(), (ROLE,)]))


def _frames(rng: random.Random, size: int) -> list[Sketch]:
    """Draw keys, order, parallelism and needs, as SPEC 2.4 allows them.

    Some plans are bushy: all parallel, all after the first step, so that what one gate sends back
    overtakes much that is in flight.
    """
    out: list[Sketch] = []
    order, bushy = 0, rng.random() < 1 / 2
    for key in rng.sample("abcdefghi"[:size], size):
        parallel = rng.random() < 1 / 2 or (bushy and bool(out))
        beside = parallel and bool(out) and out[-1].parallel and rng.random() < 1 / 2
        order += 0 if beside else 1
        needs: list[str] | None = None
        if out and bushy:
            needs = sorted({out[0].key, rng.choice([*out, *out[:1] * 9]).key})
        elif rng.random() < 2 / 3:
            needs = sorted({s.key for s in rng.sample(out, min(len(out), rng.randint(0, 3)))})
        out.append(Sketch(key, order=order, parallel=parallel, needs=needs))
    return out


def _dressed(rng: random.Random, frame: Sketch, above: list[str]) -> Sketch:
    """Draw what a step does; a gate rejects to steps above it."""
    if frame.kind == "integrate":
        return frame
    when = rng.choice([None, None, None, "asked"])
    what = rng.choice(["external", "external", "run", "gate", "gate"])
    if what == "gate":
        to = rng.sample(above, min(len(above), rng.choice([0, 1, 1, 2])))
        limit = rng.choice([0, 1, 1, 2]) if to else None
        made = gate(frame.key, to, limit, rng.choice(["block", "close"]) if to else "block")
        return replace(frame, kind="gate", action=made.action, when=when)
    attempts = rng.randint(1, 3)
    if what == "run":
        return replace(frame, kind="run", action=Run(("true",)), when=when, attempts=attempts)
    return replace(frame, when=when, attempts=attempts)


plans = st.builds(random_plan, st.integers(0, 2**32 - 1), st.sampled_from([3, 9, 9, 9, 9]))
"""Drawn from a seed: drawing each choice by itself gives too many plans that are nearly equal."""
