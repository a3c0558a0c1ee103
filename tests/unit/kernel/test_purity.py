"""The kernel is pure, and small enough to be read (SPEC 5.1)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dovetail.kernel

MODULES = sorted(Path(dovetail.kernel.__file__).parent.glob("*.py"))
IMPURE = {"datetime", "os", "pathlib", "random", "secrets", "socket", "subprocess", "time", "uuid"}

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""


@each_module
def test_it_imports_the_standard_library_and_the_plan_alone(path: Path) -> None:
    for name in imported(path):
        own = name.startswith(("dovetail.kernel", "dovetail.plan"))
        assert own or name.partition(".")[0] in sys.stdlib_module_names, name


@each_module
def test_it_knows_no_clock_no_chance_and_no_file(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imported(path)} & IMPURE


@each_module
def test_it_fits_on_a_few_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_there_are_modules_to_look_at() -> None:
    assert {"apply", "decide", "state"} <= {p.stem for p in MODULES}
