"""One item from start to end on a real Prefect server: one flow run, whatever happens to it."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.flow_runs import resume_flow_run

from dovetail.errors import RefusedError
from dovetail.history.verify import verify
from dovetail.insight.status import item_status
from dovetail.plan.model import Plan
from dovetail.runtime.commands import AttemptId, Submission
from dovetail.runtime.drive import Drive, drive_item
from dovetail.runtime.engine import View
from dovetail.runtime.lock import item_lock
from dovetail.runtime.mirror import Mirror
from dovetail.runtime.session import Session
from tests.e2e.conftest import unique_item

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("server")]

STEPS = """\
def publish(attempt):
    text = (attempt.folder / "draft.md").read_text()
    return {"words": len(text.split())}
"""


class Player:
    """Plays one item: the flow's driver, the executors, and the page's form."""

    def __init__(self, session: Session, **params: Any) -> None:
        self.session = session
        (session.project.root / "story_steps.py").write_text(STEPS, encoding="utf-8")
        plan = _plan(session)
        params = {"topic": "Doves"} | params
        self.item = session.desk.add_item(
            plan, params=params, item=unique_item("S"), actor="ana", title="A story"
        )
        self.flow_runs: set[str] = set()

    def drive(self) -> Drive:
        driven = drive_item(self.session, self.item)
        self.flow_runs.add(driven.flow_run)
        return driven

    def write(self, number: int, text: str = "Once upon a time") -> None:
        attempt = AttemptId(self.item, "draft", number)
        self.session.desk.claim(attempt, actor="ben")
        (self.session.engine.workspace.folder(self.item) / "draft.md").write_text(text)
        self.session.desk.complete(attempt, Submission(files=["draft.md"]), actor="ben")

    def answer(self, **words: Any) -> None:
        """Send the form's answer as the page does."""
        resume_flow_run(uuid.UUID(next(iter(self.flow_runs))), run_input=words)

    def flow_run(self) -> FlowRun:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(uuid.UUID(next(iter(self.flow_runs))))

    def task_runs(self, **states: str) -> dict[str, TaskRun]:
        """Give the task runs by name, once the server has caught up with these states."""
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[uuid.UUID(next(iter(self.flow_runs)))]))
        deadline = time.monotonic() + 15
        with get_client(sync_client=True) as client:
            while True:
                runs = {t.name: t for t in client.read_task_runs(flow_run_filter=wanted)}
                found = {n: r.state_name for n, r in runs.items()}
                if states.items() <= found.items() or time.monotonic() > deadline:
                    assert states.items() <= found.items()
                    return runs
                time.sleep(0.2)

    def status(self) -> str:
        view = self.session.engine.view(self.item)
        return item_status(self.item, view.plan, view.state).status

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.session.engine.store.read() as tx:
            found = [r.event for r in tx.records(self.item) if r.event.type == kind]
        return [dict(e.data) for e in found]


def _plan(session: Session) -> Plan:
    from dovetail.cli.compile import load_plan

    return load_plan(session.project, "story")


@pytest.fixture
def player(make_project: Callable[..., Session]) -> Player:
    return Player(make_project())


