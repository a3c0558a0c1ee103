"""Suspending a flow run with words on it (SPEC 5.5).

Prefect's own `suspend_flow_run` takes no message, and what a suspended run says is all that an
operator sees in a list of runs. This does the same, with a message, and saves the form before the
run is suspended.
"""

from __future__ import annotations

import uuid
from typing import Any

from prefect._flow_run_suspension import mark_flow_run_suspension_requested
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import Pause
from prefect.input import RunInput, keyset_from_paused_state
from prefect.states import Suspended
from prefect.utilities.engine import propose_state_sync

from dovetail.errors import UnavailableError

__all__ = ["suspend"]


def suspend(
    client: SyncPrefectClient,
    flow_run: uuid.UUID,
    *,
    key: str,
    message: str,
    form: type[RunInput] | None,
) -> None:
    """End this process's part in a flow run, until somebody resumes it.

    Args:
        client: of the server that holds the run.
        flow_run: its id.
        key: of the suspension, and of the answers to its form; never used twice.
        message: what the run waits for.
        form: what is asked; None: nothing.

    Raises:
        Pause: always, when it was suspended; Prefect's engine takes it.
        UnavailableError: when the server does not allow it.
    """
    proposed: Any = Suspended(timeout_seconds=None, pause_key=key, message=message)
    keyset = keyset_from_paused_state(proposed)
    if form is not None:
        proposed.state_details.run_input_keyset = keyset
        # Before the run is suspended: a form that is not there could never be answered.
        form.save(keyset, flow_run_id=flow_run)
    state = propose_state_sync(client, proposed, flow_run_id=flow_run)
    if not state.is_paused():
        raise UnavailableError(
            f"the server did not suspend the flow run: it is {state.name}",
            "run the item again",
        )
    mark_flow_run_suspension_requested(flow_run, state)
    raise Pause(state=state)
