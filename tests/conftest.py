"""Fixtures that several rooms share."""

from __future__ import annotations

import os
from collections import Counter
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly which tests were left out, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(
        str(r.longrepr[2]).removeprefix("Skipped: ")
        for r in skipped
        if isinstance(r.longrepr, tuple)
    )
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} tests were left out: {reason}")
