"""What the registry promises of every rule, and the findings that no file of the corpus shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.blueprint.source import MAX_BYTES
from dovetail.rules import RULES, Rule, check_file, check_text, complete, rule
from dovetail.rules.check import Checked
from dovetail.rules.examples import try_example

WITH_EXAMPLES = [r for r in RULES if r.bad]


def codes(checked: Checked) -> list[str]:
    return [d.code for d in checked.diagnostics]


def checked(example: str, of: Rule) -> Checked:
    return try_example(of, example)[1]


def test_codes_are_unique_and_in_order() -> None:
    all_codes = [r.code for r in RULES]

    assert sorted(set(all_codes)) == all_codes


def test_only_rules_that_no_text_can_show_have_no_example() -> None:
    assert [r.code for r in RULES if not r.bad or not r.good] == ["DT001", "DT003"]


@pytest.mark.parametrize("r", WITH_EXAMPLES, ids=lambda r: r.code)
def test_the_bad_example_is_found_fault_with_and_nothing_else(r: Rule) -> None:
    found = checked(r.bad, r).diagnostics

    assert {d.code for d in found} == {r.code}
    assert {d.severity for d in found} == {r.severity}


@pytest.mark.parametrize("r", WITH_EXAMPLES, ids=lambda r: r.code)
def test_the_good_example_is_silent(r: Rule) -> None:
    assert codes(checked(r.good, r)) == []


def test_a_rule_is_found_by_its_code_in_any_case() -> None:
    found = rule("dt033")
    assert found is not None
    assert found.title == "A need on an unknown step"
    assert rule("DT999") is None


SMALL = complete("steps: [{key: do}]")


@pytest.mark.parametrize(
    ("folder", "file", "expected"),
    [
        ("blueprints/demo", "1.0.0.yaml", []),
        ("blueprints/demo", "1.0.1.yaml", ["DT051"]),
        ("blueprints/other", "1.0.0.yaml", ["DT052"]),
        ("blueprints/other", "2.0.0.yaml", ["DT052", "DT051"]),
        ("drafts/other", "2.0.0.yaml", []),
        ("blueprints/demo/scenarios", "happy.yaml", ["DT071"]),
        ("blueprints/_shared", "stops.yaml", ["DT071"]),
        ("drafts", "executors.yaml", ["DT071"]),
        ("blueprints/demo", "1.0.0.yml", []),
    ],
)
def test_the_place_of_a_file(tmp_path: Path, folder: str, file: str, expected: list[str]) -> None:
    path = tmp_path / folder / file
    path.parent.mkdir(parents=True)
    path.write_text(SMALL)

    assert codes(check_file(path, shown_as=file)) == expected


def test_a_file_that_can_not_be_read_is_a_finding(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        found = check_file(path, shown_as="x.yaml").diagnostics
        assert [(d.code, d.span.line, d.span.column) for d in found] == [("DT001", 1, 1)]


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(SMALL.encode() + b"#" * (MAX_BYTES - len(SMALL)))
    assert codes(check_file(path, shown_as="big.yaml")) == []

    path.write_bytes(path.read_bytes() + b"#")
    assert codes(check_file(path, shown_as="big.yaml")) == ["DT003"]


def test_names_are_checked_even_where_edges_can_not_be_told() -> None:
    text = complete(
        "steps:\n"
        "  - {key: a, needs: [b], outputs: {n: {type: int}}}\n"
        "  - {key: b, needs: [a], when: steps.a.outputs.m > 1, role: nobody}\n"
    )

    assert codes(check_text(text, shown_as="x")) == ["DT036", "DT061", "DT040"]


def test_a_slip_in_a_key_does_not_hide_or_invent_findings() -> None:
    text = complete(
        "roles: {writer: Writes}\n"
        "steps:\n"
        "  - {key: a, rol: writer, titel: A, outputs: {n: {type: int}}}\n"
        "  - {key: b, need: [c]}\n"
    )

    assert codes(check_text(text, shown_as="x")) == ["DT020", "DT020", "DT020", "DT033"]


def test_a_warning_leaves_a_plan() -> None:
    checked = check_text(complete("roles: {idle: Nothing}\nsteps: [{key: a}]"), shown_as="x")

    assert codes(checked) == ["DT041"]
    assert checked.plan is not None
    assert checked.errors == ()
