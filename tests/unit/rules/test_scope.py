"""Which names an expression of a step may use, and the values behind them (SPEC 2.3)."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from dovetail.expressions import compile_expression
from dovetail.plan.model import Field, Plan
from dovetail.plan.scope import ITEM, STATES, Scopes, bind, scope_of
from dovetail.rules import check_text

TEXT = """
schema: dovetail/v1
name: demo
version: 1.0.0
title: T
owner: mira
params: {risk-level: {type: string}}
evidence:
  edit-review: {is-ok: {type: bool}}
  other: {x: {type: int}}
steps:
  - {key: root, outputs: {n: {type: int}}}
  - {key: left, parallel: true, exit: [{id: o, evidence: other}]}
  - {key: right-one, parallel: true, outputs: {box: {type: object, fields: {in-side: {type: int}}}}}
  - key: gate
    needs: [left]
    gate: {evidence: edit-review}
  - {key: last, parallel: true, needs: [gate]}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    checked = check_text(TEXT, shown_as="f")
    assert checked.plan is not None
    return checked.plan


COMMON = {"params.risk_level", *(f"item.{name}" for name in ITEM)}
ROOT = {"steps.root.state", "steps.root.outputs.n"}
LEFT = {"steps.left.state", "steps.left.evidence.other.x"}
GATE = {"steps.gate.state", "steps.gate.evidence.edit_review.is_ok"}
OWN_GATE = {"attempt.number", "evidence.edit_review.is_ok"}


@pytest.mark.parametrize(
    ("step", "where", "names"),
    [
        ("root", "before", COMMON),
        ("root", "attempt", COMMON | {"attempt.number", "outputs.n"}),
        ("left", "attempt", COMMON | ROOT | {"attempt.number", "evidence.other.x"}),
        ("gate", "before", COMMON | ROOT | LEFT),
        ("gate", "attempt", COMMON | ROOT | LEFT | OWN_GATE),
        ("last", "before", COMMON | ROOT | LEFT | GATE),
    ],
)
def test_names_of_flow_ancestors_alone(plan: Plan, step: str, where: Any, names: set[str]) -> None:
    scope = scope_of(plan, plan.step(step), where)

    assert set(scope.names()) == names
    assert len(list(scope.names())) == len(names)
    assert all(scope.find(name) is not None for name in names)


@pytest.mark.parametrize(
    "name",
    [
        *("steps.right_one.state", "steps.gate.state", "steps.last.state", "steps.nope.state"),
        *(
            "steps.right-one.state",
            "steps",
            "steps.",
            "steps.root",
            "steps.root.outputs",
            "outputs",
        ),
        *("evidence.other.x", "params.risk-level", "item", "attempt", ""),
    ],
)
def test_other_names_are_not_found(plan: Plan, name: str) -> None:
    assert scope_of(plan, plan.step("gate"), "attempt").find(name) is None


def test_fields_of_objects_and_hyphens(plan: Plan) -> None:
    found = scope_of(plan, plan.step("right-one"), "attempt").find("outputs.box.in_side")

    assert found is not None
    assert (found.path, found.step) == (("outputs", "box", "in-side"), None)


def test_what_others_report_knows_its_step(plan: Plan) -> None:
    scope = scope_of(plan, plan.step("last"), "before")
    found = scope.find("steps.gate.evidence.edit_review.is_ok")

    assert found is not None
    assert found.step == "gate"
    assert found.path == ("steps", "gate", "evidence", "edit-review", "is-ok")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("steps.right_one.state", "step `right-one` does not hand on to step `gate`"),
        ("steps.gate.state", "step `gate` reads its own results"),
        ("outputs.g", "`outputs` is not known here"),
        ("attempt.number", "`attempt` is not known here"),
        ("steps.nope.state", ""),
        ("params.nope", ""),
    ],
)
def test_reasons_for_absence(plan: Plan, name: str, reason: str) -> None:
    said = scope_of(plan, plan.step("gate"), "before").absent(name)

    assert reason in said
    assert bool(said) == bool(reason)


