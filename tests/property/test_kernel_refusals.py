"""Laws of refusal: what is out of place changes nothing; what is in place breaks no law (SPEC 5.1).

Slips are events of the item's own history, said again at another time or a little otherwise. Most
are refused. What is not is one that could have happened, so that every law holds after it, too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from dovetail import kernel
from dovetail.kernel import Event, EventType, Refused
from dovetail.plan.model import Plan
from tests.property.every_law import EVERY_LAW
from tests.support.course import Course
from tests.support.play import play
from tests.support.random_plans import random_plan
from tests.support.soak import many

_FILL: dict[str, Any] = {
    "step": "a",
    "attempt": 1,
    "generation": 1,
    "executor": "ana",
    "kind": "person",
    "roles": ["crew", "lead", "boss"],
    "fence": 1,
    "handoffs": [],
    "outputs": {},
    "evidence": {},
    "artifacts": {},
    "criteria": {},
    "message": "",
    "reason": "so",
    "interrupted": False,
    "approve_when": None,
    "to": "a",
    "gate": None,
    "reopened": [],
    "child": "p",
    "children": [],
    "version": "1.0.0",
    "item": "CH-1",
    "status": "completed",
    "winners": [],
    "what": "when",
    "holds": True,
    "raised": [],
    "group_last": False,
    "last": False,
    "blocker": 1,
    "type": "conflict",
    "steps": [],
    "notes": "so",
    "note": 1,
    "text": "so",
    "decision": "accept",
    "ready": [],
    "launches": [],
    "held": [],
    "form": "form-1",
    "gates": {},
    "outcome": "recorded",
    "digest": "sha256:0",
    "intake": False,
}
"""What an event of another type may need beside what the one that it is made of has."""


def slips(plan: Plan, events: list[Event], rng: random.Random) -> Iterator[Event]:
    """Give an event said again, with one thing of it changed each, as another type; and rework."""
    keys = [s.key for s in plan.steps]
    event = rng.choice(events)
    yield event
    data = dict(event.data)
    for name in ("attempt", "fence", "generation", "blocker", "note"):
        if isinstance(data.get(name), int):
            yield Event(event.type, data | {name: data[name] + rng.choice([-1, 1])})
    for name in ("step", "to", "gate"):
        if name in data:
            yield Event(event.type, data | {name: rng.choice([*keys, "elsewhere"])})
    for name, other in (("executor", "zoe"), ("child", "x"), ("roles", []), ("shown", "sha256:0")):
        if name in data:
            yield Event(event.type, data | {name: other})
    if isinstance(data.get("winners"), list):
        yield Event(event.type, data | {"winners": data["winners"][1:]})
    yield Event(rng.choice([*EventType]), _FILL | data)
    to = rng.choice(plan.steps).key
    below = [plan.steps[i].key for i in plan.downstream(to)]
    told = {"gate": None, "attempt": 0, "to": to, "reason": "so", "reopened": below}
    yield Event(EventType.REWORK, told)


def test_an_event_out_of_place_is_refused_and_changes_nothing() -> None:
    accepted = 0
    for seed in range(many(120, 1500)):
        plan, rng = random_plan(seed, 6), random.Random(seed)
        events = play(plan, seed, (20, 60)[seed % 2]).events
        for _round in range(6):
            prefix = events[: rng.randint(1, len(events))]
            state = kernel.fold(plan, prefix)
            for event in slips(plan, events, rng):
                trial = deepcopy(state)
                try:
                    kernel.apply(plan, trial, event)
                except Refused:
                    assert trial == state, (seed, event)
                else:
                    assert trial != state
                    accepted += 1
    assert accepted > 0


def test_no_law_is_broken_by_an_event_that_is_not_refused() -> None:
    tried = 0
    for seed in range(many(80, 1500)):
        plan, rng = random_plan(seed, 5), random.Random(seed)
        events = play(plan, seed, 40).events
        prefix = events[: rng.randint(1, len(events))]
        state = kernel.fold(plan, prefix)
        for event in slips(plan, events, rng):
            trial = deepcopy(state)
            try:
                kernel.apply(plan, trial, event)
            except Refused:
                continue
            tried += 1
            _after(plan, prefix, event)
    assert tried > many(20, 400)


def _after(plan: Plan, prefix: list[Event], event: Event) -> None:
    course = Course(plan, EVERY_LAW, prefix[0].data.get("after", ()))
    for earlier in prefix[1:]:
        course.put(earlier)
    course.put(event)
