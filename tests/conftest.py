"""Fixtures that several rooms share."""

from __future__ import annotations

import os
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


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what only the loss of power would show; that it is asked for has a test."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
