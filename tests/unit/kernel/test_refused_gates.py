"""Refusals of decisions on gates: what was found, what was expected, the way out (SPEC 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType as E
from tests.support.memory import Memory
from tests.support.plans import auto, gate, integrate, plan, work
from tests.support.refusals import Case, Make, case

WORK = plan(work("a"), auto("b", parallel=True), work("c", parallel=True))
LATE = plan(work("a"), integrate("i"), gate("g", ["a"]))
GATE = plan(
    work("a"),
    work("b", when="asked"),
    gate("g", ["a", "b"], 1, reviewers=("editor", "lead"), evidence="review", approve_when="ok"),
)
AGAIN = plan(work("a"), gate("g", ["a"], 1), work("b"))


def nothing(m: Memory) -> object:
    return m


def verdict(**more: Any) -> Make:
    return lambda m: m.verdict("g") | more


def at_gate(m: Memory) -> Memory:
    return m.do("a", "b")


GATES = [
    case(
        "what is no gate",
        WORK,
        nothing,
        (E.APPROVED, lambda m: m.verdict("a")),
        ["a/1 is not a gate but external"],
        "complete ATTEMPT",
    ),
    case(
        "a gate that is decided",
        AGAIN,
        lambda m: m.do("a").approve("g"),
        (E.REJECTED, lambda m: m.verdict("g") | {"to": "a"}),
        ["g/1 is completed", "not open for a decision"],
        "dovetail status ITEM shows what is open",
        stale=True,
    ),
    case(
        "a gate that rework reopened",
        AGAIN,
        lambda m: m.do("a").reject("g").do("a"),
        (E.APPROVED, lambda m: m.verdict("g/1")),
        ["g/1 is rejected"],
        stale=True,
    ),
    case(
        "a decision on another generation",
        GATE,
        at_gate,
        (E.APPROVED, verdict(generation=2)),
        ["g is open in generation 1, not 2"],
        "dovetail status ITEM shows what is open",
        stale=True,
    ),
    case(
        "a role that does not review",
        GATE,
        at_gate,
        (E.APPROVED, verdict(roles=["crew"])),
        ["the gate g is for the role editor or lead", "rex has crew"],
        "--as NAME",
    ),
    case(
        "a gate that names no reviewers is for its own role",
        AGAIN,
        lambda m: m.do("a"),
        (E.REJECTED, verdict(roles=["editor"], to="a")),
        ["for the role crew"],
    ),
    case(
        "an agent where a person is asked for",
        plan(work("a"), gate("g", human=True)),
        lambda m: m.do("a"),
        (E.APPROVED, verdict(kind="agent")),
        ["decided by a person", "rex is of kind agent"],
        "--as NAME",
    ),
    case(
        "who worked on what an independent gate reviews",
        plan(work("a"), work("b"), gate("g", independent=True)),
        lambda m: m.claim("a", executor="bea").complete("a").do("b"),
        (E.APPROVED, verdict(executor="bea")),
        ["independent", "bea worked on"],
        "somebody else",
    ),
    case(
        "who failed at what an independent gate reviews",
        plan(work("a"), gate("g", independent=True)),
        lambda m: m.claim("a", executor="bea").fail("a").requeue("a").do("a"),
        (E.APPROVED, verdict(executor="bea")),
        ["bea worked on"],
    ),
    case(
        "an approval without its evidence",
        GATE,
        at_gate,
        (E.APPROVED, verdict(evidence={"other": {}}, approve_when=True)),
        ["evidence of the type review"],
        "--evidence FILE",
    ),
    *(
        case(
            f"an approval that the evidence contradicts ({found})",
            GATE,
            at_gate,
            (E.APPROVED, verdict(evidence={"review": {}}, approve_when=found)),
            ["contradicts", "ok does not hold"],
            "reject, or approve g with evidence",
        )
        for found in (False, None, 1)
    ),
    case(
        "a rejection that the evidence contradicts",
        GATE,
        at_gate,
        (E.REJECTED, verdict(evidence={"review": {}}, approve_when=True, to="a")),
        ["contradicts", "ok holds"],
        "approve g, or reject with evidence",
    ),
    case(
        "a rejection that does not say why",
        GATE,
        at_gate,
        (E.REJECTED, verdict(to="a", reason=" \n")),
        ["says why"],
        "--reason WORDS",
    ),
    case(
        "a target that is not listed",
        GATE,
        at_gate,
        (E.REJECTED, verdict(to="g")),
        ["g can't send the item back to g", "can to a, b"],
        "--to a",
    ),
    case(
        "a gate that only approves",
        plan(work("a"), gate("g")),
        lambda m: m.do("a"),
        (E.REJECTED, verdict(to="a")),
        ["nothing to send the item back to"],
        "gate ITEM g approve",
    ),
    case(
        "a gate after the baseline",
        LATE,
        lambda m: m.do("a", "i"),
        (E.REJECTED, verdict(to="a")),
        ["nothing to send", "rework to a would cross the baseline"],
    ),
]


@pytest.mark.rule("decision-current", "gate-reviewers", "evidence-agrees", "rejection-target")
@pytest.mark.parametrize("refused", GATES)
def test_a_decision_is_refused(refused: Case) -> None:
    refused.check()
