"""`dovetail simulate` and `dovetail test`: playing scenarios, with nobody working (SPEC 10).

The driver of scenarios is loaded where there is something to play.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from cyclopts import Parameter

from dovetail.blueprint.library import find
from dovetail.cli.checking import count, report, shown
from dovetail.cli.common import Json, here, out, print_json, table, warn
from dovetail.config import Project
from dovetail.errors import DovetailError, RefusedError, UsageError

if TYPE_CHECKING:
    from dovetail.files.scenario import Scenario
    from dovetail.plan.model import Field, Plan
    from dovetail.rules import Checked
    from dovetail.simulate import Coverage, Trace
    from dovetail.simulate.coverage import Tally
    from dovetail.simulate.find import ScenarioFile, Shelf
    from dovetail.simulate.trace import Problem

__all__ = ["run_tests", "simulate"]


class Unplayable(UsageError):  # noqa: N818 - the findings are the error, and are printed already
    """A scenario or its blueprint has errors, which were printed."""


# --- one


def simulate(
    blueprint: Annotated[str, Parameter(help="A path, NAME, or NAME@VERSION")],
    /,
    *,
    scenario: Annotated[
        Path | None, Parameter(help="What happens; else all is completed and approved")
    ] = None,
    param: Annotated[list[str] | None, Parameter(help="NAME=VALUE", negative="")] = None,
    json: Json = False,
) -> int:
    """Play one course of an item through a blueprint, by a clock that nobody waits for.

    Nothing is done and nothing is recorded. Params that are needed and not given are made up.

    Exit status 0: it went as the scenario says; 1: it did not; 2: there is nothing to play, or it
    has errors.
    """
    from dovetail.simulate import simulate as play
    from dovetail.simulate.find import Shelf

    project = here()
    shelf = Shelf(project.blueprints)
    form = "json" if json else "text"
    if scenario is None:
        plan = _plan(shelf, find(project.blueprints, blueprint, _today()), form)
        script, said, plans = None, _straight(plan, param or []), shelf.plans
    else:
        script = shelf.scenario(scenario, shown_as=shown(scenario))
        said, plan = _sound(shelf, script, form)
        _demand_same(project, blueprint, plan, scenario)
        said, plans = _with_params(said, plan, param or []), script.plans
    trace = play(plan, said, plans)
    if json:
        print_json(trace.to_data() | {"problems": [_told(p, script) for p in trace.all_problems()]})
    else:
        from dovetail.simulate.text import render

        for line in render(trace, lambda problem: _line(problem, script)):
            out(line)
    return 0 if trace.ok else 1


def _plan(shelf: Shelf, path: Path, form: str) -> Plan:
    checked = shelf.blueprint(path, shown_as=shown(path))
    if checked.plan is None and not checked.errors:
        raise UsageError(
            f"{path} is {checked.kind.noun}, not a blueprint",
            "dovetail simulate BLUEPRINT --scenario FILE",
        )
    if checked.plan is None:
        raise _unplayable(checked, form)
    return checked.plan


def _sound(shelf: Shelf, script: ScenarioFile, form: str) -> tuple[Scenario, Plan]:
    if script.scenario is None:
        raise _unplayable(script.checked, form)
    if script.plan is None:
        raise _unplayable(shelf.blueprint(script.played, shown_as=shown(script.played)), form)
    return script.scenario, script.plan


def _unplayable(checked: Checked, form: str) -> Unplayable:
    report([checked], form=form)
    return Unplayable(
        f"{checked.shown_as} has errors", f"mend them; dovetail check {checked.shown_as}"
    )


def _demand_same(project: Project, ref: str, plan: Plan, scenario: Path) -> None:
    """Demand that a scenario plays what is to be simulated; a name stands for any version.

    Raises:
        UsageError: when it is not.
    """
    if ref in {plan.blueprint, plan.ref}:
        return
    path = find(project.blueprints, ref, _today())
    if (path.parent.name, path.stem) != (plan.blueprint, plan.version):
        raise UsageError(
            f"{scenario} plays {plan.ref}, not {ref}",
            f"dovetail simulate {plan.ref} --scenario {scenario}",
        )


def _straight(plan: Plan, words: Sequence[str]) -> Scenario:
    """Give the scenario that says nothing."""
    from dovetail.files.scenario import SCHEMA, Scenario

    said = Scenario.model_validate({"schema": SCHEMA, "blueprint": plan.ref})
    return _with_params(said, plan, words)


def _with_params(said: Scenario, plan: Plan, words: Sequence[str]) -> Scenario:
    from dovetail.files.base import typed_all
    from dovetail.plan.misfits import misfits

    given = typed_all(plan.params, said.params) | _from_words(plan, words)
    made_up = {
        name: _made_up(name, field)
        for name, field in plan.params.items()
        if name not in given and field.default is None and not field.optional
    }
    if wrong := [str(m) for m in misfits(plan.params, given | made_up)]:
        lines = "".join(f"\n  · {line}" for line in wrong)
        raise UsageError(
            f"the params of {plan.ref} are not as declared:{lines}", "--param NAME=VALUE"
        )
    for name, value in made_up.items():
        warn(f"nobody gives {name}: it is taken to be {value!r}; --param {name}=VALUE")
    return said.model_copy(update={"params": given | made_up})


def _made_up(name: str, field: Field) -> Any:
    from dovetail.simulate.made_up import least

    try:
        return least(field, f"the param {name}")
    except RefusedError as error:
        raise UsageError(error.message, f"--param {name}=VALUE") from None


def _from_words(plan: Plan, words: Sequence[str]) -> dict[str, Any]:
    if not words:
        return {}
    from dovetail.runtime.values import from_words  # the run time takes half a second

    try:
        return from_words(plan.params, words, what="--param")
    except RefusedError as error:
        raise UsageError(error.message, error.way_out) from None


# --- many


@dataclass(frozen=True, slots=True)
class _Played:
    """A scenario's file, and what came of playing it.

    Attributes:
        result: `ok`, `failed` (it went otherwise) or `broken` (it can't be played).
        why: what was not so, a line each; of a broken one, its findings are shown instead.
        trace: None: it was not played, or not to its end.
        broken: where it can't be played, the file that has errors.
    """

    script: ScenarioFile
    result: str
    why: tuple[str, ...] = ()
    trace: Trace | None = None
    broken: Checked | None = None

    def to_data(self) -> dict[str, Any]:
        """Give the data form."""
        script = self.script
        return {
            "scenario": script.name,
            "file": script.checked.shown_as,
            "blueprint": None if script.scenario is None else script.scenario.blueprint,
            "result": self.result,
            "why": list(self.why),
            "problems": [
                _told(p, script) for p in (self.trace.all_problems() if self.trace else ())
            ],
            "findings": [] if self.broken is None else _findings(self.broken),
        }


def run_tests(
    paths: Annotated[list[Path] | None, Parameter(help="Files or folders; else all")] = None,
    /,
    *,
    require_coverage: Annotated[
        bool, Parameter(negative="", help="Fail as well where anything is not exercised")
    ] = False,
    json: Json = False,
) -> int:
    """Play scenarios, and tell which steps, skips, rejections and limits none of them exercises.

    Told of are the blueprints of the project, or those that the given scenarios play.

    Exit status 0: all went as they say; 1: one did not, or has errors.
    """
    from dovetail.simulate import coverage
    from dovetail.simulate.find import Shelf, every_scenario, scenarios_in

    blueprints = here().blueprints
    files = scenarios_in(paths) if paths else every_scenario(blueprints)
    shelf = Shelf(blueprints)
    played = [_play(shelf, file) for file in files]
    scripts = [one.script for one in played]
    if paths:
        plans = {s.plan.ref: s.plan for s in scripts if s.plan is not None}
    else:
        plans = {plan.ref: plan for plan in shelf.every_plan()}
    told = coverage(plans.values(), [one.trace for one in played if one.trace is not None])
    ok = all(one.result == "ok" for one in played)
    ok = ok and (told.complete or not require_coverage)
    if json:
        print_json(
            {"ok": ok, "scenarios": [p.to_data() for p in played], "coverage": told.to_data()}
        )
    else:
        _show(played)
        _show_coverage(told)
        results = [one.result for one in played]
        counts = (
            f"{results.count(word)} {word}" for word in ("failed", "broken") if word in results
        )
        warn(", ".join([count(len(played), "scenario"), *counts]))
    return 0 if ok else 1


def _play(shelf: Shelf, file: Path) -> _Played:
    from dovetail.simulate import simulate as play

    script = shelf.scenario(file, shown_as=shown(file))
    if script.scenario is None:
        return _Played(script, "broken", broken=script.checked)
    if script.plan is None:
        broken = shelf.blueprint(script.played, shown_as=shown(script.played))
        return _Played(script, "broken", broken=broken)
    try:
        trace = play(script.plan, script.scenario, script.plans)
    except DovetailError as error:
        return _Played(script, "failed", (str(error),))
    why = tuple(_line(problem, script) for problem in trace.all_problems())
    return _Played(script, "failed" if why else "ok", why, trace)


def _show(played: Sequence[_Played]) -> None:
    """Show a line for each scenario, and below it why it did not go as it says."""
    findings: dict[str, Checked] = {}
    for one in played:
        out(f"{one.result:6}  {one.script.name}")
        for why in one.why:
            out("\n".join(f"          {line}" for line in why.splitlines()))
        if one.broken is not None:
            out(f"          {one.broken.shown_as} has {count(len(one.broken.errors), 'error')}")
            findings[one.broken.shown_as] = one.broken
    if findings:
        out()
        report(list(findings.values()))


def _show_coverage(told: Coverage) -> None:
    """Show how much is exercised, and what is not."""
    from dovetail.simulate.coverage import KINDS

    if not told.versions:
        return
    head = ("COVERAGE", "SCENARIOS", *(kind.upper() for kind in KINDS))
    rows = [
        (version.ref, str(version.scenarios), *(_share(version.tallies[k]) for k in KINDS))
        for version in told.versions
    ]
    whole = ("all", str(sum(v.scenarios for v in told.versions)))
    rows.append((*whole, *(f"{told.percent(kind)} %" for kind in KINDS)))
    out()
    table(head, rows)
    left = [
        (version.ref, kind, ", ".join(map(str, version.tallies[kind].uncovered)))
        for version in told.versions
        for kind in KINDS
        if version.tallies[kind].uncovered
    ]
    if left:
        out()
        table(("NOT EXERCISED", "", ""), left)


def _share(tally: Tally) -> str:
    if not tally.total:
        return "-"
    return f"{tally.percent} % of {tally.total}"


# --- what was not so


def _line(problem: Problem, script: ScenarioFile | None) -> str:
    place = _place(problem, script)
    where = f"{place['file']}:{place['line']}:{place['column']}: " if place else ""
    return f"{where}{problem.says}"


def _place(problem: Problem, script: ScenarioFile | None) -> dict[str, Any]:
    if script is None or script.spans is None:
        return {}
    span = script.spans.value(problem.path)
    return {"file": script.checked.shown_as, "line": span.line, "column": span.column}


def _told(problem: Problem, script: ScenarioFile | None) -> dict[str, Any]:
    return problem.to_data() | _place(problem, script)


def _findings(checked: Checked) -> list[dict[str, Any]]:
    from dovetail.diagnostics.data import render_json

    data: list[dict[str, Any]] = orjson.loads(
        render_json(checked.diagnostics, {checked.shown_as: checked.text})
    )
    return data


def _today() -> date:
    return datetime.now(UTC).date()
