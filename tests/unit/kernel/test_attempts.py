"""Claims, failures, exhaustion, blockers, and what ends an item (SPEC 5.2, 5.4, 5.7)."""

from __future__ import annotations

import pytest

from dovetail.kernel import EventType, Refused, fold, unmet
from dovetail.plan.model import Check, Evidence
from tests.support.memory import RUNNER, Memory
from tests.support.plans import Sketch, auto, beside, gate, integrate, plan, work

PAIR = plan(work("a"), auto("b"))


def test_an_attempt_goes_from_queued_to_claimed_to_completed() -> None:
    m = Memory(PAIR)
    assert (m.attempt("a").status, m.attempt("a").fence) == ("queued", None)
    m.claim("a")
    claimed = m.attempt("a")
    assert (claimed.status, claimed.executor, claimed.fence) == ("claimed", "ana", len(m.events))
    m.complete("a", outputs={"n": 1}, evidence={"e": {"ok": True}}, artifacts={"x.md": "sha256:0"})
    assert m.attempt("a").status == "completed"
    assert m.attempt("a").outputs == {"n": 1}
    assert m.attempt("a").evidence == {"e": {"ok": True}}
    assert m.attempt("a").artifacts == {"x.md": "sha256:0"}


def test_the_runner_claims_automatic_work_whatever_its_role() -> None:
    m = Memory(PAIR).do("a")
    assert (m.attempt("b").status, m.attempt("b").executor) == ("claimed", RUNNER)


@pytest.mark.rule("one-task")
def test_who_holds_an_overtaken_attempt_still_holds_a_task() -> None:
    made = plan(*beside("a", "x"), work("b", parallel=True, needs=["a"]))
    m = Memory(made).do("a").claim("b").rework("a")
    with pytest.raises(Refused, match="ana holds b/1"):
        m.claim("x")
    assert m.complete("b/1").claim("x").phase("x") == "claimed"


@pytest.mark.rule("one-task")
@pytest.mark.parametrize("end", ["complete", "fail"])
def test_who_has_ended_a_task_may_claim_the_next(end: str) -> None:
    m = Memory(plan(*beside("a", "b"))).claim("a")
    getattr(m, end)("a")
    assert m.claim("b").phase("b") == "claimed"


@pytest.mark.rule("one-task")
def test_the_runner_holds_many() -> None:
    m = Memory(plan(auto("a", parallel=True), auto("b", parallel=True)))
    assert [m.attempt(k).executor for k in "ab"] == [RUNNER, RUNNER]


# --- failing


