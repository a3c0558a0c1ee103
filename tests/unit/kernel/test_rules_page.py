"""Every rule of the run time has a test that names it, and no test names a rule that is none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from docs import kernel_rules
from docs.generate import ROOT
from docs.kernel_rules import Marker, Rule

RULES = kernel_rules.rules(ROOT)
MARKERS = kernel_rules.markers(ROOT)

CODE = '''\
"""Words like # rule: nothing (5.3) These are none."""

# Why the table is as it is.
# rule: a-table (5.4) A table may be one.
# rule: two-lines (5.4) A rule may run on
# over a second line.
TABLE = {}


# rule: a-function (5.3) A function, too.
@decorated
def outer(x):
    # rule: inside (5.3) Or what is in it, be it `a | b`.
    if x:  # and why
        return 1

    def inner():
        # rule: deeper (5.3) However deep.
        return 2


class Thing:
    # rule: a-field (5.3) A part of a class.
    field: int = 1

    def method(self):
        # rule: a-method (5.3) And its methods.
        return 3


# rule: bare (5.3) What has no name belongs to the module.
register(outer)
'''

TESTS = """\
@pytest.mark.rule("inside", "deeper")
@pytest.mark.parametrize(
    "x",
    [
        pytest.param(1, id="a case", marks=pytest.mark.rule("a-method")),
        pytest.param(2, marks=[pytest.mark.rule("a-field")]),
    ],
)
def test_this(x):
    pass


CASES = [pytest.param(3, id="far away", marks=pytest.mark.rule("a-table"))]


@pytest.mark.rule("bare")
class TestThat:
    pass
"""


def checkout(root: Path, code: str = "", tests: str = "") -> Path:
    for place, text in (("compiler/dovetail/kernel/x.py", code), ("tests/unit/test_x.py", tests)):
        path = root / place
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return root


# --- of this checkout


def test_names_of_rules_are_unique() -> None:
    assert [name for name, count in Counter(r.name for r in RULES).items() if count > 1] == []


def test_every_rule_has_a_test() -> None:
    assert sorted({r.name for r in RULES} - {m.rule for m in MARKERS}) == []


def test_every_marker_names_a_rule() -> None:
    known = {r.name for r in RULES}

    assert [f"{m.file}::{m.place}: {m.rule}" for m in MARKERS if m.rule not in known] == []


def test_every_part_of_the_run_time_has_rules() -> None:
    assert {"5.2", "5.3", "5.4", "5.5", "5.6", "5.7"} - {r.clause for r in RULES} == set()


# --- how they are found


def test_a_rule_belongs_to_what_stands_below_it(tmp_path: Path) -> None:
    found = kernel_rules.rules(checkout(tmp_path, CODE))

    assert [(r.name, r.place) for r in found] == [
        ("a-table", "TABLE"),
        ("two-lines", "TABLE"),
        ("a-function", "outer"),
        ("inside", "outer"),
        ("deeper", "outer.inner"),
        ("a-field", "Thing.field"),
        ("a-method", "Thing.method"),
        ("bare", "the module"),
    ]
    file = "compiler/dovetail/kernel/x.py"
    said = "A rule may run on over a second line."
    assert found[1] == Rule("two-lines", "5.4", said, file, "TABLE")


def test_a_test_is_found_by_its_marks(tmp_path: Path) -> None:
    found = kernel_rules.markers(checkout(tmp_path, tests=TESTS))

    assert [(m.rule, m.place) for m in found] == [
        ("inside", "test_this"),
        ("deeper", "test_this"),
        ("a-method", "test_this[a case]"),
        ("a-field", "test_this"),
        ("a-table", "CASES[far away]"),
        ("bare", "TestThat"),
    ]
    assert found[-1] == Marker("bare", "tests/unit/test_x.py", "TestThat")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("# rule: Upper (5.3) It holds.\nx = 1\n", id="a name of another form"),
        pytest.param("# rule: x It holds.\nx = 1\n", id="no clause"),
        pytest.param("# rule: x (9.9) It holds.\nx = 1\n", id="an unknown clause"),
        pytest.param("# rule: x (5.3) it holds.\nx = 1\n", id="a small letter first"),
        pytest.param("# rule: x (5.3) It holds\nx = 1\n", id="no full stop"),
        pytest.param("# rule: x (5.3) It holds.\n\nx = 1\n", id="an empty line below"),
        pytest.param("x = 1\n# rule: x (5.3) It holds.\n", id="nothing below"),
        pytest.param("x = 1  # rule: x (5.3) It holds.\n", id="beside code"),
    ],
)
def test_what_is_meant_as_a_rule_is_never_passed_over(tmp_path: Path, code: str) -> None:
    with pytest.raises(ValueError, match=r"kernel/x\.py:[12]: a rule (has the form|stands)"):
        kernel_rules.rules(checkout(tmp_path, code))


@pytest.mark.parametrize("mark", ["()", "(NAME)", "('x', *MORE)", "(name='x')"])
def test_a_marker_names_rules_literally(tmp_path: Path, mark: str) -> None:
    tests = f"@pytest.mark.rule{mark}\ndef test_x():\n    pass\n"

    with pytest.raises(ValueError, match=r"test_x\.py:1: pytest\.mark\.rule takes the names"):
        kernel_rules.markers(checkout(tmp_path, tests=tests))


def test_the_page_lists_rules_by_clause_with_their_tests(tmp_path: Path) -> None:
    shown = kernel_rules.page(checkout(tmp_path, CODE, TESTS), "<!-- a note -->\n")

    code = "[kernel/x.py](../../compiler/dovetail/kernel/x.py)"
    tests = "[unit/test_x.py](../../tests/unit/test_x.py)"
    assert (
        f"| `inside` | Or what is in it, be it `a \\| b`. | {code} `outer` | {tests} `test_this` |"
    ) in shown.splitlines()
    assert shown.index("## Scheduling") < shown.index("`bare`") < shown.index("## Claims")
    assert shown.index("## Claims") < shown.index("`a-table`")
    assert "## Baseline" not in shown
