"""What people and agents say of work items: each function is one command, whoever calls it.

A command looks at the item, makes the event, and hands it to the engine; the kernel allows it or
not. So the command line, the form in Prefect's pages and a collector all say the same thing.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dovetail.canonical import sha256_hex
from dovetail.errors import HandoffError, NotFoundError, RefusedError
from dovetail.judge import Result
from dovetail.kernel import (
    Attempt,
    Event,
    EventType,
    held,
    open_gate,
    rework_targets,
    shown,
    unmet,
)
from dovetail.plan.model import Plan
from dovetail.plan.values import read_values
from dovetail.runtime.engine import Engine, View, busy
from dovetail.runtime.executors import Executor, Registry
from dovetail.store import Conflict, Item, Record, Work
from dovetail.workspace import read_by, results

__all__ = ["AttemptId", "Desk", "Submission"]

_ITEM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")


@dataclass(frozen=True, slots=True)
class AttemptId:
    """The parts of `ITEM/STEP/NUMBER`."""

    item: str
    step: str
    number: int

    @classmethod
    def read(cls, text: str) -> AttemptId:
        """Read it as a person writes it.

        Raises:
            RefusedError: when it is not of that form.
        """
        item, _, rest = text.partition("/")
        step, _, number = rest.partition("/")
        if not (item and step and _NUMBER.match(number)):
            raise RefusedError(
                f"{text!r} is not an attempt; an attempt is written ITEM/STEP/NUMBER",
                "for example WI-000001/draft/1; dovetail status ITEM lists them",
            )
        return cls(item, step, int(number))

    def __str__(self) -> str:
        return f"{self.item}/{self.step}/{self.number}"


@dataclass(frozen=True, slots=True)
class Submission:
    """What comes with a completion or a decision.

    Attributes:
        outputs: as given, before they are read against the declared fields.
        evidence: evidence type → record.
        files: paths in the item's folder, or of files to be copied there.
    """

    outputs: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Sequence[str] = ()


class Desk:
    """Where commands are given: an engine, and the registry of who may act.

    Args:
        engine: reads and writes items.
        registry: the executors.
    """

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self.engine, self.registry = engine, registry

    def add_item(
        self,
        plan: Plan,
        *,
        title: str = "",
        params: Mapping[str, Any],
        item: str | None = None,
        actor: str,
    ) -> str:
        """Register a work item and give its id.

        Raises:
            RefusedError: when the params don't fit, or the id is taken or odd.
        """
        way_out = f"give them as --param NAME=VALUE; dovetail plan {plan.ref} shows them"
        values = read_values(plan.params, params, what=f"params of {plan.ref}", way_out=way_out)
        if item is not None and not _ITEM_ID.match(item):
            raise RefusedError(
                f"{item!r} is not an item id: letters, digits, `.`, `_` and `-`, at most 63",
                "leave --id out to have one given",
            )
        while True:
            with self.engine.store.read() as tx:
                seq, taken = tx.next_seq(), {i.id for i in tx.items()}
            # A number whose id somebody has chosen is passed over: ids are never used twice.
            given = (f"WI-{n:06}" for n in itertools.count(seq))
            name = item or next(n for n in given if n not in taken)
            if name in taken:
                raise RefusedError(
                    f"the id {name} is taken; ids are never used twice",
                    "choose another, or leave --id out to have one given",
                )
            title = title or plan.title
            line = Item(name, seq, plan.blueprint, plan.version, plan.digest, title, "", 0)
            data = {
                "blueprint": plan.blueprint,
                "version": plan.version,
                "digest": plan.digest,
                "title": title,
                "params": values,
                "intake": bool(plan.intake),
            }
            try:
                event = Event(EventType.REGISTERED, data)
                self.engine.register(line, plan, event, actor=actor)
            except Conflict:
                continue
            return name

    def intake(self, item: str, *, reason: str, actor: str) -> list[Record]:
        """Accept an item, so that its work may start."""
        who = self.registry.get(actor)
        _demand_reason(reason)
        data = {"decision": "accept", "reason": reason} | who.to_data()
        return self._say(item, [Event(EventType.INTAKE, data)], actor)

    def _say(self, item: str, events: Iterable[Event], actor: str) -> list[Record]:
        said = list(events)
        return self.engine.record(item, lambda _view: said, actor=actor)[1]

    def open_work(self, role: str, *, limit: int | None = None) -> list[Work]:
        """Give what waits for executors of a role, in the order of SPEC 5.4."""
        with self.engine.store.read() as tx:
            found = tx.work(roles=[role])
        waiting = [w for w in found if w.kind == "external" and w.executor is None]
        return waiting[:limit]

    def demand_free(self, actor: str) -> None:
        """Refuse an executor who holds a claim.

        Raises:
            RefusedError: it names the claim.
        """
        with self.engine.store.read() as tx:
            held_now = tx.held_by(actor)
        if held_now is not None:
            raise busy(held_now)

    def claim(self, attempt: AttemptId, *, actor: str) -> int:
        """Claim an attempt for the actor; gives the fencing number of the claim."""
        who = self.registry.get(actor)

        def make(view: View) -> list[Event]:
            data = {"step": attempt.step, "attempt": attempt.number} | who.to_data()
            read = self._read_handoffs(view, attempt)
            return [Event(EventType.CLAIMED, data | {"fence": _next(view), "handoffs": read})]

        view, _ = self.engine.record(attempt.item, make, actor=actor)
        claimed = view.state.attempt(view.plan, attempt.step, attempt.number)
        return claimed.fence or 0 if claimed else 0

    def _read_handoffs(self, view: View, attempt: AttemptId) -> list[dict[str, str]]:
        """Verify what the executor will read, and give paths and digests (SPEC 5.4)."""
        if attempt.step not in view.plan.position:
            return []
        self.engine.flush(attempt.item)
        with self.engine.store.read() as tx:
            known = tx.handoffs(attempt.item)
        needed = results(read_by(view.plan, view.state, attempt.step), known)
        for handoff in needed:
            body = self.engine.workspace.read(handoff.path)
            if body is None or "sha256:" + sha256_hex(body) != handoff.sha256:
                state = "missing" if body is None else "altered"
                raise HandoffError(
                    f"the handoff {handoff.path} is {state}; {attempt} reads it",
                    f"dovetail repair {attempt.item} writes it again from the ledger",
                )
        return [{"path": h.path, "sha256": h.sha256} for h in needed]

    def complete(
        self, attempt: AttemptId, given: Submission, *, actor: str, fence: int | None = None
    ) -> list[Record]:
        """Complete a claimed attempt; with what is given, its exit criteria must hold."""
        self.registry.get(actor)
        workspace = self.engine.workspace

        def demand_mine(view: View) -> tuple[dict[str, Any], Attempt]:
            mine = _mine(view, attempt, actor, fence)
            return mine, held(view.plan, view.state, mine)[2]

        self.engine.look(attempt.item, demand_mine)  # before any file is touched
        with workspace.declared(attempt.item, given.files) as files:

            def make(view: View) -> list[Event]:
                mine, found = demand_mine(view)
                spec = view.plan.step(attempt.step)
                outputs = read_values(
                    spec.outputs,
                    given.outputs,
                    what=f"outputs of {attempt}",
                    way_out="give them as --output NAME=VALUE",
                )
                evidence = read_evidence(view.plan, given.evidence)
                judge = self.engine.judge(view)
                result = Result(outputs, evidence, files)
                criteria = judge.criteria(attempt.step, attempt.number, result)
                lacking = None if found.overtaken else unmet(spec, criteria)
                if lacking is not None:
                    raise RefusedError(
                        lacking, "meet them and complete again; the attempt stays claimed"
                    )
                return [Event(EventType.COMPLETED, mine | result.to_data(criteria))]

            records = self.engine.record(attempt.item, make, actor=actor, deliver=False)[1]
        self.engine.deliver(attempt.item)  # by now the completion stands, whatever happens here
        return records

    def fail(
        self, attempt: AttemptId, *, reason: str, actor: str, fence: int | None = None
    ) -> list[Record]:
        """Say that a claimed attempt has failed."""
        self.registry.get(actor)
        _demand_reason(reason)

        def make(view: View) -> list[Event]:
            data = _mine(view, attempt, actor, fence) | {"reason": reason, "interrupted": False}
            return [Event(EventType.FAILED, data)]

        return self.engine.record(attempt.item, make, actor=actor)[1]

    def requeue(self, attempt: AttemptId, *, reason: str, actor: str) -> list[Record]:
        """Queue a step again after a failed attempt."""
        self.registry.get(actor)
        _demand_reason(reason)
        data = {"step": attempt.step, "attempt": attempt.number, "reason": reason}
        return self._say(attempt.item, [Event(EventType.REQUEUED, data)], actor)

    def unblock(self, item: str, blocker: int, *, notes: str, actor: str) -> list[Record]:
        """Resolve a blocker; of a limit, this grants one more."""
        self.registry.get(actor)
        _demand_reason(notes)
        data = {"blocker": blocker, "notes": notes}
        return self._say(item, [Event(EventType.UNBLOCKED, data)], actor)

    def decide(
        self,
        item: str,
        step: str,
        *,
        approve: bool,
        reason: str,
        to: str | None = None,
        given: Submission = Submission(),
        actor: str,
        attempt: int | None = None,
        answers: str | None = None,
    ) -> list[Record]:
        """Decide a gate.

        Args:
            item, step: the gate.
            approve: the verdict; a rejection without `to` means the first allowed target.
            reason: why.
            to: for a rejection, the step to go back to.
            given: evidence that comes with the verdict.
            actor: who decides.
            attempt: the attempt that the decision speaks of; None: the one that is open.
            answers: the form that the decision came from.
        """
        who = self.registry.get(actor)
        _demand_reason(reason)
        if approve and to is not None:
            raise RefusedError(
                f"an approval goes on; it can't send the item to {to}", "leave --to out, or reject"
            )

        def make(view: View) -> list[Event]:
            spec = view.plan.position.get(step)
            if spec is None:
                gates = ", ".join(s.key for s in view.plan.steps if s.gate) or "none"
                raise NotFoundError(
                    f"{view.plan.ref} has no gate {step}; it has {gates}", f"dovetail status {item}"
                )
            now = view.state.steps[spec].attempts
            if not now:
                raise RefusedError(f"{step} of {item} is not open yet", f"dovetail status {item}")
            number = attempt or now[-1].number
            data = self._verdict(view, step, number, given, who) | {"reason": reason}
            kind = EventType.APPROVED
            if not approve:
                kind = EventType.REJECTED
                targets = rework_targets(view.plan, view.state, step)
                data["to"] = to or (targets[0] if targets else "")
            told = {"form": answers, "outcome": "recorded", "reason": ""}
            # The answer first: the decision may end the item, and then nothing more is said of it.
            answered = [Event(EventType.ANSWERED, told)] if answers else []
            return [*answered, Event(kind, data)]

        return self.engine.record(item, make, actor=actor)[1]

    def _verdict(
        self, view: View, step: str, number: int, given: Submission, who: Executor
    ) -> dict[str, Any]:
        found = view.state.attempt(view.plan, step, number)
        what = {"step": step, "attempt": number, "generation": found.generation if found else 0}
        open_gate(view.plan, view.state, what | who.to_data())
        evidence = read_evidence(view.plan, given.evidence)
        holds = self.engine.judge(view).verdict(step, number, evidence)
        seen = shown(view.plan, view.state, step)
        told = {"evidence": evidence, "approve_when": holds, "shown": seen}
        return what | who.to_data() | told


def read_evidence(plan: Plan, given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Read records of evidence against the types that a plan declares.

    Raises:
        RefusedError: for an unknown type, or a record that does not fit.
    """
    out = {}
    for kind, record in sorted(given.items()):
        if kind not in plan.evidence:
            known = ", ".join(sorted(plan.evidence)) or "none"
            raise RefusedError(
                f"{plan.ref} knows no evidence of the type {kind}; it knows {known}",
                "say in the evidence file which of them it is, or leave it out",
            )
        out[kind] = read_values(
            plan.evidence[kind],
            record,
            what=f"fields of the evidence {kind}",
            way_out="mend the evidence file and repeat the command",
        )
    return out


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise RefusedError("a reason is needed, in words", "--reason WORDS")


def _next(view: View) -> int:
    return view.state.events + 1


def _mine(view: View, attempt: AttemptId, actor: str, fence: int | None) -> dict[str, Any]:
    """Give what a write of a claim's holder carries; without a fence, that of the actor's claim."""
    actor = unicodedata.normalize("NFC", actor)  # as the ledger keeps it
    found = view.state.attempt(view.plan, attempt.step, attempt.number)
    if fence is None:
        mine = found is not None and found.executor == actor
        fence = found.fence if mine and found else None
    return {"step": attempt.step, "attempt": attempt.number, "executor": actor, "fence": fence}
