"""The children of a call: their order, what comes after each, and the end (SPEC 2.2, 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Absorb, Expand, Finish, Recall, Render, Spawn, children_of
from dovetail.kernel import EventType as E
from dovetail.plan.model import Plan
from tests.support.calls import asked, calling, of, part, started
from tests.support.memory import Memory
from tests.support.plans import beside, call, gate, plan, work
from tests.support.refusals import refusal
from tests.support.world import World

# --- which children there are


@pytest.mark.rule("children-in-order")
@pytest.mark.parametrize(
    ("children", "order"),
    [
        pytest.param(of("b", "a", "c"), "a b c", id="by key"),
        pytest.param(of(part("a", priority=2), part("b", priority=1)), "b a", id="by priority"),
        pytest.param(
            of(part("c"), part("a", priority=1), part("b", priority=-1), part("d", priority=None)),
            "b c d a",
            id="no priority is 0",
        ),
        pytest.param(of(part("a", needs=["c"]), "b", "c"), "b c a", id="what is needed goes first"),
        pytest.param(
            of(part("a", needs=["z"], priority=-9), part("b", priority=5), part("z", priority=9)),
            "b z a",
            id="a need counts before priority",
        ),
        pytest.param(
            of(
                part("d", needs=["b", "c", "b"]),
                part("b", needs=["a"]),
                part("c", needs=["a"]),
                "a",
            ),
            "a b c d",
            id="needs of needs",
        ),
        pytest.param(
            of(part("a", needs=None), part("b", needs=[])), "a b", id="no needs are no needs"
        ),
        pytest.param(
            of(
                "a",
                part("b", needs=["a"], priority=2),
                part("c", needs=["a"], priority=1),
                part("d", needs=["a"]),
                part("e", needs=["a"], priority=-1),
            ),
            "a e d c b",
            id="priority counts among those that needs have let go",
        ),
        pytest.param(of(), "", id="none at all"),
    ],
)
def test_children_start_in_order(children: list[dict[str, Any]], order: str) -> None:
    m = calling(*children)
    for key in order.split():
        m.settle("do", key)
    assert started(m) == order.split()
    assert m.phase("do") == "completed"


@pytest.mark.rule("children-in-order")
@pytest.mark.parametrize(
    ("children", "names"),
    [
        (of("a", "b", "a", "c", "b"), "two children are called a, b; their keys have to differ"),
        (of("a", part("b", needs=["y", "a", "x"])), "the child b needs x, y, which is not among"),
        (
            of(part("a", needs=["b"]), part("b", needs=["a"]), "c"),
            "the children a, b need each other",
        ),
        (of(part("a", needs=["a"]), "b"), "the children a need each other"),
    ],
)
def test_children_that_can_have_no_order_are_refused(
    children: list[dict[str, Any]], names: str
) -> None:
    m = Memory(plan(call("do")), follow=False)
    m.queue("do").claim("do")
    assert m.requests == [Expand("do", 1)]
    told = {"step": "do", "attempt": 1, "version": "1.0.0", "children": children}
    assert names in refusal(m, E.EXPANDED, told).message
    assert m.fail("do").requests != []


def test_what_a_child_is_made_of() -> None:
    m = calling(part("a", params={"n": 1}, group=3), part("b", needs=["a"]))
    a, b = m.children("do").values()
    assert (a.key, a.params, a.group, a.needs, a.item) == ("a", {"n": 1}, 3, (), "a-1")
    assert (b.key, b.params, b.group, b.needs, b.item) == ("b", {}, None, ("a",), None)
    call_ = m.attempt("do").call
    assert call_ is not None
    assert call_.version == "1.0.0"


# --- when they start


@pytest.mark.rule("children-one-at-a-time")
def test_children_start_one_after_the_other() -> None:
    m = calling("a", "b", "c")
    for count, key in enumerate("abc", start=1):
        assert started(m) == [*"abc"][:count]
        m.settle("do", key)
    assert m.open == ["z/1"]
    settled = [c.settled_at for c in m.children("do/1").values()]
    assert [m.events[at - 1].type for at in settled] == [E.CHILD_SETTLED] * 3
    assert settled == sorted(settled)


@pytest.mark.rule("children-one-at-a-time")
def test_children_of_a_parallel_call_start_together() -> None:
    assert started(calling("b", "a", "c", concurrent=True)) == ["a", "b", "c"]


@pytest.mark.rule("children-one-at-a-time")
@pytest.mark.parametrize(("concurrent", "spawned"), [(True, "abc"), (False, "a")])
def test_what_may_start_is_asked_for(concurrent: bool, spawned: str) -> None:
    made = plan(call("do", concurrent=concurrent))
    m = Memory(made, follow=False).queue("do").claim("do")
    m.say(E.EXPANDED, step="do", attempt=1, version="1", children=of("a", "b", "c"))
    assert asked(m) == [Spawn("do", 1, key) for key in spawned]


@pytest.mark.rule("children-wait-for-siblings")
@pytest.mark.parametrize("ended", ["completed", "closed"])
def test_a_child_waits_for_the_siblings_that_it_needs(ended: str) -> None:
    m = calling("a", "b", part("c", needs=["a", "b"]), part("d", needs=["a"]), concurrent=True)
    assert started(m) == ["a", "b"]
    m.settle("do", "a", status=ended)
    assert started(m) == ["a", "b", "d"]
    m.settle("do", "b", status=ended)
    assert started(m) == ["a", "b", "d", "c"]


def test_a_call_without_elements_has_one_child() -> None:
    m = calling("only", each=False)
    assert started(m) == ["only"]
    assert m.settle("do", "only").open == ["z/1"]


@pytest.mark.rule("blocked-spawns-nothing")
def test_while_a_blocker_names_the_call_nothing_starts() -> None:
    m = calling("a", "b").block("credentials", "do").settle("do", "a")
    assert started(m) == ["a"]
    assert m.held["do"] == ("blocker", ("credentials (blocker 1)",))
    m.unblock()
    assert started(m) == ["a", "b"]


@pytest.mark.rule("blocked-spawns-nothing")
def test_a_blocker_holds_the_expansion_of_a_call_too() -> None:
    m = Memory(plan(work("a"), call("do"), work("z")), world=World(children={"do": of("x")}))
    m.pause().do("a")
    m.queue("do")
    m.block("credentials", "do").claim("do")
    assert asked(m) == []
    assert started(m.unblock().go_on()) == ["x"]


@pytest.mark.rule("blocked-spawns-nothing")
def test_a_blocker_of_another_branch_holds_no_child() -> None:
    made = plan(call("do", parallel=True), *beside("b"))
    m = Memory(made, world=World(children={"do": of("x", "y")}))
    m.block("credentials", "b").settle("do", "x")
    assert started(m) == ["x", "y"]


# --- what comes after each


@pytest.mark.rule("integrate-each")
@pytest.mark.parametrize(
    ("how", "told"),
    [
        pytest.param("child", [["a"], ["b"], ["c"], ["d"]], id="child"),
        pytest.param("group", [["a", "c"], ["b", "d"]], id="group"),
        pytest.param("end", [["a", "b", "c", "d"]], id="end"),
    ],
)
def test_results_join_the_parents_workspace(how: Any, told: list[list[str]]) -> None:
    groups = {"a": 1, "b": 2, "c": 1, "d": 2}
    m = calling(*(part(k, group=g) for k, g in groups.items()), integrate_each=how)
    m.settle("do", *"abcd")
    assert [d["children"] for d in m.told(E.CHILDREN_ABSORBED)] == told
    assert all(c.absorbed for c in m.children("do/1").values())
    assert m.open == ["z/1"]


@pytest.mark.rule("integrate-each")
@pytest.mark.parametrize(
    ("how", "told"),
    [("child", [["a"]]), ("group", [["a"]]), ("end", [["a"]])],
)
def test_a_child_that_was_closed_has_no_result(how: Any, told: list[list[str]]) -> None:
    m = calling("a", "b", integrate_each=how).settle("do", "a").settle("do", "b", status="closed")
    assert [d["children"] for d in m.told(E.CHILDREN_ABSORBED)] == told
    assert m.children("do/1")["b"].absorbed is False


@pytest.mark.rule("integrate-each")
@pytest.mark.parametrize("how", ["child", "group", "end"])
def test_where_no_child_completed_nothing_joins(how: Any) -> None:
    m = calling("a", integrate_each=how).settle("do", "a", status="closed")
    assert m.told(E.CHILDREN_ABSORBED) == []
    assert m.open == ["z/1"]


@pytest.mark.rule("integrate-each")
def test_a_group_joins_when_its_last_child_has_settled_whichever_that_is() -> None:
    m = calling(
        *(part(k, group=g) for k, g in zip("abc", (1, 2, 1), strict=True)),
        integrate_each="group",
        concurrent=True,
    )
    m.settle("do", "c", "b")
    assert [d["children"] for d in m.told(E.CHILDREN_ABSORBED)] == [["b"]]
    m.settle("do", "a")
    assert [d["children"] for d in m.told(E.CHILDREN_ABSORBED)] == [["b"], ["a", "c"]]


def test_after_each_child_something_is_rendered_in_the_parent() -> None:
    m = calling("a", "b", after=True, integrate_each="child").pause().settle("do", "a")
    assert asked(m) == [Render("do", 1, "a")]
    m.say(E.CHILD_RENDERED, step="do", attempt=1, child="a", artifacts={"a.md": "sha256:1"})
    assert asked(m) == [Absorb("do", 1, ("a",))]
    m.say(E.CHILDREN_ABSORBED, step="do", attempt=1, children=["a"])
    assert asked(m) == [Spawn("do", 1, "b")]
    m.go_on().settle("do", "b")
    assert m.attempt("do/1").artifacts == {"a.md": "sha256:1", "b.md": "sha256:1"}


def test_also_after_a_child_that_was_closed() -> None:
    m = calling("a", after=True).settle("do", "a", status="closed")
    assert [d["child"] for d in m.told(E.CHILD_RENDERED)] == ["a"]


def test_what_comes_after_a_child_comes_before_the_next_one_starts() -> None:
    m = calling("a", "b", "c", after=True, concurrent=True).pause().settle("do", "b", "a")
    assert asked(m) == [Render("do", 1, "a"), Render("do", 1, "b")]


def test_without_after_nothing_is_rendered() -> None:
    assert calling("a").settle("do", "a").told(E.CHILD_RENDERED) == []


# --- the end


def test_a_call_ends_when_every_child_has_settled() -> None:
    m = calling("a", "b").settle("do", "a", outputs={"n": 1}).pause()
    assert asked(m) == []
    m.settle("do", "b", status="closed")
    m.say(E.CHILDREN_ABSORBED, step="do", attempt=1, children=["a"])
    assert asked(m) == [Finish("do", 1)]
    m.go_on()
    assert m.attempt("do").outputs == {
        "children": [
            {"key": "a", "item": "a-1", "status": "completed", "outputs": {"n": 1}},
            {"key": "b", "item": "b-1", "status": "closed", "outputs": {}},
        ]
    }


def test_the_files_that_were_rendered_stay_with_what_it_declares() -> None:
    m = calling("a", after=True).pause().settle("do", "a")
    m.say(E.CHILD_RENDERED, step="do", attempt=1, child="a", artifacts={"a.md": "1", "b.md": "1"})
    m.say(E.CHILDREN_ABSORBED, step="do", attempt=1, children=["a"])
    m.complete("do", artifacts={"b.md": "2", "c.md": "2"})
    assert m.attempt("do").artifacts == {"a.md": "1", "b.md": "2", "c.md": "2"}


@pytest.mark.parametrize(
    "outputs",
    [{}, {"children": []}, {"children": [{"key": "a"}]}, {"n": 1}],
    ids=["none", "no children", "other ones", "something else"],
)
def test_a_call_reports_the_children_that_it_has(outputs: dict[str, Any]) -> None:
    m = calling("a").pause().settle("do", "a")
    m.say(E.CHILDREN_ABSORBED, step="do", attempt=1, children=["a"])
    answer = refusal(m, E.COMPLETED, m.result("do") | {"outputs": outputs})
    assert "do/1 reports other children than it has" in answer.message


@pytest.mark.parametrize("settled", [[], ["a"]])
def test_a_call_does_not_end_before_its_children(settled: list[str]) -> None:
    m = calling("a", "b").settle("do", *settled)
    answer = refusal(m, E.COMPLETED, m.result("do"))
    assert "children of do/1 have not settled" in answer.message
    assert "status ITEM" in answer.way_out
    live = "b" if settled else "a"
    failing = m.writing("do") | {"reason": "r", "interrupted": False}
    assert f"do/1 has children under way: {live}" in refusal(m, E.FAILED, failing).message


def test_a_call_that_can_not_be_expanded_fails() -> None:
    m = Memory(plan(call("do", attempts=1)), follow=False)
    m.queue("do").claim("do")
    m.fail("do", reason="a cycle").go_on()
    assert m.blockers == ["attempts-exhausted"]


def test_children_of_a_call_as_it_reports_them() -> None:
    m = calling("a", "b")
    call_ = m.attempt("do").call
    assert call_ is not None
    assert children_of(call_) == [
        {"key": "a", "item": "a-1", "status": None, "outputs": {}},
        {"key": "b", "item": None, "status": None, "outputs": {}},
    ]


# --- a call beside others


def test_a_call_is_in_flight_like_any_other_attempt() -> None:
    m = calling("a")
    assert (m.open, m.status, m.held) == (["do/1"], "active", {})
    made: Plan = plan(call("do", parallel=True), gate("g", parallel=True, needs=[]), work("z"))
    m = Memory(made, world=World(children={"do": of("a")}))
    assert list(m.state.open_gates(made)) == ["g"]
    assert list(m.state.open_pauses()) == []


def test_nothing_is_recalled_from_a_call_that_nobody_overtook() -> None:
    assert not [r for r in calling("a").requests if isinstance(r, Recall)]
