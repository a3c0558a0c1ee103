"""The body of every emitted flow: one driver of the kernel, inside a Prefect flow run.

It asks the engine what to launch, starts automatic attempts as tasks, shows what waits for
somebody, and, when nothing more can run without a person, suspends the run once for everything that
is open. Tasks only report, through a queue: one thread records. Whatever this process loses by
dying, the next one finds in the ledger.
"""

from __future__ import annotations

import queue
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State as PrefectState
from prefect.futures import PrefectFuture
from prefect.states import Failed

from dovetail.errors import DovetailError, ExpressionFailedError, RefusedError
from dovetail.insight.status import next_actions
from dovetail.judge import Judge, Result
from dovetail.kernel import Attempt, Event, EventType, Launch, decide, unmet
from dovetail.plan.values import read_values
from dovetail.runtime import actions
from dovetail.runtime.answers import RUNNER
from dovetail.runtime.commands import Desk, read_evidence
from dovetail.runtime.engine import View
from dovetail.runtime.form import build_form, read_answer
from dovetail.runtime.mirror import Mirror
from dovetail.runtime.session import Session
from dovetail.runtime.suspend import suspend
from dovetail.workspace import read_by, results

__all__ = ["Driver"]

_POLL_SECONDS = 0.5
"""How soon what others record is taken up while tasks run."""


