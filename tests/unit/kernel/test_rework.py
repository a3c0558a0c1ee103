"""Rework, generations, draining and limits (SPEC 5.5, 5.6)."""

from __future__ import annotations

import pytest

from dovetail.kernel import EventType, Hold, Refused, rework_targets
from dovetail.plan.model import Check
from tests.support.memory import Memory
from tests.support.plans import auto, gate, integrate, plan, work

STORY = plan(
    work("collect"),
    work("draft", parallel=True),
    work("shots", parallel=True),
    gate("edit", ["draft", "collect"], 2),
    work("publish"),
)


def at_gate() -> Memory:
    return Memory(STORY).do("collect", "draft", "shots")


def generations(m: Memory) -> dict[str, int]:
    return {s.key: m.generation(s.key) for s in m.plan.steps}


@pytest.mark.rule("rework-reopens")
@pytest.mark.parametrize(
    ("to", "reopened", "open_"),
    [
        pytest.param("draft", "draft edit publish", "draft/2", id="to one of two branches"),
        pytest.param(
            "collect", "collect draft shots edit publish", "collect/2", id="to what both come from"
        ),
    ],
)
def test_rework_opens_a_generation_of_the_target_and_its_flow_descendants(
    to: str, reopened: str, open_: str
) -> None:
    m = at_gate().reject("edit", to)
    again = {key for key, generation in generations(m).items() if generation == 2}
    assert again == set(reopened.split())
    assert m.open == [open_]
    assert {m.phase(k) for k in again} == {"idle", "queued"}


def test_what_is_reopened_below_the_target_is_not_mentioned_until_something_reaches_it() -> None:
    made = plan(
        work("a"),
        work("b", parallel=True),
        work("c", parallel=True),
        gate("g", ["a"], parallel=True, needs=["a"]),
        work("d", needs=["b", "c"]),
    )
    m = Memory(made).do("a", "b")
    assert m.held == {"d": ("join", ("c",))}
    assert m.reject("g").held == {}


@pytest.mark.rule("rework-reopens")
def test_a_decision_after_rework_tells_of_what_something_has_reached() -> None:
    """`d` has an input that stands; nothing has reached `e`."""
    made = plan(
        work("x", parallel=True),
        work("c", parallel=True),
        work("d", parallel=True, needs=["x", "c"]),
        work("e", parallel=True, needs=["d"]),
    )
    m = Memory(made).do("x", "c", "d").rework("c")
    assert m.told(EventType.SCHEDULED)[-1] == {
        "ready": ["c"],
        "launches": [{"step": "c", "attempt": 2, "rule": "parallel"}],
        "held": [{"step": "d", "why": "join", "on": ["c"]}],
    }


def test_a_decision_does_not_look_at_what_rework_has_taken_back() -> None:
    m = Memory(plan(work("a"), work("b"))).block("scope", "b").do("a")
    assert [(r.step, r.why) for r in m.requests if isinstance(r, Hold)] == [("b", "blocker")]
    assert m.rework("a").requests == []


def test_what_comes_later_in_the_lane_alone_keeps_its_result() -> None:
    made = plan(
        work("a"), gate("g", ["a"], parallel=True, needs=["a"]), work("b", needs=[]), work("c")
    )
    m = Memory(made).do("a", "b").reject("g")
    assert generations(m) == {"a": 2, "g": 2, "b": 1, "c": 2}
    assert m.phase("b") == "completed"


def test_the_second_pass_goes_on_to_the_end() -> None:
    m = at_gate().reject("edit").do("draft").approve("edit").do("publish")
    assert m.status == "completed"
    order = "collect/1 draft/1 shots/1 edit/1 draft/2 edit/2 publish/1"
    assert " ".join(m.launched) == order
    assert m.attempt("edit/1").status == "rejected"
    assert m.attempt("edit/2").status == "completed"