def test_where_edges_are_unknown_every_step_is_before_every_other(plan: Plan) -> None:
    scope = Scopes(plan, all_before=True).of(plan.step("root"), "before")

    assert scope.find("steps.last.state") is not None
    assert scope.find("steps.root.state") is None


def test_values_are_bound_by_the_names_that_are_declared(plan: Plan) -> None:
    data = bind(
        params={"risk-level": "high"},
        item={"id": "WI-1"},
        outputs={"g": "x"},
        evidence={"edit-review": {"is-ok": True}},
        attempt=2,
        steps={
            "root": {"outputs": {"n": 1}, "state": "completed"},
            "left": {"outputs": {}, "evidence": {}, "state": "skipped"},
        },
    )
    scope = scope_of(plan, plan.step("gate"), "attempt")

    for text in (
        "params.risk_level == 'high' && item.id == 'WI-1' && attempt.number == 2",
        "attempt.number > 0 && evidence.edit_review.is_ok",
        "steps.root.outputs.n == 1 && steps.root.state == 'completed'",
        "!has(steps.left.evidence.other.x) && steps.left.state == 'skipped'",
        "has(steps.root.outputs.n) && !has(item.title)",
    ):
        assert compile_expression(text, scope).holds(data), text


def test_states_are_the_phases_of_the_kernel() -> None:
    from typing import get_args

    from dovetail.kernel.state import Phase

    assert get_args(Phase) == STATES


def test_the_run_time_needs_neither_yaml_nor_pydantic_nor_networkx() -> None:
    code = (
        "import sys, dovetail.plan.scope; "
        "print(*{'yaml', 'pydantic', 'networkx', 'prefect'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


JOINS = """
schema: dovetail/v1
name: joins
version: 1.0.0
title: T
owner: mira
steps:
  - {key: a, outputs: {n: {type: int}}}
  - {key: b, parallel: true, needs: [a], outputs: {n: {type: int}}}
  - {key: c, parallel: true, needs: [a], outputs: {n: {type: string}, only-c: {type: bool}}}
  - {key: first, parallel: true, needs: [b, c], join: any, outputs: {m: {type: int}}}
  - {key: d, parallel: true, needs: [first]}
  - {key: never, parallel: true, needs: [a], when: item.title == '', outputs: {m: {type: int}}}
"""


@pytest.fixture(scope="module")
def joins() -> Scopes:
    checked = check_text(JOINS, shown_as="f")
    assert checked.plan is not None
    return Scopes(checked.plan)


def keys(scopes: Scopes, bits: int) -> set[str]:
    return {s.key for i, s in enumerate(scopes.plan.steps) if bits >> i & 1}


def test_behind_a_join_only_what_all_its_inputs_waited_for_is_certain(joins: Scopes) -> None:
    found = dict(zip((s.key for s in joins.plan.steps), joins.certain, strict=True))

    assert keys(joins, found["b"]) == {"a"}
    assert keys(joins, found["first"]) == {"a"}
    assert keys(joins, found["d"]) == {"a", "first"}


def test_at_the_end_whatever_led_only_to_another_join_may_have_been_outrun(joins: Scopes) -> None:
    assert keys(joins, joins.certain_at_end) == {"a", "first", "d", "never"}


def test_a_step_may_be_skipped_by_its_condition_or_for_want_of_inputs(joins: Scopes) -> None:
    assert [s.key for s, may in zip(joins.plan.steps, joins.skippable, strict=True) if may] == [
        "never"
    ]


def test_a_blocker_reads_what_any_step_reports_unless_they_disagree(joins: Scopes) -> None:
    scope = joins.of(None, "closed")

    assert set(scope.own) == {"outputs.only_c", "outputs.m", "attempt.number"}
    assert scope.absent("outputs.n") == "steps declare `outputs.n` with different types"
    assert scope.find("steps.a.state") is None


def test_the_element_of_a_list_has_its_declared_fields(joins: Scopes) -> None:
    element = Field("object", fields={"is-small": Field("bool")})
    scope = joins.of(joins.plan.step("d"), "before", {"a-piece": element})

    assert {"a_piece", "a_piece.is_small"} <= set(scope.names())
    found = scope.find("a_piece.is_small")
    assert found is not None
    assert found.path == ("a-piece", "is-small")
