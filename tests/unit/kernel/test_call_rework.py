"""What rework does to the children of a call (SPEC 5.5, 5.6)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import Finish, Launch, Probe, Recall, Spawn
from dovetail.plan.model import Gate
from tests.support.calls import asked, of, part, started
from tests.support.memory import Memory
from tests.support.plans import beside, call, plan, work
from tests.support.refusals import refusal
from tests.support.world import World


def planned(*keys: str | dict[str, Any], **how: Any) -> Memory:
    """Give an item with a call that comes after its plan, which is made."""
    made = plan(work("plan"), call("do", **how), work("z"))
    return Memory(made, world=World(children={"do": of(*keys)})).do("plan")


def again(m: Memory, *keys: str | dict[str, Any], version: str = "1.0.0") -> Memory:
    """Send the item back to its plan, which then has these children, and make it."""
    m.world.children["do"], m.world.version = of(*keys), version
    return m.rework("plan").claim("plan").complete("plan", outputs={"n": len(m.events)})


def items(m: Memory, name: str = "do") -> dict[str, tuple[str | None, bool, str | None]]:
    """Give of each child its item, whether it was reused, and what it supersedes."""
    return {k: (c.item, c.reused, c.supersedes) for k, c in m.children(name).items()}


# --- what counts again


@pytest.mark.rule("child-reused")
def test_completed_and_unchanged_children_are_reused() -> None:
    m = again(planned("a", "b").settle("do", "a", outputs={"n": 1}).settle("do", "b"), "a", "b")
    assert items(m, "do/2") == {"a": ("a-1", True, None), "b": ("b-1", True, None)}
    assert (started(m), m.open) == (["a", "b"], ["z/2"])
    assert m.attempt("do/2").outputs["children"][0] == {
        "key": "a",
        "item": "a-1",
        "status": "completed",
        "outputs": {"n": 1},
    }


@pytest.mark.rule("child-reused")
@pytest.mark.parametrize(
    ("element", "version", "made"),
    [
        pytest.param("a", "1.0.0", ("a-1", True, None), id="unchanged"),
        pytest.param(
            part("a", priority=9, group=1), "1.0.0", ("a-1", True, None), id="moved, not changed"
        ),
        pytest.param(part("a", params={"n": 1}), "1.0.0", ("a-2", False, "a-1"), id="changed"),
        pytest.param("a", "1.1.0", ("a-2", False, "a-1"), id="another version"),
    ],
)
def test_a_changed_child_is_superseded_by_a_new_one(
    element: str | dict[str, Any], version: str, made: tuple[str | None, bool, str | None]
) -> None:
    m = again(planned("a").settle("do", "a"), element, version=version)
    assert items(m, "do/2") == {"a": made}
    spawned = [(d["item"], d["supersedes"]) for d in m.told(E.CHILD_STARTED)]
    assert spawned == [("a-1", None), *([("a-2", "a-1")] if made[2] else [])]


@pytest.mark.rule("child-reused")
def test_a_child_that_was_closed_is_done_again() -> None:
    m = again(planned("a").settle("do", "a", status="closed"), "a")
    assert items(m) == {"a": ("a-2", False, "a-1")}


@pytest.mark.rule("child-reused")
def test_a_new_child_supersedes_nothing() -> None:
    m = again(planned("a").settle("do", "a"), "a", part("b", priority=-1))
    assert items(m) == {"b": ("b-2", False, None), "a": ("a-1", True, None)}


@pytest.mark.rule("child-reused")
def test_a_child_that_is_not_asked_for_any_more_is_left_out() -> None:
    m = again(planned("a", "b").settle("do", "a", "b"), "b")
    assert list(m.children("do/2")) == ["b"]
    assert list(m.children("do/1")) == ["a", "b"]


@pytest.mark.rule("child-reused")
def test_a_child_that_never_started_is_new() -> None:
    m = planned("a", "b").rework("plan").settle("do", "a", status="closed").do("plan")
    assert items(m) == {"a": ("a-2", False, "a-1"), "b": (None, False, None)}


@pytest.mark.rule("child-reused")
@pytest.mark.parametrize("same", [True, False])
def test_children_are_compared_with_the_last_that_was_started(same: bool) -> None:
    """The attempt in between was overtaken before it had started its child."""
    m = planned("a", "b").settle("do", "a", "b")
    again(m, part("a", params={"n": 1}), part("b", params={"n": 1}))
    assert items(m)["b"] == (None, False, "b-1")
    m.rework("plan").settle("do/2", "a", status="closed")
    m.world.children["do"] = of("b" if same else part("b", params={"n": 2}))
    m.claim("plan").complete("plan", outputs={"n": 3})
    assert items(m)["b"] == (("b-1", True, None) if same else ("b-3", False, "b-1"))


@pytest.mark.rule("child-reused")
def test_in_a_second_attempt_of_the_same_generation_children_count_too() -> None:
    m = planned("a", "b").settle("do", "a").pause().settle("do", "b")
    m.interrupt("do").go_on()
    assert items(m, "do/2") == {"a": ("a-1", True, None), "b": ("b-1", True, None)}
    assert m.open == ["z/1"]


def test_an_attempt_that_never_knew_its_children_is_passed_over() -> None:
    m = Memory(plan(call("do")), world=World(children={"do": of("a")}), follow=False).queue("do")
    m.claim("do").fail("do", reason="a cycle").go_on()
    assert items(m, "do/2") == {"a": ("a-2", False, None)}


@pytest.mark.rule("redo-target", "child-reused")
@pytest.mark.parametrize("force", [True, False])
def test_forced_rework_reuses_no_child(force: bool) -> None:
    m = planned("a").settle("do", "a").rework("plan", force=force)
    m.claim("plan").complete("plan", outputs={"n": 1})
    assert items(m) == {"a": ("a-2", False, "a-1") if force else ("a-1", True, None)}


@pytest.mark.rule("reuse-unchanged")
def test_a_call_whose_plan_is_unchanged_is_reused_as_a_whole() -> None:
    m = planned("a").settle("do", "a").rework("plan").do("plan")
    assert [d["attempt"] for d in m.told(E.REUSED)] == [1]
    assert (started(m), m.open) == (["a"], ["z/2"])


@pytest.mark.rule("redo-target", "child-reused")
def test_a_call_that_is_the_target_looks_at_its_children_again() -> None:
    m = planned("a", "b").settle("do", "a", "b").rework("do")
    assert len(m.told(E.EXPANDED)) == 2
    assert items(m, "do/2") == {"a": ("a-1", True, None), "b": ("b-1", True, None)}


@pytest.mark.parametrize("how", ["child", "group", "end"])
def test_a_result_that_has_joined_does_not_join_twice(how: Any) -> None:
    m = again(planned("a", integrate_each=how).settle("do", "a"), "a", "b").settle("do", "b")
    taken = {"group": [["a"], ["b"]]}.get(how, [["a"], ["b"]])
    assert [d["children"] for d in m.told(E.CHILDREN_ABSORBED)] == taken


@pytest.mark.rule("integrate-each")
@pytest.mark.parametrize("how", ["child", "group", "end"])
def test_a_reused_result_that_has_not_joined_joins(how: Any) -> None:
    """It had settled when rework overtook the call, and nobody had taken it over."""
    m = planned("a", integrate_each=how).pause().settle("do", "a").rework("plan").go_on()
    assert m.told(E.CHILDREN_ABSORBED) == []
    m.do("plan")
    assert [(d["attempt"], d["children"]) for d in m.told(E.CHILDREN_ABSORBED)] == [(2, ["a"])]


def test_what_a_reused_child_rendered_is_declared_again() -> None:
    m = again(planned("a", after=True).settle("do", "a"), "a")
    assert m.attempt("do/2").artifacts == m.attempt("do/1").artifacts != {}


# --- what is under way


@pytest.mark.rule("children-drain", "draining")
def test_children_under_way_are_recalled_and_drain() -> None:
    m = planned("a", "b", "c", concurrent=True).settle("do", "a").rework("plan")
    assert m.attempt("do/1").overtaken == "superseded"
    assert asked(m) == [Recall("do", 1, "b", "b-1"), Recall("do", 1, "c", "c-1")]
    assert m.held["plan"] == ("draining", ("do/1",))
    m.settle("do/1", "b", status="closed")
    assert asked(m) == [Recall("do", 1, "c", "c-1")]
    m.pause().settle("do/1", "c")
    assert asked(m) == [Finish("do", 1)]
    m.go_on()
    assert (m.attempt("do/1").status, m.open) == ("superseded", ["plan/2"])
    assert [c["status"] for c in m.attempt("do/1").outputs["children"]] == [
        "completed",
        "closed",
        "completed",
    ]


@pytest.mark.rule("children-drain")
def test_a_call_that_rework_overtook_starts_nothing_more() -> None:
    m = planned("a", "b", after=True, integrate_each="child").rework("plan").settle("do/1", "a")
    assert (started(m), m.told(E.CHILD_RENDERED), m.told(E.CHILDREN_ABSORBED)) == (["a"], [], [])
    assert m.open == ["plan/2"]


@pytest.mark.rule("children-drain", "child-reused")
def test_what_was_recalled_is_done_again_though_it_completed() -> None:
    m = planned("a").rework("plan").settle("do/1", "a").do("plan")
    assert items(m) == {"a": ("a-2", False, "a-1")}


@pytest.mark.rule("children-drain")
def test_only_children_under_way_are_overtaken() -> None:
    m = planned("a", "b", "c", concurrent=True).settle("do", "a").rework("plan")
    assert {k: c.overtaken for k, c in m.children("do/1").items()} == {
        "a": False,
        "b": True,
        "c": True,
    }


@pytest.mark.rule("children-drain")
def test_a_call_without_children_under_way_ends_at_once() -> None:
    m = planned("a", "b").pause().settle("do", "a").rework("plan")
    assert asked(m) == [Finish("do", 1)]
    assert m.go_on().open == ["plan/2"]


@pytest.mark.rule("children-drain")
def test_a_call_that_was_overtaken_before_it_knew_its_children_ends_at_once() -> None:
    m = Memory(plan(work("plan"), call("do")), follow=False).queue("plan").do("plan").queue("do")
    m.claim("do").rework("plan")
    assert asked(m) == [Finish("do", 1)]
    told = {"step": "do", "attempt": 1, "version": "1", "children": []}
    answer = refusal(m, E.EXPANDED, told)
    assert (answer.message, answer.stale) == ("the children of do/1 are not asked for", True)
    m.complete("do/1")
    assert (m.attempt("do/1").status, m.attempt("do/1").outputs) == ("superseded", {})


@pytest.mark.rule("children-drain")
def test_a_call_that_rework_overtook_may_fail() -> None:
    m = planned("a").rework("plan").pause().settle("do/1", "a").fail("do/1").go_on()
    assert (m.attempt("do/1").status, m.open) == ("superseded", ["plan/2"])


@pytest.mark.rule("children-drain", "losers-leave")
def test_the_children_of_a_call_that_lost_are_recalled_too() -> None:
    made = plan(*beside("a"), call("do", parallel=True), work("j", needs=["a", "do"], join="any"))
    m = Memory(made, world=World(children={"do": of("x", "y")})).do("a")
    assert asked(m) == [Recall("do", 1, "x", "x-1")]
    m.settle("do/1", "x")
    assert (m.attempt("do/1").status, m.open) == ("late", ["j/1"])


@pytest.mark.rule("child-blocker")
def test_the_blocker_of_a_child_that_drains_stays_with_it() -> None:
    m = planned("a").block("x", "do", child="a-1").rework("plan")
    assert m.blockers == ["x"]
    m.block("y", "do", child="a-1")
    assert m.settle("do/1", "a").blockers == []


# --- pauses


REVIEW = Gate(reject=("plan",), limit=2)


def milestone(**more: Any) -> Memory:
    """Give a call whose child is put to reviewers when it settles."""
    m = planned("a", "b", pause=REVIEW, **more)
    m.world.pauses["a"] = True
    return m.settle("do", "a")


@pytest.mark.rule("milestone-not-passed-by")
def test_a_reused_child_that_was_rejected_is_put_to_the_reviewers_again() -> None:
    m = milestone().reject("do", child="a")
    m.do("plan")
    assert items(m) == {"a": ("a-1", True, None), "b": (None, False, None)}
    assert [(d["attempt"], d["child"]) for d in m.told(E.PAUSED)] == [(1, "a"), (2, "a")]
    assert started(m.approve("do", child="a")) == ["a", "b"]


@pytest.mark.rule("milestone-not-passed-by")
def test_a_reused_child_that_was_approved_is_not() -> None:
    m = milestone().approve("do", child="a").settle("do", "b")
    gate = m.children("do/1")["a"].gate
    again(m, "a", "b", "c")
    assert len(m.told(E.PAUSED)) == 1
    assert (m.children("do/2")["a"].gate, m.children("do/2")["a"].pauses) == (gate, True)
    assert started(m) == ["a", "b", "c"]


@pytest.mark.rule("milestone-not-passed-by")
def test_a_reused_child_whose_gate_nobody_decided_is_put_to_them_again() -> None:
    m = again(milestone(), "a", "b")
    assert [d["attempt"] for d in m.told(E.PAUSED)] == [1, 2]


@pytest.mark.rule("milestone-not-passed-by")
def test_a_reused_child_without_a_gate_is_looked_at_again() -> None:
    m = planned("a", pause=REVIEW).settle("do", "a").rework("do")
    asked_ = [d for d in m.told(E.EVALUATED) if d["what"] == "pause"]
    assert [(d["attempt"], d["child"]) for d in asked_] == [(1, "a"), (2, "a")]


# --- a call that is tried again


@pytest.mark.rule("rework-limit", "attempts-per-generation")
def test_tries_and_reworks_are_granted_apart() -> None:
    m = planned("a", pause=Gate(reject=("plan",), limit=0), attempts=1)
    m.world.pauses["a"] = True
    m.settle("do", "a").reject("do", child="a").unblock()
    step = m.step("do")
    assert (step.reworks_granted, step.granted, step.reworks) == (1, 0, 1)
    m.do("plan").pause().fail("do", reason="no luck").go_on()
    assert m.blockers == ["attempts-exhausted"]
    m.unblock()
    assert (step.reworks_granted, step.granted) == (1, 1)


@pytest.mark.rule("rework-limit")
def test_a_rejection_stands_when_the_call_fails_before_it_is_answered() -> None:
    m = milestone().pause().reject("do", child="a").interrupt("do")
    assert not [r for r in m.requests if isinstance(r, (Launch, Probe, Spawn))]
    assert m.go_on().open == ["plan/2"]


@pytest.mark.rule("rework-limit", "unblock-grants-one")
def test_a_rejection_stands_until_its_spent_limit_is_resolved() -> None:
    m = planned("a", pause=Gate(reject=("plan",), limit=0))
    m.world.pauses["a"] = True
    m.settle("do", "a").reject("do", child="a").interrupt("do")
    assert (m.blockers, m.open) == (["rework-limit"], [])
    assert m.held["do"] == ("blocker", ("rework-limit",))
    assert m.unblock().open == ["plan/2"]
