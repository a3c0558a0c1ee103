"""Events told as what happened: the ticks of a trace, and the facts that can be expected of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dovetail import kernel
from dovetail.kernel import Attempt, Event, EventType, State
from dovetail.plan.model import Plan
from dovetail.simulate.trace import Happening, Held, Launched, Recorded, Tick, Word

__all__ = ["Chronicle", "holds"]

_INTAKES: Mapping[str, Word] = {
    "accept": "accepted",
    "link": "linked",
    "merge": "merged",
    "close": "closed",
    "override": "overridden",
}
_ITEM: Mapping[EventType, tuple[Word, str]] = {
    EventType.REGISTERED: ("registered", "title"),
    EventType.DEPENDENCY_SETTLED: ("dependency-ended", "item"),
    EventType.ADMITTED: ("admitted", ""),
    EventType.ITEM_COMPLETED: ("item-completed", ""),
    EventType.ITEM_CLOSED: ("item-closed", "reason"),
    EventType.NOTED: ("noted", "text"),
}
"""Events of the item: the word for each, and which of its data says more."""
_STEP: Mapping[EventType, tuple[Word, str]] = {
    EventType.SKIPPED: ("skipped", "reason"),
    EventType.REQUEUED: ("requeued", "reason"),
    EventType.REUSED: ("reused", ""),
    EventType.REVERTED: ("reverted", "reason"),
    EventType.CHILD_STARTED: ("child-started", "item"),
    EventType.CHILD_SETTLED: ("child-settled", "status"),
    EventType.CHILD_RENDERED: ("child-rendered", ""),
    EventType.APPROVED: ("approved", "reason"),
    EventType.REJECTED: ("rejected", "reason"),
}
"""Events of a step, likewise."""
_ENDS: Mapping[EventType, Word] = {
    EventType.COMPLETED: "completed",
    EventType.INTEGRATED: "integrated",
    EventType.FAILED: "failed",
}


class Chronicle:
    """What is written down of one item while it is played.

    Attributes:
        ended: the attempts that have ended, in order, each with its status then.
        refused: the steps, and the verbs of acts, of which something was refused.
    """

    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self.history: list[Recorded] = []
        self.ended: list[tuple[str, str]] = []
        self.refused: list[str] = []
        self._moment = -1

    def tick(self, moment: int, time: int) -> Tick:
        """Give the tick of a moment of the simulation."""
        if moment != self._moment:
            self.ticks.append(Tick(time))
            self._moment = moment
        return self.ticks[-1]

    def of_moment(self, moment: int) -> Tick | None:
        """Give the tick of a moment, if anything has happened in it."""
        return self.ticks[-1] if moment == self._moment else None

    def record(
        self,
        tick: Tick,
        plan: Plan,
        state: State,
        event: Event,
        ended: Sequence[Attempt],
    ) -> None:
        """Write an event down that has just been applied, and the attempts that it ended."""
        self.history.append(Recorded(tick.time, event))
        self.ended += [(a.step, a.status) for a in ended]
        if event.type is EventType.QUEUED:
            tick.launched.append(_launched(plan, event))
        elif event.type is EventType.PAUSED:
            data = event.data
            tick.launched.append(Launched(data["step"], data["attempt"], "pause", data["child"]))
        elif event.type is EventType.CLAIMED:
            _claimed(tick, event)
        tick.happened += told(plan, state, event)
        own = (event.data.get("step"), event.data.get("attempt"))
        for a in ended:
            if (a.step, a.number) != own and a.status in ("cancelled", "superseded"):
                word: Word = "cancelled" if a.status == "cancelled" else "superseded"
                tick.happened.append(Happening(word, a.step, a.number))

    # --- the facts

    def events(self, kind: EventType) -> Iterator[Mapping[str, Any]]:
        """Give the data of all events of a type."""
        return (r.event.data for r in self.history if r.event.type is kind)

    def facts(self, plan: Plan, state: State) -> dict[str, Any]:
        """Give what could be expected, as it is now."""
        launchable = any(isinstance(r, kernel.Launch) for r in kernel.decide(plan, state))
        ended = self.ended
        children: dict[str, list[str]] = {}
        for data in self.events(EventType.CHILD_STARTED):
            children.setdefault(data["step"], []).append(data["child"])
        return {
            "launches": self._launches(),
            "skips": [d["step"] for d in self.events(EventType.SKIPPED)],
            "status": kernel.status(state, launchable=launchable),
            "rework": dict(Counter(d["to"] for d in self.events(EventType.REWORK))),
            "blockers": [b.type for b in state.open_blockers()],
            "raised": [d["type"] for d in self.events(EventType.BLOCKED)],
            "notes": [n.text for n in state.open_notes()],
            "reused": [d["step"] for d in self.events(EventType.REUSED)],
            "late": [step for step, how in ended if how == "late"],
            "superseded": [step for step, how in ended if how == "superseded"],
            "held": {h.step: h.why for h in holds(plan, state)},
            "children": children,
            "baseline": state.baseline,
            "refused": list(self.refused),
            "outputs": dict(state.outputs),
        }

    def _launches(self) -> list[str]:
        out: list[str] = []
        for event in (r.event for r in self.history):
            if event.type is EventType.QUEUED:
                out.append(event.data["step"])
            elif event.type is EventType.PAUSED:
                out.append(f"{event.data['step']}/{event.data['child']}")
        return out


def holds(plan: Plan, state: State) -> list[Held]:
    """Give the steps that are held now, why and by what, in canonical order."""
    found = kernel.schedule(kernel.survey(plan, state), [])["held"]
    return [Held(h["step"], h["why"], tuple(h["on"])) for h in found]


def _launched(plan: Plan, event: Event) -> Launched:
    step, number = event.data["step"], event.data["attempt"]
    return Launched(step, number, "parallel" if plan.step(step).parallel else "lane")


def _claimed(tick: Tick, event: Event) -> None:
    """Say who took up what was launched, beside the launch where that was just now."""
    step, number = event.data["step"], event.data["attempt"]
    executor = event.data["executor"]
    for i, launch in enumerate(tick.launched):
        if (launch.step, launch.attempt) == (step, number):
            tick.launched[i] = replace(launch, executor=executor)
            return
    tick.happened.append(Happening("claimed", step, number, by=executor))


def told(plan: Plan, state: State, event: Event) -> Iterator[Happening]:
    """Tell an event that has just been applied; what only prepares something else is left out."""
    kind, data = event.type, event.data
    if kind in _ITEM:
        word, more = _ITEM[kind]
        yield Happening(word, says=str(data.get(more, "")))
    elif kind in _ENDS:
        yield _ending(plan, state, event)
    elif kind in _STEP:
        word, more = _STEP[kind]
        yield _of_step(word, data, says=str(data.get(more, "")))
    else:
        yield from _others(state, event)


def _of_step(word: Word, data: Mapping[str, Any], *, says: str) -> Happening:
    return Happening(
        word,
        data["step"],
        data.get("attempt", 0),
        data.get("child") or "",
        data.get("executor", ""),
        says,
        data.get("to", ""),
    )


def _ending(plan: Plan, state: State, event: Event) -> Happening:
    data, word = event.data, _ENDS[event.type]
    attempt = state.attempt(plan, data["step"], data["attempt"])
    if attempt is not None and attempt.status == "superseded":
        word = "superseded"
    elif attempt is not None and attempt.status == "late":
        word = "late"
    elif data.get("interrupted"):
        word = "interrupted"
    return _of_step(word, data, says=data.get("reason", ""))


def _others(state: State, event: Event) -> Iterator[Happening]:
    data = event.data
    match event.type:
        case EventType.INTAKE:
            by, word = data["executor"], _INTAKES[data["decision"]]
            says = ", ".join([*data.get("items", ()), data["reason"]])
            yield Happening(word, by=by, says=says)
        case EventType.EVALUATED:
            unmet = [c for c, holds in data.get("criteria", {}).items() if holds is not True]
            if unmet:
                yield Happening("unmet", data.get("step", ""), says=", ".join(unmet))
        case EventType.FIRED:
            yield Happening("fired", data["step"], says=", ".join(data["winners"]))
        case EventType.REWORK:
            yield Happening("rework", data["gate"] or "", says=data["reason"], to=data["to"])
        case EventType.BLOCKED:
            step = data["steps"][0] if len(data["steps"]) == 1 else ""
            yield Happening("blocked", step, says=f"{data['type']}: {data['reason']}")
        case EventType.UNBLOCKED:
            resolved = state.blockers[data["blocker"] - 1]
            yield Happening("unblocked", says=f"{resolved.type}: {data['notes']}")
        case EventType.NOTE_RESOLVED:
            yield Happening("note-resolved", says=state.notes[data["note"] - 1].text)
        case EventType.EXPANDED:
            keys = ", ".join(c["key"] for c in data["children"])
            yield Happening("expanded", data["step"], data["attempt"], says=keys)
        case EventType.CHILDREN_ABSORBED:
            keys = ", ".join(data["children"])
            yield Happening("absorbed", data["step"], data["attempt"], says=keys)
        case _:
            pass
