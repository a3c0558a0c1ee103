"""Joins: when one fires, with which winners, and what becomes of the losers (SPEC 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import Fire
from dovetail.plan.model import Plan
from tests.support.memory import Memory
from tests.support.plans import beside, plan, work

Script = Callable[[Memory], object]


def joined(at_least: int | None = None, inputs: str = "abc", **more: Any) -> Plan:
    """Give three inputs and what they meet in; without a number, the join is `any`."""
    how: Any = {"join": "any"} if at_least is None else {"at_least": at_least}
    return plan(*beside(*inputs, **more), work("j", needs=[*inputs], **how))


ANY = joined()
ASKED = joined(when="asked")


def fired(m: Memory) -> list[tuple[str, int, list[str]]]:
    return [(d["step"], d["generation"], d["winners"]) for d in m.told(E.FIRED)]


# --- when it fires


@pytest.mark.rule("join-counts-completions", "join-before-launch")
@pytest.mark.parametrize(
    ("made", "script", "winners"),
    [
        pytest.param(ANY, lambda m: m, None, id="any: not before the first"),
        pytest.param(ANY, lambda m: m.do("b"), "b", id="any: the first"),
        pytest.param(joined(2), lambda m: m.do("c"), None, id="two: not with the first"),
        pytest.param(joined(2), lambda m: m.do("c", "a"), "a c", id="two: in canonical order"),
        pytest.param(joined(3), lambda m: m.do("a", "b"), None, id="three: not with two"),
        pytest.param(joined(3), lambda m: m.do("a", "b", "c"), "a b c", id="three: with all"),
        pytest.param(
            ANY, lambda m: m.claim("a").fail("a"), None, id="any: a failure is no completion"
        ),
    ],
)
def test_a_join_fires_with_its_winners(made: Plan, script: Script, winners: str | None) -> None:
    m = Memory(made)
    script(m)
    assert fired(m) == ([] if winners is None else [("j", 1, winners.split())])
    assert m.step("j").winners == tuple((winners or "").split())
    assert m.phase("j") == ("idle" if winners is None else "queued")


@pytest.mark.rule("join-counts-completions", "join-capped", "join-empty-skips")
@pytest.mark.parametrize(
    ("at_least", "skipped", "done", "winners", "phase"),
    [
        pytest.param(None, "a", "", None, "idle", id="any: a skip is no completion"),
        pytest.param(None, "ab", "c", "c", "queued", id="any: the one that is left"),
        pytest.param(None, "abc", "", None, "skipped", id="any: none is left"),
        pytest.param(2, "a", "b", None, "idle", id="two, one skipped: both others"),
        pytest.param(2, "a", "bc", "b c", "queued", id="two, one skipped: with both"),
        pytest.param(2, "ab", "c", "c", "queued", id="two, two skipped: the one that is left"),
        pytest.param(3, "a", "bc", "b c", "queued", id="three, one skipped: two"),
        pytest.param(3, "abc", "", None, "skipped", id="three: none is left"),
    ],
)
def test_skips_cap_what_a_join_waits_for(
    at_least: int | None, skipped: str, done: str, winners: str | None, phase: str
) -> None:
    m = Memory(joined(at_least, when="asked"), {key: key not in skipped for key in "abc"})
    m.do(*done)
    assert fired(m) == ([] if winners is None else [("j", 1, winners.split())])
    assert m.phase("j") == phase


@pytest.mark.rule("join-capped")
def test_a_late_skip_lowers_what_a_join_waits_for() -> None:
    """The input that completed first is enough once the other turns out to be skipped."""
    made = plan(
        work("root"),
        *beside("a", "b", needs=["root"]),
        work("c", parallel=True, needs=["a"], when="asked"),
        work("j", needs=["b", "c"], at_least=2),
    )
    m = Memory(made, {"c": False}).do("root", "b")
    assert fired(m) == []
    assert m.do("a").step("j").winners == ("b",)


@pytest.mark.rule("join-empty-skips")
def test_a_step_without_any_input_left_is_skipped_with_a_reason() -> None:
    made = plan(*ASKED_INPUTS, work("j", needs=["a", "b"], join="any", when="asked"), work("k"))
    m = Memory(made, {"a": False, "b": False})
    (skip,) = [d for d in m.told(E.SKIPPED) if d["step"] == "j"]
    reason = "every input of its join was skipped"
    assert skip == {"step": "j", "generation": 1, "reason": reason}
    assert [d for d in m.told(E.EVALUATED) if d["step"] == "j"] == []
    assert m.open == ["k/1"]


ASKED_INPUTS = beside("a", "b", when="asked")


@pytest.mark.rule("join-before-launch")
@pytest.mark.parametrize("skipped", ["a", "b", "ab"])
def test_all_counts_a_skip_as_settled(skipped: str) -> None:
    m = Memory(
        plan(*ASKED_INPUTS, work("j", needs=["a", "b"])), {k: k not in skipped for k in "ab"}
    )
    m.do(*[k for k in "ab" if k not in skipped])
    assert m.open == ["j/1"]
    assert fired(m) == []


@pytest.mark.rule("join-counts-completions")
def test_a_join_fires_once_per_generation() -> None:
    m = Memory(joined(2)).claim("c", executor="bea").do("a", "b")
    m.complete("c").do("j")
    assert fired(m) == [("j", 1, ["a", "b"])]
    assert m.status == "completed"


def test_of_two_joins_that_stand_the_first_in_canonical_order_fires_first() -> None:
    made = plan(
        *beside("a", "b"),
        work("k", parallel=True, needs=["a", "b"], join="any"),
        work("j", parallel=True, needs=["a", "b"], join="any"),
    )
    m = Memory(made).claim("a").pause()
    m.complete("a")
    assert m.requests == [Fire("k", 1, ("a",))]
    assert [step for step, *_ in fired(m.go_on())] == ["k", "j"]


def test_a_join_names_all_that_have_completed_by_then() -> None:
    m = Memory(ANY).claim("a").claim("b", executor="bea").pause()
    m.complete("b").complete("a")
    assert m.requests == [Fire("j", 1, ("a", "b"))]


def test_until_a_join_has_fired_nothing_else_is_decided() -> None:
    """What leaves the play must not launch beside what the join enables."""
    made = plan(*beside("a", "b"), *beside("x", needs=["a"]), work("j", needs="ab", join="any"))
    m = Memory(made).claim("a").pause()
    m.complete("a")
    assert m.requests == [Fire("j", 1, ("a",))]
    assert m.go_on().open == ["x/1", "j/1"]


@pytest.mark.rule("join-counts-completions")
def test_a_join_that_is_held_does_not_fire_again() -> None:
    """`b` is wanted by `k` and completes after `j` has fired, before it could launch."""
    made = plan(
        *beside("a", "b"),
        work("j", parallel=True, needs=["a", "b"], join="any"),
        work("k", parallel=True, needs=["b"]),
    )
    m = Memory(made).block("credentials", "j").do("a", "b")
    assert (m.phase("j"), fired(m)) == ("idle", [("j", 1, ["a"])])
    assert m.unblock().step("j").winners == ("a",)


@pytest.mark.rule("join-counts-completions", "losers-leave")
def test_a_join_that_is_out_of_play_does_not_fire() -> None:
    """`x` has lost when its input `p`, which `k` wants too, completes."""
    made = plan(
        *beside("p", "q", "r"),
        work("x", parallel=True, needs=["p", "q"], join="any"),
        work("j", parallel=True, needs=["x", "r"], join="any"),
        work("k", parallel=True, needs=["p"]),
    )
    m = Memory(made).do("r", "p")
    assert (m.phase("x"), fired(m)) == ("out", [("j", 1, ["r"])])
    assert m.open == ["j/1", "k/1"]


# --- exhausted inputs


@pytest.mark.rule("exhausted-input")
@pytest.mark.parametrize(
    ("at_least", "failing", "blocked"),
    [
        pytest.param(None, "a", False, id="any: two are left"),
        pytest.param(None, "ab", False, id="any: one is left"),
        pytest.param(None, "abc", True, id="any: none is left"),
        pytest.param(2, "a", False, id="two of three: two are left"),
        pytest.param(2, "ab", True, id="two of three: one is left"),
        pytest.param(3, "b", True, id="three of three: two are left"),
    ],
)
def test_an_exhausted_input_blocks_when_the_join_has_become_impossible(
    at_least: int | None, failing: str, blocked: bool
) -> None:
    m = Memory(joined(at_least, attempts=1))
    for key in failing:
        m.claim(key).fail(key)
    named = {step for b in m.state.open_blockers() for step in b.steps}
    assert named == (set(failing) if blocked else set())
    assert (m.status == "blocked") is blocked


@pytest.mark.rule("exhausted-input")
def test_an_input_that_has_completed_counts_among_those_that_are_left() -> None:
    m = Memory(joined(2, attempts=1)).do("a").claim("c").fail("c")
    assert m.blockers == []
    assert m.claim("b").fail("b").blockers == ["attempts-exhausted"] * 2


@pytest.mark.rule("exhausted-input")
def test_all_inputs_of_a_step_are_lost_with_one() -> None:
    """`x` needs both, so `a` takes it out of the race though `c` completes."""
    made = plan(
        *beside("a", "b", "c", attempts=1),
        work("x", parallel=True, needs=["a", "c"]),
        work("y", parallel=True, needs=["b"]),
        work("j", needs=["x", "y"], join="any"),
    )
    m = Memory(made).do("c").claim("a").fail("a")
    assert m.blockers == []
    assert m.claim("b").fail("b").blockers == ["attempts-exhausted"] * 2


@pytest.mark.rule("exhausted-input")
@pytest.mark.parametrize("chained", [True, False])
def test_what_the_lane_holds_behind_a_lost_step_is_lost_too(chained: bool) -> None:
    """`e` waits for `f` in the lane, and `f` for `a`: without the lane `e` wins the race."""
    made = plan(
        work("a", parallel=True, attempts=1),
        work("f", needs=["a"]),
        work("e", needs=[], parallel=not chained),
        work("b", needs=["f", "e"], join="any", parallel=True),
    )
    m = Memory(made).claim("a").fail("a")
    assert m.blockers == (["attempts-exhausted"] if chained else [])


@pytest.mark.rule("exhausted-input")
def test_what_the_lane_holds_behind_a_step_that_can_end_is_not_lost() -> None:
    made = plan(
        work("a", parallel=True, attempts=1),
        work("f", needs=[]),
        work("e", needs=[]),
        work("b", needs=["a", "e"], join="any", parallel=True),
        work("k", needs=["b"]),
    )
    assert Memory(made).claim("a").fail("a").blockers == []


@pytest.mark.rule("exhausted-input", "join-capped")
@pytest.mark.parametrize("skipped", [True, False])
def test_a_skip_makes_a_join_easier_not_impossible(skipped: bool) -> None:
    """Of three one fails: two are enough when one is skipped and when none is."""
    made = plan(
        *beside("a", "b", attempts=1),
        work("c", parallel=True, when="asked"),
        work("j", needs=["a", "b", "c"], at_least=2),
    )
    m = Memory(made, {"c": not skipped}).claim("a").fail("a")
    assert m.blockers == (["attempts-exhausted"] if skipped else [])


@pytest.mark.rule("exhausted-input")
def test_an_exhausted_step_blocks_when_it_is_the_end_of_the_item() -> None:
    made = plan(*beside("a", "b", attempts=1), work("j", needs=["a"], join="any", parallel=True))
    m = Memory(made).claim("b").fail("b")
    assert m.blockers == ["attempts-exhausted"]


@pytest.mark.rule("exhausted-input")
def test_what_comes_between_an_exhausted_step_and_a_join_is_lost_too() -> None:
    made = plan(
        *beside("a", "b", attempts=1),
        work("x", parallel=True, needs=["a"]),
        work("y", parallel=True, needs=["b"]),
        work("j", needs=["x", "y"], join="any"),
    )
    m = Memory(made).claim("a").fail("a")
    assert m.blockers == []
    assert m.claim("b").fail("b").blockers == ["attempts-exhausted"] * 2


@pytest.mark.rule("exhausted-input")
def test_a_join_that_has_fired_is_not_lost() -> None:
    made = plan(
        *beside("a", "b", attempts=1),
        work("j", parallel=True, needs=["a", "b"], join="any"),
        work("k", parallel=True, needs=["b"]),
        work("l", needs=["j", "k"], join="any"),
    )
    m = Memory(made).do("a").claim("b").fail("b")
    assert m.blockers == []
    assert m.do("j", "l").status == "completed"


def test_an_input_that_was_exhausted_wins_after_all_when_one_more_is_granted() -> None:
    m = Memory(joined(2, "ab", attempts=1)).claim("a").fail("a").do("b")
    assert m.blockers == ["attempts-exhausted"]
    m.unblock().do("a")
    assert m.step("j").winners == ("a", "b")
