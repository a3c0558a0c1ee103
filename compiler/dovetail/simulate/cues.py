"""A script as it is played: what comes next of each step, and what never came."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dovetail.files.scenario import Act, Outcome, Script

__all__ = ["Cue", "Cues", "Path"]

Path: TypeAlias = tuple[str | int, ...]

_LAST_DIGITS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)


@dataclass(frozen=True, slots=True)
class Cue:
    """What comes of an attempt or a decision.

    Attributes:
        outcome: without any keys where the scenario says nothing.
        path: where it stands; the place of the step's outcomes where it is not written.
        scripted: whether it is written in the scenario.
    """

    outcome: Outcome
    path: Path
    scripted: bool


class Cues:
    """A script, and how far it was played.

    Args:
        script: what is written.
        path: where it stands in the scenario file.
        strict: whether only what is written happens.
    """

    def __init__(self, script: Script, path: Path, *, strict: bool) -> None:
        self.script, self.path, self._strict = script, path, strict
        self._taken: dict[str, int] = {}
        self._looked: set[str] = set()
        self._acts = 0

    # --- outcomes

    def more(self, step: str) -> bool:
        """Tell whether an outcome of a step is written that has not come."""
        return self._taken.get(step, 0) < len(self.script.outcomes.get(step, ()))

    def peek(self, step: str) -> Outcome | None:
        """Give what comes next of a step; None: nothing ever does."""
        if self.more(step):
            return self.script.outcomes[step][self._taken.get(step, 0)]
        return None if self._strict else Outcome()

    def take(self, step: str) -> Cue | None:
        """Let the next of a step happen."""
        outcome, scripted = self.peek(step), self.more(step)
        if outcome is None:
            return None
        nth = self._taken.get(step, 0)
        path: Path = (*self.path, "outcomes", step)
        if scripted:
            self._taken[step] = nth + 1
            path = (*path, nth)
        return Cue(outcome, path, scripted)

    # --- criteria

    def unmet(self, where: str, asked: Collection[str]) -> tuple[str, ...]:
        """Give the criteria that the script says don't hold, the first time that they are asked."""
        if where in self._looked:
            return ()
        self._looked.add(where)
        return tuple(c for c in self.script.unmet.get(where, ()) if c in asked)

    # --- acts

    def act(self) -> tuple[Act, Path] | None:
        """Give the act that is next, and where it stands."""
        if self._acts == len(self.script.acts):
            return None
        return self.script.acts[self._acts], (*self.path, "acts", self._acts)

    def acted(self) -> None:
        """Go on to the act after it."""
        self._acts += 1

    def waits_for(self, verb: str) -> bool:
        """Tell whether an act of a verb is yet to come."""
        return any(act.verb == verb for act in self.script.acts[self._acts :])

    # --- what never came

    def unused(self) -> Iterator[tuple[Path, str]]:
        """Give what is written and has not happened: where, and what."""
        for step, outcomes in self.script.outcomes.items():
            for nth in range(self._taken.get(step, 0), len(outcomes)):
                path = (*self.path, "outcomes", step, nth)
                yield path, f"the {_ordinal(nth + 1)} outcome of `{step}`"
        for where, criteria in self.script.unmet.items():
            if where not in self._looked:
                named = ", ".join(criteria)
                yield (*self.path, "unmet", where), f"the look at {named} of `{where}`"
        for nth in range(self._acts, len(self.script.acts)):
            act = self.script.acts[nth]
            after = f" after {act.after}" if act.after else ""
            yield (*self.path, "acts", nth), f"the act `{act.verb}`{after}"


def _ordinal(number: int) -> str:
    last = "th" if number % 100 in _TEENS else _LAST_DIGITS.get(number % 10, "th")
    return f"{number}{last}"
