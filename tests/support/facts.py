"""The facts about an item and what follows from them, told as plainly as can be.

It shares nothing with the kernel. Only what happened is kept (what was queued, completed, fired,
sent back); all the rest is worked out each time somebody asks, however long that takes: phases,
joins, what is out of play, what a step can see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dovetail.kernel import Event
from dovetail.plan.model import Call, Gate, Plan

__all__ = ["OF_ATTEMPTS", "Facts", "Kid", "Trouble", "Try"]

OF_ATTEMPTS = ("attempts-exhausted", "rework-limit", "expression-error", "entry-unmet")
"""The types of blockers that go when the step that they name begins anew or leaves the play."""


@dataclass(eq=False)
class Kid:
    """An element of a call, and its item.

    Attributes:
        pauses: what `pause.when` gave; None: nobody asked.
        pause: the gate after it: `open`, `approved` or `rejected`; empty: there is none.
        approvals: who has approved that gate.
    """

    key: str
    params: Mapping[str, Any]
    needs: tuple[str, ...]
    group: Any
    item: str | None = None
    status: str | None = None
    reused: bool = False
    supersedes: str | None = None
    overtaken: bool = False
    settled_at: int = 0
    rendered: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    absorbed: bool = False
    pauses: bool | None = None
    pause: str = ""
    approvals: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Try:
    """An attempt.

    Attributes:
        saw: all that it could read when it was queued.
        content: what others see of it: outputs, evidence, artifacts.
        waits: whether it failed, and somebody has to queue it again.
        approvals: of a gate: who approved, and what they were shown.
        expanded, version, kids: of a call: whether its children are known, what they run on, and
            the children.
    """

    step: str
    number: int
    generation: int
    saw: Any
    status: str = "queued"
    overtaken: str | None = None
    executor: str | None = None
    interrupted: bool = False
    content: Any = None
    waits: bool = False
    approvals: list[tuple[str, Any]] = field(default_factory=list)
    expanded: bool = False
    version: str = ""
    kids: dict[str, Kid] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether it is in flight."""
        return self.status in ("queued", "claimed")


@dataclass(eq=False)
class Trouble:
    """A blocker."""

    type: str
    steps: tuple[str, ...]
    source: tuple[str, int] | None
    child: str | None
    open: bool = True

    @property
    def of_attempts(self) -> bool:
        """Whether it belongs to what a step of the item itself tried."""
        return self.child is None and self.type in OF_ATTEMPTS


