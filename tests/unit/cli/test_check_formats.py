"""`dovetail check --format`: the same findings for every reader, and nothing loaded in vain."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

from dovetail.rules import RULES
from tests.support.projects import Bench
from tests.unit.test_diagnostics import SARIF

TYPO = "steps: [{key: a, titel: x}]\n"
HEAD = "schema: dovetail/v1\nname: demo\nversion: 1.0.0\ntitle: Demo\nowner: mira\n"


@pytest.fixture
def wrong(bench: Bench) -> Bench:
    path = bench.root / "blueprints" / "demo" / "1.0.0.yaml"
    path.parent.mkdir()
    path.write_text(HEAD + TYPO)
    return bench


def test_sarif_describes_the_rules_and_the_fix(
    wrong: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = wrong.cli(capsys, "check --format sarif")

    assert (answer.status, answer.err) == (1, "")
    data = json.loads(answer.out)
    jsonschema.validate(data, SARIF)
    (run,) = data["runs"]
    assert [r["id"] for r in run["tool"]["driver"]["rules"]] == [r.code for r in RULES]
    (result,) = run["results"]
    assert result["ruleId"] == "DT020"
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "blueprints/demo/1.0.0.yaml"
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "title"}


def test_sarif_names_clean_files_too(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.compile()

    answer = bench.cli(capsys, "check --format sarif")

    run = json.loads(answer.out)["runs"][0]
    assert answer.status == 0
    assert run["results"] == []
    clean = ["blueprints/piece/1.0.0.yaml", "executors.yaml"]
    assert [a["location"]["uri"] for a in run["artifacts"]] == clean


def test_github_has_titles(wrong: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    answer = wrong.cli(capsys, "check --format github")

    assert (answer.status, answer.err) == (1, "")
    assert answer.out == (
        "::error file=blueprints/demo/1.0.0.yaml,line=6,col=18,endLine=6,endColumn=23,"
        "title=DT020%3A An unknown key::"
        "`titel` is not a key of step `a`%0Adid you mean `title`?\n"
    )


def test_json_is_an_alias(wrong: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    alias = wrong.cli(capsys, "check --json")

    assert alias == wrong.cli(capsys, "check --format json")
    assert alias == wrong.cli(capsys, "check --json --format json")
    (found,) = json.loads(alias.out)
    assert (found["fix"]["found"], found["fix"]["replacement"]) == ("titel", "title")


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_two_formats_are_one_too_many(
    wrong: Bench, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    answer = wrong.cli(capsys, f"check --json --format {form}")

    assert (answer.status, answer.out) == (2, "")
    assert f"--json is --format json, not {form}" in answer.err


def test_an_unknown_format_is_wrong_usage(wrong: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert wrong.cli(capsys, "check --format xml").status == 2


LOADED = """
import json, sys
from dovetail.cli import execute
status = execute(sys.argv[1:])
print(json.dumps(sorted(m for m in sys.modules if m.startswith("dovetail."))), file=sys.stderr)
"""
SEVERAL = {f"dovetail.diagnostics.{name}" for name in ("data", "github", "mend", "sarif")}


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ("", set()),
        ("--format json", {"data"}),
        ("--format github", {"github"}),
        ("--format sarif", {"data", "sarif"}),
        ("--fix", {"mend"}),
    ],
)
def test_only_what_is_asked_for_is_loaded(wrong: Bench, words: str, needed: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "check", *words.split()],
        cwd=wrong.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "dovetail.rules.check" in loaded
    assert "dovetail.cli.explain" not in loaded
    assert loaded & SEVERAL == {f"dovetail.diagnostics.{name}" for name in needed}
