"""What people see in an editor: the schemas in the real language server for YAML.

Without node these tests are left out, and the summary says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.language_server import Completion, LanguageServer, installed, missing

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "schema"
HEAD = """\
schema: dovetail/v1
name: demo
version: 1.0.0
title: An example
owner: mira
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """An editor whose settings say, by its path, what a file is."""
    if reason := missing() or installed():
        pytest.skip(f"editors: {reason}")
    places = {
        "blueprint": "blueprints/[a-z]*/*.yaml",
        "scenario": "blueprints/*/scenarios/*.yaml",
        "migration": "blueprints/*/migrations/*.yaml",
        "blockers": "blueprints/_shared/*.yaml",
        "executors": "executors.yaml",
    }
    schemas = {(SCHEMAS / f"{k}-v1.json").as_uri(): place for k, place in places.items()}
    with LanguageServer(tmp_path_factory.mktemp("project"), {"schemas": schemas}) as server:
        yield server


def at(text: str) -> tuple[str, int, int]:
    """Give a text without its `|`, and where that was."""
    before, _, after = text.partition("|")
    return before + after, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


def offered(editor: LanguageServer, name: str, text: str) -> dict[str, Completion]:
    text, line, column = at(text)
    editor.open(name, text)
    return {c.label: c for c in editor.complete(name, line, column)}


@pytest.mark.parametrize(
    ("name", "text", "labels"),
    [
        ("blueprints/a/1.yaml", "|", {"schema", "name", "steps", "blockers", "item_id"}),
        ("blueprints/a/2.yaml", HEAD + "steps:\n  - key: a\n    |\n", {"role", "exit", "call"}),
        (
            "blueprints/a/3.yaml",
            HEAD + "steps:\n  - key: a\n    gate:\n      |\n",
            {"reviewers", "approve_when", "reject"},
        ),
        (
            "blueprints/a/4.yaml",
            HEAD + "steps:\n  - key: a\n    gate:\n      reject:\n        then: |\n",
            {"block", "close"},
        ),
        ("blueprints/a/5.yaml", HEAD + "steps:\n  - key: a\n    join: |\n", {"all", "any"}),
        (
            "blueprints/a/6.yaml",
            HEAD + "params:\n  p:\n    type: |\n",
            {"string", "int", "bool", "date", "list", "object"},
        ),
        ("blueprints/a/scenarios/1.yaml", "|", {"schema", "blueprint", "outcomes", "expect"}),
        ("blueprints/a/scenarios/2.yaml", "outcomes:\n  a: [|]\n", {"approve", "complete"}),
        ("blueprints/a/scenarios/3.yaml", "expect:\n  status: |\n", {"completed", "blocked"}),
        ("blueprints/a/migrations/1.yaml", "claims: |\n", {"drain", "cancel"}),
        ("blueprints/_shared/1.yaml", "blockers:\n  a:\n    |\n", {"title", "when"}),
        ("executors.yaml", "executors:\n  ana:\n    kind: |\n", {"person", "agent", "runner"}),
    ],
)
def test_what_may_stand_here_is_offered(
    editor: LanguageServer, name: str, text: str, labels: set[str]
) -> None:
    assert labels <= set(offered(editor, name, text))


def test_what_is_there_already_is_not_offered_again(editor: LanguageServer) -> None:
    found = offered(editor, "blueprints/a/1.yaml", HEAD + "steps:\n  - key: a\n    |\n")

    assert "key" not in found


def test_a_text_is_not_taken_for_a_truth_value(editor: LanguageServer) -> None:
    found = offered(editor, "blueprints/a/1.yaml", HEAD + "steps:\n  - key: a\n    title: |\n")

    assert "true" not in found


