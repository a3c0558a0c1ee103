"""Results that count again: nothing that went into them has changed (SPEC 5.6)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import Reuse
from dovetail.plan.model import Check, Python, Renders
from tests.support.memory import Memory
from tests.support.plans import Sketch, auto, beside, gate, integrate, plan, work
from tests.support.refusals import refusal

CHAIN = plan(work("a"), auto("b"), work("c"))


def reused(m: Memory) -> list[tuple[str, int, int]]:
    return [(d["step"], d["generation"], d["attempt"]) for d in m.told(E.REUSED)]


def redo(m: Memory, step: str, **more: Any) -> Memory:
    """Claim and complete a step that somebody does."""
    return m.claim(step).complete(step, **more)


# --- unchanged, and changed


@pytest.mark.rule("reused-not-run", "reuse-unchanged")
def test_automatic_work_whose_inputs_are_equal_is_not_run_again() -> None:
    m = redo(Memory(CHAIN), "a", outputs={"n": 1}).complete("b", outputs={"m": 2}).rework("a")
    redo(m, "a", outputs={"n": 1})
    assert reused(m) == [("b", 2, 1)]
    assert m.open == ["c/2"]
    assert (m.phase("b"), m.step("b").result) == ("completed", m.attempt("b/1"))
    assert m.step("b").reason == "the result of b/1 is reused: nothing changed"
    assert len(m.step("b").attempts) == 1


@pytest.mark.rule("reuse-unchanged")
@pytest.mark.parametrize("part", ["outputs", "evidence", "artifacts"])
@pytest.mark.parametrize(("again", "same"), [({"n": "1"}, True), ({"n": "2"}, False), ({}, False)])
def test_each_part_of_a_result_counts(part: str, again: dict[str, Any], same: bool) -> None:
    m = redo(Memory(CHAIN), "a", **{part: {"n": "1"}}).do("b").rework("a")
    redo(m, "a", **{part: again})
    assert reused(m) == ([("b", 2, 1)] if same else [])
    assert m.open == (["c/2"] if same else ["b/2"])


@pytest.mark.rule("reuse-unchanged")
@pytest.mark.parametrize("same", [True, False])
def test_all_ancestors_count_not_only_the_inputs(same: bool) -> None:
    """`b` comes to the same, but what it was made from has changed."""
    made = plan(work("a"), work("b"), auto("c"), work("d"))
    m = redo(Memory(made), "a", outputs={"n": 1}).do("b", "c").rework("a")
    redo(m, "a", outputs={"n": 1 if same else 2}).do("b")
    assert reused(m) == ([("c", 2, 1)] if same else [])


@pytest.mark.rule("reuse-unchanged")
def test_a_change_beside_it_does_not_count() -> None:
    made = plan(*beside("a", "x"), auto("b", parallel=True, needs=["a"]), work("c"))
    m = redo(redo(Memory(made), "x", outputs={"n": 1}), "a").do("b").rework("a").rework("x")
    redo(m, "x", outputs={"n": 2})
    redo(m, "a")
    assert reused(m) == [("b", 2, 1)]


@pytest.mark.rule("reuse-unchanged")
def test_a_chain_of_automatic_work_is_reused_as_a_whole() -> None:
    made = plan(work("a"), auto("b"), auto("c"), auto("d"), work("e"))
    m = Memory(made).do("a", "b", "c", "d").rework("a").do("a")
    assert reused(m) == [("b", 2, 1), ("c", 2, 1), ("d", 2, 1)]
    assert m.open == ["e/2"]


@pytest.mark.rule("reuse-unchanged")
def test_what_is_run_again_and_comes_to_the_same_changes_nothing_below() -> None:
    """`a` changes: `b` runs, comes to the same, but `c` may read `a` as well."""
    made = plan(work("a"), auto("b"), auto("c"), work("d"))
    m = redo(Memory(made), "a", outputs={"n": 1}).do("b", "c").rework("a")
    redo(m, "a", outputs={"n": 2})
    assert m.open == ["b/2"]
    assert m.do("b").open == ["c/2"]


@pytest.mark.rule("reuse-unchanged")
@pytest.mark.parametrize(("last", "attempt"), [(1, 1), (2, 2), (3, None)])
def test_a_result_counts_again_when_what_it_was_made_from_comes_back(
    last: int, attempt: int | None
) -> None:
    m = redo(Memory(CHAIN), "a", outputs={"n": 1}).do("b").rework("a")
    redo(m, "a", outputs={"n": 2}).do("b").rework("a")
    redo(m, "a", outputs={"n": last})
    assert reused(m) == ([("b", 3, attempt)] if attempt else [])
    assert m.step("b").result is (m.attempt(f"b/{attempt}") if attempt else None)
    assert m.open == (["c/3"] if attempt else ["b/3"])


@pytest.mark.rule("reuse-unchanged")
def test_of_several_results_from_the_same_the_last_counts() -> None:
    m = Memory(CHAIN).do("a", "b").rework("b").do("b").rework("a").do("a")
    assert reused(m) == [("b", 3, 2)]


@pytest.mark.rule("reuse-unchanged")
def test_a_reused_result_counts_again_the_next_time() -> None:
    m = Memory(CHAIN).do("a", "b").rework("a").do("a").rework("a").do("a")
    assert reused(m) == [("b", 2, 1), ("b", 3, 1)]


@pytest.mark.rule("reuse-unchanged")
def test_only_a_completed_result_counts() -> None:
    m = Memory(CHAIN).do("a").fail("b").rework("a").complete("b/2").do("a")
    assert m.attempt("b/2").status == "superseded"
    assert (reused(m), m.open) == ([], ["b/3"])


@pytest.mark.rule("reuse-unchanged")
def test_the_last_completed_result_counts() -> None:
    m = redo(Memory(CHAIN), "a", outputs={"n": 1}).do("b").rework("a")
    redo(m, "a", outputs={"n": 2}).fail("b").do("b").rework("a")
    redo(m, "a", outputs={"n": 2})
    assert reused(m) == [("b", 3, 3)]


# --- skips in between


ASKED = plan(work("a"), auto("b", when="asked"), auto("c"), work("d"))


@pytest.mark.rule("reuse-unchanged")
def test_a_skip_in_between_does_not_spoil_a_result() -> None:
    m = Memory(ASKED, {"b": [True, False, True]}).do("a", "b", "c").rework("a").do("a")
    assert m.phase("b") == "skipped"
    assert m.open == ["c/2"]
    m.do("c").rework("a").do("a")
    assert reused(m) == [("b", 3, 1), ("c", 3, 1)]
    assert m.open == ["d/3"]


@pytest.mark.rule("reuse-unchanged")
def test_what_is_skipped_again_changes_nothing() -> None:
    m = Memory(ASKED, {"b": False}).do("a", "c").rework("a").do("a")
    assert reused(m) == [("c", 2, 1)]


# --- what is done again


@pytest.mark.rule("redo-target")
def test_the_step_that_rework_names_is_done_again() -> None:
    m = Memory(CHAIN).do("a", "b").rework("b")
    assert (reused(m), m.open) == ([], ["b/2"])


@pytest.mark.rule("redo-target")
def test_a_target_is_done_again_until_it_has_a_result() -> None:
    m = Memory(CHAIN).do("a", "b").rework("b").fail("b")
    assert (reused(m), m.open) == ([], ["b/3"])


@pytest.mark.rule("redo-target")
@pytest.mark.parametrize("force", [True, False])
def test_forced_rework_reuses_nothing(force: bool) -> None:
    m = Memory(CHAIN).do("a", "b").rework("a", force=force).do("a")
    assert m.open == (["b/2"] if force else ["c/2"])


@pytest.mark.rule("redo-target")
def test_what_was_forced_once_is_not_forced_for_ever() -> None:
    m = Memory(CHAIN).do("a", "b").rework("a", force=True).do("a", "b").rework("a").do("a")
    assert reused(m) == [("b", 3, 2)]


@pytest.mark.rule("redo-target")
def test_a_target_of_an_earlier_rework_is_reused_in_a_later_one() -> None:
    m = Memory(CHAIN).do("a", "b").rework("b").do("b").rework("a").do("a")
    assert reused(m) == [("b", 3, 2)]


@pytest.mark.rule("redo-target")
def test_the_target_of_a_rejection_is_done_again() -> None:
    made = plan(work("a"), auto("b"), auto("c"), gate("g", ["b"]))
    m = Memory(made).do("a", "b", "c").reject("g")
    assert m.open == ["b/2"]
    m.do("b")
    assert reused(m) == [("c", 2, 1)]
    assert m.open == ["g/2"]


# --- kinds


@pytest.mark.rule("people-decide-again")
@pytest.mark.parametrize(
    ("sketch", "again"),
    [
        pytest.param(work("b"), True, id="external work"),
        pytest.param(gate("b"), True, id="a gate"),
        pytest.param(auto("b"), False, id="a process"),
        pytest.param(Sketch("b", "python", Python("x:y")), False, id="a function"),
        pytest.param(Sketch("b", "render", Renders(())), False, id="a rendering"),
    ],
)
def test_what_people_do_is_done_again(sketch: Sketch, again: bool) -> None:
    m = Memory(plan(work("a"), sketch, work("z"))).do("a")
    m.approve("b") if sketch.kind == "gate" else m.do("b")
    m.rework("a").do("a")
    assert m.open == (["b/2"] if again else ["z/2"])
    assert reused(m) == ([] if again else [("b", 2, 1)])


@pytest.mark.rule("people-decide-again")
def test_an_integration_is_done_again() -> None:
    m = Memory(plan(work("a"), integrate("i"), work("z"))).do("a", "i").revert("i").rework("a")
    assert m.do("a").open == ["i/2"]


# --- what holds it


def test_a_result_is_reused_without_a_turn_a_look_or_a_slot() -> None:
    made = plan(work("a"), auto("b", entry=(Check("c", "x"),)), work("z"))
    m = Memory(made).do("a", "b").rework("a")
    m.world.unmet["b"] = ["c"]
    m.do("a")
    assert reused(m) == [("b", 2, 1)]


@pytest.mark.rule("blocker-names-descendants")
def test_a_blocker_holds_a_reuse() -> None:
    m = Memory(CHAIN).do("a", "b").rework("a").block("credentials", "b").do("a")
    assert (reused(m), m.held["b"][0]) == ([], "blocker")
    assert reused(m.unblock()) == [("b", 2, 1)]


def test_a_condition_comes_before_a_reuse() -> None:
    m = Memory(ASKED, {"b": [True, False]}).do("a", "b", "c").rework("a").do("a")
    assert m.phase("b") == "skipped"


@pytest.mark.rule("reuse-unchanged")
@pytest.mark.parametrize(
    "more", [{"attempt": 2}, {"generation": 1}, {"step": "c"}], ids=lambda m: next(iter(m))
)
def test_only_what_is_asked_for_is_reused(more: dict[str, Any]) -> None:
    m = Memory(CHAIN).do("a", "b").rework("a").pause().claim("a").complete("a")
    assert m.requests == [Reuse("b", 2, 1)]
    told = {"step": "b", "generation": 2, "attempt": 1} | more
    asked = f"reusing {told['step']}/{told['attempt']}: the plan does not ask for this now"
    assert refusal(m, E.REUSED, told).message == asked


# --- joins


RACE = plan(
    *beside("a", "b"),
    auto("j", needs=["a", "b"], join="any"),
    work("z", needs=["j"]),
)


@pytest.mark.rule("reuse-unchanged", "winners-alone")
@pytest.mark.parametrize(
    ("script", "again"),
    [
        pytest.param(lambda m: m.rework("a").do("a"), False, id="the same winner"),
        pytest.param(lambda m: m.rework("a").do("b"), True, id="another winner"),
        pytest.param(
            lambda m: (
                m.rework("a").claim("b").pause().claim("a", executor="bea").complete("a")
                and m.complete("b").go_on()
            ),
            True,
            id="one more winner",
        ),
    ],
)
def test_winners_count(script: Any, again: bool) -> None:
    m = Memory(RACE).do("a", "j")
    script(m)
    assert reused(m) == ([] if again else [("j", 2, 1)])
    assert m.open == (["j/2"] if again else ["z/2"])


@pytest.mark.rule("winners-alone")
def test_a_loser_that_changed_does_not_count() -> None:
    """What the join reads are its winners: the other input may come to anything."""
    made = plan(
        *beside("a", "b"),
        auto("j", parallel=True, needs=["a", "b"], join="any"),
        work("k", parallel=True, needs=["b"]),
        work("z", needs=["j", "k"]),
    )
    m = redo(Memory(made).do("a", "j"), "b", outputs={"n": 1}).rework("b")
    assert reused(m) == [("j", 2, 1)]
    redo(m, "b", outputs={"n": 2})
    assert m.phase("j") == "completed"


@pytest.mark.rule("reuse-unchanged")
def test_below_a_join_whose_winners_changed_nothing_is_reused() -> None:
    """`j` comes to the same, but what is below it may read the winners."""
    made = plan(
        *beside("a", "b"),
        work("j", needs=["a", "b"], join="any"),
        auto("x", needs=["j"]),
        work("z", needs=["x"]),
    )
    m = Memory(made).do("a", "j", "x").rework("a").do("b", "j")
    assert (reused(m), m.open) == ([], ["x/2"])
