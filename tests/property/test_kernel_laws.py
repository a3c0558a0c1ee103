"""Laws of the run time (SPEC 5.1 to 5.7), over random plans played at random."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import settings

from dovetail import kernel
from dovetail.kernel import Event, EventType, Hold, Launch, State
from dovetail.plan.model import Plan
from tests.support.memory import Memory
from tests.support.play import play, playing

LAW = settings(max_examples=350, deadline=None)


# --- bookkeeping


def settled(plan: Plan, state: State, key: str) -> bool:
    return state.steps[plan.position[key]].phase in {"completed", "skipped"}


def naive(plan: Plan, state: State) -> dict[str, Any]:
    """Say all that the state keeps ready, from what the steps and attempts say alone."""
    place = plan.position
    attempts = [a for s in state.steps for a in s.attempts]
    flight = {(a.step, a.number): a for a in attempts if a.status in {"queued", "claimed"}}
    pairs = list(zip(plan.steps, state.steps, strict=True))
    reached = {
        s.key for s in plan.steps if not s.inputs or any(settled(plan, state, i) for i in s.inputs)
    }
    spent = {s.key for s, x in pairs if x.failures >= s.attempts + x.granted}
    return {
        "unsettled": [sum(not settled(plan, state, i) for i in s.inputs) for s in plan.steps],
        "open_steps": sum(not settled(plan, state, s.key) for s in plan.steps),
        "frontier": {
            place[s.key] for s, x in pairs if x.phase in {"idle", "failed"} and s.key in reached
        },
        "in_flight": flight,
        "lane": {k for k in flight if not plan.step(k[0]).parallel},
        "draining": {k for k, a in flight.items() if a.superseded},
        "attention": {place[s.key] for s, x in pairs if x.phase == "rejected" or s.key in spent},
        "unresolved": sum(b.open for b in state.blockers),
    }


def kept(state: State) -> dict[str, Any]:
    return {
        "unsettled": [s.unsettled for s in state.steps],
        "open_steps": state.open_steps,
        "frontier": state.frontier,
        "in_flight": state.in_flight,
        "lane": state.lane,
        "draining": state.draining,
        "attention": state.attention,
        "unresolved": state.unresolved,
    }


@settings(LAW, max_examples=800)
@playing
def test_bookkeeping_is_what_the_steps_say(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    def watch(m: Memory, _event: Event) -> None:
        if m.state.closed is None:  # what a closed item had in flight has ended with it
            assert kept(m.state) == naive(plan, m.state)

    play(plan, picks, answers, watch)


@LAW
@playing
def test_a_step_stands_where_its_last_attempt_does(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    def watch(m: Memory, _event: Event) -> None:
        for step in m.state.steps if m.state.closed is None else ():
            last = step.attempts[-1] if step.attempts else None
            now = last if last and last.generation == step.generation else None
            if step.phase == "skipped":
                assert now is None
            elif step.phase == "idle":
                assert now is None or now.status == "failed"
            else:
                assert now is not None
                assert (now.status, now.superseded) == (step.phase, False)

    play(plan, picks, answers, watch)


# --- launching


@LAW
@playing
def test_one_step_of_the_lane_at_most_is_in_flight(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    def watch(m: Memory, _event: Event) -> None:
        assert sum(not plan.step(s).parallel for s, _ in m.state.in_flight) <= 1

    play(plan, picks, answers, watch)


@LAW
@playing
def test_nothing_launches_before_what_it_waits_for_has_settled(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    def watch(m: Memory, event: Event) -> None:
        if event.type is EventType.QUEUED:
            waits_for = [e.step for e in plan.step(event.data["step"]).edges]
            assert all(settled(plan, m.state, key) for key in waits_for)

    play(plan, picks, answers, watch)


@LAW
@playing
def test_integration_is_alone_and_passes_no_blocker(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    def watch(m: Memory, event: Event) -> None:
        integrating = [k for k in m.state.in_flight if plan.step(k[0]).kind == "integrate"]
        assert not integrating or list(m.state.in_flight) == integrating[:1]
        if event.type is EventType.INTEGRATED:
            assert not any(b.open for b in m.state.blockers)

    play(plan, picks, answers, watch)


@LAW
@playing
def test_what_launches_is_the_lowest_of_the_lane_and_all_that_is_parallel(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    """In canonical order; what is held instead says by what, and that is still in the way."""

    def watch(m: Memory, _event: Event) -> None:
        asked = [r for r in m.requests if isinstance(r, Launch)]
        places = [plan.position[r.step] for r in asked]
        assert places == sorted(places)
        lane = [r for r in asked if not plan.step(r.step).parallel]
        assert len(lane) <= 1
        assert all((r.rule == "lane") == (r in lane) for r in asked)
        for key, (why, on) in m.held.items():
            assert on, f"{key} is held by {why}, and nobody says what that is"
            if why == "lane" and plan.step(key).lane not in on:
                assert {*on} <= {s for s, _ in m.state.lane} | {r.step for r in lane}

    play(plan, picks, answers, watch)


# --- rework


def _standing(state: State) -> Any:
    """Give all that a step's own result could change."""
    steps = [(s.phase, s.generation, s.failures, s.granted, s.unsettled) for s in state.steps]
    rest = (state.frontier, state.attention, state.open_steps, state.baseline, state.unresolved)
    return deepcopy((steps, rest))