class Facts:
    """What has happened to an item.

    Everything that is kept by step is of its present generation, but for the attempts.

    Args:
        plan: what the item runs through.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.keys = [s.key for s in plan.steps]
        self.inputs = {s.key: s.inputs for s in plan.steps}
        self.after = {k: [v for v in self.keys if k in self.inputs[v]] for k in self.keys}
        self.below = {k: self._closure(k, self.after) for k in self.keys}
        self.above = {k: self._closure(k, self.inputs) - {k} for k in self.keys}
        self.events: list[Event] = []
        self.accepted = self.started = self.admitted = self.completed = False
        self.closed = self.reverted = self.integrated = False
        self.awaited: list[str] = []
        self.generation = dict.fromkeys(self.keys, 1)
        self.tries: dict[str, list[Try]] = {k: [] for k in self.keys}
        self.results: dict[str, Try] = {}
        self.skipped: set[str] = set()
        self.fired: dict[str, tuple[str, ...]] = {}
        self.conditions: dict[str, bool] = {}
        self.entries: dict[str, tuple[int, set[str]]] = {}
        self.rejected: dict[str, str] = {}
        self.redo: set[str] = set()
        self.forced: set[str] = set()
        self.blockers: list[Trouble] = []
        self.tries_granted: Counter[str] = Counter()
        self.reworks_granted: Counter[str] = Counter()
        self.rejections: Counter[str] = Counter()
        self.retreats: Counter[str] = Counter()
        self.to_look_at: list[tuple[str, int]] = []
        self.to_raise: list[tuple[str, str, int]] = []
        self.good: bool | None = None

    def _closure(self, key: str, graph: Mapping[str, Iterable[str]]) -> set[str]:
        found, stack = {key}, [key]
        while stack:
            for k in graph[stack.pop()]:
                if k not in found:
                    found.add(k)
                    stack.append(k)
        return found

    # --- what follows from the facts

    @property
    def over(self) -> bool:
        return self.completed or self.closed

    def named(self, data: Mapping[str, Any]) -> Try:
        """Give the attempt that an event speaks of."""
        return self.tries[data["step"]][data["attempt"] - 1]

    def now(self, key: str) -> list[Try]:
        """Give the attempts of the current generation."""
        return [t for t in self.tries[key] if t.generation == self.generation[key]]

    def flying(self) -> list[Try]:
        """Give the attempts in flight."""
        return [t for tries in self.tries.values() for t in tries if t.open]

    def joined(self, key: str) -> bool:
        """Tell whether a step's join is satisfied and, where it has to be, recorded."""
        if self.plan.step(key).join == "all":
            return all(k in self.results or k in self.skipped for k in self.inputs[key])
        return key in self.fired or all(k in self.skipped for k in self.inputs[key])

    def wanted(self, key: str) -> int:
        """Give how many completions a join other than `all` takes."""
        inputs = [k for k in self.inputs[key] if k not in self.skipped]
        return min(self.plan.step(key).at_least or 1, len(inputs))

    def won(self, key: str) -> tuple[str, ...]:
        """Give the inputs of a join that are completed, in canonical order."""
        return tuple(k for k in self.keys if k in self.inputs[key] and k in self.results)

    def out(self, key: str) -> bool:
        """Tell whether nothing waits for a step any more."""
        if key in self.results or key in self.skipped or not self.after[key]:
            return False
        return all(self.joined(k) or self.out(k) for k in self.after[key])

    def phase(self, key: str) -> str:
        """Give where a step stands."""
        last = self.now(key)[-1:]
        if key in self.skipped:
            return "skipped"
        if key in self.results:
            return "completed"
        if self.out(key):
            return "out"
        if key in self.rejected and self.plan.step(key).kind == "gate":
            return "rejected"
        if last and last[0].open and not last[0].overtaken:
            return last[0].status
        return "failed" if last and last[0].waits else "idle"

    def settled(self, key: str) -> bool:
        return self.phase(key) in ("completed", "skipped", "out")

    def failures(self, key: str) -> int:
        """Give the failed attempts of this generation that count."""
        return sum(t.status == "failed" and not t.interrupted for t in self.now(key))

    def exhausted(self, key: str) -> bool:
        return self.failures(key) >= self.plan.step(key).attempts + self.tries_granted[key]

    def visible(self, key: str) -> tuple[str, ...]:
        """Give the inputs whose results a step reads."""
        return self.inputs[key] if self.plan.step(key).join == "all" else self.fired.get(key, ())

    def sees(self, key: str) -> dict[str, Any]:
        """Give all that a step can read: every result it depends on, and which joins let it in."""
        found: dict[str, Any] = {}
        stack = [*self.visible(key)]
        winners = {key: self.fired.get(key)}
        while stack:
            k = stack.pop()
            if k not in found:
                found[k] = self.results[k].content if k in self.results else self.phase(k)
                winners[k] = self.fired.get(k)
                stack += self.visible(k)
        return {"content": found, "winners": winners}

    def shows(self, gate: str) -> dict[str, Any]:
        """Give what a gate shows: the results of all that it depends on."""
        seen = self.sees(gate)["content"]
        return {k: seen[k] for k in sorted(seen) if k in self.results}

    def blocking(self, key: str) -> list[Trouble]:
        """Give the open blockers that name a step, or something that it depends on."""
        whole = self.plan.step(key).kind == "integrate"
        return [
            b
            for b in self.blockers
            if b.open and (whole or not b.steps or {*b.steps} & {key, *self.above[key]})
        ]

    def hopeless(self) -> set[str]:
        """Give the exhausted steps without which the item can't come to its end.

        Suppose that everything else goes well: what has not settled by then never will.
        """
        spent = {k for k in self.keys if not self.settled(k) and self.exhausted(k)}
        done = {k for k in self.keys if k in self.results}
        fired = set(self.fired)

        def joined(key: str) -> bool:
            inputs = self.inputs[key]
            if self.plan.step(key).join == "all":
                return all(k in done or k in self.skipped for k in inputs)
            return key in fired or all(k in self.skipped for k in inputs)

        def over(key: str) -> bool:
            after = self.after[key]
            out = after and all(joined(k) or over(k) for k in after)
            return key in done or key in self.skipped or bool(out)

        while spent:
            step = self.plan.step
            fires = {
                k
                for k in self.keys
                if not joined(k) and step(k).join != "all"
                if len(done & {*self.inputs[k]}) >= self.wanted(k)
            }
            ends = {
                k
                for k in self.keys
                if joined(k) and not over(k) and k not in spent
                if step(k).lane is None or over(step(k).lane or "")
            }
            if not fires and not ends:
                break
            fired |= fires
            done |= ends
        return {k for k in spent if not over(k)}

    def gate(self, key: str) -> Gate | None:
        """Give the gate of a step, or of the pauses of a call."""
        action = self.plan.step(key).action
        if isinstance(action, Call):
            pause = action.for_each.pause if action.for_each else None
            return pause.gate if pause else None
        return action if isinstance(action, Gate) else None