class Driver:
    """Drives one item inside its flow run. The caller holds the item's lock.

    Args:
        session: store, workspace, registry.
        item: the work item.
        client: of the server that holds the flow run.
        flow_run: its id.
    """

    def __init__(
        self, session: Session, item: str, client: SyncPrefectClient, flow_run: uuid.UUID
    ) -> None:
        self._session, self._item = session, item
        self._engine, self._desk = session.engine, Desk(session.engine, session.registry)
        self._client, self._flow_run = client, flow_run
        self._view = self._engine.view(item)
        self._mirror = Mirror(client, flow_run, item, self._view.plan)
        self._reports: queue.SimpleQueue[tuple[Attempt, Event]] = queue.SimpleQueue()
        self._running: dict[tuple[str, int], PrefectFuture[Any]] = {}
        self._refusal = ""
        self._shown = 0

    def drive(self) -> None:
        """Take the item as far as it goes without anybody."""
        self._engine.flush(self._item)
        self._recover()
        self._take_answers()
        try:
            while True:
                self._advance()
                if self._running:
                    self._await_report()
                elif self._view.state.over:
                    return
                else:
                    self._suspend()
        finally:
            self._end_processes()

    def _end_processes(self) -> None:
        """Leave no process behind when we are stopped midway; their attempts are interrupted."""
        for step, number in self._running:
            actions.end_orphans(self._session.run_folder(self._item, step, number))

    def _record(self, *events: Event, automatic: bool = False) -> list[Any]:
        self._view, records = self._engine.record(
            self._item, lambda _view: events, actor=RUNNER, automatic=automatic
        )
        return records

    def _recover(self) -> None:
        """End what a dead driver left: we hold its lock, so nobody else is at it."""
        left = [a for a in self._view.state.in_flight.values() if a.executor == RUNNER]
        for attempt in left:
            actions.end_orphans(self._private(attempt))
            reason = "interrupted: its driver died"
            data = _held(attempt) | {"reason": reason, "interrupted": True}
            self._record(Event(EventType.FAILED, data))
            self._mirror.interrupted(attempt)

    def _advance(self) -> None:
        """Launch what can be launched, in the order of the decision."""
        records = self._record(automatic=True)
        self._mirror.reconcile(self._view)  # first: what is started hangs on what has ended
        self._shown = self._view.state.events
        for record in records:
            data = record.event.data
            if record.event.type is EventType.CLAIMED and data["executor"] == RUNNER:
                attempt = self._view.state.attempt(self._view.plan, data["step"], data["attempt"])
                if attempt is not None and attempt.status == "claimed":
                    self._start(attempt)

    def _start(self, attempt: Attempt) -> None:
        """Hand an attempt to a thread: it does the work, looks at the result, and reports."""
        view = self._view
        context = self._context(view, attempt)
        private = self._private(attempt)
        judge = self._engine.judge(view)
        artifacts = judge.artifacts(attempt.step)

        def body() -> PrefectState[Any] | None:
            try:
                report = actions.carry_out(context, self._engine.workspace, private, artifacts)
                event = self._outcome(judge, attempt, report)
            except BaseException as error:  # noqa: BLE001 - the driver must not wait for ever
                event = _failure(attempt, f"{type(error).__name__}: {error}")
            self._reports.put((attempt, event))
            failed = event.type is EventType.FAILED
            return Failed(message=event.data["reason"]) if failed else None

        self._running[attempt.step, attempt.number] = self._mirror.submit(attempt, body)

    def _context(self, view: View, attempt: Attempt) -> actions.Context:
        spec = view.plan.step(attempt.step)
        values = self._engine.judge(view).values(spec.key)
        with self._engine.store.read() as tx:
            known = tx.handoffs(self._item)
        read = results(read_by(view.plan, view.state, spec.key), known)
        workspace = self._engine.workspace
        return actions.Context(
            attempt=f"{self._item}/{spec.key}/{attempt.number}",
            step=spec,
            values=values,
            folder=workspace.folder(self._item),
            root=self._session.project.root,
            handoffs=tuple(str(workspace.root / h.path) for h in read),
            key=actions.idempotency_key(spec, values),
        )

    def _await_report(self) -> None:
        try:
            attempt, event = self._reports.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            return
        try:
            self._record(event)
        except RefusedError:
            self._view = self._engine.view(self._item)
            if not self._view.state.over:  # else it was closed meanwhile, and this attempt with it
                raise
        self._running.pop((attempt.step, attempt.number)).wait()

    def _outcome(self, judge: Judge, attempt: Attempt, report: actions.Report) -> Event:
        """Tell what an attempt came to: unmet exit criteria make it a failure (SPEC 5.4)."""
        if report.failure is not None:
            return _failure(attempt, report.failure)
        if judge.plan.step(attempt.step).kind == "integrate":
            told = {"artifacts": report.files, "message": report.message}
            return Event(EventType.INTEGRATED, _held(attempt) | told)
        try:
            return self._completion(judge, attempt, report)
        except DovetailError as error:
            return _failure(attempt, error.message)

    def _completion(self, judge: Judge, attempt: Attempt, report: actions.Report) -> Event:
        workspace, spec = self._engine.workspace, judge.plan.step(attempt.step)
        what = f"outputs of {self._item}/{attempt.step}/{attempt.number}"
        outputs = read_values(spec.outputs, report.outputs, what=what, way_out="mend the step")
        evidence = read_evidence(judge.plan, report.evidence)
        told = Result(outputs, evidence, {})
        expected = judge.expected_files(attempt.step, attempt.number, told)
        wanted = [*report.files, *expected]
        with workspace.declared(self._item, dict.fromkeys(wanted)) as files:
            result = Result(outputs, evidence, files)
            criteria = judge.criteria(attempt.step, attempt.number, result)
            lacking = unmet(spec, criteria)
            if lacking is not None:
                raise RefusedError(lacking)
            return Event(EventType.COMPLETED, _held(attempt) | result.to_data(criteria))

    # --- suspending, and the answers to forms

    def _suspend(self) -> None:
        """End this process's part until somebody acts: one form for every open decision.

        Others record while we look: whoever was quicker than our event has it decided anew.
        """

        def make(view: View) -> list[Event]:
            due = any(isinstance(r, Launch) for r in decide(view.plan, view.state))
            if due or view.state.events != self._shown:
                return []
            asked = {g: a.number for g, a in view.state.open_gates(view.plan).items()}
            form = f"w{view.state.events + 1}"
            return [Event(EventType.SUSPENDED, {"form": form, "gates": asked})]

        self._view, records = self._engine.record(self._item, make, actor=RUNNER)
        view = self._view
        if view.state.suspended != view.state.events or not records:
            return  # there is news: go on
        key, gates = f"w{view.state.suspended}", view.state.open_gates(view.plan)
        form = None
        if gates:
            form = build_form(
                self._item,
                view.title,
                view.plan,
                view.state,
                gates,
                reviewers=self._reviewers(gates),
                refusal=self._refusal,
            )
        required = map(str, next_actions(self._item, view.plan, view.state))
        message = "\n".join(required) or "nothing is required"
        suspend(self._client, self._flow_run, key=key, message=message, form=form)

    def _reviewers(self, gates: Iterable[str]) -> list[str]:
        """Give who may decide at one of the gates."""
        registry, found = self._desk.registry, set()
        for spec in map(self._view.plan.step, gates):
            if spec.gate is not None:
                roles = spec.gate.reviewers or (spec.role,)
                names = {n for role in roles for n in registry.names(role)}
                people = {n for n in names if registry.get(n).kind == "person"}
                found |= people if spec.gate.human else names
        return sorted(found)

    def _take_answers(self) -> None:
        """Record the answers that forms got, each once, and close the forms that got none."""
        if not self._view.state.forms:
            return
        for form, gates in list(self._view.state.forms.items()):
            inputs = self._client.filter_flow_run_input(
                self._flow_run,
                key_prefix=f"suspended-{form}-response",
                limit=1,
                exclude_keys=set(),
            )
            answer = inputs[0].decoded_value if inputs else None
            if isinstance(answer, Mapping) and gates:
                self._take(form, gates, answer)
            else:
                told = {"form": form, "outcome": "superseded", "reason": "the run went on"}
                self._record(Event(EventType.ANSWERED, told))

    def _take(self, form: str, gates: Mapping[str, int], answer: Mapping[str, Any]) -> None:
        words, given = read_answer(self._view.plan, gates, answer)
        try:
            self._desk.decide(
                self._item,
                str(words["gate"]),
                approve=words["verdict"] == "approve",
                reason=str(words["reason"] or ""),
                to=words["to"] if words["verdict"] == "reject" else None,
                given=given,
                actor=str(words["reviewer"] or "").strip(),
                attempt=gates.get(str(words["gate"])),
                answers=form,
            )
            self._view = self._engine.view(self._item)
        except (RefusedError, ExpressionFailedError) as error:
            self._refusal = error.message
            told = {"form": form, "outcome": "refused", "reason": error.message}
            self._record(Event(EventType.ANSWERED, told))

    def _private(self, attempt: Attempt) -> Any:
        return self._session.run_folder(self._item, attempt.step, attempt.number)


def _held(attempt: Attempt) -> dict[str, Any]:
    return {
        "step": attempt.step,
        "attempt": attempt.number,
        "executor": RUNNER,
        "fence": attempt.fence,
    }


def _failure(attempt: Attempt, reason: str) -> Event:
    return Event(EventType.FAILED, _held(attempt) | {"reason": reason, "interrupted": False})
