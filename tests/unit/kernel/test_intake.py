"""What comes before the first step: intake, other items, a place (SPEC 5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Admit, Hold
from dovetail.kernel import EventType as E
from dovetail.plan.model import Check, Plan, Wip
from tests.support.memory import Memory
from tests.support.plans import beside, plan, work
from tests.support.refusals import Case, Make, case, refusal
from tests.support.world import World

REVIEWED = plan(work("a"), intake=("lead", "triage"))
OPEN = plan(work("a"))


def said(decision: str, *roles: str, **more: Any) -> Make:
    told = {"decision": decision, "reason": "fits", "executor": "ana", "roles": list(roles)}
    return lambda _: told | more


def nothing(m: Memory) -> object:
    return m


# --- the review


@pytest.mark.rule("intake-first")
def test_an_item_in_intake_starts_nothing() -> None:
    m = Memory(plan(work("a", when="asked"), intake=("crew",)))
    assert (m.requests, m.held, m.status, m.events[1:]) == ([], {}, "intake", [])
    assert m.accept().open == ["a/1"]


@pytest.mark.rule("intake-once")
@pytest.mark.parametrize(
    ("decision", "status", "links", "closed"),
    [
        pytest.param("accept", "waiting", [], None, id="accept: goes on"),
        pytest.param("link", "waiting", ["WI-7", "WI-9"], None, id="link: goes on, linked"),
        pytest.param(
            "merge", "closed", ["WI-7", "WI-9"], "merged into WI-7", id="merge: closes into another"
        ),
        pytest.param("close", "closed", [], "fits", id="close: with the reason"),
    ],
)
def test_an_intake_decision(
    decision: str, status: str, links: list[str], closed: str | None
) -> None:
    items = {"items": ["WI-7", "WI-9"]} if links else {}
    m = Memory(REVIEWED).accept(decision=decision, roles=["triage"], **items)
    assert (m.status, m.state.links, m.state.closed) == (status, links, closed)
    assert m.open == ([] if closed else ["a/1"])
    assert m.state.ended_at == (2 if closed else 0)


@pytest.mark.rule("intake-override")
@pytest.mark.parametrize("decision", ["merge", "close"])
def test_an_override_reopens_what_intake_closed(decision: str) -> None:
    m = Memory(REVIEWED).accept(decision=decision, items=["WI-7"], roles=["lead"])
    assert m.status == "closed"
    m.accept(decision="override", overrides=2, roles=["lead"])
    assert (m.open, m.state.closed, m.status) == (["a/1"], None, "waiting")
    again = said("override", "lead", overrides=2)(m)
    assert "intake did not close the item" in refusal(m, E.INTAKE, again).message


INTAKES = [
    case(
        "intake is decided once",
        REVIEWED,
        lambda m: m.accept(roles=["lead"]),
        (E.INTAKE, said("accept", "lead")),
        ["already decided"],
        "status ITEM",
    ),
    case(
        "where there is no intake it is decided",
        OPEN,
        nothing,
        (E.INTAKE, said("accept", "crew")),
        ["already decided"],
    ),
    case(
        "where there is no intake it closed nothing",
        OPEN,
        nothing,
        (E.INTAKE, said("override", "crew", overrides=1)),
        ["intake"],
        "status ITEM",
    ),
    case(
        "a decision that there is not",
        REVIEWED,
        nothing,
        (E.INTAKE, said("reject", "lead")),
        ["accept, link, merge, close or override", "not reject"],
    ),
    case(
        "intake is for its reviewers",
        REVIEWED,
        nothing,
        (E.INTAKE, said("accept", "writer", "crew")),
        ["intake review", "lead or triage", "ana has crew, writer"],
        "--as NAME; executors.yaml says who is lead",
    ),
    case(
        "intake is for somebody with a role",
        REVIEWED,
        nothing,
        (E.INTAKE, said("accept")),
        ["ana has none"],
    ),
    *(
        case(
            f"{decision} without another item",
            REVIEWED,
            nothing,
            (E.INTAKE, said(decision, "lead", **items)),
            [f"{decision} names another item"],
            f"intake ITEM {decision} --with ITEM",
        )
        for decision in ("link", "merge")
        for items in ({}, {"items": []})
    ),
    case(
        "an override of what intake did not close",
        REVIEWED,
        nothing,
        (E.INTAKE, said("override", "lead", overrides=1)),
        ["intake did not close the item"],
        "status ITEM",
    ),
    *(
        case(
            f"an override that is linked to {link or 'nothing'}",
            REVIEWED,
            lambda m: m.accept(decision="close", roles=["lead"]),
            (E.INTAKE, said("override", "lead", **link)),
            ["this overrides event 2"],
        )
        for link in ({}, {"overrides": 1})
    ),
    case(
        "an override by somebody who does not review",
        REVIEWED,
        lambda m: m.accept(decision="close", roles=["lead"]),
        (E.INTAKE, said("override", "crew", overrides=2)),
        ["the intake review is for the role lead or triage"],
        "--as NAME",
    ),
]


@pytest.mark.rule("intake-once", "intake-override")
@pytest.mark.parametrize("refused", INTAKES)
def test_refused(refused: Case) -> None:
    refused.check()


def test_an_owner_who_is_a_person_reviews_under_their_name() -> None:
    m = Memory(plan(work("a"), intake=("mira",), roles={"crew": "Works"}))
    assert m.accept(executor="mira", roles=[]).open == ["a/1"]


def test_somebody_who_is_called_like_a_role_does_not_have_it() -> None:
    m = Memory(plan(work("a"), intake=("crew",), roles={"crew": "Works"}))
    told = said("accept", executor="crew")(m)
    assert "crew has none" in refusal(m, E.INTAKE, told).message


# --- other items


AFTER = {"after": ["WI-1", "WI-2"]}


def ended(m: Memory, item: str, status: str = "completed") -> Memory:
    return m.say(E.DEPENDENCY_SETTLED, item=item, status=status)


@pytest.mark.rule("after-other-items")
def test_an_item_waits_until_the_others_have_ended() -> None:
    made = plan(*beside("a", "b"), work("c"))
    m = Memory(made, registered=AFTER)
    assert m.requests == [Hold(k, "join", ("WI-1", "WI-2")) for k in "ab"]
    assert (m.open, m.status) == ([], "ready")
    ended(m, "WI-2", "closed")
    assert m.held["a"] == ("join", ("WI-1",))
    assert ended(m, "WI-1").open == ["a/1", "b/1"]


@pytest.mark.rule("after-other-items")
def test_nothing_is_evaluated_before_the_others_have_ended() -> None:
    m = Memory(plan(work("a", when="asked", entry=(Check("c", "x"),))), registered=AFTER)
    assert m.told(E.EVALUATED) == []
    ended(ended(m, "WI-1"), "WI-2")
    assert [d["what"] for d in m.told(E.EVALUATED)] == ["when", "entry"]


@pytest.mark.rule("after-other-items")
@pytest.mark.parametrize("item", ["WI-3", "WI-1"])
def test_only_what_it_waits_for_counts(item: str) -> None:
    m = ended(Memory(OPEN, registered=AFTER), "WI-1")
    answer = refusal(m, E.DEPENDENCY_SETTLED, {"item": item, "status": "completed"})
    assert f"does not wait for {item}" in answer.message
    assert "status ITEM" in answer.way_out


# --- a place


LIMITED = plan(work("a"), work("b"), wip_limit=Wip(2, "parent"))


@pytest.mark.rule("wip-limit")
def test_an_item_takes_a_place_before_its_first_step() -> None:
    m = Memory(LIMITED, follow=False)
    assert m.requests == [Admit(), Hold("a", "wip", ("2 per parent",))]
    assert (m.launches, m.status) == ([], "ready")
    m.go_on()
    assert (m.state.admitted, m.open) == (True, ["a/1"])
    assert len(m.told(E.ADMITTED)) == 1


@pytest.mark.rule("wip-limit")
def test_an_item_without_a_place_is_held() -> None:
    m = Memory(LIMITED, world=World(full=True))
    assert (m.open, m.held) == ([], {"a": ("wip", ("2 per parent",))})
    assert m.status == "ready"
    m.world.full = False
    assert m.go_on().open == ["a/1"]


@pytest.mark.rule("wip-limit")
def test_a_place_is_taken_once() -> None:
    m = Memory(LIMITED)
    m.do("a")
    answer = refusal(m, E.ADMITTED, {})
    assert "does not wait for a place" in answer.message
    assert "status ITEM" in answer.way_out


@pytest.mark.rule("wip-limit")
@pytest.mark.parametrize(
    ("made", "registered"),
    [
        pytest.param(OPEN, {}, id="without a limit"),
        pytest.param(LIMITED, AFTER, id="while it waits for others"),
        pytest.param(plan(work("a"), wip_limit=Wip(1), intake=("crew",)), {}, id="in intake"),
    ],
)
def test_no_place_is_taken(made: Plan, registered: dict[str, Any]) -> None:
    m = Memory(made, registered=registered, follow=False)
    assert Admit() not in m.requests
    assert "does not wait for a place" in refusal(m, E.ADMITTED, {}).message


@pytest.mark.rule("wip-limit")
def test_what_is_blocked_altogether_takes_no_place() -> None:
    made = plan(*beside("a", "b"), wip_limit=Wip(1))
    m = Memory(made, follow=False)
    m.block("credentials", "a")
    named = ("credentials (blocker 1)",)
    assert m.requests == [
        Admit(),
        Hold("a", "blocker", named),
        Hold("b", "wip", ("1 per blueprint",)),
    ]
    m.block("scope", "b")
    assert m.requests == [
        Hold("a", "blocker", named),
        Hold("b", "blocker", ("scope (blocker 2)",)),
    ]
    assert m.status == "blocked"
    assert "wait for a place" in refusal(m, E.ADMITTED, {}).message


@pytest.mark.rule("wip-limit")
def test_what_has_begun_keeps_its_place_through_rework() -> None:
    m = Memory(LIMITED).do("a").rework("a")
    assert m.open == ["a/2"]
    assert len(m.told(E.ADMITTED)) == 1


def test_an_item_whose_first_step_is_skipped_has_begun() -> None:
    made = plan(work("a", when="asked"), work("b"), wip_limit=Wip(1))
    m = Memory(made, {"a": False})
    assert m.open == ["b/1"]
    assert len(m.told(E.ADMITTED)) == 1