def test_a_story_from_start_to_end(player: Player, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="prefect")
    assert player.drive().state == "Suspended"
    assert player.status() == "waiting"
    shown = {"collect/1": "Completed", "draft/1": "AwaitingExecutor"}
    shown |= {"lint/1": "Completed", "pictures/skipped-1": "Skipped"}
    runs = player.task_runs(**shown)
    assert set(runs) == set(shown)
    assert {"step:draft", "role:writer", "kind:external"} <= set(runs["draft/1"].tags)
    sources = [i.id for i in runs["draft/1"].task_inputs["wait_for"]]
    assert sources == [runs["collect/1"].id]

    player.write(1)
    assert player.drive().state == "Suspended"
    player.task_runs(**{"draft/1": "Completed", "edit/1": "AwaitingReview"})

    player.answer(gate="edit", verdict="reject", reason="too short", reviewer="ana", to="draft")
    assert player.drive().state == "Suspended"
    (rejected,) = player.events("gate-rejected")
    assert (rejected["to"], rejected["reason"], rejected["executor"]) == (
        "draft",
        "too short",
        "ana",
    )
    player.task_runs(**{"edit/1": "Rejected", "draft/2": "AwaitingExecutor"})

    player.write(2, "Once upon a time there was more")
    player.drive()
    player.session.desk.decide(player.item, "edit", approve=True, reason="fine", actor="ana")
    assert player.drive().state == "Completed"

    assert player.status() == "completed"
    assert len(player.flow_runs) == 1
    assert player.flow_run().state_name == "Completed"
    assert player.flow_run().name == f"{player.item} · story 1.0.0"
    runs = player.task_runs(**{"keep/1": "Completed", "edit/2": "Completed"})
    assert all(t.state is not None and t.state.is_final() for t in runs.values())
    baseline = player.session.engine.workspace.baseline
    assert (baseline / "draft.md").read_text() == "Once upon a time there was more"
    assert (baseline / "lint.txt").read_text() == "clean\n"
    (integrated,) = player.events("integrated")
    assert integrated["message"] == "Doves, 7 words"
    engine = player.session.engine
    assert verify(engine.store, engine.workspace).problems == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_driving_again_without_news_changes_nothing(player: Player) -> None:
    player.drive()
    before = player.session.engine.view(player.item).state.events
    assert player.drive().events == 0
    assert player.session.engine.view(player.item).state.events == before
    assert len(player.flow_runs) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"reviewer": "nobody"}, "'nobody' is not an executor"),
        ({"reviewer": "ben"}, "the gate edit is for the role editor; ben has writer"),
        ({"verdict": "reject", "reason": "  "}, "a reason is needed"),
    ],
    ids=["unknown reviewer", "without the role", "without a reason"],
)
def test_an_invalid_answer_is_refused_and_asked_again(
    player: Player, words: dict[str, Any], said: str
) -> None:
    player.drive()
    player.write(1)
    player.drive()
    good = {"gate": "edit", "verdict": "approve", "reason": "fine", "reviewer": "ana"}
    player.answer(**good | words)
    assert player.drive().state == "Suspended"
    (answered,) = [a for a in player.events("form-answered") if a["outcome"] == "refused"]
    assert said in answered["reason"]
    assert player.events("gate-approved") == []
    player.answer(**good)
    assert player.drive().state == "Completed"
    assert [g["executor"] for g in player.events("gate-approved")] == ["ana"]


def test_an_answer_to_a_gate_that_was_decided_meanwhile_is_refused(player: Player) -> None:
    player.drive()
    player.write(1)
    player.drive()
    player.session.desk.decide(player.item, "edit", approve=False, reason="long", actor="eva")
    player.answer(gate="edit", verdict="approve", reason="fine", reviewer="ana")
    assert player.drive().state == "Suspended"
    outcomes = [a["outcome"] for a in player.events("form-answered")]
    assert outcomes[-1] == "refused"
    assert player.events("gate-approved") == []
    assert player.status() == "waiting"


