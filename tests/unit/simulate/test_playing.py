"""Work, gates and the clock: what a scenario says happens, and what it leaves out is assumed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dovetail.errors import RefusedError
from dovetail.simulate import Trace

Play = Callable[..., Trace]

CHAIN = "steps: [{key: a}, {key: b}, {key: c}]"
PAIR = """
steps:
  - {key: a, parallel: true}
  - {key: b, parallel: true}
  - {key: c}
"""
REVIEWED = """
roles: {maker: M, judge: J}
evidence: {look: {result: {type: string, enum: [PASS, BLOCKED]}}}
steps:
  - {key: make, role: maker}
  - key: review
    role: judge
    gate:
      evidence: look
      approve_when: evidence.look.result == 'PASS'
      reject: {to: [make], limit: 1}
      independent: true
  - {key: land, integrate: {}}
"""
CHECKED = """
evidence: {seen: {by: {type: string, min: 1}}}
steps:
  - key: a
    outputs: {size: {type: int}}
    exit:
      - {id: big, check: outputs.size > 1, say: Make it bigger}
      - {id: file, artifact: "{{ item.title }}.md"}
      - {id: seen, evidence: seen}
  - {key: b, when: steps.a.outputs.size == 0}
"""


def said(trace: Trace) -> list[str]:
    return [p.says for p in trace.all_problems()]


def ends(trace: Trace) -> list[str]:
    """Give what ended, in order."""
    words = {"completed", "failed", "approved", "rejected", "superseded", "late", "integrated"}
    return [h.subject for t in trace.ticks for h in t.happened if h.word in words]


def test_what_is_not_scripted_completes_and_gates_approve(play: Play) -> None:
    trace = play(REVIEWED)
    assert trace.ok
    assert trace.found["launches"] == ["make", "review", "land"]
    assert (trace.found["status"], trace.found["baseline"]) == ("completed", "post")


def test_what_ends_first_by_the_clock_is_recorded_first(play: Play) -> None:
    trace = play(PAIR, "outcomes: {a: [{takes: 2h}], b: [{takes: 1h}]}")
    assert ends(trace) == ["b/1", "a/1", "c/1"]
    assert [t.time for t in trace.ticks] == [0, 3600, 7200, 7200]
    assert trace.ended == 7200


def test_what_ends_together_is_recorded_in_order_of_launch(play: Play) -> None:
    assert ends(play(PAIR, "outcomes: {a: [{takes: 1h}], b: [{takes: 60m}]}"))[0] == "a/1"


def test_the_clock_stands_still_without_takes(play: Play) -> None:
    assert play(CHAIN).ended == 0


def test_a_trace_is_json(play: Play) -> None:
    data = json.loads(json.dumps(play(REVIEWED).to_data()))
    assert data["launches"] == ["make", "review", "land"]
    assert data["ticks"][0]["launched"] == [
        {"step": "make", "attempt": 1, "rule": "lane", "executor": "maker-1"}
    ]
    assert data["history"][0]["type"] == "item-registered"


def test_equal_scenarios_give_equal_traces(play: Play) -> None:
    told = "outcomes: {review: [{reject: make, reason: no}, approve]}"
    assert play(REVIEWED, told).to_data() == play(REVIEWED, told).to_data()


def test_what_is_held_is_in_the_tick(play: Play) -> None:
    first = play(PAIR).ticks[0]
    assert [(h.step, h.why, h.on) for h in first.held] == []
    after = play(PAIR, "outcomes: {a: [{takes: 1h}], b: [{takes: 2h}]}").ticks[1]
    assert [(h.step, h.why, h.on) for h in after.held] == [("c", "join", ("b",))]


# --- what is assumed, and what is checked


def test_assumed_work_reports_the_least_and_its_files_are_there(play: Play) -> None:
    trace = play(CHECKED)
    done = trace.state.at(trace.plan, "a").result
    assert done is not None
    assert (done.outputs, list(done.artifacts)) == ({"size": 0}, ["T.md"])
    assert done.evidence == {"seen": {"by": "a"}}
    assert trace.found["launches"] == ["a", "b"]  # expressions see what was made up


def test_outputs_that_are_given_are_checked(play: Play) -> None:
    trace = play(CHECKED, "outcomes: {a: [{outputs: {size: 1}}]}\nexpect: {refused: [a]}")
    assert trace.ok
    (refused,) = [h for t in trace.ticks for h in t.happened if h.word == "refused"]
    assert "big: Make it bigger" in refused.says
    assert refused.by == "crew-1"


def test_a_refused_attempt_stays_claimed_and_the_next_outcome_is_tried(play: Play) -> None:
    told = """
