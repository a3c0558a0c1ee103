"""What was expected and was not so, and what was scripted and never came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dovetail.files.base import typed
from dovetail.files.scenario import Scenario
from dovetail.plan.results import results_of
from dovetail.simulate.cues import Path
from dovetail.simulate.player import Player
from dovetail.simulate.trace import Problem

__all__ = ["problems"]

_PARTLY = ("held", "outputs")
"""Expectations of which what is left out may be anything."""


def problems(player: Player, scenario: Scenario | None) -> list[Problem]:
    """Give the problems of an item in the order of the file.

    Args:
        player: the item, at the end.
        scenario: what was expected; None: it is a child, of which nothing is.
    """
    found = [*_refused(player, scenario), *_unused(player)]
    if scenario is not None:
        found += _expected(player, scenario)
    return found


def _refused(player: Player, scenario: Scenario | None) -> Iterator[Problem]:
    """Give refusals that nothing in the scenario says are meant."""
    if scenario is not None and scenario.expect.refused is not None:
        return
    hint = "mend it, or list it under `expect: refused`" if scenario is not None else "mend it"
    for problem in player.problems:
        if scenario is None and _is_followed(player, problem.path):
            continue  # of a child nothing can be expected; what comes next says that it is meant
        yield Problem(problem.path, f"{problem.says} ({hint})")


def _is_followed(player: Player, path: Path) -> bool:
    """Tell whether another outcome of the same step is written after one."""
    match path[len(player.cues.path) :]:
        case ("outcomes", str(step), int(nth)):
            return nth + 1 < len(player.cues.script.outcomes.get(step, ()))
        case _:
            return False


def _unused(player: Player) -> Iterator[Problem]:
    """Give what is written and never came; nothing of an item that was closed before."""
    if player.state.closed is not None or player.abandoned:
        return
    status = player.trace.found["status"]
    for path, what in player.cues.unused():
        yield Problem(path, f"{what} never came: the item is {status}, and nothing leads there")
    for step, scripts in player.cues.script.children.items():
        started = {trace.key for trace in player.trace.children.get(step, ())}
        for key in scripts:
            if key not in started:
                told = ", ".join(sorted(started)) or "none"
                path = (*player.cues.path, "children", step, key)
                yield Problem(path, f"`{step}` never started a child `{key}`; started: {told}")


def _expected(player: Player, scenario: Scenario) -> Iterator[Problem]:
    for name in type(scenario.expect).model_fields:
        expected = getattr(scenario.expect, name)
        if expected is None:
            continue
        found = player.trace.found[name]
        if isinstance(expected, tuple):
            yield from _of_list(name, list(expected), found)
        elif isinstance(expected, Mapping):
            wanted = _wanted(player, name, expected)
            yield from _of_mapping(name, wanted, found)
        elif expected != found:
            yield Problem(
                ("expect", name), f"`{name}` is {found}; expected {expected}", expected, found
            )


def _wanted(player: Player, name: str, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Give an expected mapping as JSON has it."""
    if name == "rework":  # never is as good as nothing
        return {step: count for step, count in expected.items() if count}
    if name == "outputs":
        types = results_of(player.plan)
        return {k: typed(v, types.get(k)) for k, v in expected.items()}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in expected.items()}


def _of_list(name: str, expected: Sequence[Any], found: Sequence[Any]) -> Iterator[Problem]:
    if list(expected) == list(found):
        return
    pairs = zip(expected, found, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(found)))
    path: Path = ("expect", name, at) if at < len(expected) else ("expect", name)
    there = str(found[at]) if at < len(found) else "nothing"
    wanted = str(expected[at]) if at < len(expected) else "nothing"
    yield Problem(
        path,
        f"`{name}[{at}]` is {there}; expected {wanted}: "
        f"found {_listed(found)}, expected {_listed(expected)}",
        list(expected),
        list(found),
    )


def _of_mapping(
    name: str, expected: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[Problem]:
    keys = expected if name in _PARTLY else {**expected, **found}
    for key in keys:
        wanted, there = expected.get(key), found.get(key)
        if wanted == there:
            continue
        path: Path = ("expect", name, key) if key in expected else ("expect", name)
        yield Problem(
            path, f"`{name}.{key}` is {_shown(there)}; expected {_shown(wanted)}", wanted, there
        )


def _shown(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return _listed(value)
    return "nothing" if value is None else str(value)


def _listed(values: Sequence[Any]) -> str:
    return f"[{', '.join(map(str, values))}]"
