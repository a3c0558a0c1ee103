"""Refusals of gates, rework, blockers, and of what is over: the state stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Event, Refused, State, apply
from dovetail.kernel import EventType as E
from tests.support.memory import Memory, registration
from tests.support.plans import auto, gate, integrate, plan, work
from tests.support.refusals import Case, Make, Script, case, refusal

WORK = plan(work("a"), auto("b", parallel=True), work("c", parallel=True))
LANE = plan(work("low", needs=[]), work("high", needs=[]))
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
        ["a is not a gate but external"],
        "complete ATTEMPT",
    ),
    case(
        "a gate that is decided",
        AGAIN,
        lambda m: m.do("a").approve("g"),
        (E.REJECTED, lambda m: m.verdict("g") | {"to": "a"}),
        ["g/1 is completed", "not open for a decision"],
        "status ITEM",
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


def rework(gate_: str, attempt: int, to: str) -> tuple[E, Make]:
    data = {"gate": gate_, "attempt": attempt, "to": to, "reason": "r", "reopened": []}
    return E.REWORK, lambda _: data


REWORKS = [
    case("an unknown gate", AGAIN, nothing, rework("x", 1, "a"), ["no attempt x/1"]),
    case(
        "a gate that was not rejected",
        AGAIN,
        lambda m: m.do("a"),
        rework("g", 1, "a"),
        ["g/1 is queued, not rejected"],
        stale=True,
    ),
    case(
        "a rejection that was answered",
        AGAIN,
        lambda m: m.do("a").reject("g").do("a"),
        rework("g", 1, "a"),
        ["g/1 is rejected"],
        stale=True,
    ),
    case(
        "another target than the rejection names",
        plan(work("a"), work("b"), gate("g", ["a", "b"])),
        lambda m: _at_once(m.do("a", "b")).reject("g", "b"),
        rework("g", 1, "a"),
        ["g was rejected to b, not to a"],
    ),
    case(
        "a limit that is used up",
        AGAIN,
        lambda m: m.do("a").reject("g").do("a").reject("g"),
        rework("g", 2, "a"),
        ["limit of 1 reworks is used up"],
        "unblock ITEM BLOCKER",
    ),
]


def _at_once(m: Memory) -> Memory:
    """Leave the requests that come next unanswered."""
    m.follow = False
    return m


REST = [
    case(
        "a blocker that is not the next",
        WORK,
        nothing,
        (E.BLOCKED, lambda _: {"blocker": 2, "type": "t", "steps": [], "reason": "r"}),
        ["next blocker is 1", "not 2"],
    ),
    case(
        "a blocker of an unknown step",
        WORK,
        nothing,
        (E.BLOCKED, lambda _: {"blocker": 1, "type": "t", "steps": ["a", "x"], "reason": "r"}),
        ["no step x"],
    ),
    *(
        case(
            name,
            WORK,
            lambda m: m.block("scope").block("credentials").unblock(1),
            (E.UNBLOCKED, lambda _, number=number: {"blocker": number, "notes": "n"}),
            [f"blocker {number} is not open", "open: 2 (credentials)"],
            "status ITEM",
        )
        for name, number in [
            ("a blocker that there is not", 3),
            ("blocker 0, which is not the last one", 0),
            ("a blocker that is resolved", 1),
        ]
    ),
    case(
        "a blocker where none is open",
        WORK,
        nothing,
        (E.UNBLOCKED, lambda _: {"blocker": 1, "notes": "n"}),
        ["open: none"],
    ),
    case(
        "completion before all has settled",
        WORK,
        nothing,
        (E.ITEM_COMPLETED, lambda _: {}),
        ["3 steps have not settled"],
    ),
    case(
        "completion with a blocker open",
        plan(work("a")),
        lambda m: m.claim("a").block("credentials").complete("a"),
        (E.ITEM_COMPLETED, lambda _: {}),
        ["completion waits for the blocker 1 (credentials)"],
        "unblock ITEM",
    ),
    case(
        "an answer to no form",
        WORK,
        nothing,
        (E.ANSWERED, lambda _: {"form": "w9", "outcome": "recorded", "reason": ""}),
        ["the form w9 is not open"],
        stale=True,
    ),
]


@pytest.mark.parametrize("refused", [*GATES, *REWORKS, *REST])
def test_refused(refused: Case) -> None:
    refused.check()


# --- before the beginning and after the end

ALL = sorted(E)


@pytest.mark.parametrize("kind", [k for k in ALL if k is not E.REGISTERED])
def test_nothing_happens_to_an_item_that_is_not_registered(kind: E) -> None:
    state = State.initial(WORK)
    with pytest.raises(Refused, match="not registered"):
        apply(WORK, state, Event(kind))
    assert state == State.initial(WORK)


def test_an_item_is_registered_on_its_own_plan() -> None:
    state = State.initial(WORK)
    with pytest.raises(Refused) as caught:
        apply(WORK, state, registration(LANE))
    assert LANE.digest in caught.value.message
    assert WORK.digest in caught.value.message
    assert state == State.initial(WORK)


@pytest.mark.parametrize("kind", [k for k in ALL if k not in {E.REGISTERED, E.ANSWERED}])
@pytest.mark.parametrize(
    ("script", "says"),
    [
        pytest.param(lambda m: m.do("a").approve("g"), "completed", id="completed"),
        pytest.param(lambda m: m.do("a").reject("g"), "closed: g was rejected", id="closed"),
    ],
)
def test_what_is_over_is_immutable(kind: E, script: Script, says: str) -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], 0, "close")))
    script(m)
    answer = refusal(m, kind, {})
    assert f"the item is {says}" in answer.message
    assert "register a new item" in answer.way_out


def test_nothing_closes_an_item_but_a_gate_that_says_so() -> None:
    m = Memory(AGAIN)
    answer = refusal(m, E.ITEM_CLOSED, {"reason": "no need"})
    assert "no gate that was rejected closes the item" in answer.message


@pytest.mark.parametrize("kind", ["attempts-exhausted", "rework-limit"])
def test_a_limit_blocks_only_when_it_is_used_up(kind: str) -> None:
    m = Memory(AGAIN)
    said = {"blocker": 1, "type": kind, "steps": ["a"], "reason": "forged"}
    assert f"nothing of a calls for {kind}" in refusal(m, E.BLOCKED, said).message


def test_an_item_that_is_over_is_not_registered_again() -> None:
    m = Memory(plan(work("a"))).do("a")
    assert "already registered" in refusal(m, E.REGISTERED, registration(m.plan).data).message


# --- what only a history that no driver wrote can say


def test_completion_waits_for_what_drains() -> None:
    m = Memory(plan(work("a")))
    m.claim("a")
    m.state.open_steps = 0
    answer = refusal(m, E.ITEM_COMPLETED, {})
    assert "completion waits for a/1" in answer.message
    assert m.requests == []


def test_an_overtaken_integration_crosses_nothing() -> None:
    """A history may queue integration between a rejection and its rework."""
    made = plan(
        work("a"),
        gate("g", ["a"], parallel=True, needs=["a"]),
        integrate("i", parallel=True, needs=["a"]),
    )
    m = _at_once(Memory(made).do("a")).reject("g")
    m.say(E.QUEUED, step="i", attempt=1, generation=1)
    m.claim("i", executor="runner")
    kind, data = rework("g", 1, "a")
    m.say(kind, **data(m)).integrated("i/1")
    assert (m.state.baseline, m.attempt("i/1").status) == ("pre", "superseded")


def test_rework_that_a_history_puts_after_integration_is_refused() -> None:
    made = plan(
        work("a"),
        gate("g", ["a"], parallel=True, needs=["a"]),
        integrate("i", parallel=True, needs=["a"]),
    )
    m = _at_once(Memory(made).do("a")).reject("g")
    m.say(E.QUEUED, step="i", attempt=1, generation=1).claim("i", executor="runner").integrated("i")
    kind, data = rework("g", 1, "a")
    answer = refusal(m, kind, data(m))
    assert "rework across the baseline: i is completed" in answer.message