outcomes: {a: [{outputs: {size: 1}}, {outputs: {size: 2}}]}
expect: {refused: [a], launches: [a], skips: [b], status: completed}
"""
    trace = play(CHECKED, told)
    assert trace.ok, said(trace)
    assert len(trace.state.at(trace.plan, "a").attempts) == 1


def test_outputs_that_are_not_as_declared_are_refused(play: Play) -> None:
    trace = play(CHECKED, "outcomes: {a: [{outputs: {sice: 2}}]}\nexpect: {refused: [a]}")
    assert trace.ok
    assert "sice is not declared" in str(trace.to_data())


def test_files_that_are_given_are_checked(play: Play) -> None:
    told = "outcomes: {a: [{files: [U.md]}, {files: [T.md]}]}\nexpect: {refused: [a]}"
    trace = play(CHECKED, told)
    assert trace.ok, said(trace)
    assert "T.md was not declared" in str(trace.to_data())


def test_criteria_that_are_scripted_as_unmet_leave_the_attempt_claimed(play: Play) -> None:
    trace = play(CHECKED, "outcomes: {a: [{complete: true, unmet: [seen]}, complete]}")
    assert trace.ok, "what the scenario says itself needs no `expect: refused`"
    assert trace.found["refused"] == ["a"]
    assert trace.found["launches"] == ["a", "b"]


def test_automatic_work_with_unmet_criteria_fails(play: Play) -> None:
    auto = """
steps:
  - {key: a, run: {command: [make]}, exit: [{id: x, artifact: x}], attempts: 2}
"""
    trace = play(auto, "outcomes: {a: [{complete: true, unmet: [x]}]}")
    assert trace.found["launches"] == ["a", "a"]
    assert trace.ok


def test_a_criterion_that_a_step_does_not_have_is_refused(play: Play) -> None:
    trace = play(CHECKED, "outcomes: {a: [{complete: true, unmet: [sen]}]}\nexpect: {refused: [a]}")
    assert "no exit criterion sen" in str(trace.to_data())


def test_params_that_do_not_fit_are_an_error(play: Play) -> None:
    with pytest.raises(RefusedError, match="risk"):
        play(CHAIN + "\nparams: {risk: {type: string}}")


# --- strict


def test_a_strict_scenario_waits_where_nothing_is_said(play: Play) -> None:
    told = "strict: true\noutcomes: {a: [complete]}\nexpect: {launches: [a, b], status: waiting}"
    assert play(CHAIN, told).ok


def test_strict_work_reports_only_what_is_said(play: Play) -> None:
    told = "strict: true\noutcomes: {a: [complete]}\nexpect: {refused: [a]}"
    assert "size is missing" in str(play(CHECKED, told).to_data())


def test_automatic_work_is_not_begun_where_nothing_is_said(play: Play) -> None:
    auto = "steps: [{key: a, run: {command: [make]}}]"
    trace = play(auto, "strict: true\nexpect: {launches: [a], status: waiting}")
    assert trace.ok, said(trace)


# --- failing


def test_failed_work_is_queued_again_while_the_script_goes_on(play: Play) -> None:
    told = "outcomes: {a: [fail, {fail: again}, complete]}\nexpect: {launches: [a, a, a, b, c]}"
    assert play(CHAIN, told).ok


def test_failed_work_without_another_outcome_waits_for_an_act(play: Play) -> None:
    assert play(CHAIN, "outcomes: {a: [fail]}\nexpect: {launches: [a], held: {a: requeue}}").ok
    told = "outcomes: {a: [fail]}\nacts: [{requeue: a}]\nexpect: {launches: [a, a, b, c]}"
    assert play(CHAIN, told).ok


def test_failing_for_good_blocks(play: Play) -> None:
    told = """
