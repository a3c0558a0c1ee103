"""Rework and reverts that an operator asks for, and their preview (SPEC 5.5, 5.6)."""

from __future__ import annotations

import pytest

from dovetail.kernel import EventType as E
from dovetail.kernel import Preview, preview, rework_targets
from tests.support.memory import Memory
from tests.support.plans import auto, beside, gate, integrate, plan, work
from tests.support.refusals import Case, Script, case, refusal

CHAIN = plan(work("a"), work("b"), work("c"))
SPREAD = plan(
    work("a"),
    auto("b", parallel=True),
    *beside("c", "d"),
    auto("x", parallel=True, needs=[]),
    gate("g", ["a"], 2, needs=["b", "c", "d"]),
)
CROSSED = plan(work("a"), work("b"), integrate("i"), work("z"))


# --- rework


@pytest.mark.rule("operator-rework", "rework-reopens")
@pytest.mark.parametrize(
    ("to", "reopened", "open_"),
    [
        pytest.param("a", "a b c", "a/2", id="the first step"),
        pytest.param("b", "b c", "b/2", id="one in the middle"),
        pytest.param("c", "c", "c/2", id="what is in flight"),
    ],
)
def test_an_item_is_sent_back_to_what_was_begun(to: str, reopened: str, open_: str) -> None:
    m = Memory(CHAIN).do("a", "b").rework(to, reason="not good")
    assert [s.key for s in CHAIN.steps if m.generation(s.key) == 2] == reopened.split()
    assert m.open == [open_]
    told = {s.key: m.step(s.key).sent_back for s in CHAIN.steps}
    assert told == {k: ("", 0) if k in reopened else None for k in "abc"}
    assert m.step(to).reworks == 0


@pytest.mark.rule("operator-rework")
def test_rework_by_an_operator_spends_no_limit() -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], 1))).do("a").rework("a").do("a").reject("g")
    assert m.open == ["a/3"]


@pytest.mark.rule("operator-rework")
def test_an_operator_sends_back_what_waits_for_an_answer_too() -> None:
    """A rejection that spent its limit, an exhausted step: the way out may be further up."""
    made = plan(work("a"), work("b", attempts=1), gate("g", ["b"], 0))
    m = Memory(made).do("a").claim("b").fail("b").rework("a")
    assert (m.open, m.blockers) == (["a/2"], [])
    m.do("a", "b").reject("g")
    assert m.blockers == ["rework-limit"]
    m.rework("b")
    assert (m.open, m.blockers) == (["b/3"], [])
    assert m.do("b").approve("g").status == "completed"


@pytest.mark.rule("operator-rework", "superseded-runs-on")
def test_an_operator_overtakes_what_is_claimed() -> None:
    m = Memory(CHAIN).do("a").claim("b").rework("a")
    assert m.held["a"] == ("draining", ("b/1",))
    assert m.complete("b/1").open == ["a/2"]
    assert m.attempt("b/1").status == "superseded"


@pytest.mark.rule("operator-rework")
def test_an_item_is_not_sent_back_to_what_it_is_past_twice_at_once() -> None:
    m = Memory(CHAIN).do("a").rework("a").rework("a").rework("a")
    assert (m.open, m.generation("b"), len(m.step("a").attempts)) == (["a/4"], 4, 4)


REFUSED = [
    case(
        "a step that was not begun",
        CHAIN,
        lambda m: m,
        (E.REWORK, lambda m: m.sending("b")),
        ["b was not begun yet"],
        "status ITEM",
    ),
    case(
        "a step that there is not",
        CHAIN,
        lambda m: m,
        (E.REWORK, lambda m: m.sending("a") | {"to": "x"}),
        ["the plan has no step x"],
        "status ITEM",
    ),
    case(
        "without a reason",
        CHAIN,
        lambda m: m.do("a"),
        (E.REWORK, lambda m: m.sending("a") | {"reason": "\t"}),
        ["rework says why"],
        "--reason WORDS",
    ),
    case(
        "in intake",
        plan(work("a"), intake=("crew",)),
        lambda m: m,
        (E.REWORK, lambda m: m.sending("a")),
        ["the item is in intake"],
        "intake ITEM accept",
    ),
    case(
        "across the baseline",
        CROSSED,
        lambda m: m.do("a", "b", "i"),
        (E.REWORK, lambda m: m.sending("b")),
        ["rework across the baseline: i is completed"],
        "revert ITEM --reason WORDS",
    ),
    case(
        "the integration itself",
        CROSSED,
        lambda m: m.do("a", "b", "i"),
        (E.REWORK, lambda m: m.sending("i")),
        ["rework across the baseline: i is completed"],
    ),
    case(
        "while it integrates",
        CROSSED,
        lambda m: m.do("a", "b"),
        (E.REWORK, lambda m: m.sending("b")),
        ["i is under way"],
        "wait until it has ended",
    ),
    case(
        "fewer steps than it reopens",
        CHAIN,
        lambda m: m.do("a"),
        (E.REWORK, lambda m: m.sending("a") | {"reopened": ["a", "b"]}),
        ["rework to a reopens a, b, c"],
    ),
]


