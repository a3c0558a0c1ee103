"""What `checkpoint` is short for (SPEC 2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.plan.model import Edge, Gate, Plan, Step
from tests.unit.plan.test_lower import plan


def inputs(found: Plan) -> dict[str, list[tuple[str, str]]]:
    return {s.key: [(e.step, e.reason) for e in s.edges] for s in found.steps}


def test_a_gate_right_after_the_step_that_may_send_back_to_it_three_times() -> None:
    checkpoint = {"by": "lead", "ask": "Go on?", "show": "{{ item.id }}"}
    found = plan({"key": "a", "checkpoint": checkpoint}, {"key": "b"})

    assert found.step("a-check") == Step(
        key="a-check",
        index=2,
        order=1,
        kind="gate",
        role="lead",
        title="Go on?",
        edges=(Edge("a", "needs"),),
        action=Gate(show="{{ item.id }}", reject=("a",), limit=3),
    )
    assert inputs(found) == {
        "a": [],
        "a-check": [("a", "needs")],
        "b": [("a-check", "order")],
    }


def test_by_whom_and_what_is_asked_have_defaults() -> None:
    gate = plan({"key": "look-twice", "checkpoint": {}}).step("look-twice-check")

    assert (gate.role, gate.title) == ("docs-team", "Check: Look twice")


def test_a_checkpoint_renumbers_nothing() -> None:
    found = plan({"key": "a", "order": 1, "checkpoint": {}}, {"key": "b", "order": 2}, {"key": "c"})

    assert [(s.key, s.order) for s in found.steps] == [
        ("a", 1),
        ("a-check", 1),
        ("b", 2),
        ("c", 3),
    ]


def test_who_needs_the_step_needs_its_gate() -> None:
    found = plan(
        {"key": "a", "checkpoint": {}},
        {"key": "b", "needs": ["a"]},
        {"key": "c", "needs": ["a", "b"], "join": "any"},
    )

    assert inputs(found)["b"] == [("a-check", "needs")]
    assert inputs(found)["c"][:2] == [("a-check", "needs"), ("b", "needs")]


def test_beside_other_steps_the_gate_is_beside_them_too() -> None:
    found = plan(
        {"key": "a"},
        {"key": "b", "parallel": True, "checkpoint": {}},
        {"key": "c", "parallel": True},
        {"key": "d"},
    )

    assert found.step("b-check").parallel
    assert inputs(found) == {
        "a": [],
        "b": [("a", "order")],
        "b-check": [("b", "needs")],
        "c": [("a", "order")],
        "d": [("b-check", "order"), ("c", "order")],
    }


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ({}, None),
        ({"when": "true"}, "steps.a_b.state == 'completed'"),
        ({"needs": ["x", "y"], "join": "any"}, "steps.a_b.state == 'completed'"),
    ],
)
def test_a_step_that_may_be_skipped_takes_its_gate_with_it(
    written: dict[str, Any], when: str | None
) -> None:
    step = {"key": "a-b", "checkpoint": {}, **written}
    found = plan({"key": "x", "parallel": True}, {"key": "y", "parallel": True}, step)

    assert found.step("a-b-check").when == when
