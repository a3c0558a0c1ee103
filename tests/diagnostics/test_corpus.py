"""Files that must stay silent, and broken files beside what `dovetail check` says about them.

A folder is a project, of which all files are checked together.

To write the expectation of a new or changed file: `python tests/diagnostics/test_corpus.py NAME…`;
then read it, as it is the product.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dovetail.blueprint.library import list_files
from dovetail.diagnostics import render_text
from dovetail.files import kinds
from dovetail.rules import RULES, Checked, check_file, fresh_files
from dovetail.rules.file_rule import FileRule

HERE = Path(__file__).parent
OK = sorted((HERE / "ok").glob("*.yaml"))
BAD = sorted((HERE / "bad").glob("*.yaml"))
OK_PROJECTS = sorted(p for p in (HERE / "ok").iterdir() if p.is_dir())
BAD_PROJECTS = sorted(p for p in (HERE / "bad").iterdir() if p.is_dir())
NOT_IN_A_FILE = {"DT001", "DT003", "DT051", "DT052"}
"""Findings about the place or the size of a file; `tests/unit/rules` has them."""


def check(path: Path) -> list[Checked]:
    """Check a file, or all that belong to a project."""
    if path.is_file():
        return [check_file(path, shown_as=path.name)]
    files, folder = fresh_files(), path / "blueprints"
    every = [*list_files(folder), *kinds.list_files(folder)]
    return [check_file(p, shown_as=p.relative_to(path).as_posix(), files=files) for p in every]


def said(path: Path) -> str:
    checked = check(path)
    return render_text(
        (d for c in checked for d in c.diagnostics), {c.shown_as: c.text for c in checked}
    )


def by_name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", OK, ids=by_name)
def test_stays_silent_and_has_a_plan(path: Path) -> None:
    checked = check_file(path, shown_as=path.name)

    assert said(path) == ""
    assert checked.plan is not None
    assert checked.blueprint is not None


@pytest.mark.parametrize("path", OK_PROJECTS, ids=by_name)
def test_a_project_stays_silent(path: Path) -> None:
    assert said(path) == ""
    assert all(c.plan for c in check(path) if c.kind is kinds.BLUEPRINT)


@pytest.mark.parametrize("path", [*BAD, *BAD_PROJECTS], ids=by_name)
def test_says_what_is_expected(path: Path) -> None:
    expected = path.with_suffix(".txt")

    assert expected.exists(), f"{expected.name} is missing"
    assert said(path) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=by_name)
def test_an_error_leaves_no_plan(path: Path) -> None:
    checked = check_file(path, shown_as=path.name)

    assert (checked.plan is None) == bool(checked.errors)


def test_the_corpus_is_whole() -> None:
    assert len([*OK, *OK_PROJECTS]) >= 40
    assert len([*BAD, *BAD_PROJECTS]) >= 90
    expectations = {p.stem for p in (HERE / "bad").glob("*.txt")}
    assert expectations == {p.stem for p in [*BAD, *BAD_PROJECTS]}


def test_every_code_is_in_the_corpus() -> None:
    every = [*BAD, *BAD_PROJECTS]
    codes = {d.code for p in every for c in check(p) for d in c.diagnostics}

    about_blueprints = {r.code for r in RULES if not isinstance(r, FileRule)}
    assert codes == about_blueprints - NOT_IN_A_FILE


if __name__ == "__main__":
    wanted = set(sys.argv[1:])
    for source in [*BAD, *BAD_PROJECTS]:
        if not wanted or source.stem in wanted:
            source.with_suffix(".txt").write_text(said(source), encoding="utf-8")
