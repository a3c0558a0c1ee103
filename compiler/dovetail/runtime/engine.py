"""Recording: the one way in which an item's history grows.

Whoever has something to say (a command, a form, the flow's driver) gives events; the engine checks
them against the kernel, adds what follows from them without anybody's help (skips, rework,
blockers, the queueing of external steps and gates: SPEC 5.3), and commits it all with the handoff
files in one transaction. If another writer was first, it folds again and asks anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from dovetail import canonical, kernel
from dovetail.errors import (
    DovetailError,
    RefusedError,
    StaleError,
    UnavailableError,
)
from dovetail.judge import Expressions, Judge
from dovetail.kernel import Event, EventType, State
from dovetail.plan.model import Plan
from dovetail.runtime.answers import RUNNER, answers
from dovetail.runtime.folder import ItemFolder
from dovetail.store import Conflict, Handoff, Item, Record, Store, Transaction, Work, project
from dovetail.workspace import (
    HANDOFF_EVENTS,
    Context,
    Workspace,
    document,
    file_name,
    links,
    twin,
    whats_next,
)

T = TypeVar("T")

__all__ = ["Engine", "View", "busy", "utc_now"]


def utc_now() -> str:
    """Give the time as RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class View:
    """An item as its events say. `state` belongs to the view."""

    item: str
    plan: Plan
    state: State
    title: str


@dataclass(slots=True)
class _Draft:
    """Events that were applied and are to be committed, each with what its handoff file says."""

    view: View
    expected: int
    entries: list[tuple[Event, Context | None]] = field(default_factory=list)

    def put(self, event: Event) -> None:
        plan, state = self.view.plan, self.view.state
        # What is decided on, and what its file says, is what the ledger will say: nothing else.
        event = Event(event.type, _normal(event.data))
        kernel.apply(plan, state, event)
        context = None
        if event.type in HANDOFF_EVENTS:
            context = Context.of(self.view.title, plan, state, event)
        self.entries.append((event, context))


def _normal(value: Any) -> Any:
    try:
        return canonical.normal(value)
    except ValueError as error:
        raise RefusedError(
            f"this can't be kept: {error}", "the ledger takes texts, whole numbers, lists, objects"
        ) from None


def busy(held: Work) -> RefusedError:
    """Say that an executor does one task at a time."""
    return RefusedError(
        f"{held.executor} holds {held.id} and does one task at a time",
        f"end it first: dovetail complete {held.id} (or fail) --as {held.executor}",
    )


@contextmanager
def _refusals(item: str) -> Iterator[None]:
    """Tell the kernel's refusals to a user: it does not know the item's name."""
    try:
        yield
    except kernel.Refused as refusal:
        kind = StaleError if refusal.stale else RefusedError
        raise kind(
            f"{item}: {refusal.message}", refusal.way_out.replace(" ITEM", f" {item}")
        ) from None