@pytest.mark.rule("operator-rework", "baseline-boundary")
@pytest.mark.parametrize("refused", REFUSED)
def test_rework_is_refused(refused: Case) -> None:
    refused.check()


@pytest.mark.rule("operator-rework")
def test_what_was_skipped_is_not_done_again() -> None:
    m = Memory(plan(work("a"), work("b", when="asked"), work("c")), {"b": [True, False]})
    m.do("a", "b").rework("a").do("a")
    assert (m.phase("b"), len(m.step("b").attempts)) == ("skipped", 1)
    answer = refusal(m, E.REWORK, m.sending("b"))
    assert "b was skipped; there is nothing to do again" in answer.message


@pytest.mark.rule("baseline-boundary")
def test_rework_after_the_baseline_stays_after_it() -> None:
    m = Memory(plan(work("a"), integrate("i"), work("y"), work("z"))).do("a", "i", "y").rework("y")
    assert (m.open, m.state.baseline) == (["y/2"], "post")


@pytest.mark.rule("baseline-boundary")
def test_what_does_not_lead_into_the_baseline_may_be_sent_back() -> None:
    made = plan(*beside("a", "x"), integrate("i", needs=["a"]), work("z", needs=["x"]))
    m = Memory(made).do("x", "a", "i").rework("x")
    assert m.open == ["x/2"]


# --- preview


@pytest.mark.rule("operator-rework")
@pytest.mark.parametrize(
    ("script", "to", "told"),
    [
        pytest.param(
            lambda m: m.do("a", "b").complete("x"),
            "a",
            Preview(
                reopened=("a", "b", "c", "d", "g"),
                invalidated=("a", "b"),
                reusable=("b",),
                cancelled=("c/1", "d/1"),
                drained=(),
                kept=("x",),
            ),
            id="what nobody has claimed is cancelled",
        ),
        pytest.param(
            lambda m: m.do("a", "b").claim("c"),
            "a",
            Preview(
                reopened=("a", "b", "c", "d", "g"),
                invalidated=("a", "b"),
                reusable=("b",),
                cancelled=("d/1",),
                drained=("c/1",),
                kept=(),
            ),
            id="what is claimed drains",
        ),
        pytest.param(
            lambda m: m.do("a", "b"),
            "b",
            Preview(
                reopened=("b", "g"),
                invalidated=("b",),
                reusable=(),
                cancelled=(),
                drained=(),
                kept=("a",),
            ),
            id="the target is never reused",
        ),
    ],
)
def test_a_preview_tells_what_rework_would_do(script: Script, to: str, told: Preview) -> None:
    m = Memory(SPREAD)
    script(m)
    assert preview(SPREAD, m.state, to) == told
    m.rework(to)
    assert {s.key for s in SPREAD.steps if m.generation(s.key) == 2} == set(told.reopened)
    assert all(m.attempt(name).status == "cancelled" for name in told.cancelled)
    assert all(m.attempt(name).overtaken == "superseded" for name in told.drained)


def test_a_preview_of_no_step() -> None:
    m = Memory(CHAIN)
    with pytest.raises(KeyError):
        preview(CHAIN, m.state, "x")


# --- reverts


AFTER = plan(
    work("a"), integrate("i"), auto("y", parallel=True), work("z"), gate("g", ["a", "z"], 2)
)


@pytest.mark.rule("revert", "reverted-waits")
def test_a_revert_waits_before_the_integration() -> None:
    m = Memory(CROSSED).do("a", "b", "i").revert("i")
    assert (m.state.baseline, m.phase("i"), m.generation("i")) == ("pre", "idle", 2)
    assert (m.open, m.held) == ([], {"i": ("reverted", ("dovetail rework ITEM --to STEP",))})
    assert m.phase("b") == "completed"
    assert m.status == "waiting"


@pytest.mark.rule("revert", "reverted-waits")
@pytest.mark.parametrize(
    ("to", "done"),
    [
        pytest.param("a", ["a", "b"], id="to the beginning"),
        pytest.param("b", ["b"], id="to what came before"),
        pytest.param("i", [], id="to the integration: as it was"),
    ],
)
def test_rework_after_a_revert_goes_on(to: str, done: list[str]) -> None:
    m = Memory(CROSSED).do("a", "b", "i").revert("i").rework(to).do(*done)
    assert m.open == ["i/2"]
    assert m.do("i", "z").status == "completed"
    assert m.state.baseline == "post"


