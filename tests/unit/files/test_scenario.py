"""The format of scenarios: what may be written, and where a slip is told."""

from __future__ import annotations

import pytest

from dovetail.blueprint import shape
from dovetail.blueprint.load import read_model
from dovetail.blueprint.source import parse
from dovetail.blueprint.spans import Spans
from dovetail.files.scenario import Scenario, Script

HEAD = "schema: dovetail/scenario/v1\nblueprint: demo@1.0.0\n"


def read(text: str) -> Scenario:
    found, errors = read_model(Scenario, parse((HEAD + text).encode(), "s"))
    assert found is not None, errors
    return found


def slips(text: str) -> list[str]:
    parsed = parse((HEAD + text).encode(), "s")
    assert parsed.root is not None
    _, errors = read_model(Scenario, parsed)
    spans = Spans(parsed.text, parsed.root)
    found = shape.findings(errors, spans, Scenario, name="the scenario")
    return [f"{d.span.line - 2}:{d.span.column} {d.message}" for d in found]


def test_everything_that_is_left_out_has_a_meaning() -> None:
    plain = read("")
    assert plain.intake.decision == "accept"
    assert (plain.acts, plain.outcomes, plain.unmet, plain.children) == ((), {}, {}, {})
    assert (plain.after_items, plain.strict) == ((), False)
    assert plain.expect.launches is None


def test_intake_is_a_word_or_a_mapping() -> None:
    assert read("intake: wait").intake.decision == "wait"
    merged = read("intake: {merge: WI-000007, reason: same}").intake
    assert (merged.decision, merged.items, merged.reason) == ("merge", ("WI-000007",), "same")
    assert read("intake: {close: true}").intake.decision == "close"


def test_an_act_is_a_verb_and_when() -> None:
    acts = read(
        "acts: [{after: a/2, block: stuck, steps: [b]}, {after: a, note: x}, {revert: true}]"
    ).acts
    assert [a.verb for a in acts] == ["block", "note", "revert"]
    assert [a.attempt for a in acts] == [("a", 2), ("a", 1), None]


def test_a_child_has_a_script_or_one_for_each_time() -> None:
    scenario = read(
        "children: {c: {one: {intake: wait}, two: [{intake: wait}, {strict_: 1}]}}".replace(
            ", {strict_: 1}", ", {outcomes: {a: [fail]}}"
        )
    )
    assert scenario.of_child("c", "one", 0).intake.decision == "wait"
    assert scenario.of_child("c", "one", 5).intake.decision == "wait"
    assert scenario.of_child("c", "two", 0).intake.decision == "wait"
    assert list(scenario.of_child("c", "two", 1).outcomes) == ["a"]
    assert list(scenario.of_child("c", "two", 9).outcomes) == ["a"]
    assert scenario.of_child("c", "three", 0) == Script()
    assert scenario.of_child("d", "one", 0) == Script()


def test_children_of_children_have_scripts() -> None:
    scenario = read("children: {c: {one: {children: {d: {x: {intake: wait}}}}}}")
    assert scenario.of_child("c", "one", 0).of_child("d", "x", 0).intake.decision == "wait"


SLIPS = {
    "two verbs": (
        "acts: [{block: x, note: y}]",
        "1:25 `acts[0].note` is `y`; expected nothing but `block`",
    ),
    "no verb": (
        "acts: [{reason: x}]",
        "1:8 `acts[0]` is a mapping; expected one of `block` and `unblock`",
    ),
    "an attempt that can't be": (
        "acts: [{after: a/0, note: y}]",
        "1:16 `acts[0].after` is `a/0`; expected a step, or an attempt of one like draft/2",
    ),
    "steps of something else": (
        "acts: [{note: x, steps: [a]}]",
        "1:25 `acts[0].steps` is a list; expected `steps` only beside `block`",
    ),
    "two decisions": (
        "intake: {merge: X-1, wait: true}",
        "1:28 `intake.wait` is `true`; expected nothing but `merge`",
    ),
    "no decision": ("intake: {reason: x}", "1:9 `intake` is a mapping; expected one of `accept`"),
    "another word": (
        "intake: merge",
        "1:9 `intake` is `merge`; expected `accept`, `wait` or a mapping of keys",
    ),
    "unmet beside a rejection": (
        "outcomes: {a: [{reject: b, unmet: [x]}]}",
        "1:35 `outcomes.a[0].unmet` is a list; expected `unmet` only beside `complete`",
    ),
    "two outcomes": (
        "outcomes: {a: [{fail: x, interrupted: true}]}",
        "1:39 `outcomes.a[0].interrupted` is `true`; expected nothing but `fail`",
    ),
    "an unknown key of a child": (
        "children: {c: {x: {outcoms: {}}}}",
        "1:20 `outcoms` is not a key of `children.c.x`",
    ),
    "a slip in a child": (
        "children: {c: {x: {outcomes: {a: [oops]}}}}",
        "1:35 `children.c.x.outcomes.a[0]` is `oops`",
    ),
    "a slip in one of several": (
        "children: {c: {x: [{}, {intake: so}]}}",
        "1:33 `children.c.x[1].intake` is `so`",
    ),
    "a launch that can't be": (
        "expect: {launches: [A/b]}",
        "1:21 `expect.launches[0]` is `A/b`; expected small letters",
    ),
    "a reason that there is not": (
        "expect: {held: {a: tired}}",
        "1:20 `expect.held.a` is `tired`; expected `join` or `lane`",
    ),
    "a side that there is not": (
        "expect: {baseline: after}",
        "1:20 `expect.baseline` is `after`; expected `pre` or `post`",
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_at_its_place(name: str) -> None:
    text, says = SLIPS[name]
    (found,) = slips(text)
    assert found.startswith(says)


def test_reasons_for_holding_are_those_of_the_kernel() -> None:
    from typing import get_args

    from dovetail.files.scenario import Held
    from dovetail.kernel.requests import HoldReason

    assert get_args(Held) == get_args(HoldReason)
