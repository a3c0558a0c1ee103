"""A project with a story in it, and a Prefect server to play it on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dovetail import cli
from dovetail.config import find_project
from dovetail.runtime.session import Session
from tests.support.prefect import shared_server

STORY = Path(__file__).with_name("story.yaml")

EXECUTORS = """\
executors:
  ana: {kind: person, roles: [editor]}
  ben: {kind: agent, roles: [writer]}
  eva: {kind: person, roles: [editor, writer]}
"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The Prefect server that all tests share, over all worker processes."""
    base = tmp_path_factory.getbasetemp()
    root = base if worker_id == "master" else base.parent
    with shared_server(root / "prefect") as url:
        yield url


@pytest.fixture
def make_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Session]:
    """Make a project with a compiled blueprint, and change into it."""

    def make(blueprint: str = "") -> Session:
        text = blueprint or STORY.read_text(encoding="utf-8")
        name = text.partition("name: ")[2].partition("\n")[0]
        folder = tmp_path / "blueprints" / name
        folder.mkdir(parents=True)
        (folder / "1.0.0.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "executors.yaml").write_text(EXECUTORS, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        for name in ("DOVETAIL_STORE", "DOVETAIL_WORKSPACE", "DOVETAIL_ACTOR"):
            monkeypatch.delenv(name, raising=False)
        assert cli.execute(["compile"]) == 0
        return Session(find_project(tmp_path))

    return make


def unique_item(prefix: str) -> str:
    """Give an item id of its own: on a shared server, runs of all tests live side by side."""
    return f"{prefix}-{os.urandom(4).hex()}"
