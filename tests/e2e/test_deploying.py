"""`prefect deploy --all` takes the `prefect.yaml` that `compile` writes, as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect import get_client

from dovetail import cli
from dovetail.runtime.session import Session

TITLE = "Say {{ $DOVETAIL_SECRET }} to nobody"


def prefect(*words: str) -> str:
    command = [sys.executable, "-m", "prefect", "--no-prompt", *words]
    environment = {**os.environ, "DOVETAIL_SECRET": "hunter2"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.prefect
@pytest.mark.usefixtures("server")
def test_prefect_deploys_every_version_in_effect(
    make_project: Callable[..., Session], tmp_path: Path
) -> None:
    make_project()
    name = f"deployed-{os.urandom(4).hex()}"
    story = (tmp_path / "blueprints/story/1.0.0.yaml").read_text(encoding="utf-8")
    title = story.partition("title: ")[2].partition("\n")[0]
    text = story.replace("name: story", f"name: {name}").replace(title, f"'{TITLE}'")
    folder = tmp_path / "blueprints" / name
    folder.mkdir()
    (folder / "1.0.0.yaml").write_text(text, encoding="utf-8")
    assert cli.execute(["compile"]) == 0

    prefect("work-pool", "create", "--type", "process", "--overwrite", "dovetail")
    told = prefect("deploy", "--all")
    assert "success" in told.lower()

    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(f"{name}/1.0.0")
        client.read_deployment_by_name("story/1.0.0")
    module = name.replace("-", "_")
    assert found.entrypoint == f"flows/{module}/v1_0_0.py:{module}"
    assert found.work_pool_name == "dovetail"
    assert found.version == "1.0.0"
    assert found.description == TITLE.replace("{{", "{ {")
    assert sorted(found.tags) == [f"blueprint:{name}", "dovetail"]
    assert found.pull_steps == [
        {"prefect.deployments.steps.set_working_directory": {"directory": str(tmp_path)}}
    ]
    assert found.parameter_openapi_schema is not None
    assert "item" in found.parameter_openapi_schema["properties"]
    assert cli.execute(["compile", "--check"]) == 0, "deploying has changed nothing here"
