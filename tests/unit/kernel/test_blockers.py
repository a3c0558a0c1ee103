"""Blockers that attempts raise, system blockers, and notes (SPEC 2.3, 5.7)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import Block, Note, Probe
from dovetail.kernel import EventType as E
from dovetail.plan.model import Blocker
from tests.support.memory import Memory
from tests.support.plans import Sketch, auto, beside, gate, integrate, plan, work
from tests.support.refusals import refusal
from tests.support.world import World

LISTED = {
    "scope": Blocker("The scope grows", when="outputs.grows"),
    "budget": Blocker("Too dear", when="outputs.cost > 9"),
    "credentials": Blocker("A credential is at risk"),
}


def watching(*sketches: Sketch, **more: Any) -> Memory:
    return Memory(plan(*sketches, blockers=LISTED), world=World(**more))


def looked(m: Memory) -> list[tuple[str, int, int]]:
    asked = [d for d in m.told(E.EVALUATED) if d["what"] == "blockers"]
    return [(d["step"], d["generation"], d["attempt"]) for d in asked]


# --- what attempts raise


@pytest.mark.rule("blockers-of-the-attempt")
@pytest.mark.parametrize(
    ("sketch", "end", "seen"),
    [
        pytest.param(work("a"), lambda m: m.do("a"), True, id="completed work"),
        pytest.param(auto("a"), lambda m: m.do("a"), True, id="automatic work"),
        pytest.param(integrate("a"), lambda m: m.do("a"), True, id="an integration"),
        pytest.param(gate("a"), lambda m: m.approve("a"), True, id="an approval"),
        pytest.param(
            work("a"), lambda m: m.claim("a").fail("a"), False, id="a failure has no result"
        ),
    ],
)
def test_an_attempt_that_closes_is_looked_at(sketch: Sketch, end: Any, seen: bool) -> None:
    m = watching(sketch, work("b"))
    end(m)
    assert looked(m) == ([("a", 1, 1)] if seen else [])


@pytest.mark.rule("blockers-of-the-attempt")
def test_a_rejection_is_looked_at_too() -> None:
    m = watching(work("a"), gate("g", ["a"]), raised={"g/1": ["scope"]}).do("a").pause()
    m.reject("g")
    assert m.requests == [Probe("blockers", "g", 1, 1)]
    m.go_on()
    assert looked(m) == [("a", 1, 1), ("g", 1, 1)]
    assert m.generation("a") == 2


@pytest.mark.rule("blockers-of-the-attempt")
def test_without_conditions_nothing_is_looked_at() -> None:
    m = Memory(plan(work("a"), blockers={"credentials": LISTED["credentials"]})).do("a")
    assert looked(m) == []


@pytest.mark.rule("blockers-before-launches")
def test_nothing_launches_before_an_attempt_was_looked_at() -> None:
    m = watching(work("a"), work("b"), raised={"a/1": ["scope", "budget"]}).pause().claim("a")
    m.complete("a")
    assert m.requests == [Probe("blockers", "a", 1, 1)]
    m.put(m.world.answer(m.plan, m.state, m.requests[0]))
    assert m.requests == [Block("budget", (), "Too dear: a/1 reports it", ("a", 1))]
    m.put(m.world.answer(m.plan, m.state, m.requests[0]))
    assert m.requests == [Block("scope", (), "The scope grows: a/1 reports it", ("a", 1))]
    m.go_on()
    assert m.blockers == ["budget", "scope"]
    assert [(b.source, b.steps) for b in m.state.blockers] == [(("a", 1), ())] * 2
    assert (m.open, m.held["b"]) == ([], ("blocker", ("budget (blocker 1)",)))


@pytest.mark.rule("blockers-before-launches")
def test_attempts_are_looked_at_in_the_order_in_which_they_closed() -> None:
    m = watching(*beside("a", "b"), raised={"a/1": ["scope"], "b/1": ["scope"]}).pause()
    m.claim("b", executor="bea").claim("a").complete("b").complete("a").go_on()
    assert looked(m) == [("b", 1, 1), ("a", 1, 1)]
    assert [b.source for b in m.state.blockers] == [("b", 1), ("a", 1)]


@pytest.mark.rule("blockers-before-launches", "completion-waits")
def test_the_last_attempt_is_looked_at_before_the_item_completes() -> None:
    m = watching(work("a"), raised={"a/1": ["scope"]}).do("a")
    assert (m.status, m.blockers) == ("blocked", ["scope"])
    m = watching(work("a")).pause().claim("a").complete("a")
    assert "not known to hold" in refusal(m, E.ITEM_COMPLETED, {}).message
    assert m.go_on().status == "completed"


@pytest.mark.rule("raised-goes-with-it")
@pytest.mark.parametrize("looked_at", [True, False])
def test_what_an_attempt_raised_goes_when_its_step_begins_anew(looked_at: bool) -> None:
    m = watching(work("a"), work("b"), raised={"a/1": ["scope"]})
    if not looked_at:
        m.pause()
    m.claim("a").complete("a").rework("a").go_on()
    assert (m.blockers, m.state.unresolved, m.open) == ([], 0, ["a/2"])
    assert len(m.state.blockers) == int(looked_at)
    assert m.do("a").open == ["b/1"]


@pytest.mark.rule("raised-goes-with-it")
def test_what_is_about_to_be_raised_goes_too() -> None:
    m = watching(work("a"), work("b"), raised={"a/1": ["scope"]}).pause()
    m.claim("a").complete("a")
    m.put(m.world.answer(m.plan, m.state, m.requests[0]))
    assert m.state.raised == [("scope", "a", 1)]
    assert m.rework("a").state.raised == []


@pytest.mark.rule("raised-goes-with-it")
def test_what_an_attempt_raised_stays_when_another_step_begins_anew() -> None:
    m = watching(*beside("a", "b"), raised={"a/1": ["scope"]}).do("a")
    m.claim("b").pause()
    m.complete("b").rework("b")
    assert m.blockers == ["scope"]
    m.unblock().go_on()
    assert m.open == ["b/2"]


def test_what_waits_to_be_looked_at_stays_when_another_step_begins_anew() -> None:
    m = watching(*beside("a", "b"), raised={"a/1": ["scope"]}).do("b").pause().claim("a")
    m.complete("a").rework("b").go_on()
    assert m.blockers == ["scope"]
    m = watching(*beside("a", "b"), raised={"a/1": ["scope"]}).do("b").pause().claim("a")
    m.complete("a")
    m.put(m.world.answer(m.plan, m.state, m.requests[0]))
    assert m.rework("b").go_on().blockers == ["scope"]


@pytest.mark.rule("overtaken-counts-for-nothing")
def test_an_overtaken_attempt_is_not_looked_at() -> None:
    made = (work("a", parallel=True), work("b", parallel=True, needs=["a"]))
    m = watching(*made, raised={"b/1": ["scope"]}).do("a").claim("b").rework("a")
    m.complete("b/1")
    assert looked(m) == [("a", 1, 1)]


@pytest.mark.rule("blockers-of-the-attempt")
def test_a_condition_that_can_not_be_told_blocks_and_is_not_asked_again() -> None:
    m = watching(work("a"), work("b"), raised={"a/1": None}).do("a")
    (blocker,) = m.state.open_blockers()
    assert (blocker.type, blocker.source) == ("expression-error", ("a", 1))
    assert (looked(m), m.state.closing) == ([], [])
    assert m.unblock().open == ["b/1"]


@pytest.mark.rule("system-blocker-due")
@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"raised": ["credentials"]}, "credentials has no condition"),
        ({"raised": ["scope", "nonsense"]}, "nonsense has no condition"),
        ({"raised": [], "attempt": 2}, "the blockers of a/2"),
        ({"raised": [], "generation": 2}, "the blockers of a/1"),
        ({"raised": [], "step": "b"}, "the blockers of b/1"),
    ],
)
def test_an_answer_that_fits_nothing_is_refused(said: dict[str, Any], names: str) -> None:
    m = watching(work("a"), work("b")).pause().claim("a").complete("a")
    told = {"what": "blockers", "step": "a", "generation": 1, "attempt": 1} | said
    assert names in refusal(m, E.EVALUATED, told).message


@pytest.mark.rule("system-blocker-due")
@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"type": "budget"}, id="another type"),
        pytest.param({"source": ["a", 2]}, id="another attempt"),
        pytest.param({"steps": ["a"]}, id="other steps"),
        pytest.param({"reason": "so"}, id="another reason"),
    ],
)
def test_what_an_attempt_raised_is_recorded_as_it_is(more: dict[str, Any]) -> None:
    m = watching(work("a"), raised={"a/1": ["scope"]}).pause().claim("a").complete("a")
    m.put(m.world.answer(m.plan, m.state, m.requests[0]))
    event = m.world.answer(m.plan, m.state, m.requests[0])
    assert "nothing calls for" in refusal(m, E.BLOCKED, dict(event.data) | more).message
    m.put(event)
    assert m.blockers == ["scope"]


@pytest.mark.rule("system-blocker-due")
@pytest.mark.parametrize(
    "kind", ["attempts-exhausted", "rework-limit", "entry-unmet", "done-unmet"]
)
@pytest.mark.parametrize("steps", [[], ["a"]])
def test_what_the_kernel_asks_for_is_not_raised_by_hand(kind: str, steps: list[str]) -> None:
    m = Memory(plan(work("a")))
    said = {"blocker": 1, "type": kind, "steps": steps, "reason": "forged"}
    assert f"nothing calls for {kind} of {steps[0] if steps else 'the item'}" in (
        refusal(m, E.BLOCKED, said).message
    )


@pytest.mark.rule("blocker-listed")
@pytest.mark.parametrize("kind", ["handoff-missing", "conflict", "credentials"])
def test_what_drivers_and_people_meet_is_raised_by_hand(kind: str) -> None:
    m = Memory(plan(work("a"))).block(kind, "a", owner="mira")
    (blocker,) = m.state.open_blockers()
    assert (blocker.number, blocker.type, blocker.steps) == (1, kind, ("a",))
    assert (blocker.reason, blocker.owner, blocker.source, blocker.child) == (
        "so",
        "mira",
        None,
        None,
    )


@pytest.mark.rule("blocker-listed")
def test_what_a_driver_meets_may_name_the_attempt() -> None:
    m = Memory(plan(work("a"))).block("handoff-missing", "a", source=["a", 1])
    assert m.state.blockers[0].source == ("a", 1)


def test_resolving_gives_the_steps_that_it_names_another_try() -> None:
    made = plan(*beside("a", "b", attempts=1))
    m = Memory(made).claim("a").fail("a").claim("b").fail("b")
    m.unblock(2)
    assert (m.open, m.blockers) == (["b/2"], ["attempts-exhausted"])
    assert [s.granted for s in m.state.steps] == [0, 1]


@pytest.mark.parametrize("kind", ["handoff-missing", "conflict", "credentials"])
def test_resolving_what_is_no_limit_grants_nothing(kind: str) -> None:
    m = Memory(plan(work("a", attempts=1))).claim("a").block(kind, "a").fail("a")
    m.unblock(1)
    assert m.step("a").granted == 0
    assert (m.blockers, m.phase("a")) == (["attempts-exhausted"], "failed")


@pytest.mark.rule("system-blocker-due")
@pytest.mark.parametrize(
    ("steps", "more", "names"),
    [
        (["b"], {}, "nothing of b is evaluated now"),
        ([], {}, "nothing of the item is evaluated now"),
        (["a", "b"], {}, "nothing of a, b is evaluated now"),
        (["a"], {"source": ["a", 1]}, "nothing of a is evaluated now"),
    ],
)
def test_only_what_is_evaluated_now_can_not_be_told(
    steps: list[str], more: dict[str, Any], names: str
) -> None:
    m = Memory(plan(work("a", when="asked"), work("b")), follow=False)
    said = {"blocker": 1, "type": "expression-error", "steps": steps, "reason": "r"} | more
    answer = refusal(m, E.BLOCKED, said)
    assert names in answer.message
    assert answer.stale
    assert m.block("expression-error", "a").held["a"][0] == "blocker"


@pytest.mark.rule("system-blocker-due")
def test_only_the_attempt_that_is_looked_at_can_not_be_told() -> None:
    m = watching(*beside("a", "b")).pause().claim("a").claim("b", executor="bea")
    m.complete("a").complete("b")
    said = {"blocker": 1, "type": "expression-error", "steps": [], "reason": "r"}
    for source in (["b", 1], ["a", 2]):
        refusal(m, E.BLOCKED, said | {"source": source})
    m.say(E.BLOCKED, **said, source=["a", 1])
    assert m.requests == [Probe("blockers", "b", 1, 1)]


# --- notes


@pytest.mark.rule("notes-until-resolved")
def test_a_note_stops_nothing() -> None:
    m = Memory(plan(work("a"), work("b"))).say(E.NOTED, note=1, text="tidy up")
    assert m.state.notes == [Note(1, "tidy up")]
    assert m.do("a", "b").status == "completed"
    assert [n.text for n in m.state.open_notes()] == ["tidy up"]


@pytest.mark.rule("notes-until-resolved", "over-is-over")
@pytest.mark.parametrize("over", [True, False])
def test_a_note_is_carried_until_it_is_resolved(over: bool) -> None:
    m = Memory(plan(work("a")))
    if over:
        m.do("a")
    for number, text in enumerate(["first", "second", "third"], start=1):
        m.say(E.NOTED, note=number, text=text)
    m.say(E.NOTE_RESOLVED, note=2, reason="done")
    assert [n.number for n in m.state.open_notes()] == [1, 3]
    assert [n.open for n in m.state.notes] == [True, False, True]


@pytest.mark.rule("notes-until-resolved")
@pytest.mark.parametrize(
    ("kind", "said", "names"),
    [
        (E.NOTED, {"note": 1, "text": "x"}, "next note is 3, not 1"),
        (E.NOTED, {"note": 4, "text": "x"}, "next note is 3, not 4"),
        (E.NOTE_RESOLVED, {"note": 3, "reason": "r"}, "note 3 is not open; open: 2"),
        (E.NOTE_RESOLVED, {"note": 1, "reason": "r"}, "note 1 is not open; open: 2"),
        (E.NOTE_RESOLVED, {"note": 0, "reason": "r"}, "note 0 is not open"),
    ],
)
def test_a_note_that_does_not_fit(kind: E, said: dict[str, Any], names: str) -> None:
    m = Memory(plan(work("a"))).say(E.NOTED, note=1, text="x").say(E.NOTED, note=2, text="y")
    m.say(E.NOTE_RESOLVED, note=1, reason="r")
    assert names in refusal(m, kind, said).message


def test_where_there_is_no_note_none_is_open() -> None:
    m = Memory(plan(work("a")))
    assert "open: none" in refusal(m, E.NOTE_RESOLVED, {"note": 1, "reason": "r"}).message
