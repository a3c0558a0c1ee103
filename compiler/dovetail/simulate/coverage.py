"""What scenarios exercise of the blueprints that they play: steps, skips, rejections, limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from dovetail.blueprint.versions import ascending
from dovetail.kernel import EventType, gate_of
from dovetail.plan.model import Plan, Step
from dovetail.plan.scope import Scopes
from dovetail.simulate.trace import Trace

__all__ = ["KINDS", "Coverage", "CoverageKind", "Point", "Tally", "VersionCoverage", "coverage"]

CoverageKind: TypeAlias = Literal["steps", "skips", "rejections", "limits"]
KINDS: tuple[CoverageKind, ...] = ("steps", "skips", "rejections", "limits")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """Something of a blueprint that a scenario can exercise.

    Attributes:
        index: the step's place in canonical order.
        step: a step that is launched or skipped, a gate (or a call, whose pauses are gates) that
            rejects or whose limit is reached, or a step whose failure sends the item back.
        to: of a rejection, and of a failure that sends the item back, the step that it goes to.
    """

    index: int
    step: str
    to: str = ""

    def __str__(self) -> str:
        """Name it for people: `qa` or `qa → develop`."""
        return f"{self.step} → {self.to}" if self.to else self.step


@dataclass(frozen=True, slots=True)
class Tally:
    """The points of one kind of one version, each group in canonical order.

    Attributes:
        covered: exercised by scenarios of the blueprint itself.
        through: exercised only by scenarios of others, which call it.
        uncovered: exercised by none.
    """

    covered: tuple[Point, ...]
    through: tuple[Point, ...]
    uncovered: tuple[Point, ...]

    @property
    def total(self) -> int:
        """How many points there are."""
        return len(self.covered) + len(self.through) + len(self.uncovered)

    @property
    def percent(self) -> int:
        """How many of a hundred are exercised, rounded down; 100 where there is nothing to."""
        done = self.total - len(self.uncovered)
        return 100 * done // self.total if self.total else 100

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        groups = {name: list(map(str, getattr(self, name))) for name in self.__slots__}
        return groups | {"percent": self.percent}


@dataclass(frozen=True, slots=True)
class VersionCoverage:
    """The coverage of one version of a blueprint.

    Attributes:
        ref: `name@version`.
        scenarios: how many scenarios of its own there are.
        tallies: one for each of `KINDS`.
    """

    ref: str
    scenarios: int
    tallies: Mapping[CoverageKind, Tally]

    @property
    def complete(self) -> bool:
        """Whether no point is left that no scenario exercises."""
        return not any(t.uncovered for t in self.tallies.values())

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        told: dict[str, Any] = {"blueprint": self.ref, "scenarios": self.scenarios}
        return told | {str(kind): self.tallies[kind].to_data() for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of several versions, by name and then by version, ascending."""

    versions: tuple[VersionCoverage, ...]

    def percent(self, kind: CoverageKind) -> int:
        """How many of a hundred points of a kind are exercised, over all versions, rounded down."""
        tallies = [v.tallies[kind] for v in self.versions]
        total = sum(t.total for t in tallies)
        left = sum(len(t.uncovered) for t in tallies)
        return 100 * (total - left) // total if total else 100

    @property
    def complete(self) -> bool:
        """Whether no point is left that no scenario exercises."""
        return all(v.complete for v in self.versions)

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        whole = {kind: self.percent(kind) for kind in KINDS}
        return {"percent": whole, "versions": [v.to_data() for v in self.versions]}


def coverage(plans: Iterable[Plan], traces: Iterable[Trace]) -> Coverage:
    """Tell what traces exercise of plans.

    Args:
        plans: the versions to tell of; the order does not matter.
        traces: of scenarios; those of their children count too, as `Tally.through`.
    """
    roots = list(traces)
    played: dict[str, int] = {}
    own: dict[str, set[_Hit]] = {}
    below: dict[str, set[_Hit]] = {}
    for root in roots:
        played[root.ref] = played.get(root.ref, 0) + 1
        for trace in root.family():
            hits = own if trace is root else below
            hits.setdefault(trace.ref, set()).update(_hits(trace))
    by_name: dict[str, dict[str, Plan]] = {}
    for plan in plans:
        by_name.setdefault(plan.blueprint, {})[plan.version] = plan
    return Coverage(
        tuple(
            _version(of[version], played, own, below)
            for _, of in sorted(by_name.items())
            for version in ascending(of)
        )
    )


_Hit: TypeAlias = tuple[CoverageKind, Point]


def _version(
    plan: Plan,
    played: Mapping[str, int],
    own: Mapping[str, set[_Hit]],
    below: Mapping[str, set[_Hit]],
) -> VersionCoverage:
    mine, theirs = own.get(plan.ref, set()), below.get(plan.ref, set())
    groups: dict[CoverageKind, tuple[list[Point], list[Point], list[Point]]] = {}
    for kind in KINDS:
        groups[kind] = ([], [], [])
    for kind, point in _points(plan):
        hit = (kind, point)
        covered, through, uncovered = groups[kind]
        (covered if hit in mine else through if hit in theirs else uncovered).append(point)
    tallies = {kind: Tally(*map(tuple, groups[kind])) for kind in KINDS}
    return VersionCoverage(plan.ref, played.get(plan.ref, 0), tallies)


def _points(plan: Plan) -> Iterator[_Hit]:
    """Give what can be exercised, in canonical order."""
    for spec, skippable in zip(plan.steps, Scopes(plan).skippable, strict=True):
        yield "steps", Point(spec.index, spec.key)
        if skippable:
            yield "skips", Point(spec.index, spec.key)
        gate = gate_of(spec)
        for to in gate.reject if gate else ():
            yield "rejections", Point(spec.index, spec.key, to)
        if gate and gate.reject:
            yield "limits", Point(spec.index, spec.key)
        if spec.on_failure:
            yield "limits", _retreat(spec)


def _retreat(spec: Step) -> Point:
    """Give the point of a failure that sends the item back: one, whichever step it goes to."""
    return Point(spec.index, spec.key, spec.on_failure[0])


def _hits(trace: Trace) -> Iterator[_Hit]:
    """Give what a trace exercises of the plan that it ran on."""
    plan, rejected = trace.plan, ""
    for data, kind in ((r.event.data, r.event.type) for r in trace.history):
        match kind:
            case EventType.QUEUED:
                yield "steps", _point(plan, data["step"])
            case EventType.SKIPPED:
                yield "skips", _point(plan, data["step"])
            case EventType.REJECTED:
                rejected = data["step"]
                yield "rejections", _point(plan, rejected, data["to"])
            case EventType.BLOCKED if _limit_reached(data):
                yield "limits", _point(plan, data["steps"][0])
            case EventType.ITEM_CLOSED if rejected:
                yield "limits", _point(plan, rejected)
            case EventType.REWORK if data["gate"] and _is_failure(trace, data):
                yield "limits", _retreat(plan.step(data["gate"]))
            case _:
                pass


def _is_failure(trace: Trace, data: Mapping[str, Any]) -> bool:
    attempt = trace.state.attempt(trace.plan, data["gate"], data["attempt"])
    retreats = bool(trace.plan.step(data["gate"]).on_failure)
    return retreats and attempt is not None and attempt.status == "failed"


def _point(plan: Plan, step: str, to: str = "") -> Point:
    return Point(plan.step(step).index, step, to)


def _limit_reached(data: Mapping[str, Any]) -> bool:
    """Tell whether a gate of the item itself, not of a child, has used up its limit."""
    own = data["type"] == "rework-limit" and "child" not in data
    return own and bool(data["steps"])
