"""`dovetail explain`: every code, in any case, with examples that were really checked."""

from __future__ import annotations

import json

import pytest

from dovetail.rules import RULES
from dovetail.rules.examples import try_example
from tests.support.projects import Answer, Bench

WITH_EXAMPLES = [r for r in RULES if r.bad]
LAST = [r.code for r in RULES[-3:]]

PAGE = """\
DT033: A need on an unknown step

Severity: error

`needs` names the steps that have to settle first, by their keys. Each of them must be a step of
the same blueprint. A step with a `checkpoint` stands for its gate as well.

Wrong:

    schema: dovetail/v1
    name: demo
    version: 1.0.0
    title: An example
    owner: mira
    steps:
      - key: draft
      - {key: edit, needs: [darft]}

What check says:

    example.yaml:8:25: error[DT033]: step `edit` needs `darft`, which is not a step
        8 |   - {key: edit, needs: [darft]}
          |                         ^^^^^
          = did you mean `draft`?

Right:

    schema: dovetail/v1
    name: demo
    version: 1.0.0
    title: An example
    owner: mira
    steps:
      - key: draft
      - {key: edit, needs: [draft]}
"""


def explain(bench: Bench, capsys: pytest.CaptureFixture[str], words: str) -> Answer:
    return bench.cli(capsys, f"explain {words}")


@pytest.mark.parametrize("code", ["DT033", "dt033", "Dt033"])
def test_the_page_of_a_code(bench: Bench, capsys: pytest.CaptureFixture[str], code: str) -> None:
    assert explain(bench, capsys, code) == Answer(0, PAGE, "")


@pytest.mark.parametrize("r", RULES, ids=lambda r: r.code)
def test_every_code_has_a_page_that_shows_its_finding(
    bench: Bench, capsys: pytest.CaptureFixture[str], r: object
) -> None:
    assert r in RULES
    rule = RULES[RULES.index(r)]

    answer = explain(bench, capsys, rule.code)

    assert answer.status == 0
    assert answer.out.startswith(f"{rule.code}: {rule.title}\n\nSeverity: {rule.severity}\n")
    assert (f"{rule.severity}[{rule.code}]: " in answer.out) == bool(rule.bad)
    assert ("Right:" in answer.out) == bool(rule.good)
    assert all(c == "\n" or c.isprintable() for c in answer.out)


@pytest.mark.parametrize("r", WITH_EXAMPLES, ids=lambda r: r.code)
def test_json_has_the_findings_of_the_bad_example(
    bench: Bench, capsys: pytest.CaptureFixture[str], r: object
) -> None:
    rule = RULES[RULES.index(r)]

    data = json.loads(explain(bench, capsys, f"{rule.code} --json").out)

    assert list(data) == ["code", "severity", "title", "explanation", "bad", "good"]
    assert {f["code"] for f in data["bad"]["findings"]} == {rule.code}
    assert data["bad"]["text"] == try_example(rule, rule.bad)[0]
    assert data["good"] == {"text": try_example(rule, rule.good)[0]}


def test_a_code_without_examples(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(explain(bench, capsys, "DT003 --json").out)

    assert (data["bad"], data["good"]) == (None, None)


def test_without_a_code_all_are_listed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows = explain(bench, capsys, "").out.splitlines()

    assert head.split() == ["CODE", "SEVERITY", "TITLE"]
    assert [row.split(maxsplit=2) for row in rows] == [[r.code, r.severity, r.title] for r in RULES]
    assert json.loads(explain(bench, capsys, "--json").out) == [
        {"code": r.code, "severity": r.severity, "title": r.title} for r in RULES
    ]


@pytest.mark.parametrize(
    ("code", "nearest"),
    [
        ("DT039", ["DT037", "DT038", "DT040"]),
        ("DT999", LAST),
        ("35", ["DT034", "DT035", "DT036"]),
        ("nonsense", ["DT001", "DT002", "DT003"]),
        ("DT" + "9" * 5000, LAST),
    ],
    ids=["between two", "beyond the last", "a number alone", "no number", "a huge number"],
)
def test_an_unknown_code_is_refused_with_the_nearest(
    bench: Bench, capsys: pytest.CaptureFixture[str], code: str, nearest: list[str]
) -> None:
    answer = explain(bench, capsys, code)

    assert (answer.status, answer.out) == (1, "")
    assert f"there is no code {code!r}" in answer.err
    assert [c for c in nearest if f"dovetail explain {c}" not in answer.err] == []


def test_it_needs_no_project(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    (bench.root / "blueprints").rmdir()

    assert explain(bench, capsys, "DT020").status == 0
