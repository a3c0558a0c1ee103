"""`check` without options does not load the parser of command lines, and is the same command."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dovetail.cli import execute

GOOD = """\
schema: dovetail/v1
name: note
version: 1.0.0
title: A note
owner: mira
effective: {from: 2026-01-01}
changes: [{version: 1.0.0, date: 2026-01-01, author: mira, reason: x, impact: none}]
steps: [{key: draft}]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "blueprints" / "note"
    folder.mkdir(parents=True)
    (folder / "1.0.0.yaml").write_text(GOOD)
    (folder / "1.0.1.yaml").write_text(GOOD.replace("mira\n", "mira\ntitel: x\n", 1))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["blueprints"],
        ["blueprints/note/1.0.0.yaml"],
        ["blueprints/note/1.0.1.yaml", "blueprints/note/1.0.1.yaml"],
        ["empty"],
        ["nowhere"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("project")
def test_it_says_what_it_says_with_the_options_written_out(
    paths: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for options in ([], ["--format", "text"]):
        errors = io.StringIO()
        status = execute(["check", *paths, *options], errors=errors)
        told.append((status, *capsys.readouterr(), errors.getvalue()))

    assert told[0] == told[1]
    assert any(told[0][1:])


def test_it_does_not_load_the_parser(project: Path) -> None:
    code = (
        "import sys; from dovetail.cli import execute; execute(['check']); "
        "sys.exit('cyclopts' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, check=False)

    assert done.returncode == 0


def test_what_is_called_like_a_blueprint_is_never_passed_over(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = project / "blueprints" / "note"
    (note / "1.0.1.yaml").unlink()
    (note / "2.0.0.yaml").mkdir()
    (note / "2.1.0.yaml").symlink_to("nowhere.yaml")
    os.mkfifo(note / "2.2.0.yaml")  # whoever reads it may wait for ever
    outside = project / "outside.yaml"
    outside.write_text("owner: mira")
    (note / "3.0.0.yaml").symlink_to(outside)

    status = execute(["check"], errors=io.StringIO())

    told = capsys.readouterr().out
    places = [line.split(" ")[:2] for line in told.splitlines() if line.startswith("blueprints/")]
    assert status == 1
    assert places[:2] == [
        ["blueprints/note/2.0.0.yaml:1:1:", "error[DT001]:"],
        ["blueprints/note/2.1.0.yaml:1:1:", "error[DT001]:"],
    ]
    assert {place[0] for place in places[2:]} == {"blueprints/note/3.0.0.yaml:1:1:"}
