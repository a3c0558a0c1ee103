"""What emitted flows do with what they declare: drive an item, and deliver its handoff files."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

from dovetail.errors import DovetailError, HeldError, RefusedError
from dovetail.plan import declare
from dovetail.runtime.actions import Context as Attempt

__all__ = ["Attempt", "Blueprint", "commit_handoffs"]


class Blueprint(declare.Blueprint):
    """A blueprint version that can be driven."""

    def drive(self, item: str, **arguments: Any) -> None:
        """Move a work item as far as it goes. The whole body of a flow.

        Args:
            item: the id of a registered work item.
            arguments: its params, under the names of the flow's signature.

        Raises:
            RefusedError: when the module was edited, or the item is on another plan or has other
                params, or another process drives it.
        """
        from prefect.client.orchestration import get_client
        from prefect.context import FlowRunContext
        from prefect.exceptions import Abort

        from dovetail.runtime.driver import Driver
        from dovetail.runtime.session import current_session

        context = FlowRunContext.get()
        if context is None or context.flow_run is None:
            raise RefusedError(
                f"{self.name} {self.version} was called as a function",
                f"dovetail run {item}",
            )
        session = current_session(Path.cwd())
        try:
            with session.lock(item), get_client(sync_client=True) as client:
                self._demand_same(session.engine.view(item), self.arguments(**arguments))
                Driver(session, item, client, context.flow_run.id).drive()
        except HeldError as error:  # the run is its holder's: leave it as it is
            raise Abort(str(error)) from error

    def _demand_same(self, view: Any, params: dict[str, Any]) -> None:
        refresh = f"dovetail compile {self.name}@{self.version}"
        if self.plan.digest != self.digest:
            raise RefusedError(
                f"the flow of {self.name} {self.version} was edited: it says {self.digest}, "
                f"its declarations are {self.plan.digest}",
                refresh,
            )
        if view.plan.digest != self.digest:
            raise RefusedError(
                f"{view.item} is on plan {view.plan.digest}, the flow on {self.digest}", refresh
            )
        registered = (view.state.registered or {}).get("params", {})
        given = {k: _as_registered(v) for k, v in params.items()}
        other = sorted(k for k, v in given.items() if v is not None and registered.get(k) != v)
        if other:
            raise RefusedError(
                f"{view.item} is registered with other values of {', '.join(other)}",
                "params are fixed when an item is registered",
            )


def _as_registered(value: Any) -> Any:
    """Give a value as the ledger keeps it: Prefect has made dates of texts."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_as_registered(v) for v in value]
    return value


def commit_handoffs(flow: Any, flow_run: Any, state: Any) -> None:  # noqa: ARG001 - named by Prefect
    """Deliver the handoff files that are recorded and not yet written.

    A hook of emitted flows. What it delivers was recorded in the same transaction as its event, so
    a hook that is lost with its process loses nothing.
    """
    from dovetail.runtime.session import current_session

    try:
        current_session(Path.cwd()).engine.flush(flow_run.parameters.get("item"))
    except DovetailError as error:
        logging.getLogger("dovetail").warning("handoff files wait in the outbox: %s", error)
