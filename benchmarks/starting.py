"""Whole processes: the command line against the straight line, and against its own start."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import straight
from benchmarks.measuring import Process, Row, alone
from benchmarks.shapes import blueprint, chain, layered

__all__ = ["measure"]

_DOVETAIL = [sys.executable, "-m", "dovetail"]
_IMPORTS = "import click, rich, pydantic, yaml"


def measure(*, quick: bool) -> Iterator[Row]:
    """Measure the commands on 50, 1,000 and (not when quick) 10,000 steps, and a long chain."""
    rounds = 3 if quick else 7
    with TemporaryDirectory() as name:
        root = Path(name)
        yield from _beside_floors(root, rounds)
        if not quick:
            yield from _large(root)


def _beside_floors(root: Path, rounds: int) -> Iterator[Row]:
    small, middle = _project(root / "small", 50), _project(root / "middle", 1000)
    line = [sys.executable, straight.__file__, str(_file(middle))]
    best: dict[str, float] = {}
    for _ in range(rounds):
        _forget(middle)
        for what, command, where in (
            ("straight", line, middle),
            ("imports", [sys.executable, "-c", _IMPORTS], small),
            ("bare", [sys.executable, "-c", "pass"], middle),
            ("start", [*_DOVETAIL, "--version"], middle),
            ("check", [*_DOVETAIL, "check"], middle),
            ("compile", [*_DOVETAIL, "compile"], middle),
            ("again", [*_DOVETAIL, "compile"], middle),
            ("drift", [*_DOVETAIL, "compile", "--check"], middle),
            ("small", [*_DOVETAIL, "check"], small),
        ):
            best[what] = min(best.get(what, 99.0), alone(command, where, root / "bytecode").seconds)
    for what, subject, floor, bound in (
        ("check 1,000 steps, to the straight line", "check", "straight", 2.0),
        ("compile 1,000 steps, to the straight line", "compile", "straight", 2.0),
        ("compile, nothing changed, to --version", "again", "start", 1.5),
        ("compile, nothing changed, to a bare interpreter", "again", "bare", None),
        ("compile --check, nothing changed, to --version", "drift", "start", 1.5),
        ("check 50 steps, to four imports", "small", "imports", 3.0),
    ):
        yield Row("starting", what, best[subject] / best[floor], "x", bound)


def _large(root: Path) -> Iterator[Row]:
    whole = _compiled(_project(root / "large", 10_000), root)
    yield Row("starting", "memory, compile, layers of ten, 10,000", whole.memory, "MB", 600)
    long = root / "long"
    _write(long, blueprint(chain(25_000)))
    whole = _compiled(long, root)
    yield Row("starting", "CPU time, compile, chain, 25,000", whole.seconds, "s")


def _compiled(project: Path, root: Path) -> Process:
    return alone([*_DOVETAIL, "compile"], project, root / "bytecode")


def _project(root: Path, size: int) -> Path:
    _write(root, blueprint(layered(size)))
    return root


def _write(root: Path, text: str) -> None:
    path = _file(root)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def _file(root: Path) -> Path:
    return root / "blueprints" / "bench" / "1.0.0.yaml"


def _forget(root: Path) -> None:
    for name in (".dovetail", "flows"):
        shutil.rmtree(root / name, ignore_errors=True)
