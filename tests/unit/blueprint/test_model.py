"""What the records hold: defaults, orders and values as they are read (SPEC 2.1, 2.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from dovetail.blueprint.load import load_bytes
from dovetail.blueprint.model import Blueprint, StepModel, resolve_orders

HEAD = "schema: dovetail/v1\nname: demo\nversion: 1.0.0\ntitle: T\nowner: mira\n"


def read(text: str) -> Blueprint:
    loaded = load_bytes((HEAD + text).encode(), shown_as="f")
    assert loaded.diagnostics == ()
    assert loaded.blueprint is not None
    return loaded.blueprint


def step(text: str) -> StepModel:
    return read(f"steps: [{{key: edit-note, {text}}}]").steps[0]


def test_defaults_of_a_blueprint() -> None:
    found = read("steps: [{key: do}]")

    assert found.intake_roles == ("owner",)
    assert (found.changes, found.roles, found.params, found.evidence) == ((), {}, {}, {})
    assert found.effective is None


def test_defaults_of_a_step() -> None:
    found = step("")

    assert (found.title, found.role, found.kind) == ("Edit note", "owner", "external")
    assert (found.attempts, found.parallel, found.join.rule) == (3, False, "all")
    assert (found.needs, found.order, found.when) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "roles"),
    [("none", ()), ("{review: [a, b]}", ("a", "b"))],
)
def test_intake(text: str, roles: tuple[str, ...]) -> None:
    assert read(f"intake: {text}\nsteps: [{{key: do}}]").intake_roles == roles


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "external"),
        ("run: {command: [x]}", "run"),
        ("python: a.b:c", "python"),
        ("gate: {}", "gate"),
        ("integrate: {}", "integrate"),
    ],
)
def test_the_action_decides_the_kind(text: str, kind: str) -> None:
    assert step(text).kind == kind


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200)])
def test_lengths_of_time_are_seconds(text: str, seconds: int) -> None:
    found = step(f"run: {{command: [x], timeout: {text}}}").run

    assert found is not None
    assert found.timeout == seconds


def test_texts_are_as_written_and_numbers_are_numbers() -> None:
    found = step("title: 1.10, attempts: 2, run: {command: [sleep, 1, true, on], env: {N: 007}}")

    assert (found.title, found.attempts) == ("1.10", 2)
    assert found.run is not None
    assert found.run.command == ("sleep", "1", "true", "on")
    assert found.run.env == {"N": "007"}
    assert all(type(word) is str for word in found.run.command)


def test_no_needs_is_not_empty_needs() -> None:
    assert step("").needs is None
    assert step("needs: []").needs == ()


def test_dates() -> None:
    found = read("effective: {from: 2026-01-31}\nsteps: [{key: do}]").effective

    assert found is not None
    assert (found.from_, found.until) == (dt.date(2026, 1, 31), None)


@pytest.mark.parametrize(
    ("field", "enum", "default"),
    [
        ("{type: string, enum: [1, on, 2.50], default: 1}", ("1", "on", "2.50"), "1"),
        ("{type: int, enum: [3, 1], default: 1}", (3, 1), 1),
        ("{type: bool, default: false}", (), False),
        ("{type: date, default: 2026-01-31}", (), "2026-01-31"),
        ("{type: list, of: int, default: [1, 2]}", (), [1, 2]),
        ("{type: list, of: {type: list, of: date}, default: [[2026-01-31]]}", (), [["2026-01-31"]]),
        ("{type: object, fields: {a: {type: int}}, default: {a: 1}}", (), {"a": 1}),
    ],
)
def test_declared_values_are_of_the_declared_type(
    field: str, enum: tuple[Any, ...], default: object
) -> None:
    found = read(f"params: {{p: {field}}}\nsteps: [{{key: do}}]").params["p"]

    assert (found.enum, found.default) == (enum, default)
    assert type(found.default) is type(default)


@pytest.mark.parametrize(
    ("written", "orders"),
    [
        ([None], [1]),
        ([None, None, None], [1, 2, 3]),
        ([5, None, 2, None], [5, 6, 2, 3]),
        ([None, 1, None], [1, 1, 2]),
        ([], []),
    ],
)
def test_an_order_that_is_left_out_is_the_previous_plus_one(
    written: list[int | None], orders: list[int]
) -> None:
    steps = [StepModel(key=f"s{i}", order=order) for i, order in enumerate(written)]

    assert resolve_orders(steps) == orders


def test_plain_python_data_is_a_blueprint_too() -> None:
    data = {"schema": "dovetail/v1", "name": "a", "version": "1.0.0", "title": "T", "owner": "o"}
    found = Blueprint.model_validate({**data, "steps": [{"key": "a", "parallel": True}]})
    assert found.steps[0].parallel

    with pytest.raises(ValidationError):
        Blueprint.model_validate({**data, "steps": [{"key": "a", "parallel": "true"}]})
