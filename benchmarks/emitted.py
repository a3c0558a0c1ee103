"""Importing an emitted module against importing as many bare Prefect tasks."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import Row, least
from benchmarks.shapes import blueprint, layered
from dovetail.emit.verify import emit_checked
from dovetail.rules import check_text

__all__ = ["measure"]


def measure(*, quick: bool) -> Iterator[Row]:
    """Measure 10,000 steps; when quick, 500. Importing Prefect itself is not counted."""
    import prefect  # noqa: F401 - so that it is there before the clock starts

    import dovetail.runtime  # noqa: F401 - the same

    size = 500 if quick else 10_000
    plan = check_text(blueprint(layered(size)), shown_as="bench.yaml").plan
    assert plan is not None
    keys = [step.key for step in plan.steps]
    bare = ["from prefect import task\n", *(f"\n\n@task\ndef {k}() -> None: ...\n" for k in keys)]
    sys.dont_write_bytecode = True
    with TemporaryDirectory() as name:
        flow, tasks = Path(name, "flow.py"), Path(name, "tasks.py")
        flow.write_text(emit_checked(plan), encoding="utf-8")
        tasks.write_text("".join(bare), encoding="utf-8")
        floor, taken = least(3, partial(_load, tasks), partial(_load, flow))
    yield Row("emitted", f"import, {size:,} steps, to bare tasks", taken / floor, "x", 2.0)


def _load(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