outcomes: {a: [fail, fail, fail]}
expect: {launches: [a, a, a], status: blocked, blockers: [attempts-exhausted]}
"""
    assert play(CHAIN, told).ok


def test_an_interrupted_driver_does_not_count_as_a_try(play: Play) -> None:
    auto = "steps: [{key: a, run: {command: [make]}, attempts: 1}]"
    told = """
outcomes: {a: [{interrupted: true}, {interrupted: true}, complete]}
expect: {launches: [a, a, a], status: completed, raised: []}
"""
    assert play(auto, told).ok


def test_external_work_has_no_driver_that_could_die(play: Play) -> None:
    trace = play(CHAIN, "outcomes: {a: [{interrupted: true}]}\nexpect: {refused: [a]}")
    assert trace.ok


# --- gates


def test_a_rejection_goes_back_and_the_next_decision_follows(play: Play) -> None:
    told = """
outcomes: {review: [{reject: make, reason: no}, approve]}
expect:
  launches: [make, review, make, review, land]
  rework: {make: 1}
"""
    assert play(REVIEWED, told).ok


def test_a_limit_that_is_reached_blocks(play: Play) -> None:
    told = """
outcomes: {review: [{reject: make}, {reject: make}]}
expect: {status: blocked, blockers: [rework-limit], rework: {make: 1}}
"""
    assert play(REVIEWED, told).ok


def test_evidence_that_is_given_has_to_agree(play: Play) -> None:
    told = """
outcomes:
  review:
    - {approve: true, evidence: {look: {result: BLOCKED}}}
    - {approve: true, evidence: {look: {result: PASS}}}
expect: {refused: [review], launches: [make, review, land]}
"""
    assert play(REVIEWED, told).ok


def test_a_gate_that_is_independent_is_decided_by_somebody_else(play: Play) -> None:
    told = """
outcomes: {make: [{by: mia}], review: [{approve: true, by: mia}, {approve: true, by: jo}]}
expect: {refused: [review], status: completed}
"""
    assert play(REVIEWED, told).ok
    same = REVIEWED.replace("role: judge", "role: maker").replace(", judge: J", "")
    trace = play(same)
    deciders = [h.by for t in trace.ticks for h in t.happened if h.word == "approved"]
    assert deciders == ["maker-2"]


def test_several_approvals_come_from_several_people(play: Play) -> None:
    trace = play("steps: [{key: a}, {key: g, gate: {approvals: 3}}]")
    approved = [h.by for t in trace.ticks for h in t.happened if h.word == "approved"]
    assert approved == ["crew-1", "crew-2", "crew-3"]
    assert trace.found["status"] == "completed"


def test_an_override_takes_a_role_that_may(play: Play) -> None:
    blueprint = REVIEWED.replace("independent: true", "override: [maker]")
    told = """
outcomes:
  review:
    - {approve: true, override: true, by: jo, reason: fine}
    - {reject: make, by: jo}
    - {approve: true, override: true, by: rita, reason: fine}
expect: {refused: [review], rework: {make: 1}, status: completed}
"""
    assert play(blueprint, told).ok, "jo is a judge, as what else jo does says"


def test_follow_ups_become_notes(play: Play) -> None:
    told = "outcomes: {review: [{follow_ups: [Tidy up]}]}\nexpect: {notes: [Tidy up]}"
    assert play(REVIEWED, told).ok


def test_a_gate_is_not_done_and_work_is_not_decided(play: Play) -> None:
    told = """