def test_a_step_says_which_rejection_began_its_generation() -> None:
    m = at_gate().reject("edit")
    told = {s.key: x.sent_back for s, x in zip(STORY.steps, m.state.steps, strict=True)}
    now = ("edit", 1)
    assert told == {"collect": None, "draft": now, "shots": None, "edit": now, "publish": now}


# --- what is in flight

BRANCHES = plan(
    work("a"),
    work("b", parallel=True),
    work("c", parallel=True, exit=(Check("size", "size(outputs.n) > 0"),)),
    gate("g", ["a"], 2, parallel=True, needs=["a"]),
)


@pytest.mark.rule("superseded-runs-on")
def test_an_unclaimed_attempt_is_cancelled() -> None:
    m = Memory(BRANCHES).do("a").reject("g")
    assert m.attempt("b/1").status == m.attempt("c/1").status == "cancelled"
    assert m.open == ["a/2"]


@pytest.mark.rule("superseded-runs-on", "draining")
def test_a_claimed_attempt_drains_and_holds_the_target() -> None:
    m = Memory(BRANCHES).do("a").claim("b").claim("c", executor="bea").reject("g")
    assert m.open == ["b/1", "c/1"]
    assert m.held["a"] == ("draining", ("b/1", "c/1"))
    m.complete("b/1", outputs={"n": 1})
    assert m.held["a"] == ("draining", ("c/1",))
    assert m.fail("c/1").open == ["a/2"]
    assert m.attempt("b/1").status == m.attempt("c/1").status == "superseded"


@pytest.mark.rule("overtaken-counts-for-nothing")
def test_what_an_overtaken_attempt_comes_to_counts_for_nothing() -> None:
    m = Memory(BRANCHES).do("a").claim("b").claim("c", executor="bea").reject("g")
    m.fail("b/1").complete("c/1", criteria={"size": False})
    for key in "bc":
        step = m.state.steps[m.plan.position[key]]
        assert (step.phase, step.failures, step.generation) == ("idle", 0, 2)
    assert m.do("a").open == ["b/2", "c/2", "g/2"]


@pytest.mark.rule("draining")
def test_only_what_leads_to_an_overtaken_attempt_waits_for_it() -> None:
    """Rework to one branch launches at once while something of the other branch goes on."""
    made = plan(
        work("a", parallel=True),
        gate("g", ["a"], parallel=True, needs=["a"]),
        work("b", parallel=True, needs=[]),
        work("after-b", parallel=True, needs=["b"]),
        gate("h", ["b"], parallel=True, needs=["b"]),
    )
    m = Memory(made).do("a", "b").claim("after-b").reject("h").reject("g")
    assert m.open == ["after-b/1", "a/2"]
    assert m.held["b"] == ("draining", ("after-b/1",))


def test_an_overtaken_step_of_the_lane_keeps_the_lane() -> None:
    made = plan(
        work("a"), work("b"), gate("g", ["a"], parallel=True, needs=["a"]), work("c", needs=[])
    )
    m = Memory(made).do("a").claim("b").reject("g")
    assert m.open == ["b/1"]
    assert m.state.lane == {("b", 1)}
    m.complete("b/1")
    assert m.open == ["a/2"]


def test_a_second_rework_meets_what_the_first_left_draining() -> None:
    made = plan(
        work("a", parallel=True),
        work("b", parallel=True, needs=["a"]),
        gate("g", ["a"], parallel=True, needs=["a"]),
        gate("h", ["a"], parallel=True, needs=["a"]),
    )
    m = Memory(made).do("a").claim("b").reject("g")
    assert m.attempt("h/1").status == "cancelled"
    assert m.held["a"] == ("draining", ("b/1",))
    m.complete("b/1").do("a").claim("b").reject("h")
    assert m.held["a"] == ("draining", ("b/2",))
    assert generations(m) == {"a": 3, "b": 3, "g": 3, "h": 3}


