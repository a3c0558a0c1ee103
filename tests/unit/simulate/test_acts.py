"""What people do beside the steps, and what other items do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dovetail.simulate import Trace

Play = Callable[..., Trace]

REVIEW = "intake: {review: [owner]}\n"
CHAIN = "blockers: {stuck: {title: S}}\nsteps: [{key: a}, {key: b}, {key: c, integrate: {}}]\n"


def said(trace: Trace) -> list[str]:
    return [p.says for p in trace.all_problems()]


ACTS = {
    "block right after an attempt": (
        "acts: [{after: a, block: stuck, reason: so}]",
        "{launches: [a], status: blocked, blockers: [stuck], held: {b: blocker}}",
    ),
    "block after the second attempt": (
        "outcomes: {a: [fail, complete]}\nacts: [{after: a/2, block: stuck}]",
        "{launches: [a, a], status: blocked}",
    ),
    "block what is named": (
        "acts: [{after: a, block: stuck, steps: [c]}]",
        "{launches: [a, b], held: {c: blocker}}",
    ),
    "unblock when nothing else can happen": (
        "acts: [{after: a, block: stuck}, {unblock: stuck}]",
        "{launches: [a, b, c], raised: [stuck], blockers: []}",
    ),
    "send back": (
        "outcomes: {b: [fail]}\nacts: [{rework: a, reason: so}]",
        "{launches: [a, b, a, b, c], rework: {a: 1}}",
    ),
    "revert": (
        "acts: [{after: c, revert: true, reason: so}]",
        "{launches: [a, b, c], baseline: pre, held: {c: reverted}}",
    ),
    "write a note down": ("acts: [{note: Look}]", "{notes: [Look]}"),
    "resolve a note": ("acts: [{note: Look}, {note: See}, {resolve: 1}]", "{notes: [See]}"),
    "queue again": ("outcomes: {b: [fail]}\nacts: [{requeue: b}]", "{launches: [a, b, b, c]}"),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act(name: str, play: Play) -> None:
    acts, expected = ACTS[name]
    trace = play(CHAIN, f"{acts}\nexpect: {expected}")
    assert trace.ok, said(trace)


REFUSED = {
    "unblock": "{unblock: stuck}",
    "rework": "{after: a, rework: c, reason: so}",
    "revert": "{after: a, revert: true, reason: so}",
    "resolve": "{resolve: 1}",
    "requeue": "{after: a, requeue: a}",
    "block": "{block: unheard-of}",
    "ended": "{ended: WI-000003}",
    "take": "{take: bench}",
    "free": "{free: bench}",
    "admit": "{admit: true}",
    "override": "{override: true, reason: so}",
}


@pytest.mark.parametrize("verb", REFUSED)
def test_an_act_that_is_refused_is_written_down(verb: str, play: Play) -> None:
    told = f"acts: [{REFUSED[verb]}]\nexpect: {{refused: [{verb}]}}"
    trace = play(CHAIN, told)
    assert trace.ok, said(trace)
    unexpected = play(CHAIN, f"acts: [{REFUSED[verb]}]")
    (problem,) = unexpected.problems
    assert problem.path == ("acts", 0)
    assert f"`{verb}` is refused" in problem.says


def test_acts_happen_in_order(play: Play) -> None:
    told = "acts: [{note: one}, {after: a, note: two}, {note: three}]\nexpect: {status: completed}"
    trace = play(CHAIN, told)
    assert trace.ok, said(trace)
    assert trace.found["notes"] == ["one", "two", "three"]
    assert [t.happened[0].word for t in trace.ticks[-2:]] == ["noted", "noted"]


def test_an_act_right_after_an_attempt_comes_before_all_that_follows(play: Play) -> None:
    trace = play(CHAIN, "acts: [{after: a, note: seen}]")
    types = [str(r.event.type) for r in trace.history]
    at = types.index("noted")
    assert types[at - 1] == "attempt-completed"
    assert types[at + 1] == "scheduling-decided"


# --- the review before the work

INTAKES = {
    "accept": ("accept", "{launches: [a, b, c], status: completed}"),
    "wait": ("wait", "{launches: [], status: intake}"),
    "link": ("{link: WI-000007, reason: so}", "{status: completed}"),
    "merge": ("{merge: WI-000007, reason: so}", "{launches: [], status: closed}"),
    "close": ("{close: true, reason: so}", "{launches: [], status: closed}"),
}


@pytest.mark.parametrize("name", INTAKES)
def test_intake(name: str, play: Play) -> None:
    intake, expected = INTAKES[name]
    trace = play(REVIEW + CHAIN, f"intake: {intake}\nexpect: {expected}")
    assert trace.ok, said(trace)


def test_intake_is_overridden(play: Play) -> None:
    told = "intake: {close: true}\nacts: [{override: true, reason: so}]\n"
    assert play(REVIEW + CHAIN, told + "expect: {status: completed}").ok


def test_without_a_review_nothing_is_decided(play: Play) -> None:
    told = "intake: {close: true}\nexpect: {refused: [intake], status: completed}"
    assert play(CHAIN, told).ok


# --- other items


def test_an_item_waits_for_others_until_they_end(play: Play) -> None:
    told = "after_items: [X-1, X-2]\nacts: [{ended: X-1}]\n"
    trace = play(CHAIN, told + "expect: {launches: [], status: ready, held: {a: join}}")
    assert trace.ok, said(trace)
    told = "after_items: [X-1, X-2]\nacts: [{ended: X-1}, {ended: X-2}]\n"
    assert play(CHAIN, told + "expect: {launches: [a, b, c]}").ok


BENCH = """
constraints: {bench: {scope: global, slots: 1}}
steps:
  - {key: a, run: {command: [make]}, uses: [bench], parallel: true}
  - {key: b, run: {command: [make]}, uses: [bench], parallel: true}
  - {key: c, uses: [bench]}
