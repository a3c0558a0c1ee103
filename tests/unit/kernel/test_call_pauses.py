"""The gate between two children of a call (SPEC 2.2, 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Absorb, Close, Pause, Probe, Rework, Spawn, gate_of, rework_targets
from dovetail.kernel import EventType as E
from dovetail.plan.model import Gate
from tests.support.calls import asked, calling, of, part, started
from tests.support.memory import Memory
from tests.support.plans import Sketch, beside, call, plan, work
from tests.support.refusals import refusal
from tests.support.world import World

REVIEW = Gate(reject=("plan",), limit=1)


def paused(*keys: str | dict[str, Any], after: str = "", gate: Gate = REVIEW, **how: Any) -> Memory:
    """Give a planned call whose pause holds after these children."""
    made = plan(work("plan"), call("do", pause=gate, **how), work("z"))
    pauses: dict[str, bool | None] = dict.fromkeys(after, True)
    m = Memory(made, world=World(children={"do": of(*keys)}, pauses=pauses))
    return m.do("plan")


def probes(m: Memory) -> list[tuple[str, bool, bool]]:
    told = [d for d in m.told(E.EVALUATED) if d["what"] == "pause"]
    return [(d["child"], d["group_last"], d["last"]) for d in told]


def verdict(m: Memory, child: str, **more: Any) -> dict[str, Any]:
    return m.verdict("do") | {"child": child, **more}


# --- when it opens


@pytest.mark.rule("pause-before-the-next")
def test_a_pause_is_asked_for_as_each_child_settles() -> None:
    m = paused("a", "b", "c").settle("do", *"abc")
    assert [child for child, *_ in probes(m)] == ["a", "b", "c"]
    assert m.told(E.PAUSED) == []
    assert m.open == ["z/1"]


def test_without_a_pause_nothing_is_asked() -> None:
    assert probes(calling("a").settle("do", "a")) == []
    assert probes(calling("a", each=False).settle("do", "a")) == []


@pytest.mark.parametrize(
    ("sketch", "gate"),
    [
        pytest.param(call("do", pause=REVIEW), REVIEW, id="a call's pause"),
        pytest.param(call("do"), None, id="a call without one"),
        pytest.param(call("do", each=False), None, id="a call of one child"),
        pytest.param(work("do"), None, id="no call"),
        pytest.param(Sketch("do", "gate", REVIEW), REVIEW, id="a gate"),
    ],
)
def test_the_gate_of_a_step(sketch: Sketch, gate: Gate | None) -> None:
    made = plan(work("plan"), sketch)
    assert gate_of(made.steps[1]) is gate
    targets = rework_targets(made, Memory(made, follow=False).state, "do")
    assert targets == (("plan",) if gate else ())


@pytest.mark.parametrize(
    ("groups", "settled", "told"),
    [
        pytest.param(
            {"a": 1, "b": 2, "c": 1},
            "abc",
            [("a", False, False), ("b", True, False), ("c", True, True)],
            id="in order",
        ),
        pytest.param(
            {"a": None, "b": None},
            "ab",
            [("a", False, False), ("b", True, True)],
            id="without groups all are one",
        ),
        pytest.param({"a": 1}, "a", [("a", True, True)], id="one alone"),
    ],
)
def test_a_pause_knows_whether_a_child_is_the_last(
    groups: dict[str, Any], settled: str, told: list[tuple[str, bool, bool]]
) -> None:
    m = paused(*(part(k, group=g) for k, g in groups.items())).settle("do", *settled)
    assert probes(m) == told


def test_of_parallel_children_the_last_one_is_the_one_that_settles_last() -> None:
    m = paused("a", "b", "c", concurrent=True).settle("do", "c", "a", "b")
    assert probes(m) == [("c", False, False), ("a", False, False), ("b", True, True)]


def test_of_children_that_settled_at_once_the_last_one_is_the_last() -> None:
    """The earlier one is looked at later, and all have settled by then."""
    m = paused("a", "b", concurrent=True).pause().settle("do", "b", "a").go_on()
    assert probes(m) == [("a", True, True), ("b", False, False)]


@pytest.mark.rule("pause-before-the-next")
def test_while_the_gate_is_open_no_child_starts() -> None:
    m = paused("a", "b", "c", after="b").settle("do", "a", "b")
    assert started(m) == ["a", "b"]
    assert m.told(E.PAUSED) == [{"step": "do", "attempt": 1, "child": "b"}]
    ((attempt, child),) = m.state.open_pauses()
    assert (attempt.name, child.key) == ("do/1", "b")
    gate = child.gate
    assert gate is not None
    assert (gate.name, gate.status, gate.generation) == ("do/1", "queued", 1)
    m.approve("do", child="b")
    assert started(m) == ["a", "b", "c"]
    assert (gate.status, gate.executor, gate.closed_at) == ("completed", "rex", len(m.events) - 1)
    assert list(m.state.open_pauses()) == []


@pytest.mark.rule("pause-before-the-next")
def test_what_is_under_way_beside_an_open_gate_goes_on() -> None:
    m = paused("a", "b", part("c", needs=["b"]), after="a", concurrent=True).settle("do", "a", "b")
    assert started(m) == ["a", "b"]
    assert asked(m) == []
    m.approve("do", child="a")
    assert started(m) == ["a", "b", "c"]


@pytest.mark.rule("pause-before-the-next")
def test_a_call_does_not_end_while_its_last_gate_is_open() -> None:
    m = paused("a", after="a").settle("do", "a")
    assert (m.open, asked(m), m.phase("do")) == (["do/1"], [], "claimed")
    assert "have not settled" in refusal(m, E.COMPLETED, m.result("do")).message
    assert m.approve("do", child="a").open == ["z/1"]


def test_two_gates_may_be_open_at_once() -> None:
    m = paused("a", "b", part("c", needs=["a"]), after="ab", concurrent=True)
    m.settle("do", "b", "a")
    assert [child.key for _, child in m.state.open_pauses()] == ["a", "b"]
    m.approve("do", child="b")
    assert started(m) == ["a", "b"]
    m.approve("do", child="a")
    assert started(m) == ["a", "b", "c"]


def test_a_pause_comes_after_what_is_taken_over() -> None:
    m = paused("a", "b", after="a", integrate_each="child").pause().settle("do", "a")
    assert asked(m) == [Absorb("do", 1, ("a",))]
    m.say(E.CHILDREN_ABSORBED, step="do", attempt=1, children=["a"])
    assert asked(m) == [Probe("pause", "do", 1, 1, "a", group_last=False, last=False)]
    m.say(E.EVALUATED, **told())
    assert asked(m) == [Pause("do", 1, "a")]


def told(**more: Any) -> dict[str, Any]:
    named = {"what": "pause", "step": "do", "generation": 1, "attempt": 1, "child": "a"}
    return named | {"group_last": False, "last": False, "holds": True} | more


def test_a_condition_that_does_not_hold_opens_nothing() -> None:
    m = paused("a", "b").pause().settle("do", "a").say(E.EVALUATED, **told(holds=False))
    assert asked(m) == [Spawn("do", 1, "b")]


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"generation": 2}, "the pause of do/1 after a: the plan does not ask for this now"),
        ({"group_last": True}, "does not ask for this now"),
        ({"last": True}, "does not ask for this now"),
        ({"child": "b"}, "the pause of do/1 after b: the plan does not ask"),
        ({"child": "y"}, "there is no child y; there are a, b"),
        ({"attempt": 2}, "no attempt do/2"),
        ({"step": "plan"}, "plan is not a call but external"),
    ],
    ids=str,
)
def test_an_answer_fits_what_was_asked(more: dict[str, Any], names: str) -> None:
    m = paused("a", "b").pause().settle("do", "a")
    assert names in refusal(m, E.EVALUATED, told(**more)).message


def test_a_pause_is_asked_for_once() -> None:
    m = paused("a", "b").pause().settle("do", "a").say(E.EVALUATED, **told())
    assert "does not ask for this now" in refusal(m, E.EVALUATED, told()).message


def test_a_pause_that_can_not_be_told_blocks_until_it_can() -> None:
    m = paused("a", "b").pause()
    m.world.pauses["a"] = None
    m.go_on().settle("do", "a")
    assert [(b.type, b.steps) for b in m.state.open_blockers()] == [("expression-error", ("do",))]
    assert started(m) == ["a"]
    m.world.pauses.clear()
    assert started(m.unblock()) == ["a", "b"]


# --- the decision


@pytest.mark.rule("rework-limit", "rework-reopens")
def test_a_rejection_sends_the_item_back() -> None:
    m = paused("a", "b", after="a").settle("do", "a")
    assert rework_targets(m.plan, m.state, "do") == ("plan",)
    m.pause().reject("do", child="a", reason="too thin", follow_ups=["look again"])
    assert m.requests[0] == Rework("do", 1, "plan", "too thin")
    assert (m.open, m.phase("do")) == (["do/1"], "claimed")
    child = m.children("do")["a"]
    assert child.gate is not None
    assert (child.gate.status, child.gate.closed_at) == ("rejected", len(m.events))
    assert m.go_on().open == ["plan/2"]
    assert (m.step("do").reworks, m.step("do").sent_back) == (1, ("do", 1))
    assert [n.text for n in m.state.notes] == ["look again"]


@pytest.mark.rule("pause-before-the-next")
def test_after_a_rejection_no_child_starts() -> None:
    m = paused("a", "b", after="a", gate=Gate(reject=("plan",), limit=0)).settle("do", "a")
    m.reject("do", child="a")
    assert (started(m), m.blockers) == (["a"], ["rework-limit"])
    assert "do was rejected and its limit of reworks (0)" in m.state.blockers[0].reason
    assert m.unblock().open == ["plan/2"]


@pytest.mark.rule("limit-then")
def test_the_rejection_after_the_last_rework_closes_the_item() -> None:
    gate = Gate(reject=("plan",), limit=0, then="close")
    m = paused("a", after="a", gate=gate).settle("do", "a").pause().reject("do", child="a")
    assert isinstance(m.requests[0], Close)
    assert m.go_on().status == "closed"


@pytest.mark.rule("override-linked")
def test_an_override_of_a_pause_names_its_last_rejection() -> None:
    gate = Gate(reject=("plan",), limit=1, override=("lead",))
    m = paused("a", after="a", gate=gate).settle("do", "a").reject("do", child="a").do("plan")
    (rejected,) = [i for i, e in enumerate(m.events, start=1) if e.type is E.REJECTED]
    m.override("do", child="a", contradicts=rejected)
    assert m.phase("do") == "completed"


@pytest.mark.rule("approvals-distinct")
def test_a_pause_takes_so_many_approvals() -> None:
    m = paused("a", "b", after="a", gate=Gate(approvals=2)).settle("do", "a")
    m.approve("do", child="a", executor="ana")
    assert started(m) == ["a"]
    again = refusal(m, E.APPROVED, verdict(m, "a", executor="ana"))
    assert "ana has approved do/1 already" in again.message
    m.approve("do", child="a")
    assert started(m) == ["a", "b"]


@pytest.mark.rule("gate-reviewers", "gate-human")
def test_a_pause_is_decided_like_any_gate() -> None:
    gate = Gate(reviewers=("lead",), human=True, evidence="review", approve_when="ok")
    m = paused("a", after="a", gate=gate).settle("do", "a")
    for more, names in [
        ({"roles": ["crew"]}, "the gate do is for the role lead"),
        ({"kind": "agent"}, "decided by a person"),
        ({"generation": 2}, "do is open in generation 1, not 2"),
        ({}, "takes evidence of the type review"),
        ({"evidence": {"review": {}}, "approve_when": False}, "ok does not hold"),
    ]:
        assert names in refusal(m, E.APPROVED, verdict(m, "a", **more)).message
    m.approve("do", child="a", evidence={"review": {"n": 1}}, approve_when=True, outputs={"m": 1})
    gate_ = m.children("do/1")["a"].gate
    assert gate_ is not None
    assert (gate_.evidence, gate_.outputs) == ({"review": {"n": 1}}, {"m": 1})
    assert m.attempt("do/1").evidence == {}


@pytest.mark.rule("decision-current")
@pytest.mark.parametrize(
    ("script", "said", "names"),
    [
        pytest.param(
            lambda m: m, {"child": "b"}, "do/1 after b is not open for a decision", id="not yet"
        ),
        pytest.param(
            lambda m: m, {"child": "y"}, "do/1 after y is not open for a decision", id="no child"
        ),
        pytest.param(
            lambda m: m.approve("do", child="a"),
            {"child": "a"},
            "do/1 after a is completed: it is not open",
            id="already decided",
        ),
        pytest.param(
            lambda m: m.rework("plan"),
            {"child": "a"},
            "do/1 after a is not open for a decision",
            id="overtaken",
        ),
        pytest.param(
            lambda m: m.approve("do", child="a").settle("do", "b"),
            {"child": "a"},
            "do/1 after a is not open for a decision",
            id="over",
        ),
        pytest.param(lambda m: m, {}, "do/1 is not a gate but call", id="the call itself"),
    ],
)
def test_a_decision_speaks_of_an_open_pause(script: Any, said: dict[str, Any], names: str) -> None:
    m = paused("a", "b", after="a").settle("do", "a")
    script(m)
    for kind in (E.APPROVED, E.REJECTED):
        answer = refusal(m, kind, m.verdict("do") | {"to": "plan"} | said)
        assert names in answer.message
        if said:
            assert "dovetail status ITEM shows what is" in answer.way_out
            assert answer.stale


@pytest.mark.rule("decision-current")
def test_before_its_children_are_known_no_pause_is_open() -> None:
    made = plan(work("plan"), call("do", pause=REVIEW))
    m = Memory(made, follow=False)
    m.queue("plan").do("plan").queue("do")
    assert "not open for a decision" in refusal(m, E.APPROVED, verdict(m, "a")).message


def test_a_step_that_is_no_call_has_no_pause() -> None:
    m = Memory(plan(*beside("a"), work("z")))
    said = m.verdict("a") | {"child": "x"}
    assert "a/1 after x is not a gate but external" in refusal(m, E.APPROVED, said).message


def test_a_pause_is_no_open_gate_of_a_step() -> None:
    m = paused("a", after="a").settle("do", "a")
    assert m.state.open_gates(m.plan) == {}
    m.rework("plan")
    assert list(m.state.open_pauses()) == []
