"""Fixtures that several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A project whose blueprint is `PIECE`."""
    return Bench(tmp_path / "project")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in ("DOVETAIL_STORE", "DOVETAIL_WORKSPACE", "DOVETAIL_ACTOR"):
        monkeypatch.delenv(name, raising=False)
