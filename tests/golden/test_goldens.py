"""Whole plans and flows as people review them; `pytest --snapshot-update` writes them anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from dovetail.blueprint.load import load_bytes
from dovetail.emit.verify import emit_checked
from dovetail.plan.lower import lower
from dovetail.plan.model import Plan
from dovetail.plan.text import render

HERE = Path(__file__).parent
BLUEPRINTS = sorted(p.stem for p in (HERE / "blueprints").glob("*.yaml"))


pytestmark = pytest.mark.filterwarnings("ignore:\\s*Can not relate snapshot:UserWarning")


class _Readable(SingleFileSnapshotExtension):
    """A file a snapshot, named `<blueprint>.<extension>` in one folder."""

    _write_mode = WriteMode.TEXT

    @classmethod
    def dirname(cls, *, test_location: object) -> str:  # noqa: ARG003
        return str(HERE / "expected")

    @classmethod
    def get_snapshot_name(cls, *, test_location: object, index: object = 0) -> str:  # noqa: ARG003
        return str(index)


class PlanFile(_Readable):
    file_extension = "plan.yaml"


class FlowFile(_Readable):
    file_extension = "py"


def plan(name: str) -> Plan:
    loaded = load_bytes((HERE / "blueprints" / f"{name}.yaml").read_bytes(), shown_as=name)
    assert not loaded.diagnostics
    assert loaded.blueprint is not None
    return lower(loaded.blueprint)


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_plan(name: str, snapshot: SnapshotAssertion) -> None:
    assert render(plan(name)) == snapshot(name=name, extension_class=PlanFile)


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_flow(name: str, snapshot: SnapshotAssertion) -> None:
    assert emit_checked(plan(name)) == snapshot(name=name, extension_class=FlowFile)


def test_flows_pass_strict_type_checking(tmp_path: Path) -> None:
    files = []
    for i, name in enumerate(BLUEPRINTS):
        files.append(tmp_path / f"flow_{i}.py")
        files[-1].write_text(emit_checked(plan(name)), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", *files],
        check=False,
        capture_output=True,
        text=True,
        cwd=HERE.parents[1],
    )
    assert done.returncode == 0, done.stdout + done.stderr
