"""The schemas of all files agree with `dovetail check` as far as a schema can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from dovetail.blueprint.source import parse
from dovetail.blueprint.spans import Spans
from dovetail.cli import execute
from dovetail.files.kinds import KINDS
from dovetail.files.schema import BASE, json_schema, render
from dovetail.rules import check_file
from dovetail.rules.file_shape import RULES

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"
SHAPE = {r.code for r in RULES}
SOUND = sorted(
    path
    for folder in ("blueprints", "tests/diagnostics", "tests/golden")
    for path in (ROOT / folder).rglob("*.yaml")
    if not path.name.endswith(".plan.yaml") and not path.with_suffix(".txt").exists()
)
BROKEN = sorted(
    path
    for folder in ("bad", "project")
    for path in (TESTS / "diagnostics" / folder).rglob("*.yaml")
    if path.with_suffix(".txt").exists() and parse(path.read_bytes(), "x").root is not None
)


def by_path(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def validator(kind: str) -> Draft7Validator:
    return Draft7Validator(json_schema(KINDS[kind]))


def errors(path: Path, kind: str) -> list[ValidationError]:
    root = parse(path.read_bytes(), "x").root
    return [] if root is None else list(validator(kind).iter_errors(root.to_plain()))


@pytest.mark.parametrize("path", SOUND, ids=by_path)
def test_a_sound_file_is_sound_by_its_schema(path: Path) -> None:
    kind = check_file(path, shown_as="x").kind.name

    assert [(list(e.absolute_path), e.message) for e in errors(path, kind)] == []


# --- what is wrong with a file's shape

UNSEEN = {
    "bad/bounds.yaml:7": "a default is not compared with bounds",
    "bad/bounds.yaml:10": "a default is not compared with bounds",
    "bad/bounds.yaml:11": "a date is looked up in no calendar",
    "bad/bounds.yaml:12": "a default is not compared with bounds",
    "bad/bounds.yaml:13": "bounds are not compared",
    "bad/contradicting-fields.yaml:11": "bounds are not compared",
    "bad/contradicting-fields.yaml:14": "a default's elements are not looked at",
    "bad/contradicting-fields.yaml:15": "a default's fields are not looked at",
    "bad/effective-order.yaml:6": "dates are not compared",
    "project/blueprints/demo/migrations/1.0.0--1.0.0.yaml:4": "versions are not compared",
}
"""Findings about shape that no schema can make, and why."""


def lines(error: ValidationError, spans: Spans) -> Iterator[int]:
    """Give the lines that an error, or what it comes from, is about."""
    path = [p if isinstance(p, int) else str(p) for p in error.absolute_path]
    yield spans.value(path).line
    yield spans.key(path).line
    told = error.instance
    names = list(told) if isinstance(told, dict) else [told] if isinstance(told, str) else []
    if error.validator is None:  # a key that can't be there; which of them, nobody says
        names = list(spans.node(path).pairs)
    for name in names:
        yield spans.key([*path, name]).line
    for inner in error.context or ():
        yield from lines(inner, spans)


@pytest.mark.parametrize("path", BROKEN, ids=by_path)
def test_a_finding_about_shape_is_an_error_of_the_schema_too(path: Path) -> None:
    checked = check_file(path, shown_as="x")
    root = parse(path.read_bytes(), "x").root
    assert root is not None
    spans = Spans(checked.text, root)
    found = {n for e in errors(path, checked.kind.name) for n in lines(e, spans)}

    unseen = {d.span.line for d in checked.diagnostics if d.code in SHAPE} - found

    name = path.relative_to(TESTS / "diagnostics").as_posix()
    assert {f"{name}:{line}" for line in unseen} == {u for u in UNSEEN if u.startswith(f"{name}:")}


# --- what editors get


def mappings(schema: Any) -> Iterator[dict[str, Any]]:
    """Give every schema in a schema."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from mappings(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from mappings(value)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_draft_7_with_a_name_and_every_key_told_of(kind: str) -> None:
    schema = json.loads(render(KINDS[kind]))

    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["$id"] == f"{BASE}{kind}-v1.json"
    assert schema["title"]
    assert not {"$defs", "prefixItems", "dependentRequired"} & {
        k for m in mappings(schema) for k in m
    }
    records = [schema, *schema.get("definitions", {}).values()]
    assert all(r["description"] for r in records)
    untold = [k for r in records for k, p in r["properties"].items() if not p.get("description")]
    assert untold == []
    assert all("additionalProperties" in r for r in records)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stands_beside_a_reference(kind: str) -> None:
    lonely = [m for m in mappings(json_schema(KINDS[kind])) if "$ref" in m]

    assert [m for m in lonely if len(m) > 1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_sound(kind: str) -> None:
    schema = json_schema(KINDS[kind])
    around = {k: schema[k] for k in ("$schema", "definitions") if k in schema}
    told = [m for m in mappings(schema) if isinstance(m.get("examples"), list)]

    wrong = [
        (example, error.message)
        for m in told
        for example in m["examples"]
        for error in Draft7Validator({**around, "anyOf": [m, *_shorter(schema, m)]}).iter_errors(
            example
        )
    ]
    assert wrong == []


def _shorter(schema: dict[str, Any], record: dict[str, Any]) -> list[Any]:
    """Give what may stand in place of a record: its own text may show that as an example."""
    names = [f"#/definitions/{n}" for n, d in schema.get("definitions", {}).items() if d is record]
    found = [m["anyOf"] for m in mappings(schema) if "anyOf" in m]
    return [one for of in found if {"$ref": (names or [None])[0]} in of for one in of]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("blueprint", "The gate that opens before the next child."),
        ("scenario", "Assume nothing: a step without an outcome waits"),
        ("migration", "`drain` lets them end first"),
    ],
)
def test_the_words_are_those_below_the_keys(kind: str, words: str) -> None:
    assert words in render(KINDS[kind])


def test_clauses_of_the_specification_are_left_out() -> None:
    assert [k for k in KINDS.values() if "SPEC" in render(k)] == []


# --- the command


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_it(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["schema", kind]) == 0
    assert capsys.readouterr().out == render(KINDS[kind])


def test_without_a_kind_it_is_the_blueprints(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["schema"]) == 0
    assert capsys.readouterr().out == render(KINDS["blueprint"])


def test_an_unknown_kind_is_wrong_usage() -> None:
    assert execute(["schema", "nothing"]) == 2