@pytest.mark.rule("reverted-waits")
def test_rework_beside_the_integration_does_not_release_it() -> None:
    made = plan(*beside("a", "x"), integrate("i", needs=["a"]), work("z", needs=["x"]))
    m = Memory(made).do("x", "a", "i").revert("i").rework("x")
    assert m.held["i"][0] == "reverted"


@pytest.mark.rule("revert")
def test_a_revert_overtakes_what_came_after() -> None:
    m = Memory(AFTER).do("a", "i", "y").claim("z").revert("i")
    assert m.attempt("z/1").overtaken == "superseded"
    assert m.held["i"] == ("draining", ("z/1",))
    assert [m.generation(k) for k in ("a", "i", "y", "z", "g")] == [1, 2, 2, 2, 2]
    assert m.complete("z/1").held["i"][0] == "reverted"


@pytest.mark.rule("revert", "over-is-over")
def test_a_completed_item_is_reverted() -> None:
    m = Memory(plan(work("a"), integrate("i"))).do("a", "i")
    assert m.status == "completed"
    m.state.outputs = {"n": 1}
    m.revert("i")
    assert (m.state.completed, m.state.outputs, m.state.open_steps) == (False, {}, 1)
    assert m.status == "waiting"
    assert m.rework("a").do("a", "i").status == "completed"


@pytest.mark.rule("baseline-boundary", "revert")
def test_after_a_revert_gates_offer_what_was_behind_the_baseline() -> None:
    m = Memory(AFTER).do("a", "i", "y", "z")
    assert rework_targets(AFTER, m.state, "g") == ("z",)
    m.revert("i")
    assert rework_targets(AFTER, m.state, "g") == ("a", "z")


@pytest.mark.rule("raised-goes-with-it")
def test_a_revert_drops_what_the_attempts_after_it_raised() -> None:
    made = plan(work("a"), integrate("i"), work("z", attempts=1))
    m = Memory(made).do("a", "i").claim("z").fail("z")
    assert m.blockers == ["attempts-exhausted"]
    assert m.revert("i").blockers == []


def crossed(m: Memory) -> Memory:
    return m.do("a", "b", "i")


REVERTS = [
    *(
        case(
            name,
            CROSSED,
            script,
            (E.REVERTED, lambda _: {"step": "i", "attempt": 1, "reason": "r"}),
            ["nothing of the item is in the baseline"],
            "dovetail rework",
        )
        for name, script in [
            ("before the baseline", lambda m: m.do("a", "b")),
            ("twice", lambda m: crossed(m).revert("i")),
        ]
    ),
    case(
        "without a reason",
        CROSSED,
        crossed,
        (E.REVERTED, lambda _: {"step": "i", "attempt": 1, "reason": " "}),
        ["a revert says why"],
        "--reason WORDS",
    ),
    *(
        case(
            f"what is not in the baseline: {step}/{number}",
            CROSSED,
            lambda m: crossed(m).revert("i").rework("b").do("b", "i"),
            (
                E.REVERTED,
                lambda _, s=step, n=number: {"step": s, "attempt": n, "reason": "r"},
            ),
            ["what stands in the baseline is i/2"],
        )
        for step, number in [("i", 1), ("b", 2), ("x", 2)]
    ),
]


@pytest.mark.rule("revert")
@pytest.mark.parametrize("refused", REVERTS)
def test_a_revert_is_refused(refused: Case) -> None:
    refused.check()


@pytest.mark.rule("redo-target")
def test_a_revert_asks_for_nothing_to_be_done_again() -> None:
    """What came after is reused when the integration comes to the same."""
    m = Memory(AFTER).do("a", "i", "y").revert("i").rework("i").do("i")
    assert [(d["step"], d["attempt"]) for d in m.told(E.REUSED)] == [("y", 1)]


@pytest.mark.rule("rejection-before-integration")
def test_integration_waits_for_what_a_rejection_leads_to() -> None:
    """Even where the driver is late, and the integration is not ordered after the gate."""
    made = plan(
        work("e"),
        gate("d", ["e"], 0, needs=["e"], parallel=True),
        integrate("z", needs=["e"]),
    )
    m = Memory(made).do("e")
    m.follow = False
    m.reject("d")
    assert (m.launches, m.held["z"]) == ([], ("join", ("d",)))
    m.follow = True
    m.say(E.NOTED, note=1, text="look")
    assert (m.launches, m.held["z"][0]) == ([], "blocker")
    assert [d["to"] for d in m.unblock().told(E.REWORK)] == ["e"]
