"""`kill -9` of `run` at random instants: the next `run` goes on, and nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags

from dovetail.history.verify import verify
from dovetail.runtime.session import Session
from tests.e2e.conftest import unique_item

RELAY = Path(__file__).with_name("relay.yaml")
AUTOMATIC = ["start", "left", "right", "meet", "keep"]


def start_run(item: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dovetail", "run", item],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def events(session: Session, item: str) -> int:
    with session.engine.store.read() as tx:
        return tx.item(item).events


def kill_when(process: subprocess.Popen[str], session: Session, item: str, count: int) -> bool:
    """Kill a run once the item's history has grown to a length, a moment later; tell whether."""
    deadline = time.monotonic() + 60
    while events(session, item) < count and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.3))
    alive = process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


def finish(item: str) -> None:
    process = start_run(item)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0, printed
    assert f"{item} is completed" in printed
    assert "Traceback" not in printed
    assert "ERROR" not in printed


def assert_whole(session: Session, item: str) -> None:
    """Nothing was lost or doubled: the kernel allows the history, and files are as it says."""
    engine = session.engine
    assert verify(engine.store, engine.workspace).problems == []
    view = engine.view(item)
    for key in AUTOMATIC:
        done = view.state.steps[view.plan.position[key]].attempts
        assert [a.status for a in done].count("completed") == 1, key
        assert all(a.interrupted for a in done if a.status == "failed"), key
    baseline = engine.workspace.baseline
    both = (baseline / "both.txt").read_text().split()
    assert both == [(baseline / f).read_text().strip() for f in ("left.txt", "right.txt")]


def add_item(session: Session, prefix: str) -> str:
    from dovetail.cli.compile import load_plan

    plan = load_plan(session.project, "relay")
    return session.desk.add_item(plan, params={}, item=unique_item(prefix), actor="ana")


def processes_of(folder: Path) -> list[str]:
    """Give the processes that work in a folder or were started for it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            where = (entry / "cwd").readlink()
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        inside = where.is_relative_to(folder) or any(str(folder) in w for w in words)
        if inside and int(entry.name) != os.getpid():
            found.append(" ".join(words))
    return found


@pytest.mark.prefect
@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("_time", range(5))
def test_killed_four_times_on_a_shared_server(
    make_project: Callable[..., Session], tmp_path: Path, _time: int
) -> None:
    session = make_project(RELAY.read_text())
    item = add_item(session, "K")
    for _ in range(4):
        process = start_run(item)
        grown = events(session, item) + random.randint(0, 4)
        if not kill_when(process, session, item, grown):
            break
    finish(item)
    assert_whole(session, item)
    with get_client(sync_client=True) as client:
        tags = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"item:{item}"]))
        runs = client.read_flow_runs(flow_run_filter=tags)
    assert [r.state_name for r in runs] == ["Completed"]
    assert processes_of(tmp_path) == []


@pytest.mark.prefect
@pytest.mark.parametrize("_time", range(2))
def test_killed_with_its_embedded_server(
    make_project: Callable[..., Session],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    _time: int,
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    session = make_project(RELAY.read_text())
    item = add_item(session, "E")
    process = start_run(item)
    assert kill_when(process, session, item, 3 + random.randint(0, 6))
    finish(item)
    assert_whole(session, item)
    deadline = time.monotonic() + 10
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(tmp_path) == []
