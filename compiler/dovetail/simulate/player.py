"""One item as it is played: the kernel's requests, answered without side effects (SPEC 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from dovetail import canonical, kernel
from dovetail.canonical import sha256_hex
from dovetail.errors import ExpressionFailedError
from dovetail.judge import Judge
from dovetail.kernel import Attempt, Event, EventType, State
from dovetail.plan.model import Artifact, Plan
from dovetail.simulate.cues import Cues, Path
from dovetail.simulate.telling import Chronicle, holds
from dovetail.simulate.trace import Happening, Problem, Trace
from dovetail.simulate.world import Task, World

__all__ = ["RUNNER", "Folder", "Player", "digest_of"]

RUNNER = "dovetail"
"""The built-in runner, which does automatic steps (SPEC 5.2)."""


class Folder:
    """An item's folder in which whatever was declared is there, and fits.

    Args:
        paths: what is there at first.
    """

    def __init__(self, paths: set[str]) -> None:
        self.paths = paths

    def there(self, path: str) -> bool:
        """Tell whether a file was declared."""
        return path in self.paths

    def against(self, path: str, criterion: Artifact) -> None:
        """Say that nothing stands against a file."""

    def run(self, argv: tuple[str, ...]) -> None:
        """Say that a command ended well, and run nothing."""


def digest_of(path: str) -> str:
    """Give the digest of a file that does not exist: equal wherever its path is."""
    return "sha256:" + sha256_hex(path.encode())


class Player:
    """An item.

    Args:
        world: what it shares with others.
        plan: what it runs through.
        cues: its script.
        parent, of: the item that calls it, and the call's attempt with the child's key.
        folder: the files that it starts from.
    """

    def __init__(
        self,
        world: World,
        plan: Plan,
        cues: Cues,
        *,
        parent: Player | None = None,
        of: Task | None = None,
        folder: set[str] | None = None,
    ) -> None:
        self.world, self.plan, self.cues = world, plan, cues
        self.parent, self.of = parent, of
        self.place = len(world.players)
        self.item = f"SIM-{self.place + 1:06}"
        self.state = State.initial(plan)
        self.folder = Folder(folder or set())
        self.chronicle = Chronicle()
        self.problems: list[Problem] = []
        self.shown: dict[int, int] = {}
        self.stuck: set[Task] = set()
        self.waiting: set[Task] = set()
        self.abandoned = False
        title = plan.title if of is None else of.child
        expressions = world.expressions(plan)
        self.judge = Judge(self.item, title, plan, self.state, self.folder, expressions)
        self.trace = Trace(self.item, plan, self.state, "" if of is None else of.child)
        self._acting = False
        world.players.append(self)

    # --- people

    def roles(self, name: str, wanted: Sequence[str]) -> list[str]:
        """Give the roles of an executor: those of all that the script has them do.

        Whoever is named only where evidence is overridden, or not at all, has what that takes.

        Args:
            name: of the executor.
            wanted: the roles that what they are about to do is for.
        """
        return sorted(self._cast.get(name, wanted))

    @cached_property
    def _cast(self) -> dict[str, set[str]]:
        """The roles of everybody whom the script names."""
        found: dict[str, set[str]] = {}
        for step, outcomes in self.cues.script.outcomes.items():
            if step in self.plan.position:
                spec = self.plan.step(step)
                gate = kernel.gate_of(spec)
                roles = (gate.reviewers if gate else ()) or (spec.role,)
                for outcome in outcomes:
                    if outcome.by is not None and not outcome.override:
                        found.setdefault(outcome.by, set()).update(roles)
        return found

    # --- recording

    def task(self, attempt: Attempt, child: str = "") -> Task:
        """Name an attempt, or the gate after a child."""
        return Task(self.place, attempt.step, attempt.number, child)

    def put(self, kind: EventType, /, **data: Any) -> None:
        """Apply an event and write it down, then do what the script does right after it.

        Raises:
            Refused: when the plan does not allow it; nothing has changed then.
        """
        try:
            event = Event(kind, canonical.normal(data))
        except ValueError as error:
            raise kernel.Refused(
                f"this can't be kept: {error}",
                "the ledger takes texts, whole numbers, lists, objects",
            ) from None
        before = list(self.state.in_flight.values())
        kernel.apply(self.plan, self.state, event)
        ended = [a for a in before if (a.step, a.number) not in self.state.in_flight]
        tick = self.chronicle.tick(self.world.moment, self.world.clock.now)
        self.chronicle.record(tick, self.plan, self.state, event, ended)
        for attempt in ended:
            self.world.leave(self.task(attempt))
        self._act()

    def _act(self) -> None:
        """Do the acts whose attempts have ended."""
        from dovetail.simulate.acts import act_if_due

        if self._acting:
            return
        self._acting = True
        try:
            while act_if_due(self):
                pass
        finally:
            self._acting = False

    def happened(self, happening: Happening) -> None:
        """Write something down that is no event of the item."""
        tick = self.chronicle.tick(self.world.moment, self.world.clock.now)
        tick.happened.append(happening)

    def refuse(self, happening: Happening, name: str, path: Path, *, expected: bool) -> None:
        """Write down that something scripted was refused.

        Args:
            happening: the refusal.
            name: the step, or the verb of the act.
            path: where it is scripted.
            expected: whether the scenario says so itself.
        """
        self.happened(happening)
        self.chronicle.refused.append(name)
        if not expected:
            said = f"`{name}` is refused: {happening.says}"
            self.problems.append(Problem(path, said))

    def block(
        self, kind: str, steps: tuple[str, ...], reason: str, source: tuple[str, int] | None = None
    ) -> None:
        """Raise a blocker."""
        number = len(self.state.blockers) + 1
        told = {} if source is None else {"source": list(source)}
        self.put(
            EventType.BLOCKED, blocker=number, type=kind, steps=list(steps), reason=reason, **told
        )

    # --- going on

    def advance(self) -> bool:
        """Answer all that can be answered now; tell whether there was anything."""
        some = False
        while self._go_on():
            some = True
        return some

    def _go_on(self) -> bool:
        from dovetail.simulate.answers import answer

        if self.abandoned:
            return False
        requests = kernel.decide(self.plan, self.state)
        aside = kernel.Launch | kernel.Hold | kernel.Complete
        prompt = [r for r in requests if not isinstance(r, aside)]
        answered = [
            kernel.asks(self.plan, self.state, request) and answer(self, request)
            for request in prompt
        ]
        if any(answered):
            return True
        launches = [r for r in requests if isinstance(r, kernel.Launch)]
        if chosen := self._grantable(launches):
            self._launch(requests, chosen)
            return True
        if kernel.Complete() in requests:
            self._complete()
            return True
        return self._requeue()

    def _grantable(self, launches: list[kernel.Launch]) -> list[kernel.Launch]:
        """Give the launches that get the slots of global constraints, each all at once."""
        chosen: list[kernel.Launch] = []
        taken: dict[str, int] = {}
        for request in launches:
            wanted = request.constraints if isinstance(request, kernel.Acquire) else ()
            if all(self.world.free(self.plan, c) > taken.get(c, 0) for c in wanted):
                chosen.append(request)
                taken |= {c: taken.get(c, 0) + 1 for c in wanted}
        return chosen

    def _launch(self, requests: list[kernel.Request], chosen: list[kernel.Launch]) -> None:
        """Record a scheduling decision, then the launches in its order (SPEC 5.3)."""
        self.put(EventType.SCHEDULED, **kernel.schedule(requests, chosen))
        for r in chosen:
            self.put(EventType.QUEUED, step=r.step, attempt=r.attempt, generation=r.generation)
            task = Task(self.place, r.step, r.attempt)
            self.world.clock.launch(task)
            if not self.plan.step(r.step).automatic or self.cues.peek(r.step) is None:
                continue
            constraints = r.constraints if isinstance(r, kernel.Acquire) else ()
            granted = {"granted": list(constraints)} if constraints else {}
            self.put(
                EventType.CLAIMED,
                step=r.step,
                attempt=r.attempt,
                executor=RUNNER,
                kind="runner",
                roles=[],
                fence=self.state.events + 1,
                handoffs=[],
                **granted,
            )
            self.world.grant(task, constraints)

    def _complete(self) -> None:
        try:
            outputs = self.judge.outputs()
        except ExpressionFailedError as error:
            self.block("expression-error", (), error.message)
            return
        self.put(EventType.ITEM_COMPLETED, **({"outputs": outputs} if outputs else {}))

    def _requeue(self) -> bool:
        """Queue failed external work again where the script goes on: its holder tries again."""
        for spec, step in zip(self.plan.steps, self.state.steps, strict=True):
            tries = spec.attempts + step.granted
            if step.phase == "failed" and step.failures < tries and self.cues.more(spec.key):
                last = step.attempts[-1].number
                self.put(EventType.REQUEUED, step=spec.key, attempt=last, reason="tried again")
                return True
        return False

    def hold(self) -> None:
        """Write down what is held at the end of a moment."""
        tick = self.chronicle.of_moment(self.world.moment)
        if tick is not None:
            tick.held = holds(self.plan, self.state)

    def attempt(self, task: Task) -> Attempt | None:
        """Give the attempt of a task."""
        return self.state.attempt(self.plan, task.step, task.attempt)
