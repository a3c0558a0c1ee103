"""What was done automatically is not done again while its inputs are what they were (SPEC 5.6)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import TaskRun

from dovetail.cli.compile import load_plan
from dovetail.history.verify import verify
from dovetail.runtime.commands import AttemptId, Submission
from dovetail.runtime.drive import drive_item
from dovetail.runtime.session import Session
from tests.e2e.conftest import unique_item

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("server")]

PARTS = """\
schema: dovetail/v1
name: parts
version: 1.0.0
title: Make parts
owner: editor
intake: none
changes:
  - {version: 1.0.0, date: 2026-01-01, author: editor, reason: the first, impact: none}
roles:
  editor: Decides
  writer: Writes
steps:
  - {key: cut, role: writer, outputs: {size: {type: int}}}
  - key: press
    run: {command: [sh, -c, "echo {{ steps.cut.outputs.size }} >> pressed; cp pressed part.txt"]}
    exit: [{id: part, artifact: part.txt}]
  - {key: look, role: editor, gate: {reject: {to: [cut], limit: 3}}}
  - {key: keep, integrate: {message: "{{ item.id }}"}}
"""


def task_runs(flow_run: str, *wanted: str) -> dict[str, TaskRun]:
    """Give the task runs by name, once the server knows these in their last state."""
    run = FlowRunFilter(id=FlowRunFilterId(any_=[uuid.UUID(flow_run)]))
    deadline = time.monotonic() + 15
    with get_client(sync_client=True) as client:
        while True:
            runs = {t.name: t for t in client.read_task_runs(flow_run_filter=run)}
            settled = {n for n, t in runs.items() if t.state is not None and t.state.is_final()}
            if settled >= set(wanted) or time.monotonic() > deadline:
                assert settled >= set(wanted)
                return runs
            time.sleep(0.2)


def test_a_process_is_not_run_twice_on_the_same_inputs(
    make_project: Callable[..., Session],
) -> None:
    session = make_project(PARTS)
    plan = load_plan(session.project, "parts")
    item = session.desk.add_item(plan, params={}, item=unique_item("R"), actor="ana")
    pressed = session.engine.workspace.folder(item) / "pressed"

    def cut(number: int, size: int) -> str:
        attempt = AttemptId(item, "cut", number)
        session.desk.claim(attempt, actor="ben")
        session.desk.complete(attempt, Submission(outputs={"size": size}), actor="ben")
        return drive_item(session, item).flow_run

    def reject() -> None:
        session.desk.decide(item, "look", approve=False, reason="again", actor="ana")

    cut(1, 7)
    assert pressed.read_text() == "7\n"
    reject()
    cut(2, 7)
    assert pressed.read_text() == "7\n", "it was not run again"
    reject()
    flow_run = cut(3, 8)
    assert pressed.read_text() == "7\n8\n", "other inputs have it run again"
    session.desk.decide(item, "look", approve=True, reason="fine", actor="ana")
    assert drive_item(session, item).state == "Completed"

    presses = ("press/1", "press/reused-2", "press/2")
    runs = task_runs(flow_run, *presses, "keep/1")
    assert {n for n in runs if n.startswith("press/")} == set(presses)
    reused = runs["press/reused-2"].state
    assert reused is not None
    assert (reused.name, reused.message) == (
        "Reused",
        "the result of press/1 is reused: nothing changed",
    )
    edges = {n: {i.id for i in runs[n].task_inputs["wait_for"]} for n in runs}
    assert edges["press/reused-2"] == {runs["cut/2"].id}
    # The server tells late of a task that a thread ran: its edge may be missing, never wrong.
    assert edges["look/1"] <= {runs["press/1"].id}
    assert edges["look/2"] == {runs["press/reused-2"].id}
    assert edges["look/3"] <= {runs["press/2"].id}
    assert verify(session.engine.store, session.engine.workspace).problems == []
