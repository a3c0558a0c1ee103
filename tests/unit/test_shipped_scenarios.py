"""The stories that the shipped blueprints have to tell are there by name, and go as they say."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dovetail import resources
from dovetail.simulate import Trace, coverage, simulate
from dovetail.simulate.find import ScenarioFile, Shelf

if TYPE_CHECKING:
    from dovetail.files.scenario import Scenario
    from dovetail.plan.model import Plan

STATES = {
    # What can be told of a chunk at any time.
    "no active chunk": "state-no-active-chunk",
    "ready for QA": "state-ready-for-qa",
    "QA blocked": "state-qa-blocked",
    "developer fix after QA blocked": "state-developer-fix-after-qa-blocked",
    "ready to complete": "state-ready-to-complete",
    "commit ready": "state-commit-ready",
    "acceptance verification missing": "state-acceptance-verification-missing",
    "acceptance verification blocked": "state-acceptance-verification-blocked",
    "acceptance verification mismatched": "state-acceptance-verification-mismatched",
    "only untracked files": "state-untracked-only",
    "several developer passes before QA": "state-several-developer-passes-before-qa",
    "QA is shown the latest pass": "state-qa-sees-the-latest-pass",
}
ACCEPTANCE = {
    # What a system that turns plans into work has to show, and where it may stumble.
    "1, steps in order": "acceptance-1-steps-in-order",
    "2, parallel steps start together": "acceptance-2-parallel-steps-start-together",
    "3, only the lowest step starts": "acceptance-3-only-the-lowest-step-starts",
    "4, one executor per attempt": "acceptance-4-one-executor-per-attempt",
    "5, duplicates before work: merged": "acceptance-5-duplicate-is-merged-before-work",
    "5, duplicates before work: linked": "acceptance-5-duplicate-is-linked",
    "5, duplicates before work: closed": "acceptance-5-duplicate-is-closed",
    "6, a rejection goes back": "acceptance-6-rejection-goes-back-to-an-earlier-step",
    "6, entry criteria again": "acceptance-6-entry-criteria-are-checked-again",
    "7, a handoff after each step": "acceptance-7-the-next-step-reads-the-handoff",
    "8, work is resumed": "acceptance-8-work-is-resumed",
    "8, open criteria stay open": "acceptance-8-open-criteria-stay-open",
    "edge 1, a shared constraint": "edge-1-shared-test-bench",
    "edge 2, equal orders": "edge-2-parallel-steps-in-a-fixed-order",
    "edge 3, a handoff is missing": "edge-3-handoff-is-missing",
    "edge 4, the definition changes": "edge-4-definition-changes-midway",
    "edge 5, the duplicate was none": "edge-5-duplicate-was-none",
    "edge 6, an executor fails": "edge-6-executor-fails",
}
STOPS = (
    "requirements-ambiguous",
    "decision-needed",
    "scope-change",
    "smoke-unavailable",
    "validation-unexplained",
    "destructive-risk",
    "credential-risk",
    "unexpected-repository",
    "contradiction",
)
PATHS = ("path-a-rough-idea", "path-b-requirements", "path-c-chunk-list", "path-d-small-fix")

DEMANDED = [
    *(("chunk-lifecycle", "1.1.0", story) for story in STATES.values()),
    *(("chunk-lifecycle", "1.1.0", f"stop-{kind}") for kind in STOPS),
    *(("plan-to-execution", "1.0.0", story) for story in ACCEPTANCE.values()),
    *(("work-package", "1.0.0", f"stop-{kind}") for kind in STOPS),
    *(("work-package", "1.0.0", story) for story in PATHS),
]


def files() -> list[Path]:
    """Give every shipped scenario."""
    return sorted(resources.folder("blueprints").glob("*/scenarios/*.yaml"))


@cache
def shelf() -> Shelf:
    """Give the shipped blueprints, each compiled once."""
    return Shelf(resources.folder("blueprints"))


@cache
def opened(file: Path) -> tuple[ScenarioFile, Scenario, Plan]:
    """Open a scenario and what it is played on; findings about either fail the test."""
    found = shelf().scenario(file, shown_as=named(file))
    assert found.scenario is not None, found.checked
    assert found.plan is not None, found.scenario.blueprint
    return found, found.scenario, found.plan


def read(file: Path) -> Scenario:
    """Give what a scenario says."""
    return opened(file)[1]


@cache
def played(file: Path) -> Trace:
    """Play a scenario."""
    found, scenario, plan = opened(file)
    return simulate(plan, scenario, found.plans)


def named(file: Path) -> str:
    """Name a scenario for the test's report."""
    return f"{file.parent.parent.name}/{file.stem}"


@pytest.mark.parametrize(("blueprint", "version", "story"), DEMANDED)
def test_what_has_to_be_told_is_told(blueprint: str, version: str, story: str) -> None:
    file = resources.folder("blueprints") / blueprint / "scenarios" / f"{story}.yaml"
    assert file.is_file()
    assert read(file).blueprint == f"{blueprint}@{version}"


def test_every_stop_condition_has_its_story() -> None:
    shared = resources.folder("blueprints") / "_shared" / "stop-conditions.yaml"
    listed = [line.strip(" :") for line in shared.read_text(encoding="utf-8").splitlines()]
    assert [kind for kind in STOPS if kind not in listed] == []
    assert sum(line.startswith("title") for line in listed) == 1 + len(STOPS)


@pytest.mark.parametrize("file", files(), ids=named)
def test_a_story_says_what_it_is_about_and_how_it_ends(file: Path) -> None:
    scenario = read(file)
    assert scenario.name == file.parent.parent.name
    assert (file.parent.parent / f"{scenario.version}.yaml").is_file()
    assert scenario.description is not None
    assert scenario.expect.status is not None
    ends = scenario.expect.status in ("completed", "closed")
    assert ends or scenario.expect.launches is not None or scenario.expect.blockers is not None


def test_every_shipped_version_has_stories() -> None:
    told = {read(file).blueprint for file in files()}
    shipped = {
        f"{file.parent.name}@{file.stem}"
        for file in resources.folder("blueprints").glob("[!_]*/*.yaml")
    }
    assert shipped == told


@pytest.mark.parametrize("file", files(), ids=named)
def test_a_story_goes_as_it_says(file: Path) -> None:
    assert [problem.says for problem in played(file).all_problems()] == []


def test_the_stories_leave_nothing_of_the_blueprints_out() -> None:
    plans = {plan.ref: plan for _, _, plan in map(opened, files())}
    told = coverage(plans.values(), map(played, files()))
    assert {
        version.ref: left
        for version in told.versions
        if (left := [str(point) for t in version.tallies.values() for point in t.uncovered])
    } == {}