@LAW
@playing
def test_what_rework_overtook_counts_for_nothing(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    before: list[Any] = [None]

    def watch(m: Memory, event: Event) -> None:
        ends = event.type in {EventType.COMPLETED, EventType.FAILED, EventType.INTEGRATED}
        if ends and m.attempt(f"{event.data['step']}/{event.data['attempt']}").superseded:
            assert _standing(m.state) == before[0]
        before[0] = _standing(m.state)

    play(plan, picks, answers, watch)


@LAW
@playing
def test_rework_reopens_the_target_and_its_flow_descendants_alone(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    before: list[list[int]] = [[1] * len(plan.steps)]

    def watch(m: Memory, event: Event) -> None:
        now = [s.generation for s in m.state.steps]
        opened = {s.key for s, a, b in zip(plan.steps, before[0], now, strict=True) if b == a + 1}
        assert all(b - a in {0, 1} for a, b in zip(before[0], now, strict=True))
        if event.type is EventType.REWORK:
            below = {event.data["to"]}
            for spec in plan.steps:  # canonical order: what is above comes first
                if below & {e.step for e in spec.edges if e.reason != "lane"}:
                    below.add(spec.key)
            assert opened == below
        else:
            assert opened == set()
        before[0] = now

    play(plan, picks, answers, watch)


@LAW
@playing
def test_attempts_are_counted_from_one_over_all_generations(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    for step in play(plan, picks, answers).state.steps:
        assert [a.number for a in step.attempts] == list(range(1, len(step.attempts) + 1))
        generations = [a.generation for a in step.attempts]
        assert generations == sorted(generations)
        assert all(1 <= g <= step.generation for g in generations)


# --- the end


@LAW
@playing
def test_nothing_stands_still_in_silence(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    """Whoever looks at an item that is not over finds somebody whose turn it is."""

    def watch(m: Memory, _event: Event) -> None:
        state = m.state
        waits = any(s.phase == "failed" for s in state.steps)
        asked = any(not isinstance(r, Hold) for r in m.requests)
        blocked = any(b.open for b in state.blockers)
        assert state.over or not state.accepted or asked or state.in_flight or waits or blocked, (
            m.held
        )

    play(plan, picks, answers, watch)


@LAW
@playing
def test_every_play_ends_completed_closed_or_with_an_open_blocker(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    state = play(plan, picks, answers).state
    assert state.completed or state.closed is not None or any(b.open for b in state.blockers)


@LAW
@playing
def test_a_completed_item_has_one_settled_result_a_step(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    state = play(plan, picks, answers).state
    if not state.completed:
        return
    for step in state.steps:
        last = [a.status for a in step.attempts if a.generation == step.generation]
        assert last.count("completed") == (step.phase == "completed")
        assert step.phase in {"completed", "skipped"}
    over = {"completed", "rejected", "failed", "cancelled", "superseded"}
    assert {a.status for s in state.steps for a in s.attempts} <= over


# --- one kernel


@LAW
@playing
def test_equal_events_give_equal_states_and_equal_decisions(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    """Folded again, in two parts, and from their JSON."""
    played = play(plan, picks, answers)
    lines = [json.dumps([e.type, e.data], sort_keys=True) for e in played.events]
    written = [Event(EventType(kind), data) for kind, data in map(json.loads, lines)]
    half = len(written) // 2
    in_parts = kernel.fold(plan, written[:half])
    for event in played.events[half:]:
        kernel.apply(plan, in_parts, event)
    again = kernel.fold(plan, written)
    assert again == in_parts == played.state
    assert kernel.decide(plan, again) == kernel.decide(plan, in_parts) == played.requests
    assert again.events == len(lines)


@LAW
@playing
def test_deciding_changes_nothing(plan: Plan, picks: bytes, answers: list[bool | None]) -> None:
    def watch(m: Memory, event: Event) -> None:
        if event.type in {EventType.REJECTED, EventType.FAILED, EventType.COMPLETED}:
            before = deepcopy(m.state)
            first = kernel.decide(plan, m.state)
            assert m.state == before
            assert first == kernel.decide(plan, m.state)

    play(plan, picks, answers, watch)


@settings(LAW, max_examples=200)
@playing
def test_an_event_out_of_place_is_refused_and_changes_nothing(
    plan: Plan, picks: bytes, answers: list[bool | None]
) -> None:
    """Events of the item's own history, said again at another time."""
    events = play(plan, picks, answers).events
    state = kernel.fold(plan, events[: len(events) * len(picks) // 80])
    for event in events[:: 1 + len(events) // 15]:
        trial, refused = deepcopy(state), False
        try:
            kernel.apply(plan, trial, event)
        except kernel.Refused:
            refused = True
        assert (trial == state) == refused