def test_the_last_step_of_an_item_may_drain() -> None:
    """Nothing completes while an attempt is in flight, though it counts for nothing."""
    made = plan(work("a"), gate("g", ["a"], parallel=True), auto("b", needs=["a"], parallel=True))
    m = Memory(made).do("a").reject("g").interrupt("b/1")
    assert m.attempt("b/1").status == "superseded"
    assert m.open == ["a/2"]


# --- numbers


@pytest.mark.rule("attempts-per-generation")
def test_attempt_numbers_never_restart() -> None:
    m = at_gate().reject("edit").claim("draft").fail("draft").requeue("draft").do("draft")
    m.reject("edit")
    draft = m.state.steps[m.plan.position["draft"]].attempts
    assert [(a.number, a.generation) for a in draft] == [(1, 1), (2, 2), (3, 2), (4, 3)]


@pytest.mark.rule("attempts-per-generation")
def test_failures_count_within_a_generation() -> None:
    made = plan(work("a", attempts=2), gate("g", ["a"], 1))
    m = Memory(made).claim("a").fail("a").requeue("a").do("a").reject("g")
    m.claim("a").fail("a").requeue("a")
    assert m.open == ["a/4"]
    m.claim("a").fail("a")
    assert m.blockers == ["attempts-exhausted"]


@pytest.mark.rule("attempts-per-generation")
def test_what_was_granted_counts_within_a_generation() -> None:
    made = plan(work("a", attempts=1), gate("g", ["a"], 1))
    m = Memory(made).claim("a").fail("a").unblock().do("a").reject("g")
    m.claim("a").fail("a")
    assert [b.open for b in m.state.blockers] == [False, True]


@pytest.mark.rule("raised-goes-with-it")
def test_a_step_that_failed_for_the_last_time_begins_anew() -> None:
    """What its attempts raised goes with them; a blocker of another kind would stay."""
    made = plan(
        work("a"),
        auto("x", parallel=True, attempts=1),
        gate("g", ["a"], parallel=True, needs=["a"]),
    )
    m = Memory(made).do("a").fail("x").reject("g").do("a")
    assert m.open == ["x/2", "g/2"]
    assert [b.open for b in m.state.blockers] == [False]
    assert m.state.unresolved == 0


@pytest.mark.rule("raised-goes-with-it")
def test_a_blocker_that_no_attempt_raised_survives_rework() -> None:
    m = Memory(plan(work("a"), gate("g", ["a"]))).block("scope", "a").unblock()
    m.do("a").block("credentials", "a").reject("g")
    assert m.held["a"] == ("blocker", ("credentials (blocker 2)",))


# --- limits


@pytest.mark.rule("rework-limit")
@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_limit_of_n_allows_n_reworks(limit: int) -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], limit))).do("a")
    for passed in range(limit):
        m.reject("g").do("a")
        assert m.open == [f"g/{passed + 2}"]
    m.reject("g")
    assert m.open == []
    assert m.status == "blocked"
    assert [(b.type, b.steps) for b in m.state.open_blockers()] == [("rework-limit", ("g",))]
    assert f"limit of reworks ({limit}) is used up" in m.state.blockers[0].reason
    assert m.generation("a") == limit + 1


@pytest.mark.rule("limit-then")
@pytest.mark.parametrize("limit", [0, 2])
def test_then_close_ends_the_item(limit: int) -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], limit, "close"))).do("a")
    for _ in range(limit):
        m.reject("g").do("a")
    m.reject("g")
    assert m.status == "closed"
    assert f"limit of reworks ({limit}) is used up" in (m.state.closed or "")
    assert m.requests == []


def test_closing_ends_what_is_in_flight() -> None:
    made = plan(
        work("a"),
        work("b", parallel=True),
        work("c", parallel=True),
        gate("g", ["a"], 0, "close", parallel=True, needs=["a"]),
    )
    m = Memory(made).do("a").claim("b").reject("g")
    assert m.attempt("b").status == "superseded"
    assert m.attempt("c").status == "cancelled"
    assert (m.open, m.state.lane, m.state.draining) == ([], set(), set())


