"""Showing an item's attempts as Prefect's task runs. The ledger is the truth; this is its picture.

Every attempt is one task run of the item's flow run, named `step/number` and tagged by step, role
and kind, with the edges of the plan. Attempts that wait for somebody are task runs that returned a
paused state; when they end, the same task run is run again to its last state.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State as PrefectState
from prefect.client.schemas.objects import StateDetails, StateType, TaskRun, TaskRunResult
from prefect.client.schemas.sorting import TaskRunSort
from prefect.futures import PrefectFuture
from prefect.states import Cancelled, Completed, Crashed, Failed, Paused
from prefect.task_engine import run_task_sync

from dovetail.kernel import Attempt, StepState, predecessors
from dovetail.plan.model import Plan, Step
from dovetail.runtime.engine import View

__all__ = ["Mirror", "silence_projections"]

_PAGE = 200


def silence_projections() -> None:
    """Keep Prefect from logging as an error what we want to show: waiting, or a failed step."""
    logger = logging.getLogger("prefect.task_runs")
    if not any(isinstance(f, _Silence) for f in logger.filters):
        logger.addFilter(_Silence())


class _Silence(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        # Of a failed step the ledger and our own lines tell; a waiting one is no failure at all.
        message = record.getMessage()
        return not message.startswith(("Finished in state", "Task run failed"))


class Mirror:
    """The task runs of one flow run.

    Args:
        client: of the server that holds the flow run.
        flow_run: its id.
        item: the work item.
        plan: the plan that the item is on.
    """

    def __init__(
        self, client: SyncPrefectClient, flow_run: uuid.UUID, item: str, plan: Plan
    ) -> None:
        self._client, self._flow_run, self._item, self._plan = client, flow_run, item, plan
        self._ids: dict[str, uuid.UUID] = {}
        self._shown: dict[str, StateType] = {}
        self._generations: dict[str, int] = {}
        for run in self._existing():
            self._ids[run.name] = run.id
            if run.state is not None:
                self._shown[run.name] = run.state.type

    def _existing(self) -> Iterable[TaskRun]:
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[self._flow_run]))
        offset = 0
        while True:
            page = self._client.read_task_runs(
                flow_run_filter=wanted, limit=_PAGE, offset=offset, sort=TaskRunSort.ID_DESC
            )
            yield from page
            if len(page) < _PAGE:
                return
            offset += _PAGE

    # --- automatic steps

    def submit(
        self, attempt: Attempt, body: Callable[[], PrefectState[Any] | None]
    ) -> PrefectFuture[Any]:
        """Start an automatic attempt as a task run of its own."""
        name = attempt.name

        def work(attempt: str) -> PrefectState[Any] | None:  # noqa: ARG001 - shown as a parameter
            return body()

        job = self._task(attempt, work)
        future = job.submit(f"{self._item}/{name}", wait_for=self._upstream(attempt))
        self._ids[name] = future.task_run_id
        self._shown[name] = StateType.RUNNING
        return future

    def interrupted(self, attempt: Attempt) -> None:
        """Show that an attempt's process died with its driver."""
        run = self._ids.get(attempt.name)
        if run is not None and self._shown.get(attempt.name) != StateType.COMPLETED:
            state: PrefectState[Any] = Crashed(message="interrupted: the driver died")
            self._client.set_task_run_state(run, state, force=True)
            self._shown[attempt.name] = StateType.CRASHED

    # --- steps that wait for somebody, and what was skipped or reused

    def reconcile(self, view: View) -> None:
        """Bring the picture up to the state; what is right already costs nothing."""
        made = (a for step in view.state.steps for a in step.attempts)
        self._generations = {a.name: a.generation for a in made}
        for spec, step in zip(self._plan.steps, view.state.steps, strict=True):
            if not spec.automatic:
                for attempt in step.attempts:
                    self._show(attempt)
            if step.phase == "skipped":
                self._show_outcome(view, spec, step, "skipped")
            elif step.result is not None and step.result.generation < step.generation:
                self._show_outcome(view, spec, step, "reused")

    def _show(self, attempt: Attempt) -> None:
        shown = self._shown.get(attempt.name)
        if shown is None:
            waiting = "AwaitingReview" if self._plan.step(attempt.step).gate else "AwaitingExecutor"
            self._project(attempt, lambda: Paused(name=waiting, timeout_seconds=None))
        if not attempt.open and self._shown[attempt.name] == StateType.PAUSED:
            self._project(attempt, lambda: _final(attempt))

    def _show_outcome(self, view: View, spec: Step, step: StepState, word: str) -> None:
        """Show what a generation of a step came to without an attempt."""
        name = f"{spec.key}/{word}-{step.generation}"
        if name not in self._shown:
            after = tuple(predecessors(self._plan, view.state, spec))
            attempt = Attempt(spec.key, 0, step.generation, after=after)
            told = partial(Completed, name=word.capitalize(), message=step.reason)
            self._project(attempt, told, name)

    def _project(
        self, attempt: Attempt, make: Callable[[], PrefectState[Any]], name: str = ""
    ) -> None:
        name = name or attempt.name
        # The state is made inside the task: one made before its start would be dropped as too old.
        job = self._task(attempt, lambda attempt: make(), name)  # noqa: ARG005
        run_id = uuid.uuid5(self._flow_run, name)
        known = name in self._ids
        run = self._known_run(job, attempt, name) if known else None
        _projecting = True
        try:
            state = run_task_sync(
                job,
                task_run_id=run_id,
                task_run=run,
                parameters={"attempt": f"{self._item}/{name}"},
                return_type="state",
                wait_for=None if run else self._upstream(attempt),
            )
        finally:
            self._ids[name] = run_id
        if state is not None:
            self._shown[name] = state.type

    def _known_run(self, job: Task[..., Any], attempt: Attempt, name: str) -> TaskRun:
        """Give the record of a task run that exists, so that it is run on and not anew."""
        edges: list[Any] = [TaskRunResult(id=i) for i in self._edges(attempt)]
        return TaskRun(
            id=self._ids[name],
            task_key=job.task_key,
            dynamic_key=name,
            name=name,
            tags=list(job.tags),
            flow_run_id=self._flow_run,
            state=Paused(timeout_seconds=None),
            task_inputs={"wait_for": edges},
        )

    def _task(self, attempt: Attempt, body: Callable[[str], Any], name: str = "") -> Task[..., Any]:
        spec = self._plan.step(attempt.step)
        return Task(
            body,
            name=spec.key,
            task_run_name=name or attempt.name,
            tags={f"step:{spec.key}", f"role:{spec.role}", f"kind:{spec.kind}"},
            persist_result=False,
            cache_policy=NO_CACHE,
        )

    def _edges(self, attempt: Attempt) -> list[uuid.UUID]:
        """Give the task runs that an attempt was queued after."""
        found = []
        for step, number, generation in attempt.after:
            name = f"{step}/{number}" if number else f"{step}/skipped-{generation}"
            if self._generations.get(name, generation) < generation:
                # A result that was reused stands where it counted again, not where it was made. The
                # server may not tell of that run yet, but its id follows from its name.
                found.append(uuid.uuid5(self._flow_run, f"{step}/reused-{generation}"))
            elif name in self._ids:
                found.append(self._ids[name])
        return found

    def _upstream(self, attempt: Attempt) -> list[PrefectState[Any]]:
        """Give states that stand for those task runs, which another process may have run."""
        return [
            PrefectState(
                type=StateType.COMPLETED, data=0, state_details=StateDetails(task_run_id=i)
            )
            for i in self._edges(attempt)
        ]


def _final(attempt: Attempt) -> PrefectState[Any]:
    by = f"by {attempt.executor}" if attempt.executor else None
    match attempt.status:
        case "completed":
            return Completed(message=attempt.reason or by)
        case "rejected":
            return Completed(name="Rejected", message=attempt.reason or by)
        case "failed":
            return Failed(message=attempt.reason)
        case "superseded":
            return Cancelled(name="Superseded", message="rework overtook it")
        case "late":
            return Cancelled(name="Late", message="others were enough")
        case status:
            return Cancelled(name=status.capitalize(), message="overtaken before it was claimed")
