"""What is not as expected, what never came, and what scenarios leave uncovered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dovetail.plan.model import Plan
from dovetail.simulate import Trace, coverage
from dovetail.simulate.coverage import KINDS

Play = Callable[..., Trace]

BLUEPRINT = """
outputs: {size: steps.a.outputs.size}
blockers: {stuck: {title: S}}
steps:
  - {key: a, outputs: {size: {type: int}}}
  - {key: b, when: steps.a.outputs.size > 0}
  - {key: g, gate: {reject: {to: [a], limit: 1}}}
  - {key: c, integrate: {}}
"""

WRONG = {
    "launches": ("launches: [a, b, c]", "launches[1]", "`launches[1]` is g; expected b"),
    "a launch too many": ("launches: [a, g]", "launches", "`launches[2]` is c; expected nothing"),
    "skips": ("skips: []", "skips", "`skips[0]` is b; expected nothing"),
    "status": ("status: blocked", "status", "`status` is completed; expected blocked"),
    "rework": ("rework: {a: 1}", "rework.a", "`rework.a` is nothing; expected 1"),
    "blockers": ("blockers: [stuck]", "blockers[0]", "`blockers[0]` is nothing; expected stuck"),
    "raised": ("raised: [stuck]", "raised[0]", "`raised[0]` is nothing"),
    "notes": ("notes: [Look]", "notes[0]", "expected Look"),
    "reused": ("reused: [a]", "reused[0]", "expected a"),
    "late": ("late: [a]", "late[0]", "expected a"),
    "superseded": ("superseded: [a]", "superseded[0]", "expected a"),
    "held": ("held: {c: blocker}", "held.c", "`held.c` is nothing; expected blocker"),
    "children": ("children: {a: [x]}", "children.a", "`children.a` is nothing; expected [x]"),
    "baseline": ("baseline: pre", "baseline", "`baseline` is post; expected pre"),
    "refused": ("refused: [a]", "refused[0]", "expected a"),
    "outputs": ("outputs: {size: 3}", "outputs.size", "`outputs.size` is 0; expected 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_expectation_that_does_not_hold_says_so_and_where(name: str, play: Play) -> None:
    expected, place, says = WRONG[name]
    (problem,) = play(BLUEPRINT, f"expect: {{{expected}}}").problems
    dotted = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in problem.path)
    assert dotted == f".expect.{place}"
    assert says in problem.says
    assert problem.expected != problem.found


def test_expectations_that_hold_are_no_problem(play: Play) -> None:
    told = """
outcomes: {a: [{outputs: {size: 2}}], g: [{reject: a}]}
expect:
  launches: [a, b, g, a, g, c]
  skips: [b]
  status: completed
  rework: {a: 1, b: 0}
  blockers: []
  raised: []
  notes: []
  reused: []
  late: []
  superseded: []
  held: {}
  children: {}
  baseline: post
  refused: []
  outputs: {size: 0}
"""
    assert [p.says for p in play(BLUEPRINT, told).problems] == []


UNUSED = {
    "an outcome": ("outcomes: {a: [complete, complete]}", "outcomes.a[1]", "2nd outcome of `a`"),
    "of a skipped step": ("outcomes: {b: [complete]}", "outcomes.b[0]", "1st outcome of `b`"),
    "an act": ("acts: [{after: b, note: x}]", "acts[0]", "the act `note` after b"),
    "criteria": ("unmet: {b: [x]}", "unmet.b", "the look at x of `b`"),
    "a child": ("children: {a: {x: {}}}", "children.a.x", "`a` never started a child `x`"),
}


@pytest.mark.parametrize("name", UNUSED)
def test_what_is_scripted_and_never_comes_is_a_problem(name: str, play: Play) -> None:
    told, place, says = UNUSED[name]
    (problem,) = play(BLUEPRINT, told).problems
    dotted = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in problem.path)
    assert dotted == f".{place}"
    assert says in problem.says


def test_what_is_scripted_after_the_item_was_closed_is_none(play: Play) -> None:
    closing = BLUEPRINT.replace("limit: 1}", "limit: 0, then: close}")
    told = "outcomes: {g: [{reject: a}], c: [complete]}\nexpect: {status: closed}"
    assert play(closing, told).ok


def test_a_refusal_that_nobody_expects_is_a_problem(play: Play) -> None:
    (problem,) = play(BLUEPRINT, "outcomes: {a: [{outputs: {size: x}}]}").problems
    assert problem.path == ("outcomes", "a", 0)
    assert "`size`" not in problem.says
    assert 'size is "x"; expected an int' in problem.says
    assert "expect: refused" in problem.says


# --- coverage

POINTS = {
    "steps": ["a", "b", "g", "c"],
    "skips": ["b"],
    "rejections": ["g → a"],
    "limits": ["g"],
}


def test_coverage_tells_what_no_scenario_exercises(
    play: Play, compile_plan: Callable[..., Plan]
) -> None:
    plan = compile_plan(BLUEPRINT)
    (none,) = coverage([plan], []).versions
    assert {k: [str(p) for p in none.tallies[k].uncovered] for k in KINDS} == POINTS
    (some,) = coverage([plan], [play(BLUEPRINT)]).versions
    assert [str(p) for p in some.tallies["steps"].covered] == ["a", "g", "c"]
    assert {k: some.tallies[k].percent for k in KINDS} == {
        "steps": 75,
        "skips": 100,
        "rejections": 0,
        "limits": 0,
    }
    rejected = "outcomes: {a: [{outputs: {size: 1}}, {outputs: {size: 1}}], "
    rejected += "g: [{reject: a}, {reject: a}]}"
    whole = coverage([plan], [play(BLUEPRINT), play(BLUEPRINT, rejected)])
    assert whole.complete
    assert whole.to_data()["percent"] == dict.fromkeys(KINDS, 100)
    assert whole.versions[0].scenarios == 2


def test_a_limit_that_closes_the_item_counts(play: Play, compile_plan: Callable[..., Plan]) -> None:
    closing = BLUEPRINT.replace("limit: 1}", "limit: 0, then: close}")
    trace = play(closing, "outcomes: {g: [{reject: a}]}")
    (version,) = coverage([compile_plan(closing)], [trace]).versions
    assert [str(p) for p in version.tallies["limits"].covered] == ["g"]


def test_a_failure_that_sends_back_is_a_limit_of_its_own(
    play: Play, compile_plan: Callable[..., Plan]
) -> None:
    blueprint = """
steps:
  - {key: a}
  - {key: b, run: {command: [make]}, attempts: 1, on_failure: {to: [a], limit: 1}}
"""
    plan = compile_plan(blueprint)
    (before,) = coverage([plan], [play(blueprint)]).versions
    assert [str(p) for p in before.tallies["limits"].uncovered] == ["b → a"]
    (after,) = coverage([plan], [play(blueprint, "outcomes: {b: [fail]}")]).versions
    assert after.complete


def test_children_count_apart(play: Play, compile_plan: Callable[..., Plan]) -> None:
    part = "steps: [{key: p}]"
    caller = "steps: [{key: part, call: {blueprint: part}}]"
    trace = play(caller, part=part)
    demo, below = coverage([compile_plan(part, "part"), compile_plan(caller)], [trace]).versions
    assert (demo.ref, demo.scenarios, below.ref, below.scenarios) == (
        "demo@1.0.0",
        1,
        "part@1.0.0",
        0,
    )
    assert [str(p) for p in below.tallies["steps"].through] == ["p"]
    assert below.tallies["steps"].covered == ()
    assert below.tallies["steps"].percent == 100
