"""What an operator sees when a step fails, a limit is used up, or a run is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dovetail.cli.compile import load_plan
from dovetail.history.verify import verify
from dovetail.insight.status import item_status
from dovetail.runtime.drive import drive_item
from dovetail.runtime.session import Session
from tests.e2e.conftest import unique_item
from tests.e2e.test_kills import processes_of

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("server")]

HEAD = """\
schema: dovetail/v1
name: trial
version: 1.0.0
title: Try
owner: editor
intake: none
changes:
  - {version: 1.0.0, date: 2026-01-01, author: editor, reason: the first, impact: none}
roles:
  editor: Decides
steps:
"""


def add(session: Session) -> str:
    plan = load_plan(session.project, "trial")
    return session.desk.add_item(plan, params={}, item=unique_item("F"), actor="ana")


def status(session: Session, item: str) -> Any:
    view = session.engine.view(item)
    return item_status(item, view.plan, view.state)


def reasons(session: Session, item: str) -> list[str]:
    steps = session.engine.view(item).state.steps
    return [a.reason or "" for s in steps for a in s.attempts if a.status == "failed"]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ('run: {command: [sh, -c, "echo no disk >&2; exit 3"]}', "exit status 3\nno disk"),
        ("run: {command: [no-such-program]}", "'no-such-program' can't be started"),
        ('run: {command: [sleep, "60"], timeout: 1s}', "did not end within 1 seconds"),
        (
            'run: {command: [echo, "{{ 1 // (item.id | length - item.id | length) }}"]}',
            "can't be filled: integer",
        ),
        ("python: steps_of_trial:fall", "raised ZeroDivisionError: division by zero"),
        ("python: steps_of_trial:words", "gave str, not outputs by name"),
        ("python: steps_of_trial:extra", "more is not declared; declared: none"),
        (
            "run: {command: [touch, other]}\n    exit: [{id: it, artifact: it.txt, say: Make it}]",
            "1 of 1 exit criteria of work are not met:\n  · it: Make it",
        ),
    ],
    ids=["status", "program", "timeout", "template", "raises", "no outputs", "undeclared", "exit"],
)
def test_a_failing_step_blocks_after_its_attempts_and_unblocking_grants_one_more(
    make_project: Callable[..., Session], tmp_path: Path, action: str, said: str
) -> None:
    session = make_project(HEAD + f"  - key: work\n    attempts: 1\n    {action}\n")
    (tmp_path / "steps_of_trial.py").write_text(
        "def fall(attempt): 1 / 0\ndef words(attempt): return 'x'\n"
        "def extra(attempt): return {'more': 1}\n"
    )
    item = add(session)
    drive_item(session, item)
    told = status(session, item)
    assert told.status == "blocked"
    assert [b["type"] for b in told.blockers] == ["attempts-exhausted"]
    (reason,) = reasons(session, item)
    assert said in reason
    assert "Traceback" not in reason
    session.desk.unblock(item, 1, notes="once more", actor="ana")
    assert status(session, item).status in ("waiting", "ready")
    drive_item(session, item)
    assert len(reasons(session, item)) == 2
    assert status(session, item).status == "blocked"


def test_a_step_that_fails_twice_and_then_works_completes_the_item(
    make_project: Callable[..., Session],
) -> None:
    script = "echo x >> tries; test $(wc -l < tries) -ge 3"
    session = make_project(HEAD + f'  - key: work\n    run: {{command: [sh, -c, "{script}"]}}\n')
    item = add(session)
    assert drive_item(session, item).state == "Completed"
    attempts = session.engine.view(item).state.steps[0].attempts
    assert [a.status for a in attempts] == ["failed", "failed", "completed"]


def test_a_gate_that_closes_ends_the_item_and_its_run(make_project: Callable[..., Session]) -> None:
    session = make_project(
        HEAD
        + "  - {key: work, run: {command: ['true']}}\n"
        + "  - {key: look, role: editor, gate: {reject: {to: [work], limit: 0, then: close}}}\n"
    )
    item = add(session)
    drive_item(session, item)
    session.desk.decide(item, "look", approve=False, reason="no", actor="ana")
    told = status(session, item)
    assert (told.status, told.next) == ("closed", [])
    assert drive_item(session, item).state == "Completed"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_stopped_run_leaves_no_process_and_the_next_goes_on(
    make_project: Callable[..., Session], tmp_path: Path, how: signal.Signals
) -> None:
    script = "echo x >> tries; test $(wc -l < tries) -ge 2 || sleep 300"
    session = make_project(HEAD + f'  - key: work\n    run: {{command: [sh, -c, "{script}"]}}\n')
    item = add(session)
    tries = session.engine.workspace.folder(item) / "tries"
    process = subprocess.Popen(
        [sys.executable, "-m", "dovetail", "run", item],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell that puts the tests in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(how, signal.SIG_DFL),  # noqa: PLW1509 - then it execs
    )
    deadline = time.monotonic() + 60
    while not tries.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, how)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode != 0
    done = subprocess.run(
        [sys.executable, "-m", "dovetail", "run", item, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["status"]["status"] == "completed", printed
    attempts = session.engine.view(item).state.steps[0].attempts
    assert [(a.status, a.interrupted) for a in attempts] == [
        ("failed", True),
        ("completed", False),
    ]
    assert processes_of(tmp_path) == []
    assert verify(session.engine.store, session.engine.workspace).problems == []
