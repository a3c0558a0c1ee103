"""What a plan's edges say: who comes after whom, worked out once and only when somebody asks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dovetail.plan.model import Step

__all__ = ["Paths"]


class Paths:
    """Questions about the steps of a plan; places are positions in `steps`, from 0."""

    steps: tuple[Step, ...]

    @cached_property
    def position(self) -> dict[str, int]:
        """The place of each key in `steps`, from 0."""
        return {s.key: i for i, s in enumerate(self.steps)}

    def step(self, key: str) -> Step:
        """Give a step by its key.

        Raises:
            KeyError: when the plan has no such step.
        """
        return self.steps[self.position[key]]

    @cached_property
    def flow_successors(self) -> tuple[tuple[int, ...], ...]:
        """For each step, the places of those that have it as an input."""
        out: list[list[int]] = [[] for _ in self.steps]
        for i, s in enumerate(self.steps):
            for key in s.inputs:
                out[self.position[key]].append(i)
        return tuple(map(tuple, out))

    @cached_property
    def lane_successors(self) -> tuple[int, ...]:
        """For each step, the place of the one that waits for it in the lane; -1: none does."""
        out = [-1] * len(self.steps)
        for i, s in enumerate(self.steps):
            if s.lane is not None:
                out[self.position[s.lane]] = i
        return tuple(out)

    @cached_property
    def calls(self) -> tuple[int, ...]:
        """The places of the steps that call other blueprints."""
        return tuple(i for i, s in enumerate(self.steps) if s.kind == "call")

    @cached_property
    def integrations(self) -> tuple[int, ...]:
        """The places of the steps that cross into the baseline; `check` passes one at most."""
        return tuple(i for i, s in enumerate(self.steps) if s.kind == "integrate")

    @cached_property
    def races(self) -> bool:
        """Whether a step may go on before all of its inputs have settled."""
        return any(s.join != "all" for s in self.steps)

    def downstream(self, key: str) -> tuple[int, ...]:
        """Give the places of a step and all its flow descendants, in canonical order."""
        if key not in self._downstream:
            found, stack = {self.position[key]}, [self.position[key]]
            while stack:
                for i in self.flow_successors[stack.pop()]:
                    if i not in found:
                        found.add(i)
                        stack.append(i)
            self._downstream[key] = dict.fromkeys(sorted(found))
        return tuple(self._downstream[key])

    def reaches(self, key: str, target: str) -> bool:
        """Tell whether the target is a step itself or one of its flow descendants."""
        self.downstream(key)
        return self.position[target] in self._downstream[key]

    @cached_property
    def _downstream(self) -> dict[str, dict[int, None]]:
        """What `downstream` has found so far; asked for again and again of the same few steps."""
        return {}

    def upstream(self, key: str) -> tuple[int, ...]:
        """Give the places of all flow ancestors of a step, in canonical order."""
        found: set[int] = set()
        stack = list(self.step(key).inputs)
        while stack:
            i = self.position[stack.pop()]
            if i not in found:
                found.add(i)
                stack.extend(self.steps[i].inputs)
        return tuple(sorted(found))
