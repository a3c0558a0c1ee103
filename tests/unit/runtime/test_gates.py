"""Gates: who decides, on what evidence, and what a decision leads to (SPEC 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail import canonical
from dovetail.errors import StaleError
from tests.support.projects import PIECE, Bench

PASS = {"review": {"result": "PASS"}}
BLOCKED = {"review": {"result": "BLOCKED"}}


@pytest.fixture
def item(bench: Bench) -> str:
    """An item whose gate review is open; mia did all the work."""
    return bench.built()


def test_an_approval_opens_the_next_gate(bench: Bench, item: str) -> None:
    view = bench.engine.view(item)
    results = {
        a.step: [a.outputs, a.evidence, a.artifacts]
        for step in ("sketch", "build")
        if (a := view.state.at(view.plan, step).result) is not None
    }
    bench.decide(item, "review", "approve", "jan", evidence=PASS, reason="well made")
    (approved,) = bench.events(item, "gate-approved")
    assert approved == {
        "step": "review",
        "attempt": 1,
        "generation": 1,
        "executor": "jan",
        "kind": "agent",
        "roles": ["judge"],
        "reason": "well made",
        "evidence": PASS,
        "approve_when": True,
        "shown": canonical.digest(results),
    }
    assert bench.open_work(item) == [("sign/1", None)]


def test_a_rejection_reworks_the_first_target_unless_one_is_named(bench: Bench, item: str) -> None:
    bench.decide(item, "review", "reject", "jan", evidence=BLOCKED, reason="crooked")
    assert bench.events(item, "gate-rejected")[0]["to"] == "build"
    (rework,) = bench.events(item, "rework")
    assert rework == {
        "gate": "review",
        "attempt": 1,
        "to": "build",
        "reason": "crooked",
        "reopened": ["build", "review", "sign", "land"],
    }
    assert bench.open_work(item) == [("build/2", None)]


def test_a_rejection_can_name_a_target(bench: Bench, item: str) -> None:
    bench.decide(item, "review", "reject", "jan", evidence=BLOCKED, to="sketch")
    assert bench.open_work(item) == [("sketch/2", None)]


Decision = tuple[str, str, dict[str, Any], tuple[str, ...]]

REFUSED: dict[str, Decision] = {
    "approved against the evidence": (
        "approve",
        "jan",
        {"evidence": BLOCKED},
        ("the evidence contradicts the verdict", "does not hold"),
    ),
    "rejected against the evidence": (
        "reject",
        "jan",
        {"evidence": PASS},
        ("the evidence contradicts the verdict", "holds", "approve review"),
    ),
    "approved without evidence": (
        "approve",
        "jan",
        {},
        ("approving review takes evidence of the type review; there is none", "--evidence"),
    ),
    "evidence of an unknown type": (
        "approve",
        "jan",
        {"evidence": PASS | {"view": {}}},
        ("knows no evidence of the type view",),
    ),
    "evidence that does not fit": (
        "approve",
        "jan",
        {"evidence": {"review": {"result": "OK"}}},
        ('result is "OK"',),
    ),
    "another role": (
        "approve",
        "lea",
        {"evidence": PASS},
        ("the gate review is for the role judge; lea has lead",),
    ),
    "nobody": ("approve", "eve", {"evidence": PASS}, ("'eve' is not an executor",)),
    "no reason": ("approve", "jan", {"evidence": PASS, "reason": " "}, ("a reason is needed",)),
    "no reason to reject": ("reject", "jan", {"reason": ""}, ("a reason is needed",)),
    "back to no target": (
        "reject",
        "jan",
        {"evidence": BLOCKED, "to": "paint"},
        ("review can't send the item back to paint; it can to build, sketch", "--to build"),
    ),
    "back to nothing known": (
        "reject",
        "jan",
        {"evidence": BLOCKED, "to": "bild"},
        ("can't send the item back to bild",),
    ),
    "another attempt": (
        "approve",
        "jan",
        {"evidence": PASS, "attempt": 2},
        ("there is no attempt review/2",),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_decision_is_refused(bench: Bench, item: str, case: str) -> None:
    verdict, actor, more, says = REFUSED[case]
    with bench.refusal(*says):
        bench.decide(item, "review", verdict, actor, **more)
    assert bench.open_work(item) == [("review/1", None)]


def test_nobody_reviews_what_they_worked_on(bench: Bench) -> None:
    item = bench.sketched()
    bench.build(item, 1, "joe")
    with bench.refusal("the gate review is independent, and joe worked on what it reviews"):
        bench.decide(item, "review", "approve", "joe", evidence=PASS)
    bench.decide(item, "review", "approve", "jan", evidence=PASS)


def test_who_failed_at_it_has_worked_on_it_too(bench: Bench) -> None:
    item = bench.started()
    bench.claim(item, "sketch/1", "joe")
    bench.fail(item, "sketch/1", "joe")
    from dovetail.runtime.commands import AttemptId

    bench.desk.requeue(AttemptId(item, "sketch", 1), reason="again", actor="mia")
    bench.claim(item, "sketch/2")
    bench.complete(item, "sketch/2", outputs={"size": 2})
    bench.build(item, 1)
    with bench.refusal("joe worked on what it reviews"):
        bench.decide(item, "review", "approve", "joe", evidence=PASS)


def test_a_gate_for_people_is_decided_by_a_person(bench: Bench) -> None:
    item = bench.judged()
    with bench.refusal("the gate sign is decided by a person; rob is of kind agent"):
        bench.decide(item, "sign", "approve", "rob")
    bench.decide(item, "sign", "approve", "bob")


def test_who_holds_a_task_may_decide(bench: Bench, item: str) -> None:
    other = bench.started()
    bench.claim(other, "sketch/1", "joe")
    bench.decide(item, "review", "approve", "joe", evidence=PASS)
    assert bench.open_work(other) == [("sketch/1", "joe")]


def test_a_gate_that_is_not_open_yet(bench: Bench, item: str) -> None:
    with bench.refusal(f"sign of {item} is not open yet", f"dovetail status {item}"):
        bench.decide(item, "sign", "approve", "bob")


@pytest.mark.parametrize("step", ["nope", "", "Review"])
def test_a_gate_that_there_is_not(bench: Bench, item: str, step: str) -> None:
    with bench.refusal(f"piece@1.0.0 has no gate {step}; it has review, sign"):
        bench.decide(item, step, "approve", "jan")


def test_a_step_that_is_no_gate(bench: Bench, item: str) -> None:
    with bench.refusal("build/1 is not a gate but external", "dovetail complete"):
        bench.decide(item, "build", "approve", "jan")


def test_a_gate_is_decided_once(bench: Bench, item: str) -> None:
    bench.decide(item, "review", "approve", "jan", evidence=PASS)
    for verdict in ("approve", "reject"):
        with bench.refusal("review/1 is completed", kind=StaleError):
            bench.decide(item, "review", verdict, "joe", evidence=PASS)


def test_a_decision_on_an_attempt_that_rework_has_closed_is_stale(bench: Bench, item: str) -> None:
    bench.decide(item, "review", "reject", "jan", evidence=BLOCKED)
    with bench.refusal("review/1 is rejected", kind=StaleError):
        bench.decide(item, "review", "approve", "jan", evidence=PASS)
    bench.build(item, 2)
    with bench.refusal("review/1 is rejected", kind=StaleError):
        bench.decide(item, "review", "approve", "jan", evidence=PASS, attempt=1)
    bench.decide(item, "review", "approve", "jan", evidence=PASS, attempt=2)


def test_a_rejection_may_come_without_evidence(bench: Bench, item: str) -> None:
    bench.decide(item, "review", "reject", "jan", reason="I can't even open it")
    (rejected,) = bench.events(item, "gate-rejected")
    assert (rejected["evidence"], rejected["approve_when"]) == ({}, None)


def test_beyond_the_limit_the_item_blocks_and_unblocking_grants_one_more(
    bench: Bench, item: str
) -> None:
    bench.decide(item, "review", "reject", "jan")
    bench.build(item, 2)
    bench.decide(item, "review", "reject", "jan")
    (blocked,) = bench.events(item, "blocked")
    assert (blocked["type"], blocked["steps"]) == ("rework-limit", ["review"])
    assert bench.status(item) == "blocked"
    bench.desk.unblock(item, 1, notes="one last time", actor="lea")
    assert bench.open_work(item) == [("build/3", None)]
    assert len(bench.events(item, "rework")) == 2


def test_a_gate_that_closes_ends_the_item(bench: Bench) -> None:
    item = bench.judged()
    bench.decide(item, "sign", "reject", "bob")
    bench.build(item, 2)
    bench.decide(item, "review", "approve", "jan", evidence=PASS)
    bench.decide(item, "sign", "reject", "bob")
    assert bench.types(item)[-1] == "item-closed"
    assert (bench.status(item), bench.open_work(item)) == ("closed", [])
    with bench.refusal("the item is closed", "register a new item"):
        bench.desk.unblock(item, 1, notes="x", actor="lea")


def test_what_rework_overtakes_drains_and_counts_for_nothing(bench: Bench) -> None:
    """A claimed attempt goes on to its end; the step is launched again only then."""
    bench.text = PIECE.replace("  - key: review\n", "  - key: review\n    needs: [build]\n", 1)
    item = bench.sketched(params={"risk": "high"})
    bench.build(item, 1)
    bench.claim(item, "paint/1", "max")
    assert ("review/1", None) in bench.open_work(item)
    bench.decide(item, "review", "reject", "jan", to="sketch")
    assert bench.open_work(item) == [("paint/1", "max")], "nothing is launched while it drains"
    bench.complete(item, "paint/1", "max")
    assert bench.open_work(item) == [("sketch/2", None)]
    bench.claim(item, "sketch/2")
    bench.complete(item, "sketch/2", outputs={"size": 3})
    assert [w for w, _ in bench.open_work(item)] == ["build/2", "paint/2"]


def test_a_verdict_that_has_no_value_is_refused_and_is_not_false(bench: Bench) -> None:
    bench.text = PIECE.replace(
        "approve_when: evidence.review.result == 'PASS'",
        "approve_when: evidence.review.result == 'PASS' && 1 / (attempt.number - 1) > 0",
    )
    item = bench.built()
    for verdict in ("approve", "reject"):
        with bench.refusal("attempt.number"):
            bench.decide(item, "review", verdict, "jan", evidence=PASS)
