"""What becomes of the losers of a join, and when they come back (SPEC 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import Fire, rework_targets
from dovetail.plan.model import Check, Plan
from tests.support.memory import Memory
from tests.support.plans import auto, beside, gate, integrate, plan, work
from tests.support.world import World

Script = Callable[[Memory], object]


def joined(at_least: int | None = None, inputs: str = "abc", **more: Any) -> Plan:
    """Give three inputs and what they meet in; without a number, the join is `any`."""
    how: Any = {"join": "any"} if at_least is None else {"at_least": at_least}
    return plan(*beside(*inputs, **more), work("j", needs=[*inputs], **how))


ANY = joined()
ASKED = joined(when="asked")


def fired(m: Memory) -> list[tuple[str, int, list[str]]]:
    return [(d["step"], d["generation"], d["winners"]) for d in m.told(E.FIRED)]


# --- the losers


@pytest.mark.rule("losers-leave")
def test_a_queued_loser_is_cancelled_and_a_claimed_one_ends_late() -> None:
    m = Memory(ANY).claim("c", executor="bea").do("a")
    assert (m.attempt("b/1").status, m.phase("b")) == ("cancelled", "out")
    assert (m.attempt("c/1").status, m.phase("c")) == ("claimed", "out")
    assert m.open == ["c/1", "j/1"]
    m.complete("c/1", outputs={"n": 1})
    assert (m.attempt("c/1").status, m.attempt("c/1").outputs) == ("late", {"n": 1})
    assert (m.phase("c"), m.step("c").result, m.step("j").winners) == ("out", None, ("a",))


@pytest.mark.rule("overtaken-counts-for-nothing", "losers-leave")
@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda m: m.fail("c/1"), id="failed"),
        pytest.param(lambda m: m.complete("c/1", criteria={}), id="completed"),
    ],
)
def test_what_a_loser_comes_to_counts_for_nothing(end: Script) -> None:
    made = plan(*beside("a", "c", attempts=1), work("j", needs=["a", "c"], join="any"))
    m = Memory(made).claim("c", executor="bea").do("a")
    end(m)
    assert (m.attempt("c/1").status, m.phase("c"), m.step("c").failures) == ("late", "out", 0)
    assert (m.blockers, m.open) == ([], ["j/1"])


@pytest.mark.rule("completion-waits")
def test_an_item_completes_when_the_last_loser_has_ended() -> None:
    m = Memory(ANY).claim("c", executor="bea").do("a", "j")
    assert (m.open, m.status) == (["c/1"], "active")
    assert m.complete("c/1").status == "completed"


@pytest.mark.rule("integration-alone")
def test_integration_waits_for_a_loser() -> None:
    made = plan(
        *beside("a", "b"), work("j", needs=["a", "b"], join="any"), integrate("i", needs=["j"])
    )
    m = Memory(made).claim("b", executor="bea").do("a", "j")
    assert m.held["i"] == ("join", ("b/1",))
    assert m.complete("b/1").open == ["i/1"]


@pytest.mark.rule("losers-leave")
def test_what_only_a_loser_waited_for_leaves_with_it() -> None:
    made = plan(
        *beside("a", "b"),
        *beside("c", "d", needs=["b"]),
        work("j", needs=["a", "c", "d"], join="any"),
    )
    m = Memory(made).claim("b", executor="bea").do("a")
    assert {k: m.phase(k) for k in "bcd"} == {"b": "out", "c": "out", "d": "out"}
    assert m.held == {}
    assert m.do("j").complete("b/1").status == "completed"


@pytest.mark.rule("wanted-stays")
def test_a_loser_that_another_step_waits_for_stays() -> None:
    made = plan(
        *beside("a", "b"),
        work("j", parallel=True, needs=["a", "b"], join="any"),
        work("k", parallel=True, needs=["b"]),
    )
    m = Memory(made).do("a")
    assert m.open == ["b/1", "j/1"]
    assert m.do("b").open == ["j/1", "k/1"]


@pytest.mark.rule("wanted-stays", "losers-leave")
def test_a_loser_leaves_when_the_last_join_that_wants_it_has_fired() -> None:
    made = plan(
        *beside("a", "b", "c"),
        work("j", parallel=True, needs=["a", "b"], join="any"),
        work("k", parallel=True, needs=["b", "c"], join="any"),
    )
    m = Memory(made).do("a")
    assert m.phase("b") == "queued"
    m.do("c")
    assert m.phase("b") == "out"
    assert m.step("k").winners == ("c",)


@pytest.mark.rule("wanted-stays")
def test_a_loser_whose_only_waiter_has_left_leaves() -> None:
    """`b` is wanted by `x` alone, and nobody waits for `x` any more."""
    made = plan(
        *beside("a", "b"),
        work("x", parallel=True, needs=["b"]),
        work("j", parallel=True, needs=["a", "x"], join="any"),
        work("k", parallel=True, needs=["a", "b"], join="any"),
    )
    m = Memory(made).do("a")
    assert {k: m.phase(k) for k in "bx"} == {"b": "out", "x": "out"}


@pytest.mark.rule("losers-leave")
def test_what_has_settled_is_no_loser() -> None:
    made = plan(
        *beside("a", "b", "c"),
        work("j", needs=["a", "b", "c"], at_least=2),
    )
    m = Memory(made, follow=True).do("a", "b")
    assert {k: m.phase(k) for k in "abc"} == {"a": "completed", "b": "completed", "c": "out"}
    assert m.state.open_steps == 1


@pytest.mark.rule("losers-leave", "lane-edge")
def test_a_loser_frees_the_lane() -> None:
    """It has settled: what comes after it in the lane waits for it no longer."""
    made = plan(
        *beside("a"),
        work("b", needs=[]),
        work("c", needs=[]),
        work("j", needs=["a", "b"], join="any", parallel=True),
    )
    m = Memory(made)
    assert m.held["c"] == ("lane", ("b",))
    m.do("a")
    assert m.open == ["c/1", "j/1"]


@pytest.mark.rule("losers-leave")
def test_a_loser_that_waits_for_its_re_queueing_leaves_too() -> None:
    m = Memory(ANY).claim("b", executor="bea").fail("b").do("a")
    assert (m.phase("b"), m.held, m.open) == ("out", {}, ["j/1"])


@pytest.mark.rule("losers-leave")
def test_what_the_attempts_of_a_loser_raised_leaves_with_it() -> None:
    m = Memory(joined(inputs="ab", attempts=1)).claim("a").fail("a").claim("b").fail("b")
    assert [b.steps for b in m.state.open_blockers()] == [("a",), ("b",)]
    m.unblock(1).do("a")
    assert (m.blockers, m.state.unresolved, m.phase("b")) == ([], 0, "out")
    assert [b.open for b in m.state.blockers] == [False, False]
    assert m.do("j").status == "completed"


@pytest.mark.rule("losers-leave")
def test_a_blocker_that_no_attempt_of_a_loser_raised_stays() -> None:
    m = Memory(ANY).block("credentials", "b").claim("a").complete("a")
    assert (m.phase("b"), m.blockers) == ("out", ["credentials"])
    assert m.held["j"] == ("blocker", ("credentials (blocker 1)",))


# --- rework


CHECKED = plan(
    *beside("a", "b"),
    work("j", needs=["a", "b"], join="any"),
    gate("g", ["a", "b", "j"], 3, needs=["j"]),
)


@pytest.mark.rule("join-counts-completions", "winners-alone")
def test_rework_below_the_join_keeps_its_winners() -> None:
    """A new generation of the join alone fires anew with what has completed."""
    m = Memory(CHECKED).do("a", "j").reject("g", "j")
    assert fired(m) == [("j", 1, ["a"]), ("j", 2, ["a"])]
    assert m.open == ["j/2"]
    assert m.phase("b") == "out"


@pytest.mark.rule("out-comes-back")
def test_rework_of_a_winner_begins_the_race_anew() -> None:
    m = Memory(CHECKED).do("a", "j").reject("g", "a")
    assert m.open == ["a/2", "b/2"]
    assert m.generation("b") == 1
    m.do("b")
    assert fired(m)[-1] == ("j", 2, ["b"])
    assert (m.phase("a"), m.attempt("a/2").status) == ("out", "cancelled")
    m.do("j").rework("g")
    assert (m.phase("b"), m.phase("a"), m.open) == ("completed", "out", ["g/3"])


@pytest.mark.rule("out-comes-back", "draining")
def test_what_comes_back_waits_until_its_late_attempt_has_ended() -> None:
    m = Memory(CHECKED).claim("b", executor="bea").do("a", "j").reject("g", "a")
    assert m.open == ["b/1", "a/2"]
    assert m.held["b"] == ("draining", ("b/1",))
    m.complete("b/1")
    assert m.attempt("b/1").status == "late"
    assert m.open == ["a/2", "b/2"]


@pytest.mark.rule("out-comes-back")
def test_everything_that_led_to_a_loser_comes_back_with_it() -> None:
    made = plan(
        work("w", parallel=True),
        work("a", parallel=True),
        work("b", parallel=True, needs=["w"]),
        work("j", needs=["a", "b"], join="any"),
        gate("g", ["a"], 3, needs=["j"]),
    )
    m = Memory(made).do("a", "j")
    assert {k: m.phase(k) for k in "wb"} == {"w": "out", "b": "out"}
    assert m.state.open_steps == 1
    m.reject("g")
    assert m.open == ["w/2", "a/2"]
    assert (m.state.open_steps, m.state.out) == (5, set())
    assert m.do("w", "b").step("j").winners == ("b",)


@pytest.mark.rule("settled-without-result-is-no-target")
def test_what_is_out_of_play_is_no_target() -> None:
    m = Memory(CHECKED).do("a", "j")
    assert rework_targets(CHECKED, m.state, "g") == ("a", "j")


@pytest.mark.rule("out-comes-back")
def test_an_operator_sends_the_item_back_to_a_loser() -> None:
    m = Memory(CHECKED).do("a", "j").rework("b")
    assert m.generation("b") == m.generation("j") == 2
    assert m.step("j").winners == ("a",)
    assert m.phase("b") == "out"


@pytest.mark.rule("operator-rework")
def test_an_operator_sends_the_item_back_to_what_left_before_it_began() -> None:
    made = plan(
        *beside("a", "w"),
        work("b", parallel=True, needs=["w"]),
        work("j", needs=["a", "b"], join="any"),
    )
    m = Memory(made).do("a")
    assert (m.phase("b"), m.step("b").attempts) == ("out", [])
    m.pause().rework("b")
    assert (m.phase("b"), m.phase("w"), m.generation("b")) == ("idle", "idle", 2)


def test_a_join_that_stood_does_not_fire_once_its_winner_is_sent_back() -> None:
    m = Memory(CHECKED).pause().claim("a")
    m.complete("a")
    m.rework("a").go_on()
    assert fired(m) == []
    assert m.do("b").step("j").winners == ("b",)


@pytest.mark.rule("out-comes-back")
def test_rework_of_another_branch_brings_nothing_back() -> None:
    made = plan(
        *beside("a", "b", "x"),
        work("j", parallel=True, needs=["a", "b"], join="any"),
    )
    m = Memory(made).do("a", "x").rework("x")
    assert (m.phase("b"), m.open) == ("out", ["j/1", "x/2"])


@pytest.mark.rule("out-comes-back", "join-counts-completions")
def test_a_join_that_comes_back_does_not_fire_again() -> None:
    """Its generation is the same: it keeps its winners."""
    made = plan(
        *beside("d"),
        work("c", parallel=True, needs=["d"]),
        work("b", parallel=True, needs=["d", "c"], join="any"),
        work("a", parallel=True, needs=["d", "c", "b"], join="any"),
    )
    m = Memory(made).do("d").pause().rework("a")
    assert m.requests == [Fire("a", 2, ("d",))]
    assert (m.phase("b"), m.phase("c"), m.step("b").winners) == ("idle", "idle", ("d",))
    m.go_on()
    assert fired(m) == [("b", 1, ["d"]), ("a", 1, ["d"]), ("a", 2, ["d"])]


@pytest.mark.rule("out-comes-back", "requeue-by-somebody")
@pytest.mark.parametrize(
    ("attempts", "end", "held"),
    [
        pytest.param(2, Memory.fail, ("requeue", ("b/1",)), id="it failed: somebody re-queues it"),
        pytest.param(1, Memory.fail, ("attempts", ("1 of 1 failed",)), id="for the last time"),
        pytest.param(1, Memory.interrupt, None, id="it was interrupted: it is launched again"),
    ],
)
def test_what_comes_back_stands_where_it_stood(
    attempts: int, end: Any, held: tuple[str, tuple[str, ...]] | None
) -> None:
    made = plan(
        *beside("a"),
        work("b", parallel=True, attempts=attempts),
        work("j", needs=["a", "b"], join="any"),
        gate("g", ["a"], 3, needs=["j"]),
    )
    m = end(Memory(made).claim("b", executor="bea"), "b").do("a", "j").reject("g")
    assert m.held.get("b") == held
    assert m.phase("b") == ("failed" if held else "queued")
    assert m.step("b").failures == (1 if held else 0)
    assert m.do("a").step("j").winners == ("a",)


@pytest.mark.rule("out-comes-back", "exhausted-input")
@pytest.mark.parametrize("make", [work, auto], ids=["external", "automatic"])
def test_what_comes_back_exhausted_blocks_when_nothing_else_is_left(make: Any) -> None:
    made = plan(
        *beside("a", attempts=1),
        make("b", parallel=True, attempts=1),
        work("j", needs=["a", "b"], join="any"),
        gate("g", ["a"], 3, needs=["j"]),
    )
    m = Memory(made)
    if make is work:
        m.claim("b", executor="bea")
    m.fail("b").do("a", "j").reject("g")
    assert m.blockers == []
    assert m.claim("a").fail("a").blockers == ["attempts-exhausted"] * 2


@pytest.mark.rule("out-comes-back", "rework-limit")
def test_a_rejected_gate_that_comes_back_is_still_rejected() -> None:
    made = plan(
        *beside("x"),
        *beside("a", needs=[]),
        gate("b", ["x"], 0, parallel=True, needs=["x"]),
        work("j", needs=["a", "b"], join="any"),
        gate("g", ["a"], 3, needs=["j"]),
    )
    m = Memory(made).do("x").reject("b")
    assert m.blockers == ["rework-limit"]
    m.do("a")
    assert (m.blockers, m.phase("b")) == ([], "out")
    m.do("j").reject("g")
    assert (m.blockers, m.phase("b")) == (["rework-limit"], "rejected")
    assert m.unblock().generation("x") == 2


@pytest.mark.rule("out-comes-back", "entry-unmet-blocks")
def test_the_entry_criteria_of_what_comes_back_are_looked_at_anew() -> None:
    made = plan(
        *beside("a"),
        work("b", parallel=True, entry=(Check("c", "x"),)),
        work("j", needs=["a", "b"], join="any"),
        gate("g", ["a"], 3, needs=["j"]),
    )
    m = Memory(made, world=World(unmet={"b": ["c"]}))
    assert m.blockers == ["entry-unmet"]
    m.do("a", "j")
    assert m.blockers == []
    m.world.unmet.clear()
    assert m.reject("g").open == ["a/2", "b/1"]
