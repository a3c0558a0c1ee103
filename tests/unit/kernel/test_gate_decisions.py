"""Gates: approvals, evidence, overrides, what a decision binds and leaves (SPEC 2.2, 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import contradicted, shown
from dovetail.plan.model import Check, Plan
from tests.support.memory import Memory
from tests.support.plans import Sketch, auto, beside, gate, plan, work
from tests.support.refusals import Case, case, refusal


def at_gate(*sketches: Sketch) -> Memory:
    return Memory(plan(work("a"), *sketches, work("z"))).do("a")


# --- who decides


@pytest.mark.rule("approvals-distinct")
def test_a_gate_takes_so_many_approvals_of_different_people() -> None:
    m = at_gate(gate("g", ["a"], approvals=3))
    for count, name in enumerate(["ana", "bea", "rex"], start=1):
        assert (m.phase("g"), m.open) == ("queued", ["g/1"])
        m.approve("g", executor=name, reason=f"{name} says so")
        assert [a.executor for a in m.attempt("g").approvals] == ["ana", "bea", "rex"][:count]
    assert m.attempt("g").approvals[1].reason == "bea says so"
    assert (m.phase("g"), m.open) == ("completed", ["z/1"])


@pytest.mark.rule("approvals-distinct")
def test_nobody_approves_twice() -> None:
    m = at_gate(gate("g", approvals=3)).approve("g", executor="ana").approve("g", executor="bea")
    answer = refusal(m, E.APPROVED, m.verdict("g") | {"executor": "ana"})
    assert "ana has approved g/1 already; it takes 3 people" in answer.message
    assert answer.way_out == "let somebody else decide: --as NAME"


@pytest.mark.rule("approvals-distinct")
def test_approvals_do_not_carry_over_to_the_next_attempt() -> None:
    m = at_gate(gate("g", ["a"], approvals=2)).approve("g", executor="ana").reject("g")
    m.do("a").approve("g", executor="ana")
    assert m.phase("g") == "queued"
    assert m.approve("g", executor="rex").phase("g") == "completed"


def test_one_rejection_is_enough() -> None:
    m = at_gate(gate("g", ["a"], approvals=2)).approve("g", executor="ana").reject("g")
    assert m.open == ["a/2"]


@pytest.mark.rule("gate-reviewers")
def test_who_approved_a_gate_that_takes_more_may_claim_work() -> None:
    made = plan(*beside("a"), gate("g", parallel=True, needs=[], approvals=2))
    m = Memory(made).approve("g", executor="ana")
    assert m.claim("a", executor="ana").phase("a") == "claimed"


@pytest.mark.rule("gate-reviewers")
def test_who_holds_a_task_may_decide() -> None:
    m = Memory(plan(*beside("a"), gate("g", parallel=True, needs=[]))).claim("a")
    assert m.approve("g", executor="ana").phase("g") == "completed"


@pytest.mark.rule("gate-human")
@pytest.mark.parametrize("verdict", [E.APPROVED, E.REJECTED])
@pytest.mark.parametrize("kind", ["agent", "runner"])
def test_a_human_gate_is_decided_by_a_person(verdict: E, kind: str) -> None:
    m = at_gate(gate("g", ["a"], human=True))
    answer = refusal(m, verdict, m.verdict("g") | {"kind": kind, "to": "a"})
    assert f"rex is of kind {kind}" in answer.message
    assert answer.way_out == "decide as a person: --as NAME"
    assert m.approve("g").phase("g") == "completed"


@pytest.mark.rule("gate-human")
def test_another_gate_may_be_decided_by_an_agent() -> None:
    assert at_gate(gate("g")).approve("g", kind="agent").phase("g") == "completed"


@pytest.mark.rule("gate-independent")
@pytest.mark.parametrize("verdict", [E.APPROVED, E.REJECTED], ids=["to approve", "to reject"])
def test_who_worked_on_it_decides_nothing(verdict: E) -> None:
    m = at_gate(gate("g", ["a"], independent=True))
    answer = refusal(m, verdict, m.verdict("g") | {"executor": "ana", "to": "a"})
    assert "ana worked on what it reviews" in answer.message
    assert answer.way_out == "let somebody else decide: --as NAME"


@pytest.mark.rule("gate-independent")
def test_any_other_gate_may_be_decided_by_who_worked_on_it() -> None:
    assert at_gate(gate("g")).approve("g", executor="ana").phase("g") == "completed"


# --- evidence

REVIEWED = gate("g", ["a"], 2, evidence="review", approve_when="ok", override=("lead",))
RECORD = {"evidence": {"review": {"result": "BLOCKED"}}, "approve_when": False}


@pytest.mark.rule("evidence-agrees")
@pytest.mark.parametrize(
    ("sketch", "said", "names"),
    [
        (REVIEWED, {"approve_when": True}, "takes evidence of the type review; there is none"),
        (REVIEWED, RECORD, "the evidence contradicts the verdict: ok does not hold"),
        (gate("g", approve_when="ok"), {"approve_when": False}, "ok does not hold"),
        (gate("g", evidence="review"), {"evidence": {"x": {}}}, "evidence of the type review"),
    ],
)
def test_an_approval_agrees_with_its_evidence(
    sketch: Sketch, said: dict[str, Any], names: str
) -> None:
    m = at_gate(sketch)
    assert names in refusal(m, E.APPROVED, m.verdict("g") | said).message


@pytest.mark.rule("evidence-agrees")
@pytest.mark.parametrize(
    ("sketch", "said"),
    [
        (REVIEWED, {"evidence": {"review": {}}, "approve_when": True}),
        (gate("g", evidence="review"), {"evidence": {"review": {}}}),
        (gate("g", approve_when="ok"), {"approve_when": True}),
        (gate("g"), {"approve_when": False}),
    ],
)
def test_an_approval_with_what_it_takes(sketch: Sketch, said: dict[str, Any]) -> None:
    assert at_gate(sketch).approve("g", **said).phase("g") == "completed"


def test_decisions_gather_evidence_and_outputs() -> None:
    m = at_gate(gate("g", approvals=2))
    m.approve("g", executor="ana", evidence={"x": {"n": 1}}, outputs={"scope": "small", "n": 1})
    m.approve("g", evidence={"y": {}}, outputs={"n": 2}, reason="me too")
    decided = m.attempt("g")
    assert decided.evidence == {"x": {"n": 1}, "y": {}}
    assert decided.outputs == {"scope": "small", "n": 2}
    assert (decided.executor, decided.reason) == ("rex", "me too")


def test_an_approval_is_the_result_of_the_step() -> None:
    m = at_gate(gate("g")).approve("g", outputs={"n": 1})
    assert m.step("g").result is m.attempt("g/1")
    assert m.step("g").reason is None


def test_a_rejected_gate_stays_so_until_rework_begins_it_anew() -> None:
    m = at_gate(gate("g", ["a"])).pause().reject("g", reason="too thin")
    assert (m.phase("g"), m.step("g").to, m.step("g").reason) == ("rejected", "a", "too thin")
    assert (m.attempt("g").status, m.open) == ("rejected", [])
    m.go_on()
    assert (m.phase("g"), m.step("g").to, m.step("g").reason) == ("idle", None, None)


def test_a_rejection_keeps_its_outputs_and_evidence() -> None:
    m = at_gate(gate("g", ["a"])).reject("g", evidence={"x": {}}, outputs={"n": 1})
    assert (m.attempt("g/1").evidence, m.attempt("g/1").outputs) == ({"x": {}}, {"n": 1})
    assert m.step("g").result is None


# --- overrides


@pytest.mark.rule("override-linked")
def test_an_override_approves_against_the_evidence() -> None:
    m = at_gate(REVIEWED).override("g", **RECORD, reason="the risk is taken")
    assert m.phase("g") == "completed"
    (word,) = m.attempt("g").approvals
    assert (word.executor, word.reason, word.contradicts) == ("rex", "the risk is taken", 0)


@pytest.mark.rule("override-linked")
def test_an_override_names_the_last_rejection() -> None:
    m = at_gate(REVIEWED)
    assert contradicted(m.step("g")) == 0
    m.reject("g")
    first = m.told(E.REJECTED)
    assert m.events[contradicted(m.step("g")) - 1].data is first[0]
    m.do("a").reject("g").do("a")
    at = contradicted(m.step("g"))
    assert m.events[at - 1].data is m.told(E.REJECTED)[1]
    m.override("g", **RECORD)
    assert m.attempt("g").approvals[0].contradicts == at


@pytest.mark.rule("override-linked")
def test_an_ordinary_approval_contradicts_nothing() -> None:
    m = at_gate(gate("g")).approve("g")
    assert m.attempt("g").approvals[0].contradicts is None


OVERRIDDEN = plan(work("a"), REVIEWED, work("z"))
OVERRIDES = [
    case(
        "an override that does not say why",
        OVERRIDDEN,
        lambda m: m.do("a"),
        (E.APPROVED, lambda m: m.overriding("g") | {"reason": " "}),
        ["an override says why"],
        "--reason WORDS",
    ),
    *(
        case(
            f"an override that is linked to {link or 'nothing'}",
            OVERRIDDEN,
            lambda m: m.do("a").reject("g").do("a"),
            (E.APPROVED, lambda m, link=link: m.overriding("g") | {"contradicts": link}),
            ["this overrides event 8"],
            stale=True,
        )
        for link in (None, 0, 7)
    ),
    case(
        "an override by a reviewer",
        OVERRIDDEN,
        lambda m: m.do("a"),
        (E.APPROVED, lambda m: m.overriding("g") | {"roles": ["crew"]}),
        ["the gate g is for the role lead", "rex has crew"],
        "--as NAME",
    ),
    case(
        "a rejection overrides nothing",
        OVERRIDDEN,
        lambda m: m.do("a"),
        (E.REJECTED, lambda m: m.overriding("g") | {"to": "a"}),
        ["only an approval overrides"],
    ),
    case(
        "an approval by who may only override",
        OVERRIDDEN,
        lambda m: m.do("a"),
        (E.APPROVED, lambda m: m.verdict("g") | {"roles": ["lead"]}),
        ["the gate g is for the role crew"],
    ),
]


@pytest.mark.rule("override-linked")
@pytest.mark.parametrize("refused", OVERRIDES)
def test_refused(refused: Case) -> None:
    refused.check()


@pytest.mark.rule("override-linked")
def test_a_gate_that_lists_nobody_is_overridden_by_nobody() -> None:
    m = at_gate(gate("g", ["a"]))
    answer = refusal(m, E.APPROVED, m.overriding("g") | {"roles": ["crew"]})
    assert "the gate g" in answer.message


# --- what it binds

WIDE = plan(
    work("a"),
    work("b", parallel=True),
    work("c", parallel=True, when="asked"),
    gate("g", ["a"], 2),
)


@pytest.mark.rule("approval-binds")
def test_what_a_gate_shows_is_all_that_came_before_it() -> None:
    m = Memory(plan(*beside("a", "x"), work("b", needs=["a"]), gate("g", ["a"], needs=["b"])))
    digests = [shown(m.plan, m.state, "g")]
    for step, made in [
        ("a", {"outputs": {"n": 1}}),
        ("b", {"evidence": {"e": {"ok": True}}}),
    ]:
        m.claim(step).complete(step, **made)
        digests.append(shown(m.plan, m.state, "g"))
    assert len(set(digests)) == 3
    m.claim("x").complete("x", outputs={"n": 1})
    assert shown(m.plan, m.state, "g") == digests[-1]


@pytest.mark.rule("approval-binds", "winners-alone")
def test_a_gate_shows_the_winners_of_a_join_and_not_its_losers() -> None:
    """What an approval binds must not change when a loser, wanted elsewhere, completes."""
    made = plan(
        *beside("a", "b"),
        work("j", parallel=True, needs=["a", "b"], join="any"),
        gate("g", parallel=True, needs=["j"]),
        work("k", parallel=True, needs=["b"]),
    )
    m = Memory(made).do("a", "j")
    before = shown(made, m.state, "g")
    m.claim("b").complete("b", outputs={"n": 1})
    assert shown(made, m.state, "g") == before
    m.rework("a").do("j")
    assert m.step("j").winners == ("b",)
    assert shown(made, m.state, "g") != before


@pytest.mark.rule("approval-binds")
@pytest.mark.parametrize("part", ["outputs", "evidence", "artifacts"])
def test_each_part_of_a_result_counts(part: str) -> None:
    made = plan(work("a"), gate("g"))
    digests = {
        shown(made, Memory(made).claim("a").complete("a", **{part: {"n": value}}).state, "g")
        for value in ("1", "2", "2")
    }
    assert len(digests) == 2


@pytest.mark.rule("approval-binds")
def test_an_approval_of_what_is_shown_no_longer_is_refused() -> None:
    made = plan(work("a"), gate("g", ["a"]))
    m = Memory(made).claim("a").complete("a", outputs={"n": 1})
    before = shown(made, m.state, "g")
    m.rework("a").claim("a").complete("a", outputs={"n": 2})
    answer = refusal(m, E.APPROVED, m.verdict("g") | {"shown": before})
    assert "what g/2 shows has changed since" in answer.message
    assert (answer.way_out, answer.stale) == ("look again", True)
    assert m.approve("g", shown=shown(made, m.state, "g")).status == "completed"


def test_a_step_that_was_skipped_shows_nothing() -> None:
    m = Memory(WIDE, {"c": False}).do("a", "b")
    assert m.phase("g") == "queued"
    assert m.approve("g", shown=shown(WIDE, m.state, "g")).status == "completed"


# --- what it leaves behind


@pytest.mark.rule("follow-ups-are-notes")
@pytest.mark.parametrize("decide", [Memory.approve, Memory.reject])
def test_follow_ups_become_notes(decide: Any) -> None:
    m = at_gate(gate("g", ["a"])).say(E.NOTED, note=1, text="first")
    decide(m, "g", follow_ups=["second", "third"])
    assert [(n.number, n.text, n.open) for n in m.state.notes] == [
        (1, "first", True),
        (2, "second", True),
        (3, "third", True),
    ]


# --- targets


@pytest.mark.rule("rejection-target", "rejection-says-why")
@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"to": "b"}, "g can't send the item back to b; it can to a"),
        ({"to": "a", "reason": ""}, "a rejection says why"),
    ],
)
def test_a_rejection_says_where_to_and_why(said: dict[str, Any], names: str) -> None:
    m = Memory(WIDE).do("a", "b", "c")
    assert names in refusal(m, E.REJECTED, m.verdict("g") | said).message


@pytest.mark.rule("decision-current")
def test_a_decision_on_a_gate_that_is_not_open_yet() -> None:
    m = Memory(WIDE)
    told = {"step": "g", "attempt": 1, "generation": 1, "executor": "rex", "roles": ["crew"]}
    assert "there is no attempt g/1" in refusal(m, E.APPROVED, told).message


def checked(sketch: Sketch) -> Plan:
    return plan(sketch, gate("g", ["a"]))


@pytest.mark.parametrize("sketch", [work("a", entry=(Check("c", "x"),)), auto("a")])
def test_a_gate_sends_back_to_any_kind_of_step(sketch: Sketch) -> None:
    m = Memory(checked(sketch)).do("a").reject("g")
    assert m.open == ["a/2"]


@pytest.mark.rule("gate-independent")
def test_everybody_who_approved_before_has_worked_on_it() -> None:
    made = plan(work("a"), gate("g", approvals=2), gate("last", independent=True))
    m = Memory(made).do("a").approve("g", executor="rex").approve("g", executor="eva")
    for executor in ("rex", "eva"):
        answer = refusal(m, E.APPROVED, m.verdict("last") | {"executor": executor})
        assert "worked on what it reviews" in answer.message
    assert m.approve("last", executor="ida").status == "completed"
