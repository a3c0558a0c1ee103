"""Files beside blueprints: those that must stay silent, and broken ones with what is said.

`project/` is a whole project. A file with an expectation beside it, `NAME.txt`, is broken. To write
the expectation of a new or changed one: `python tests/diagnostics/test_other_files.py NAME…`; then
read it, as it is the product.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.blueprint.library import list_files
from dovetail.diagnostics import render_text
from dovetail.diagnostics.mend import mend
from dovetail.files import kinds
from dovetail.rules import check_file, check_text
from dovetail.rules.other_files import RULES

PROJECT = Path(__file__).parent / "project"
BLUEPRINTS = list_files(PROJECT / "blueprints")
FILES = sorted(set(PROJECT.rglob("*.yaml")) - set(BLUEPRINTS))
BAD = [path for path in FILES if path.with_suffix(".txt").exists()]
OK = [path for path in FILES if path not in BAD]


def shown(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def said(path: Path) -> str:
    checked = check_file(path, shown_as=shown(path))
    return render_text(checked.diagnostics, {shown(path): checked.text})


@pytest.mark.parametrize("path", [*BLUEPRINTS, *OK], ids=shown)
def test_stays_silent(path: Path) -> None:
    assert said(path) == ""


@pytest.mark.parametrize("path", BAD, ids=shown)
def test_says_what_is_expected(path: Path) -> None:
    assert said(path) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_kind_of_file_is_there_sound_and_broken() -> None:
    every = {name for name in kinds.KINDS if name != "blueprint"}
    for paths in (OK, BAD):
        assert {check_file(p, shown_as="x").kind.name for p in paths} >= every


def test_every_code_is_there() -> None:
    codes = {d.code for p in BAD for d in check_file(p, shown_as="x").diagnostics}

    assert codes >= {r.code for r in RULES}


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("outcomes: {edti: [approve]}", "outcomes: {edit: [approve]}"),
        ("outcomes: {edit: [{reject: darft}]}", "outcomes: {edit: [{reject: draft}]}"),
        ("expect: {lanches: [drafft]}", "expect: {launches: [draft]}"),
        ("outcomes: {edit: [approve], edti: [approve]}", None),
        ("expect: {rework: {publihs: 1}}", "expect: {rework: {publish: 1}}"),
        (
            "outcomes: {draft: [{outputs: {wrods: 1}}]}",
            "outcomes: {draft: [{outputs: {words: 1}}]}",
        ),
    ],
)
def test_certain_slips_are_mended(text: str, mended: str | None) -> None:
    head = "schema: dovetail/scenario/v1\nblueprint: demo@1.0.0\nparams: {product: x}\n"
    file = PROJECT / "blueprints/demo/scenarios/new.yaml"
    now = head + text
    for _ in range(2):
        found = check_text(now, shown_as="new.yaml", file=file).diagnostics
        now, _ = mend(now, [d.fix for d in found if d.fix is not None])

    assert now == head + (mended or text)


def test_a_file_of_no_project_is_looked_at_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("schema: dovetail/scenario/v1\nblueprint: nowhere@1.0.0\nstrct: true\n")

    assert [d.code for d in check_file(path, shown_as="x").diagnostics] == ["DT020"]


ODD = ["[]", "{}", "~", "1", "-1", "1.5", "true", "x", "é", "'", "&a", "*a", "!t", "{a: b}", "- ["]
ODD += [
    "same",
    "approve",
    "demo@",
    "@",
    "dovetail/v1",
    "dovetail/result/v1",
    "9" * 30,
    "\0",
    "<<: x",
]


@given(st.sampled_from(FILES), st.data())
def test_whatever_stands_in_a_file_there_is_no_traceback(path: Path, data: st.DataObject) -> None:
    text = path.read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        words = list(re.finditer(r"[\w@./-]+", text))
        word = data.draw(st.sampled_from(words))
        text = text[: word.start()] + data.draw(st.sampled_from(ODD)) + text[word.end() :]

    checked = check_text(text, shown_as="x.yaml", file=path)

    last = text.count("\n") + 1
    assert all(1 <= d.span.line <= last for d in checked.diagnostics)


if __name__ == "__main__":
    for path in FILES:
        if path in BAD or path.stem in sys.argv[1:]:
            path.with_suffix(".txt").write_text(said(path), encoding="utf-8")
