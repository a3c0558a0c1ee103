"""What lowering resolves besides edges."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.blueprint.model import Blueprint
from dovetail.plan.lower import lower
from dovetail.plan.model import (
    Artifact,
    Check,
    Evidence,
    Field,
    Gate,
    Integrate,
    Plan,
    Python,
    Run,
)


def plan(*steps: dict[str, Any], **more: Any) -> Plan:
    data = {
        "schema": "dovetail/v1",
        "name": "release-note",
        "version": "1.0.0",
        "title": "Release note",
        "owner": "docs-team",
        "steps": steps or ({"key": "a"},),
    }
    return lower(Blueprint.model_validate(data | more))


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ({"key": "edit"}, "Edit"),
        ({"key": "edit-text"}, "Edit text"),
        ({"key": "v2-check-all"}, "V2 check all"),
        ({"key": "edit-text", "title": "Proof-read"}, "Proof-read"),
    ],
)
def test_the_title_comes_from_the_key_unless_written(written: dict[str, str], title: str) -> None:
    assert plan(written).steps[0].title == title


@pytest.mark.parametrize(
    ("written", "role"),
    [({}, "docs-team"), ({"role": "owner"}, "docs-team"), ({"role": "writer"}, "writer")],
)
def test_the_owner_stands_for_a_role(written: dict[str, str], role: str) -> None:
    assert plan({"key": "a", **written}).steps[0].role == role


@pytest.mark.parametrize(
    ("written", "intake"),
    [
        ({}, ("docs-team",)),
        ({"intake": "none"}, ()),
        ({"intake": {"review": ["triage", "owner"]}}, ("triage", "docs-team")),
    ],
)
def test_intake(written: dict[str, Any], intake: tuple[str, ...]) -> None:
    assert plan(**written).intake == intake


@pytest.mark.parametrize(
    ("written", "kind", "action"),
    [
        ({}, "external", None),
        (
            {"run": {"command": ["make", "{{ item.id }}"], "env": {"B": "1"}, "timeout": "10m"}},
            "run",
            Run(("make", "{{ item.id }}"), {"B": "1"}, 600),
        ),
        ({"python": "a.b:c"}, "python", Python("a.b:c")),
        ({"integrate": {}}, "integrate", Integrate()),
        ({"integrate": {"message": "M"}}, "integrate", Integrate("M")),
        ({"gate": {}}, "gate", Gate()),
        (
            {
                "gate": {
                    "reviewers": ["owner", "editor"],
                    "approvals": 2,
                    "show": "# {{ item.id }}",
                    "override": ["owner"],
                    "evidence": "review",
                    "approve_when": "evidence.review.ok",
                    "reject": {"to": ["z", "y"], "limit": 0, "then": "close"},
                    "human": True,
                    "independent": True,
                }
            },
            "gate",
            Gate(
                reviewers=("docs-team", "editor"),
                approvals=2,
                human=True,
                independent=True,
                show="# {{ item.id }}",
                evidence="review",
                approve_when="evidence.review.ok",
                reject=("z", "y"),
                limit=0,
                then="close",
                override=("docs-team",),
            ),
        ),
    ],
)
def test_actions(written: dict[str, Any], kind: str, action: object) -> None:
    step = plan({"key": "a", **written}).steps[0]
    assert (step.kind, step.action) == (kind, action)


def test_criteria() -> None:
    criteria = [
        {"id": "c", "check": "outputs.n > 0", "say": "Count"},
        {"id": "a", "artifact": "x/y.md", "matches": "^# ", "min_bytes": 3},
        {"id": "e", "evidence": "review"},
    ]
    assert plan({"key": "a", "exit": criteria}).steps[0].exit == (
        Check("c", "outputs.n > 0", "Count"),
        Artifact("a", "x/y.md", "^# ", 3),
        Evidence("e", "review"),
    )


def test_fields() -> None:
    declared = {
        "n": {"type": "int", "min": 1, "max": 5, "default": 3},
        "l": {"type": "list", "of": {"type": "string", "enum": ["a", "b"]}, "optional": True},
        "o": {"type": "object", "fields": {"d": {"type": "date", "default": "2026-01-31"}}},
        "s": {"type": "string", "pattern": "[a-z]+"},
    }
    expected = {
        "n": Field("int", min=1, max=5, default=3),
        "l": Field("list", of=Field("string", enum=("a", "b")), optional=True),
        "o": Field("object", fields={"d": Field("date", default="2026-01-31")}),
        "s": Field("string", pattern="[a-z]+"),
    }
    found = plan({"key": "a", "outputs": declared}, params=declared, evidence={"e": declared})
    assert found.params == found.steps[0].outputs == found.evidence["e"] == expected


def test_a_plan_survives_its_data_form() -> None:
    lowered = plan({"key": "a"}, {"key": "b", "gate": {"reject": {"to": ["a"], "limit": 1}}})
    assert Plan.from_data(lowered.to_data()) == lowered


def test_the_order_that_positions_give_is_resolved_first() -> None:
    steps = plan({"key": "z"}, {"key": "y", "order": 5}, {"key": "a"}).steps
    assert [(s.key, s.index, s.order) for s in steps] == [("z", 1, 1), ("y", 2, 5), ("a", 3, 6)]