def test_what_is_recorded_while_the_driver_suspends_is_not_lost(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window is wide: showing the picture in Prefect takes requests to its server."""
    player.drive()
    player.write(1)
    reconcile, said = Mirror.reconcile, []

    def meanwhile(self: Mirror, view: View) -> None:
        reconcile(self, view)
        if view.state.open_gates(view.plan) and not said:
            said.append(True)
            player.session.desk.decide(
                player.item, "edit", approve=True, reason="fine", actor="ana"
            )

    monkeypatch.setattr(Mirror, "reconcile", meanwhile)
    assert player.drive().state == "Completed"
    assert player.status() == "completed"


def test_a_driver_that_dies_before_the_form_is_saved_loses_no_form(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    player.drive()
    player.write(1)
    with monkeypatch.context() as patch:
        patch.setattr("prefect.input.run_input.RunInput.save", die)
        with pytest.raises(Killed):
            player.drive()
    assert player.drive().state == "Suspended"
    player.answer(gate="edit", verdict="approve", reason="fine", reviewer="ana")
    assert player.drive().state == "Completed"


WITH_EVIDENCE = """\
schema: dovetail/v1
name: story
version: 1.0.0
title: Judge
owner: editor
intake: none
changes:
  - {version: 1.0.0, date: 2026-01-01, author: editor, reason: the first, impact: none}
roles: {editor: Decides}
params: {topic: {type: string}}
evidence:
  look:
    result: {type: string, enum: [PASS, BLOCKED]}
    seen: {type: list, of: string}
    note: {type: string, optional: true}
steps:
  - key: work
    run: {command: [echo, "{{ params.topic }}"]}
  - key: judge
    role: editor
    gate:
      evidence: look
      approve_when: evidence.look.result == 'PASS'
      reject: {to: [work], limit: 1, then: block}
  - key: sign
    parallel: true
    role: editor
    gate: {reject: {to: [work], limit: 1, then: block}}
  - key: count
    parallel: true
    role: editor
    gate: {reject: {to: [work], limit: 1, then: block}}
"""


def test_evidence_comes_with_the_form_and_has_to_agree(
    make_project: Callable[..., Session],
) -> None:
    player = Player(make_project(WITH_EVIDENCE))
    player.drive()
    said = {"gate": "judge", "reason": "looked", "reviewer": "ana"}
    player.answer(**said, verdict="approve")
    player.drive()
    assert "takes evidence of the type look" in player.events("form-answered")[-1]["reason"]
    blocked = {"look__result": "BLOCKED", "look__seen": ["all"]}
    player.answer(**said, verdict="approve", **blocked)
    player.drive()
    assert "contradicts the verdict" in player.events("form-answered")[-1]["reason"]
    player.answer(**said, verdict="approve", look__result="PASS", look__seen=["all"])
    player.drive()
    (approved,) = player.events("gate-approved")
    assert approved["evidence"] == {"look": {"result": "PASS", "seen": ["all"]}}


def test_one_form_asks_for_every_open_gate(make_project: Callable[..., Session]) -> None:
    player = Player(make_project(WITH_EVIDENCE))
    player.drive()
    player.answer(
        gate="judge",
        verdict="approve",
        reason="looked",
        reviewer="ana",
        look__result="PASS",
        look__seen=[],
    )
    player.drive()
    assert player.events("suspended")[-1]["gates"] == {"count": 1, "sign": 1}
    for gate in ("sign", "count"):
        player.answer(gate=gate, verdict="approve", reason="fine", reviewer="ana")
        ended = player.drive()
    assert ended.state == "Completed"
    assert [g["step"] for g in player.events("gate-approved")] == ["judge", "sign", "count"]


def test_the_server_itself_refuses_what_the_form_does_not_offer(player: Player) -> None:
    player.drive()
    player.write(1)
    player.drive()
    with pytest.raises(Exception, match="'perhaps' is not one of"):
        player.answer(gate="edit", verdict="perhaps", reason="fine", reviewer="ana")
    assert player.flow_run().state_name == "Suspended"


def test_a_second_driver_leaves_and_names_the_holder(player: Player) -> None:
    folder = player.session.beside
    other = Session(player.session.project)
    with item_lock(folder, player.item), pytest.raises(RefusedError, match=r"process \d+ on"):
        drive_item(other, player.item)


def test_a_flow_edited_by_hand_refuses_to_run(player: Player) -> None:
    flow = player.session.project.flows / "story" / "v1_0_0.py"
    flow.write_text(flow.read_text().replace('role="writer"', 'role="editor"', 1))
    with pytest.raises(RefusedError) as refused:
        player.drive()
    assert "flows/story/v1_0_0.py:" in refused.value.message
    assert refused.value.way_out.startswith("dovetail compile story@1.0.0")
    assert player.events("attempt-claimed") == []