@pytest.mark.parametrize(
    ("sketch", "open_", "held"),
    [
        pytest.param(work("a"), [], {"a": ("requeue", ("a/1",))}, id="external work waits"),
        pytest.param(auto("a"), ["a/2"], {}, id="automatic work is launched again"),
    ],
)
def test_after_a_failure(
    sketch: Sketch, open_: list[str], held: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    m = Memory(plan(sketch))
    if not m.plan.steps[0].automatic:
        m.claim("a")
    m.fail("a", reason="no sources")
    assert (m.open, m.held) == (open_, held)
    assert (m.attempt("a/1").status, m.attempt("a/1").reason) == ("failed", "no sources")
    assert m.state.steps[0].reason == (None if open_ else "no sources")


@pytest.mark.rule("requeue-by-somebody")
def test_requeueing_launches_the_next_attempt() -> None:
    m = Memory(PAIR).claim("a").fail("a").requeue("a")
    assert m.open == ["a/2"]
    assert m.attempt("a/1").status == "failed"


@pytest.mark.rule("interrupted-does-not-count")
@pytest.mark.parametrize("sketch", [work("a", attempts=1), auto("a", attempts=1)])
def test_an_interruption_does_not_count(sketch: Sketch) -> None:
    m = Memory(plan(sketch))
    for number in (1, 2, 3):
        if not m.plan.steps[0].automatic:
            m.claim("a")
        m.interrupt("a")
        assert m.open == [f"a/{number + 1}"]
        assert m.attempt(f"a/{number}").interrupted
    assert (m.state.steps[0].failures, m.state.blockers) == (0, [])


@pytest.mark.rule("unblock-grants-one", "exhausted-input")
@pytest.mark.rule("interrupted-does-not-count", "unblock-grants-one")
def test_an_interruption_of_what_was_granted_does_not_block() -> None:
    m = Memory(plan(auto("a", attempts=2))).fail("a").fail("a").unblock().interrupt("a")
    assert (m.open, m.blockers) == (["a/4"], [])


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("make", [work, auto], ids=["external", "automatic"])
def test_the_nth_failure_blocks_and_unblocking_grants_one_more(make: object, limit: int) -> None:
    sketch = work("a", attempts=limit) if make is work else auto("a", attempts=limit)
    m = Memory(plan(sketch, work("b")))

    def fail() -> None:
        if sketch.kind == "external":
            m.claim("a")
        m.fail("a", reason="no luck")

    for number in range(1, limit + 1):
        assert m.open == [f"a/{number}"]
        fail()
        if sketch.kind == "external" and number < limit:
            m.requeue("a")
    (blocker,) = m.state.open_blockers()
    assert (blocker.type, blocker.steps) == ("attempts-exhausted", ("a",))
    assert blocker.reason == f"a failed {limit} times: no luck"
    assert (m.open, m.status) == ([], "blocked")
    assert m.held["a"] == ("attempts", (f"{limit} of {limit} failed",))
    assert m.unblock().open == [f"a/{limit + 1}"]
    fail()
    assert [b.open for b in m.state.blockers] == [False, True]
    assert m.held["a"] == ("attempts", (f"{limit + 1} of {limit + 1} failed",))
    m.unblock().do("a")
    assert m.open == ["b/1"]


def test_exhaustion_blocks_beside_another_blocker_of_the_step() -> None:
    m = Memory(plan(work("a", attempts=1))).claim("a").block("credentials", "a").fail("a")
    assert m.blockers == ["credentials", "attempts-exhausted"]
    m.unblock(2)
    assert m.held["a"] == ("blocker", ("credentials (blocker 1)",))
    assert m.unblock(1).open == ["a/2"]


@pytest.mark.rule("exhausted-input")
def test_exhaustion_of_one_branch_lets_the_other_go_on() -> None:
    made = plan(auto("a", parallel=True, attempts=1), work("b", parallel=True), work("c"))
    m = Memory(made).fail("a").claim("b")
    assert m.status == "blocked"
    m.complete("b")
    assert m.held["c"] == ("join", ("a",))
    assert m.unblock().do("a").do("c").status == "completed"


# --- blockers


@pytest.mark.rule("blocker-names-descendants")
@pytest.mark.parametrize(
    ("steps", "held"),
    [
        pytest.param((), {"a", "c"}, id="no steps named: all"),
        pytest.param(("a",), {"a"}, id="a step and what comes after it"),
        pytest.param(("b",), set(), id="not what comes before it"),
    ],
)
def test_a_blocker_holds(steps: tuple[str, ...], held: set[str]) -> None:
    made = plan(
        work("a", parallel=True), work("b", parallel=True, needs=["a"]), auto("c", parallel=True)
    )
    m = Memory(made, follow=False)
    m.block("credentials", *steps)
    assert {k for k, (why, _) in m.held.items() if why == "blocker"} == held
    assert set(m.launches) == {"a", "c"} - held
    m.unblock()
    assert set(m.launches) == {"a", "c"}


@pytest.mark.rule("blocker-names-descendants")
def test_a_blocker_holds_the_descendants_of_what_it_names() -> None:
    made = plan(work("a", parallel=True), work("b", needs=["a"]), work("c", needs=["b"]))
    m = Memory(made).claim("a").block("credentials", "a").complete("a")
    assert m.held["b"] == ("blocker", ("credentials (blocker 1)",))
    assert m.unblock().open == ["b/1"]


def test_what_is_in_flight_may_finish_under_a_blocker() -> None:
    m = Memory(PAIR).claim("a").block("credentials").complete("a")
    assert m.phase("a") == "completed"
    assert m.open == []


@pytest.mark.rule("completion-waits")
def test_an_item_does_not_complete_under_a_blocker() -> None:
    m = Memory(plan(work("a"))).claim("a").block("credentials", "a").complete("a")
    assert (m.status, m.requests) == ("blocked", [])
    assert m.unblock().status == "completed"


def test_resolving_an_ordinary_blocker_grants_nothing() -> None:
    m = Memory(plan(work("a", attempts=1))).block("credentials", "a").unblock()
    m.claim("a").fail("a")
    assert m.state.steps[0].granted == 0
    assert m.blockers == ["attempts-exhausted"]


def test_several_blockers_hold_until_the_last_is_resolved() -> None:
    m = Memory(plan(work("a", needs=[])), follow=False)
    m.block("credentials").block("scope", "a").unblock(1)
    assert m.held["a"] == ("blocker", ("scope (blocker 2)",))
    m.unblock(2)
    assert (m.held, m.launches) == ({}, ["a"])


# --- exit criteria

CRITERIA = (Check("size", "size(outputs.n) > 0", "List a source"), Evidence("proof", "review"))


@pytest.mark.rule("exit-criteria")
@pytest.mark.parametrize(
    ("found", "lines"),
    [
        pytest.param({"size": None, "proof": None}, None, id="all hold"),
        pytest.param(
            {"size": "it is 0", "proof": None},
            ["1 of 2", "size: List a source (it is 0)"],
            id="what is asked for, and what was found",
        ),
        pytest.param({"size": None}, ["1 of 2", "proof: not looked at"], id="one left out"),
        pytest.param({}, ["2 of 2", "size", "proof"], id="all unmet ones are listed"),
    ],
)
def test_unmet_criteria(found: dict[str, str | None], lines: list[str] | None) -> None:
    said = unmet(plan(work("a", exit=CRITERIA)).steps[0], found)
    assert (said is None) == (lines is None)
    assert all(line in (said or "") for line in lines or [])


def test_unmet_criteria_are_told_one_to_a_line() -> None:
    said = unmet(plan(work("a", exit=CRITERIA)).steps[0], {"size": ""})
    assert said == (
        "2 of 2 exit criteria of a are not met:\n  · size: List a source\n  · proof: not looked at"
    )


@pytest.mark.rule("exit-criteria")
@pytest.mark.parametrize("found", [{"size": True}, {"size": True, "proof": 1}, {}])
def test_a_criterion_holds_when_it_is_exactly_true(found: dict[str, bool]) -> None:
    m = Memory(plan(work("a", exit=CRITERIA))).claim("a")
    with pytest.raises(Refused, match="proof"):
        m.complete("a", criteria=found)
    assert m.complete("a", criteria={"size": True, "proof": True}).status == "completed"


# --- gates


def test_a_decision_keeps_who_why_and_the_evidence() -> None:
    made = plan(work("a"), gate("g", ["a"], evidence="review", approve_when="x"))
    m = Memory(made).do("a")
    m.approve("g", evidence={"review": {"result": "PASS"}}, approve_when=True, reason="fine")
    decided = m.attempt("g")
    assert (decided.status, decided.executor, decided.reason) == ("completed", "rex", "fine")
    assert decided.evidence == {"review": {"result": "PASS"}}


@pytest.mark.rule("gate-reviewers")
@pytest.mark.parametrize(
    ("roles", "reviewers"), [(["editor"], ("editor", "lead")), (["crew"], ())], ids=["named", "own"]
)
def test_any_reviewing_role_decides(roles: list[str], reviewers: tuple[str, ...]) -> None:
    made = plan(work("a"), gate("g", ["a"], reviewers=reviewers))
    assert Memory(made).do("a").approve("g", roles=roles).status == "completed"


@pytest.mark.rule("gate-independent")
def test_an_independent_gate_is_decided_by_somebody_else() -> None:
    made = plan(work("a"), work("b"), gate("g", ["b"], independent=True, needs=["b"]))
    m = Memory(made).do("a", "b")
    assert m.approve("g", executor="rex").status == "completed"


@pytest.mark.rule("gate-independent")
def test_who_worked_beside_an_independent_gate_may_decide_it() -> None:
    made = plan(
        work("a", parallel=True),
        work("b", parallel=True, needs=[]),
        gate("g", ["b"], independent=True, needs=["b"]),
    )
    m = Memory(made).do("a").claim("b", executor="bea").complete("b")
    assert m.approve("g", executor="ana").status == "completed"


@pytest.mark.rule("evidence-agrees")
@pytest.mark.parametrize(
    ("evidence", "agrees"),
    [
        pytest.param({}, True, id="without evidence, whatever the condition says"),
        pytest.param({"review": {}}, False, id="with evidence that speaks against it"),
        pytest.param({"review": {}}, None, id="with evidence that says nothing"),
    ],
)
def test_a_gate_is_rejected(evidence: dict[str, object], agrees: bool | None) -> None:
    made = plan(work("a"), gate("g", ["a"], evidence="review", approve_when="x"))
    m = Memory(made).do("a").reject("g", evidence=evidence, approve_when=agrees)
    assert m.open == ["a/2"]


# --- records that decide nothing


def test_a_form_stands_until_it_is_answered_or_the_item_ends() -> None:
    m = Memory(plan(work("a"), gate("g"), gate("h"))).do("a")
    m.say(EventType.SUSPENDED, form="w7", gates={"g": 1})
    assert m.state.forms == {"w7": {"g": 1}}
    m.approve("g").say(EventType.ANSWERED, form="w7", outcome="superseded", reason="")
    assert m.state.forms == {}
    m.say(EventType.SUSPENDED, form="w9", gates={"h": 1}).approve("h")
    assert m.state.completed
    assert m.state.forms == {}


def test_closing_an_item_closes_its_forms() -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], 0, "close"))).do("a")
    m.say(EventType.SUSPENDED, form="w7", gates={"g": 1}).reject("g")
    assert m.status == "closed"
    assert m.state.forms == {}


