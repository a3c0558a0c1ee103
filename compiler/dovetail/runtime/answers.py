"""What follows from an item's state without anybody's help: answers to the kernel's requests.

The one place where the run time answers them (SPEC 5.1). Steps of people, agents and gates are
queued by whoever records an event; automatic ones are launched by the flow's driver alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from dovetail import kernel
from dovetail.errors import ExpressionFailedError
from dovetail.judge import Judge
from dovetail.kernel import Event, EventType, Launch, Request, State

__all__ = ["RUNNER", "answers"]

RUNNER = "dovetail"
"""The built-in runner: it has every role and may hold many attempts (SPEC 5.2)."""


def answers(judge: Judge, *, automatic: bool) -> Iterator[Event]:
    """Give the events that answer the first requests that can be answered now.

    The caller applies each event to the judge's state before it asks for the next: an answer may
    make others needless, and quotes the number that its event gets.

    Args:
        judge: tells what is true of the item.
        automatic: whether automatic steps are launched too.
    """
    plan, state = judge.plan, judge.state
    requests = kernel.decide(plan, state)
    answered = False
    for request in requests:
        if not isinstance(request, Launch) and kernel.asks(plan, state, request):
            event = _answer(judge, request)
            if event is not None:
                answered = True
                yield event
    if answered:
        return
    chosen = [
        r
        for r in requests
        if isinstance(r, Launch)
        and (automatic or not plan.step(r.step).automatic)
        and not isinstance(r, kernel.Acquire)  # slots that items share are not handed out yet
    ]
    if chosen:
        yield Event(EventType.SCHEDULED, kernel.schedule(requests, chosen))
        for launch in chosen:
            yield from _launch(judge, launch)


def _answer(judge: Judge, request: Request) -> Event | None:
    match request:
        case kernel.Probe():
            return _evaluated(judge, request)
        case kernel.Fire():
            return Event(EventType.FIRED, asdict(request))
        case kernel.Skip():
            return Event(EventType.SKIPPED, asdict(request))
        case kernel.Reuse():
            return Event(EventType.REUSED, asdict(request))
        case kernel.Rework(to=to):
            reopened = [judge.plan.steps[i].key for i in judge.plan.downstream(to)]
            return Event(EventType.REWORK, asdict(request) | {"reopened": reopened})
        case kernel.Block(kind, steps, reason, source):
            return _blocked(judge.state, kind, steps, reason, source)
        case kernel.Close():
            return Event(EventType.ITEM_CLOSED, asdict(request))
        case kernel.Complete():
            return _completed(judge)
        case _:
            return None


def _evaluated(judge: Judge, probe: kernel.Probe) -> Event:
    """Evaluate what the kernel asks for; what has no value is a blocker, never false."""
    try:
        return Event(EventType.EVALUATED, judge.answer(probe))
    except ExpressionFailedError as error:
        steps = (probe.step,) if probe.step else ()
        source = (probe.step, probe.attempt) if probe.what == "blockers" else None
        return _blocked(judge.state, "expression-error", steps, error.message, source)


def _completed(judge: Judge) -> Event:
    try:
        outputs = judge.outputs()
    except ExpressionFailedError as error:
        return _blocked(judge.state, "expression-error", (), error.message)
    return Event(EventType.ITEM_COMPLETED, {"outputs": outputs} if outputs else {})


def _blocked(
    state: State,
    kind: str,
    steps: Sequence[str],
    reason: str,
    source: tuple[str, int] | None = None,
) -> Event:
    number = len(state.blockers) + 1
    data: dict[str, Any] = {"blocker": number, "type": kind, "steps": steps, "reason": reason}
    return Event(EventType.BLOCKED, data | ({"source": source} if source else {}))


def _launch(judge: Judge, launch: Launch) -> Iterator[Event]:
    named = {"step": launch.step, "attempt": launch.attempt}
    yield Event(EventType.QUEUED, named | {"generation": launch.generation})
    if judge.plan.step(launch.step).automatic:
        by = {"executor": RUNNER, "kind": "runner", "roles": [], "handoffs": []}
        yield Event(EventType.CLAIMED, named | by | {"fence": judge.state.events + 1})