@pytest.mark.rule("unblock-grants-one")
def test_unblocking_a_spent_limit_grants_one_more_and_goes_back() -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], 1))).do("a").reject("g").do("a").reject("g")
    assert m.unblock().open == ["a/3"]
    m.do("a").reject("g")
    assert m.status == "blocked"
    assert "limit of reworks (2)" in m.state.blockers[1].reason
    assert m.unblock().do("a").approve("g").status == "completed"


@pytest.mark.rule("rework-limit")
def test_reworks_count_over_all_generations_of_a_gate() -> None:
    """Another gate that reopens this one gives it no new limit."""
    made = plan(work("a"), gate("g", ["a"], 1), gate("h", ["a"], 1))
    m = Memory(made).do("a").reject("g").do("a").approve("g").reject("h").do("a").reject("g")
    assert m.blockers == ["rework-limit"]


def test_a_rejection_with_a_spent_limit_blocks_once() -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], 0), work("b", parallel=True, needs=[])))
    m.do("a").reject("g").do("b")
    assert len(m.state.blockers) == 1


def test_a_spent_limit_blocks_beside_another_blocker_of_the_gate() -> None:
    m = Memory(plan(work("a"), gate("g", ["a"], 0))).do("a").block("credentials", "g").reject("g")
    assert m.blockers == ["credentials", "rework-limit"]


def test_rework_comes_before_whatever_else_stands() -> None:
    """A step that failed for the last time lower in the plan does not keep a gate waiting."""
    made = plan(
        work("x", parallel=True, attempts=1),
        work("a", parallel=True, needs=[]),
        gate("g", ["a"], parallel=True, needs=["a"]),
    )
    m = Memory(made).do("a").claim("x")
    m.follow = False
    m.fail("x").reject("g")
    (only,) = m.requests
    assert (type(only).__name__, m.held) == ("Rework", {})


# --- targets


@pytest.mark.rule("settled-without-result-is-no-target", "rejection-target")
def test_skipped_steps_are_not_offered_as_targets() -> None:
    made = plan(work("a"), work("b", when="asked"), gate("g", ["b", "a"]))
    m = Memory(made, {"b": False}).do("a")
    assert rework_targets(made, m.state, "g") == ("a",)
    with pytest.raises(Refused, match="can't send the item back to b; it can to a"):
        m.reject("g", "b")


def test_a_step_that_is_no_gate_sends_nothing_back() -> None:
    m = at_gate()
    assert rework_targets(STORY, m.state, "draft") == ()


@pytest.mark.rule("baseline-boundary")
def test_targets_before_the_baseline_are_not_offered() -> None:
    made = plan(work("a"), integrate("i"), work("b"), gate("g", ["a", "b"]))
    m = Memory(made).do("a", "i", "b")
    assert rework_targets(made, m.state, "g") == ("b",)
    assert m.reject("g", "b").open == ["b/2"]


def test_targets_between_two_integrations_are_offered() -> None:
    made = plan(work("a"), integrate("i"), work("b"), gate("g", ["a", "b"]), integrate("j"))
    m = Memory(made).do("a", "i", "b")
    assert rework_targets(made, m.state, "g") == ("b",)


def test_before_integration_the_same_targets_are_offered() -> None:
    made = plan(work("a"), gate("g", ["a"]), integrate("i"))
    m = Memory(made).do("a")
    assert rework_targets(made, m.state, "g") == ("a",)
    m.reject("g").do("a").approve("g").do("i")
    assert m.status == "completed"


def test_the_record_of_rework_names_the_gate_the_attempt_and_the_target() -> None:
    m = at_gate().reject("edit", "collect", reason="too long")
    (rework,) = [e.data for e in m.events if e.type is EventType.REWORK]
    assert {k: rework[k] for k in ("gate", "attempt", "to", "reason")} == {
        "gate": "edit",
        "attempt": 1,
        "to": "collect",
        "reason": "too long",
    }
