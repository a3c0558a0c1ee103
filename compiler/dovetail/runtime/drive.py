"""Running an item's flow, from outside: the one place that starts and resumes Prefect flow runs.

One item is one flow run from start to end, however many processes drive it. Under the item's lock a
run that a dead process left is set right first; then Prefect runs the flow's body from its top, and
the driver in it goes on from the ledger.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dovetail.errors import UnavailableError
from dovetail.kernel import Launch, decide
from dovetail.plan.model import Plan
from dovetail.runtime.engine import View
from dovetail.runtime.flows import demand_fresh, entrypoint
from dovetail.runtime.server import embedded_server, quiet
from dovetail.runtime.session import Session, use_session

__all__ = ["Drive", "drive_item", "prefect_api"]


@dataclass(frozen=True, slots=True)
class Drive:
    """What driving an item came to.

    Attributes:
        flow_run: the id of the item's flow run.
        state: the name of its state in Prefect.
        events: how many events were added.
    """

    flow_run: str
    state: str
    events: int


@contextmanager
def prefect_api(session: Session) -> Iterator[None]:
    """Have a Prefect server to talk to: the one that `PREFECT_API_URL` names, else our own.

    Raises:
        UnavailableError: when it does not answer.
    """
    home = session.project.private / "prefect"
    given = os.environ.get("PREFECT_API_URL")
    quiet(os.environ, None if given else home)
    if given:
        _demand_answer(given)
        yield
        return
    with embedded_server(home) as url:
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: url}):
            yield


def _demand_answer(url: str) -> None:
    import httpx

    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=10).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(
            f"the Prefect server {url} does not answer: {error}",
            "start it, or unset PREFECT_API_URL to use the embedded one",
        ) from error


def drive_item(session: Session, item: str) -> Drive:
    """Drive an item as far as it goes without anybody. Needs `prefect_api` around it.

    Raises:
        RefusedError: when its flow is missing, stale or edited, or another process drives it.
    """
    with session.lock(item), use_session(session):
        view = session.engine.view(item)
        demand_fresh(session.project, view.plan, in_flight=True)
        before = view.state.events
        while True:
            flow_run, state = _run(session, view)
            after = session.engine.view(item)
            # What somebody recorded between the driver's last look and its end is driven now.
            if after.state.over or _waits(after):
                return Drive(flow_run, state, after.state.events - before)
            view = after


def _waits(view: View) -> bool:
    """Tell whether the last thing that happened is that the run was suspended."""
    due = any(isinstance(r, Launch) for r in decide(view.plan, view.state))
    return view.state.suspended == view.state.events and not due


def _run(session: Session, view: View) -> tuple[str, str]:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import Pause
    from prefect.flow_engine import run_flow
    from prefect.flows import Flow, load_flow_from_entrypoint
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from dovetail.runtime.mirror import silence_projections

    silence_projections()
    root = session.project.root
    place = entrypoint(view.plan)
    with get_client(sync_client=True) as client, _working_folder(root):
        try:
            flow: Flow[..., Any] = load_flow_from_entrypoint(place)
        except Exception as error:  # whatever the module or Prefect finds wrong with it
            raise UnavailableError(
                f"Prefect can't load the flow {place}: {error}",
                "mend the cause and run the item again; nothing was changed",
            ) from error
        key = f"{session.engine.store.id}/{view.item}"  # a server may serve several stores
        run = _flow_run(client, flow, view, place, root, key)
        state = run.state
        if state is not None and _nothing_to_do(client, run, view):
            return str(run.id), state.name or ""
        run = _make_ready(client, run)
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            ended: Any
            try:
                ended = run_flow(flow, flow_run=run, return_type="state")
            except Pause as pause:
                ended = pause.state
        if ended is not None and (ended.is_failed() or ended.is_crashed()):
            _raise_cause(ended)
        return str(run.id), (ended.name if ended is not None else "") or ""


@contextmanager
def _working_folder(root: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(root)  # entrypoints are relative to the project's root, on every machine
    try:
        yield
    finally:
        os.chdir(before)


def _flow_run(client: Any, flow: Any, view: View, place: str, root: Path, key: str) -> Any:
    """Give the item's flow run; it is made once, whatever process asks for it."""
    plan = view.plan
    params = (view.state.registered or {}).get("params", {})
    return client.create_flow_run_from_deployment(
        _deployment(client, flow, plan, place, root),
        name=f"{view.item} · {plan.blueprint} {plan.version}",
        parameters={"item": view.item} | _arguments(flow, params),
        idempotency_key=key,
        tags=["dovetail", f"item:{view.item}", f"blueprint:{plan.blueprint}"],
    )


def _deployment(client: Any, flow: Any, plan: Plan, place: str, root: Path) -> Any:
    """Give the id of the version's deployment; one that an operator has deployed stays as it is."""
    from prefect.exceptions import ObjectNotFound

    try:
        return client.read_deployment_by_name(f"{plan.blueprint}/{plan.version}").id
    except ObjectNotFound:
        return client.create_deployment(
            flow_id=client.create_flow(flow),
            name=plan.version,
            version=plan.version,
            description=plan.title,
            entrypoint=place,
            path=str(root),
            tags=["dovetail", f"blueprint:{plan.blueprint}"],
            parameter_openapi_schema=flow.parameters.model_dump_for_openapi(),
        )


def _arguments(flow: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Give the params under the names of the flow's signature."""
    names = {n.rstrip("_"): n for n in flow.parameters.properties}
    return {names[p.replace("-", "_")]: v for p, v in params.items()}


def _nothing_to_do(client: Any, run: Any, view: View) -> bool:
    """Tell whether driving changes nothing: it is suspended, unanswered, and nothing is new."""
    if run.state.is_final():
        return bool(view.state.over and run.state.is_completed())
    if not (run.state.is_paused() and _waits(view)):
        return False
    form = f"suspended-w{view.state.events}-response"
    answered = client.filter_flow_run_input(run.id, key_prefix=form, limit=1, exclude_keys=set())
    return not answered


def _make_ready(client: Any, run: Any) -> Any:
    """Set a run right that is suspended, or that a dead process left running."""
    from prefect.states import Crashed, Scheduled

    if run.state.is_running() or run.state.is_pending():
        client.set_flow_run_state(run.id, Crashed(message="its driver died"), force=True)
        run = client.read_flow_run(run.id)
    if not run.state.is_scheduled():
        client.set_flow_run_state(run.id, Scheduled(name="Resuming"), force=True)
    return client.read_flow_run(run.id)


def _raise_cause(state: Any) -> None:
    from dovetail.errors import DovetailError

    error = state.data if isinstance(state.data, BaseException) else None
    if error is None:
        try:
            error = state.result(raise_on_failure=False)
        except Exception:  # noqa: BLE001 - it only serves to tell more
            error = None
    if isinstance(error, DovetailError):
        raise error
    raise UnavailableError(
        f"the flow run ended as {state.name}: {state.message}",
        "nothing recorded is lost: mend the cause and run the item again",
    ) from (error if isinstance(error, BaseException) else None)