class Engine:
    """Reads and writes items.

    Args:
        store: the ledger and its projections.
        workspace: where handoff files are delivered.
        clock: gives the time of an event as a text.
    """

    def __init__(
        self, store: Store, workspace: Workspace, clock: Callable[[], str] = utc_now
    ) -> None:
        self.store, self.workspace, self._clock = store, workspace, clock
        self._plans: dict[str, Plan] = {}
        self._expressions: dict[str, Expressions] = {}

    # --- reading

    def view(self, item: str) -> View:
        """Fold an item's history.

        Raises:
            NotFoundError: when there is no such item.
        """
        with self.store.read() as tx:
            line = tx.item(item)
            plan = self._plan(tx, line.digest)
            state = State.initial(plan)
            for record in tx.records(item):
                try:
                    kernel.apply(plan, state, record.event)
                except kernel.Refused as refusal:
                    raise RefusedError(
                        f"the history of {item} can't be replayed: "
                        f"the plan does not allow event {record.n}: {refusal.message}",
                        f"dovetail history verify {item} tells what else is wrong",
                    ) from None
        return View(item, plan, state, line.title)

    def _plan(self, tx: Transaction, digest: str) -> Plan:
        if digest not in self._plans:
            self._plans[digest] = tx.plan(digest)
        return self._plans[digest]

    def look(self, item: str, ask: Callable[[View], T]) -> T:
        """Ask something of an item's state, with the kernel's refusals told to a user.

        Raises:
            NotFoundError: when there is no such item.
            RefusedError: when the kernel refuses.
        """
        with _refusals(item):
            return ask(self.view(item))

    def judge(self, view: View) -> Judge:
        """Give what tells what is true of an item."""
        digest = view.plan.digest
        if digest not in self._expressions:
            self._expressions[digest] = Expressions(view.plan)
        files = ItemFolder(self.workspace, view.item)
        known = self._expressions[digest]
        return Judge(view.item, view.title, view.plan, view.state, files, known)

    # --- writing

    def register(self, line: Item, plan: Plan, registered: Event, *, actor: str) -> list[Record]:
        """Add an item; `line.seq` and `line.id` must be those of the next number.

        Raises:
            Conflict: when the number was taken meanwhile.
        """
        line, actor = replace(line, title=_normal(line.title)), _normal(actor)
        view = View(line.id, plan, State.initial(plan), line.title)
        draft = _Draft(view, 0)
        draft.put(registered)
        self._follow(draft, automatic=False)
        self.workspace.demand_writable(line.id)
        with self.store.write() as tx:
            if tx.next_seq() != line.seq:
                raise Conflict(f"the number {line.seq} was taken by another item")
            tx.add_plan(plan)
            tx.add_item(line)
            records = self._commit(tx, draft, line.seq, actor)
        self.deliver(line.id)
        return records

    def record(
        self,
        item: str,
        make: Callable[[View], Iterable[Event]],
        *,
        actor: str,
        automatic: bool = False,
        deliver: bool = True,
    ) -> tuple[View, list[Record]]:
        """Commit what `make` says of the item, and what follows from it.

        Args:
            item: the item's id.
            make: gives events for a view; it is asked again when another writer was first.
            actor: who says it.
            automatic: whether automatic steps are launched too: only the flow's driver does.
            deliver: whether handoff files are delivered at once; else `deliver` has to be called.

        Returns:
            The view after it, and the records that were added.

        Raises:
            RefusedError: when a rule forbids it; nothing is changed then.
        """
        actor = _normal(actor)
        while True:
            view = self.view(item)
            draft = _Draft(view, view.state.events)
            with _refusals(item):
                for event in make(view):
                    draft.put(event)
                self._follow(draft, automatic=automatic)
            if not draft.entries:
                return view, []
            self.workspace.demand_writable(item)
            try:
                with self.store.write() as tx:
                    self._demand_free(tx, draft)
                    records = self._commit(tx, draft, tx.item(item).seq, actor)
            except Conflict:
                continue
            if deliver:
                self.deliver(item)
            return view, records

    def _demand_free(self, tx: Transaction, draft: _Draft) -> None:
        """Hold an executor to one task at a time, over all items (SPEC 5.4)."""
        for event, _ in draft.entries:
            if event.type is EventType.CLAIMED and event.data["executor"] != RUNNER:
                held = tx.held_by(event.data["executor"])
                if held is not None:
                    raise busy(held)

    def _follow(self, draft: _Draft, *, automatic: bool) -> None:
        """Answer the kernel's requests as far as nobody is needed for it."""
        judge = self.judge(draft.view)
        before = -1
        while before < len(draft.entries):
            before = len(draft.entries)
            for event in answers(judge, automatic=automatic):
                draft.put(event)

    def _commit(self, tx: Transaction, draft: _Draft, item_seq: int, actor: str) -> list[Record]:
        view, item = draft.view, draft.view.item
        events = [event for event, _ in draft.entries]
        records = tx.append(item, draft.expected, events, time=self._clock(), actor=actor)
        prior = tx.handoffs(item)
        fresh: list[Handoff] = []
        then = whats_next(item, view.plan, view.state)
        for record, (_, context) in zip(records, draft.entries, strict=True):
            if context is not None:
                before = links(context, [*prior, *fresh])
                told = replace(context, next=then)
                body = document(self.store.id, view.plan, record, told, before)
                path = self.workspace.handoff_path(item, file_name(record))
                fresh.append(Handoff.of(item, record.n, path, body))
        tx.queue_handoffs(fresh)
        status, work = project(item, item_seq, view.plan, view.state)
        tx.project(item, status=status, events=view.state.events, work=work)
        return records

    def deliver(self, item: str) -> None:
        """Deliver what was recorded.

        Raises:
            UnavailableError: when the workspace can't be written; what is recorded stays.
        """
        try:
            self.flush(item)
        except DovetailError as error:
            raise UnavailableError(
                f"it is recorded, but handoff files of {item} wait in the outbox: {error.message}",
                f"don't repeat the command: mend the cause, then dovetail repair {item}",
            ) from error

    def flush(self, item: str | None = None) -> None:
        """Deliver what waits in the outbox; done again, it changes nothing.

        Raises:
            UnavailableError: when the workspace can't be written; nothing is lost by it.
        """
        with self.store.read() as tx:
            waiting = tx.handoffs(item, undelivered=True)
        for handoff in waiting:
            body = handoff.body or b""
            self.workspace.deliver(handoff.path, body)
            self.workspace.deliver(handoff.path.removesuffix(".json") + ".md", twin(body))
        if waiting:
            with self.store.write() as tx:
                tx.delivered(waiting)