"""


def test_a_global_constraint_is_shared_between_steps(play: Play) -> None:
    trace = play(BENCH, "outcomes: {a: [{takes: 1h}]}")
    first = trace.ticks[0]
    assert [one.step for one in first.launched] == ["a"]
    assert [(h.step, h.why, h.on) for h in first.held] == [("b", "constraint", ("bench",))]
    scheduled = [r.event.data for r in trace.history if str(r.event.type) == "scheduling-decided"]
    assert scheduled[0] == {
        "ready": ["a", "b"],
        "launches": [{"step": "a", "attempt": 1, "rule": "parallel"}],
        "held": [{"step": "b", "why": "constraint", "on": ["bench"]}],
    }
    assert trace.found["status"] == "completed"


def test_another_item_holds_a_slot_until_it_frees_it(play: Play) -> None:
    held = play(BENCH, "acts: [{after: a, take: bench}]\nexpect: {held: {b: constraint}}")
    assert held.ok, said(held)
    assert play(BENCH, "acts: [{after: a, take: bench}, {free: bench}]").ok
    assert [one.step for one in held.ticks[0].launched] == ["a"]


def test_a_slot_that_is_freed_first_was_taken_from_the_start(play: Play) -> None:
    trace = play(BENCH, "acts: [{free: bench}]")
    assert trace.ok
    assert not trace.ticks[0].launched
    assert trace.found["status"] == "completed"


def test_external_work_is_claimed_when_its_slot_is_free(play: Play) -> None:
    told = "acts: [{after: b, take: bench}]\nexpect: {launches: [a, b, c], status: waiting}"
    assert play(BENCH, told).ok


def test_a_place_becomes_free(play: Play) -> None:
    limited = "wip_limit: 1\n" + CHAIN
    assert play(limited, "expect: {status: completed}").ok
    trace = play(limited, "acts: [{admit: true}]")
    assert trace.ok
    assert [(h.step, h.why) for h in trace.ticks[0].held] == [("a", "wip")]
    assert trace.found["status"] == "completed"


def test_somebody_who_is_named_does_one_task_at_a_time(play: Play) -> None:
    pair = "steps: [{key: a, parallel: true}, {key: b, parallel: true}]"
    trace = play(pair, "outcomes: {a: [{by: mia, takes: 2h}], b: [{by: mia, takes: 1h}]}")
    assert trace.ok
    assert (trace.found["refused"], trace.ended) == (["b"], 3 * 3600)