def test_an_offered_key_comes_with_its_meaning(editor: LanguageServer) -> None:
    found = offered(editor, "blueprints/a/1.yaml", HEAD + "steps:\n  - key: a\n    |\n")

    assert found["skip_say"].about == "The reason that is recorded when the step is skipped."
    assert found["skip_say"].text.startswith("skip_say:")
    assert found["gate"].text.startswith("gate:")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("blueprints/a/1.yaml", "wip_lim|it: 1\n", "How many items may be in work at a time"),
        (
            "blueprints/a/2.yaml",
            HEAD + "steps:\n  - key: a\n    gate: {reject: {to: [b], li|mit: 1}}\n",
            "How many reworks this gate may cause.",
        ),
        ("blueprints/a/3.yaml", "vers|ion: 1.0.0\n", "A semantic version"),
        ("blueprints/a/3.yaml", "vers|ion: 1.0.0\n", "1.0.0"),
        ("blueprints/a/scenarios/1.yaml", "str|ict: true\n", "Assume nothing"),
        ("blueprints/a/migrations/1.yaml", "counters|: carry\n", "rework count on"),
        ("executors.yaml", "executors: {ana: {ki|nd: agent}}\n", "or \\`runner\\` (a process)"),
    ],
)
def test_the_meaning_is_shown(editor: LanguageServer, name: str, text: str, says: str) -> None:
    text, line, column = at(text)
    editor.open(name, text)

    assert says in editor.hover(name, line, column)


STEPS = HEAD + "roles: {writer: Writes}\nsteps:\n  - key: draft\n"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("blueprints/a/1.yaml", STEPS + "    |rol: writer\n", "Property rol is not allowed."),
        ("blueprints/a/1.yaml", STEPS + "    parallel: |yes\n", 'Expected "boolean"'),
        ("blueprints/a/1.yaml", STEPS + "    title: |[a]\n", "Expected one of string, number"),
        ("blueprints/a/1.yaml", STEPS + "  - key: |Edit\n", "Expected small letters and digits"),
        (
            "blueprints/a/1.yaml",
            STEPS + "    gate:\n      reject: {to: [a], limit: 1, then: |blok}\n",
            'Valid values: "block", "close"',
        ),
        (
            "blueprints/a/1.yaml",
            STEPS + "    run: {command: [make]}\n    |gate: {}\n",
            "Only one of `run` and `python`",
        ),
        (
            "blueprints/a/1.yaml",
            STEPS + "    exit:\n      - |id: a\n",
            "One of `check` and `artifact`",
        ),
        (
            "blueprints/a/1.yaml",
            STEPS + "    exit:\n      - {id: a, check: x, |artifact: y}\n",
            "Only one of `check` and `artifact`",
        ),
        ("blueprints/a/scenarios/1.yaml", "|schema: dovetail/scenario/v1\n", '"blueprint"'),
        ("executors.yaml", "executors:\n  ana: {kind: |robot, roles: []}\n", '"person", "agent"'),
    ],
)
def test_a_slip_is_underlined_where_it_is(
    editor: LanguageServer, name: str, text: str, says: str
) -> None:
    text, line, column = at(text)

    (problem,) = editor.open(name, text)

    assert (problem.line, problem.column) == (line, column)
    assert says in problem.message


@pytest.mark.parametrize(
    "path",
    [
        "tests/diagnostics/ok/spec-example.yaml",
        "tests/diagnostics/ok/every-action.yaml",
        "tests/diagnostics/ok/core-scalars.yaml",
        "tests/diagnostics/project/blueprints/demo/scenarios/rejected-once.yaml",
        "tests/diagnostics/project/blueprints/demo/migrations/1.0.0--1.1.0.yaml",
        "tests/diagnostics/project/blueprints/_shared/stops.yaml",
        "tests/diagnostics/project/executors.yaml",
    ],
)
def test_nothing_is_underlined_in_a_sound_file(editor: LanguageServer, path: str) -> None:
    name = path.partition("project/")[2] or "blueprints/a/1.0.0.yaml"
    lines = (ROOT / path).read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if "yaml-language-server" not in line)

    assert editor.open(name, text) == []


def test_a_file_may_name_its_schema_itself(editor: LanguageServer) -> None:
    folder = editor.folder / "drafts"
    folder.mkdir(exist_ok=True)
    schema = os.path.relpath(SCHEMAS / "executors-v1.json", folder)

    found = editor.open(
        "drafts/people.yaml", f"# yaml-language-server: $schema={schema}\nexecutor: {{}}\n"
    )

    said = {"Property executor is not allowed.", 'Missing property "executors".'}
    assert {p.message for p in found} == said
