"""What is shipped: flows that Prefect loads, and a wheel that has all it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from prefect.flows import load_flow_from_entrypoint

from dovetail.blueprint.library import list_files
from dovetail.emit.names import identifier, module_path
from dovetail.emit.verify import emit_checked
from dovetail.resources import folder
from dovetail.rules import check_file, check_text

BLUEPRINTS = list_files(folder("blueprints"))
ROOT = folder("flows").parent


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_prefect_loads_the_flow_of_every_shipped_blueprint(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    plan = check_file(path, shown_as=path.name).plan
    assert plan is not None
    module = module_path(plan.blueprint, plan.version)
    flow = load_flow_from_entrypoint(f"{module}:{identifier(plan.blueprint)}")
    assert (flow.name, flow.version) == (plan.blueprint, plan.version)
    required = {"item"} | {
        k.replace("-", "_") for k, f in plan.params.items() if f.default is None and not f.optional
    }
    assert set(flow.parameters.required) == required
    assert set(flow.parameters.properties) == {"item"} | {k.replace("-", "_") for k in plan.params}


def test_two_versions_of_one_blueprint_live_together() -> None:
    assert {p.stem for p in BLUEPRINTS if p.parent.name == "release-note"} == {"1.0.0", "1.1.0"}


def test_a_wheel_works_without_its_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    project = tmp_path / "project"
    (project / "blueprints").mkdir(parents=True)
    script = (
        "import dovetail, sys; from dovetail import cli, resources;"
        f"assert dovetail.__file__.startswith({str(tmp_path)!r});"
        "import shutil; shutil.copytree(resources.folder('blueprints') / 'release-note',"
        " 'blueprints/release-note'); resources.folder('flows');"
        "sys.exit(cli.execute(['compile']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shipped = ROOT / "flows" / "release_note" / "v1_0_0.py"
    assert (project / "flows/release_note/v1_0_0.py").read_text() == shipped.read_text()


ODD = ["cls", "item", "json", "model-config", "model-dump", "schema", "self", "wait-for", "class"]


def test_prefect_takes_params_of_any_name(tmp_path: Path) -> None:
    params = "".join(f"  {name}: {{type: string, default: x}}\n" for name in ODD)
    text = (
        "schema: dovetail/v1\nname: odd\nversion: 1.0.0\ntitle: Odd names\nowner: mira\n"
        f"params:\n{params}steps: [{{key: do, run: {{command: ['true']}}}}]\n"
    )
    plan = check_text(text, shown_as="odd").plan
    assert plan is not None
    module = tmp_path / "odd.py"
    module.write_text(emit_checked(plan), encoding="utf-8")
    flow = load_flow_from_entrypoint(f"{module}:odd")
    given = {name: "v" for name in flow.parameters.properties if name != "item"}
    assert len(given) == len(ODD)
    assert flow.validate_parameters({"item": "WI-1", **given}) == {"item": "WI-1", **given}
