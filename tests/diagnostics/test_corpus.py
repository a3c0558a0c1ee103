"""Files that must stay silent, and broken files beside what `dovetail check` says about them.

To write the expectation of a new or changed file: `python tests/diagnostics/test_corpus.py NAME…`;
then read it, as it is the product.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dovetail.diagnostics import render_text
from dovetail.rules import RULES, check_file
from dovetail.rules.file_rule import FileRule

HERE = Path(__file__).parent
OK = sorted((HERE / "ok").glob("*.yaml"))
BAD = sorted((HERE / "bad").glob("*.yaml"))
NOT_IN_A_FILE = {"DT001", "DT003", "DT051", "DT052"}
"""Findings about the place or the size of a file; `tests/unit/rules` has them."""


def said(path: Path) -> str:
    checked = check_file(path, shown_as=path.name)
    return render_text(checked.diagnostics, {path.name: checked.text})


def by_name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", OK, ids=by_name)
def test_stays_silent_and_has_a_plan(path: Path) -> None:
    checked = check_file(path, shown_as=path.name)

    assert said(path) == ""
    assert checked.plan is not None
    assert checked.blueprint is not None


@pytest.mark.parametrize("path", BAD, ids=by_name)
def test_says_what_is_expected(path: Path) -> None:
    expected = path.with_suffix(".txt")

    assert expected.exists(), f"{expected.name} is missing"
    assert said(path) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=by_name)
def test_an_error_leaves_no_plan(path: Path) -> None:
    checked = check_file(path, shown_as=path.name)

    assert (checked.plan is None) == bool(checked.errors)


def test_the_corpus_is_whole() -> None:
    assert len(OK) >= 10
    assert len(BAD) >= 35
    expectations = {p.stem for p in (HERE / "bad").glob("*.txt")}
    assert expectations == {p.stem for p in BAD}


def test_every_code_is_in_the_corpus() -> None:
    codes = {d.code for p in BAD for d in check_file(p, shown_as=p.name).diagnostics}

    about_blueprints = {r.code for r in RULES if not isinstance(r, FileRule)}
    assert codes == about_blueprints - NOT_IN_A_FILE


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(p.stem for p in (HERE / "bad").glob("*.yaml")):
        source = HERE / "bad" / f"{name}.yaml"
        source.with_suffix(".txt").write_text(said(source), encoding="utf-8")