outcomes: {make: [approve], review: [complete]}
expect: {refused: [make, review], status: completed}
"""
    assert play(REVIEWED, told).ok


# --- skips, joins, reuse


def test_a_step_whose_condition_is_false_is_skipped(play: Play) -> None:
    told = "outcomes: {a: [{outputs: {size: 2}}]}\nexpect: {launches: [a], skips: [b]}"
    assert play(CHECKED, told).ok


def test_the_loser_of_a_race_is_late(play: Play) -> None:
    race = """
steps:
  - {key: a, parallel: true}
  - {key: b, parallel: true}
  - {key: c, needs: [a, b], join: any}
"""
    told = """
outcomes: {a: [{takes: 3h}], b: [{takes: 1h}]}
expect: {launches: [a, b, c], late: [a], status: completed}
"""
    assert play(race, told).ok


def test_what_is_under_way_when_rework_comes_is_superseded(play: Play) -> None:
    told = """
outcomes: {b: [{takes: 1h}, complete]}
acts: [{after: a, note: seen}, {after: a, rework: a, reason: again}]
expect: {launches: [a, a, b, c], rework: {a: 1}}
"""
    trace = play(CHAIN, told)
    assert not trace.ok, "nothing of b was launched yet: the act comes right after a"
    two = """
outcomes: {a: [{takes: 1h}], b: [{takes: 2h}]}
acts: [{after: a, rework: b, reason: again}]
expect: {launches: [a, b, b, c], superseded: [b]}
"""
    assert play(PAIR, two).ok


def test_an_unchanged_result_is_reused(play: Play) -> None:
    blueprint = """
steps:
  - {key: a}
  - {key: b, run: {command: [make]}}
  - {key: g, gate: {reject: {to: [a], limit: 1}}}
"""
    told = "outcomes: {g: [{reject: a}]}\nexpect: {launches: [a, b, g, a, g], reused: [b]}"
    assert play(blueprint, told).ok


def test_entry_criteria_do_not_hold_the_first_time_where_the_script_says_so(play: Play) -> None:
    blueprint = """
steps:
  - {key: a}
  - {key: b, entry: [{id: ready, command: [check]}]}
"""
    told = "unmet: {b: [ready]}\nexpect: {status: blocked, blockers: [entry-unmet]}"
    assert play(blueprint, told).ok
    told = """
unmet: {b: [ready]}
acts: [{unblock: entry-unmet, reason: it is now}]
expect: {status: completed, raised: [entry-unmet]}
"""
    assert play(blueprint, told).ok


def test_the_items_own_criteria_are_looked_at(play: Play) -> None:
    blueprint = CHAIN + "\ndone: [{id: x, command: [check]}]"
    told = "unmet: {done: [x]}\nexpect: {status: blocked, blockers: [done-unmet]}"
    assert play(blueprint, told).ok


def test_a_blocker_is_raised_by_what_an_attempt_reports(play: Play) -> None:
    blueprint = """
blockers: {grows: {title: It grows, when: outputs.size > 3}}
steps: [{key: a, outputs: {size: {type: int}}}, {key: b}]
"""
    told = "outcomes: {a: [{outputs: {size: 4}}]}\nexpect: {status: blocked, raised: [grows]}"
    assert play(blueprint, told).ok
    assert play(blueprint, "expect: {raised: []}").ok


def test_an_expression_without_a_value_blocks(play: Play) -> None:
    blueprint = """
steps:
  - {key: a, outputs: {n: {type: int}}}
  - {key: b, when: 1 / steps.a.outputs.n > 0}
"""
    trace = play(blueprint, "expect: {blockers: [expression-error]}")
    assert trace.ok
    assert "divide by zero" in str(trace.to_data())
