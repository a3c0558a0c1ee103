"""Random plans with every feature of a step, for laws of the kernel.

A plan is drawn from one number, so that a number is all that it takes to see it again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from dovetail.plan.model import (
    Action,
    Blocker,
    Check,
    Constraint,
    Criterion,
    Gate,
    Kind,
    Plan,
    Python,
    Render,
    Renders,
    Run,
    Wip,
)
from tests.support.plans import ROLE, Sketch, call, integrate, plan

__all__ = ["random_plan"]

_CONSTRAINTS = {
    "bench": Constraint("item", 1),
    "desks": Constraint("item", 2),
    "rig": Constraint("global", 1),
    "staging": Constraint("global", 2),
}
_AUTOMATIC: dict[Kind, Action] = {
    "run": Run(("true",)),
    "python": Python("work:do"),
    "render": Renders((Render("a.md", "a.md"),)),
}


def random_plan(seed: int, most: int) -> Plan:
    """Give a plan of at most so many steps of every kind; half of them cross into a baseline."""
    rng = random.Random(seed)
    frames = _frames(rng, max(rng.randint(1, most), rng.randint(1, most)))
    if rng.random() < 1 / 2:
        frames = _with_integration(rng, frames)
    bare = plan(*frames)
    above = {s.key: [bare.steps[i].key for i in bare.upstream(s.key)] for s in bare.steps}
    dressed = [_dressed(rng, f, _near(above, f.key)) for f in frames]
    return plan(
        *dressed,
        intake=rng.choice([(), (), (ROLE,)]),
        roles={ROLE: "Does it", "lead": "Reviews it", "boss": "Overrules"},
        wip_limit=rng.choice([None, None, Wip(1)]),
        constraints=_CONSTRAINTS,
        blockers=_blockers(rng),
        done=_criteria(rng, "good", 1 / 4),
    )


def _near(above: Mapping[str, Sequence[str]], key: str) -> list[str]:
    """Give the steps that a step may send the item back to: those on its side of the baseline."""
    behind = ["z", *above["z"]] if "z" in above[key] else []
    return [k for k in above[key] if k not in behind]


def _blockers(rng: random.Random) -> dict[str, Blocker]:
    plain = {"credentials": Blocker("A credential is at risk")}
    watched = {"scope": Blocker("The scope has to grow", when="outputs.grown")}
    return plain | (watched if rng.random() < 1 / 3 else {})


def _criteria(rng: random.Random, name: str, share: float) -> tuple[Criterion, ...]:
    return (Check(name, "true"),) if rng.random() < share else ()


def _frames(rng: random.Random, size: int) -> list[Sketch]:
    """Draw keys, order, parallelism, needs and joins, as SPEC 2.4 allows them.

    Some plans are bushy: all parallel, all after the first step, so that what one gate sends back
    overtakes much that is in flight. Some have many joins.
    """
    out: list[Sketch] = []
    order, bushy, joined = 0, rng.random() < 1 / 3, rng.random() < 1 / 2
    for key in rng.sample("abcdefghi"[:size], size):
        parallel = rng.random() < 1 / 2 or (bushy and bool(out))
        beside = parallel and bool(out) and out[-1].parallel and rng.random() < 1 / 2
        order += 0 if beside else 1
        needs: list[str] | None = None
        if joined and len(out) > 1 and rng.random() < 1 / 2:
            drawn = rng.sample(out[-5:], min(len(out), rng.randint(2, 4)))
            needs = sorted({s.key for s in drawn})
        elif out and bushy:
            needs = sorted({out[0].key, rng.choice([*out, *out[:1] * 9]).key})
        elif rng.random() < 2 / 3:
            needs = sorted({s.key for s in rng.sample(out, min(len(out), rng.randint(0, 3)))})
        frame = Sketch(key, order=order, parallel=parallel, needs=needs)
        out.append(_joined(rng, frame, 3 / 4 if joined else 1 / 8))
    return out


def _joined(rng: random.Random, frame: Sketch, share: float) -> Sketch:
    inputs = len(frame.needs or ())
    if inputs < 2 or rng.random() >= share:
        return frame
    if rng.random() < 1 / 2:
        return replace(frame, join="any")
    return replace(frame, at_least=rng.randint(1, inputs))


def _with_integration(rng: random.Random, frames: list[Sketch]) -> list[Sketch]:
    """Put an integration after everything, or somewhere: then all that follows comes after it.

    One in ten is beside other steps, which `dovetail check` refuses and the kernel gets along with.
    """
    where = rng.choice([len(frames), rng.randint(0, len(frames))])
    beside = [frames[0].key] if where == len(frames) and rng.random() < 1 / 10 else None
    before = max((f.order or 0 for f in frames[:where]), default=0)
    crossing = replace(
        integrate("z", needs=beside, require=_criteria(rng, "required", 1 / 3)),
        order=before + 1,
        uses=_uses(rng, 1 / 8),
    )
    return [*frames[:where], crossing, *map(_after_integration, frames[where:])]


def _after_integration(frame: Sketch) -> Sketch:
    needs = None if frame.needs is None else sorted({*frame.needs, "z"})
    return replace(frame, order=(frame.order or 0) + 2, needs=needs)


def _uses(rng: random.Random, share: float) -> tuple[str, ...]:
    return tuple(k for k in sorted(_CONSTRAINTS) if rng.random() < share / 2)


def _dressed(rng: random.Random, frame: Sketch, above: list[str]) -> Sketch:
    """Draw what a step does; what sends the item back does so to steps above it."""
    if frame.kind == "integrate":
        return frame
    frame = replace(
        frame,
        when=rng.choice([None, None, None, "params.asked"]),
        entry=_criteria(rng, "ready", 1 / 5),
        attempts=rng.randint(1, 3),
    )
    what = rng.choices(["external", "automatic", "gate", "call"], [4, 5, 4, 3])[0]
    if what == "gate":
        return replace(frame, kind="gate", action=_gate(rng, above))
    frame = replace(frame, exit=_criteria(rng, "works", 1 / 4), uses=_uses(rng, 1 / 2))
    if what == "external":
        return frame
    kind, action = rng.choice([*_AUTOMATIC.items()])
    if what == "call":
        kind, action = "call", _call(rng, above).action
    if above and rng.random() < 1 / 2:
        to = _targets(rng, above)
        frame = replace(frame, on_failure=to, failure_limit=rng.randint(0, 2), attempts=1)
    return replace(frame, kind=kind, action=action)


def _targets(rng: random.Random, above: Sequence[str]) -> tuple[str, ...]:
    return tuple(rng.sample(above, min(len(above), rng.choice([1, 1, 2]))))


def _gate(rng: random.Random, above: Sequence[str]) -> Gate:
    to = _targets(rng, above) if above and rng.random() < 3 / 4 else ()
    then: Literal["block", "close"] = rng.choice(["block", "close"])
    evidence = rng.random() < 1 / 4
    more: dict[str, Any] = {
        "evidence": "review",
        "approve_when": "evidence.review.good",
        "override": ("boss",),
    }
    return Gate(
        reviewers=rng.choice([(), ("lead",)]),
        approvals=rng.choice([1, 1, 1, 2, 3]),
        human=rng.random() < 1 / 6,
        independent=rng.random() < 1 / 4,
        reject=to,
        limit=rng.choice([0, 0, 1, 1, 2]) if to else None,
        then=then if to else "block",
        **(more if evidence else {}),
    )


def _call(rng: random.Random, above: Sequence[str]) -> Sketch:
    return call(
        "call",
        each=rng.random() < 4 / 5,
        concurrent=rng.random() < 1 / 2,
        after=rng.random() < 1 / 3,
        pause=_gate(rng, above) if rng.random() < 2 / 3 else None,
        integrate_each=rng.choice(["child", "group", "end"]),
    )