def test_the_latest_attempt_is_one_of_the_current_generation() -> None:
    m = Memory(plan(work("a"), work("b"), gate("g", ["a"])))
    assert m.state.steps[1].latest is None
    m.do("a", "b")
    assert m.state.steps[1].latest is m.attempt("b/1")
    assert m.reject("g").state.steps[1].latest is None


def test_a_suspension_without_a_form_is_counted_alone() -> None:
    m = Memory(PAIR).say(EventType.SUSPENDED, form="w3", gates={})
    assert (m.state.suspended, m.state.forms) == (len(m.events), {})


def test_folding_stops_at_the_first_event_that_is_not_allowed() -> None:
    m = Memory(PAIR).claim("a").complete("a")
    assert fold(PAIR, m.events) == m.state
    with pytest.raises(Refused, match="not what the plan decides"):
        fold(PAIR, [*m.events, m.events[1]])


def test_open_gates_stand_in_canonical_order() -> None:
    made = plan(work("a"), gate("y", parallel=True), gate("x", parallel=True), integrate("i"))
    m = Memory(made)
    assert m.state.open_gates(made) == {}
    m.do("a")
    assert list(m.state.open_gates(made)) == ["y", "x"]
    assert list(m.approve("y").state.open_gates(made)) == ["x"]
