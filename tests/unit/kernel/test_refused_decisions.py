"""Refusals of rework, blockers, and of what is over: the state stays as it was."""

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
AGAIN = plan(work("a"), gate("g", ["a"], 1), work("b"))


def nothing(m: Memory) -> object:
    return m


def sent(to: str, gate_: str | None = "g", attempt: int = 1, **more: Any) -> tuple[E, Make]:
    told = {"gate": gate_, "attempt": attempt, "reason": "as it is"} | more
    return E.REWORK, lambda m: m.sending(to) | told


def _to_nowhere(m: Memory) -> dict[str, Any]:
    return m.sending("a") | {"to": "x", "gate": "g", "attempt": 1}


ASKED = plan(work("a"), work("b"), gate("g", ["a", "b"]))
REWORKS = [
    case("an unknown gate", AGAIN, nothing, sent("a", "x"), ["x/1 does not send"], stale=True),
    case(
        "a gate that was not rejected",
        AGAIN,
        lambda m: m.do("a"),
        sent("a"),
        ["g/1 does not send the item back to a now"],
        "status ITEM",
        stale=True,
    ),
    case(
        "a rejection that was answered",
        AGAIN,
        lambda m: m.do("a").reject("g").do("a"),
        sent("a"),
        ["g/1 does not send"],
        stale=True,
    ),
    case(
        "a limit that is used up",
        AGAIN,
        lambda m: m.do("a").reject("g").do("a").reject("g"),
        sent("a", attempt=2),
        ["g/2 does not send"],
        stale=True,
    ),
    *(
        case(name, ASKED, lambda m: m.do("a", "b").pause().reject("g", "b"), made, says, stale=old)
        for name, made, says, old in [
            ("a step that there is not", (E.REWORK, _to_nowhere), ["no step x"], False),
            ("another target than the rejection's", sent("a"), ["not send the item back"], True),
            ("another attempt than the rejected one", sent("b", attempt=2), ["g/2 does"], True),
            ("another reason than the rejection's", sent("b", reason="no"), ["g/1 does"], True),
            (
                "too few steps",
                sent("b", reopened=["b"]),
                ["rework to b reopens b, g"],
                False,
            ),
            (
                "steps in another order",
                sent("b", reopened=["g", "b"]),
                ["rework to b reopens b, g"],
                False,
            ),
        ]
    ),
]


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
    case(
        "a blocker of a type that is not listed",
        WORK,
        nothing,
        (E.BLOCKED, lambda _: {"blocker": 1, "type": "t", "steps": ["a"], "reason": "r"}),
        ["lists no blocker t", "it lists credentials, scope"],
        "list it in a new version",
    ),
    case(
        "the same where none is listed",
        plan(work("a"), blockers={}),
        nothing,
        (E.BLOCKED, lambda _: {"blocker": 1, "type": "t", "steps": ["a"], "reason": "r"}),
        ["it lists none"],
        "list it in a new version",
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


@pytest.mark.parametrize("refused", [*REWORKS, *REST])
def test_refused(refused: Case) -> None:
    refused.check()


# --- before the beginning and after the end

ALL = sorted(E)


@pytest.mark.parametrize("kind", [k for k in ALL if k is not E.REGISTERED])
def test_nothing_happens_to_an_item_that_is_not_registered(kind: E) -> None:
    state = State.initial(WORK)
    with pytest.raises(Refused, match=r"^the item is not registered"):
        apply(WORK, state, Event(kind))
    assert state == State.initial(WORK)


def test_a_refusal_may_have_no_way_out() -> None:
    answer = Refused("no")
    assert (answer.message, answer.way_out, answer.stale) == ("no", "", False)


def test_an_item_is_registered_on_its_own_plan() -> None:
    state = State.initial(WORK)
    with pytest.raises(Refused) as caught:
        apply(WORK, state, registration(LANE))
    assert LANE.digest in caught.value.message
    assert WORK.digest in caught.value.message
    assert state == State.initial(WORK)


OUTLIVE = {E.REGISTERED, E.INTAKE, E.NOTED, E.NOTE_RESOLVED, E.REVERTED}


@pytest.mark.rule("over-is-over")
@pytest.mark.parametrize("kind", [k for k in ALL if k not in OUTLIVE])
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


@pytest.mark.parametrize("decision", ["accept", "link", "merge", "close"])
def test_intake_is_not_decided_again_when_it_has_closed_the_item(decision: str) -> None:
    m = Memory(plan(work("a"), intake=("crew",))).accept(decision="close", reason="too small")
    said = {"decision": decision, "reason": "r", "executor": "ana", "roles": ["crew"]}
    assert "the item is closed: too small" in refusal(m, E.INTAKE, said).message


def test_a_closed_item_is_not_reverted() -> None:
    made = plan(work("a"), integrate("i"), work("b"), gate("g", ["b"], 0, "close"))
    m = Memory(made).do("a", "i", "b").reject("g")
    assert m.status == "closed"
    answer = refusal(m, E.REVERTED, {"step": "i", "attempt": 1, "reason": "r"})
    assert "the item is closed" in answer.message


@pytest.mark.rule("limit-then")
def test_nothing_closes_an_item_but_a_gate_that_says_so() -> None:
    m = Memory(AGAIN)
    answer = refusal(m, E.ITEM_CLOSED, {"reason": "no need"})
    assert "no gate that was rejected closes the item" in answer.message


@pytest.mark.rule("system-blocker-due")
@pytest.mark.parametrize("kind", ["attempts-exhausted", "rework-limit"])
def test_a_limit_blocks_only_when_it_is_used_up(kind: str) -> None:
    m = Memory(AGAIN)
    said = {"blocker": 1, "type": kind, "steps": ["a"], "reason": "forged"}
    assert f"nothing calls for {kind} of a" in refusal(m, E.BLOCKED, said).message


def test_an_item_that_is_over_is_not_registered_again() -> None:
    m = Memory(plan(work("a"))).do("a")
    assert "already registered" in refusal(m, E.REGISTERED, registration(m.plan).data).message


# --- what only a history that no driver wrote can say


@pytest.mark.rule("completion-checked")
def test_completion_waits_for_what_drains() -> None:
    m = Memory(plan(work("a")))
    m.claim("a")
    m.state.open_steps = 0
    answer = refusal(m, E.ITEM_COMPLETED, {})
    assert "completion waits for a/1" in answer.message
    assert m.requests == []
