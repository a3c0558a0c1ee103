"""Plan several work packages together, and carry them out by priority

Waves:
  1  folder
  2  completion-analysis ∥ context-analysis
  3  packages
  4  documents
  5  checklist
  6  implementation
  7  integrate
"""

# Emitted by Dovetail from blueprint roadmap-planning 1.1.0. Do not edit.
# Plan: sha256:e581bc630d169e592c1ee58826b288ce0ffdb6607a3438d223432961a2e7a171
# Refresh: dovetail compile roadmap-planning@1.1.0
from dovetail.runtime import (
    Artifact,
    Attempt,
    Blueprint,
    Field,
    ForEach,
    Render,
    commit_handoffs,
)
from prefect import flow

blueprint = Blueprint(
    name="roadmap-planning",
    version="1.1.0",
    digest="sha256:e581bc630d169e592c1ee58826b288ce0ffdb6607a3438d223432961a2e7a171",
    title="Plan several work packages together, and carry them out by priority",
    description="For work that shares context or builds on itself: a folder of planning documents, a plan for each work package, a list of quality checks, and then one package after the other.",
    owner="lead",
    intake=["lead"],
    item_id="{date}-{slug}-{seq}",
    roles={
        "lead": "Decides what belongs together, and in which order it is done",
        "planner": "Writes the plans",
    },
    params={
        "continues": Field("string", optional=True),
        "initiative": Field("string", min=1),
        "reasons": Field("list", of=Field("string")),
    },
    outputs={"packages": "steps.implementation.outputs.children"},
    evidence={
        "planning-checklist": {
            "dependencies-documented": Field("bool"),
            "estimates-realistic": Field("bool"),
            "priorities-assigned": Field("bool"),
            "scope-and-success-in-each": Field("bool"),
        },
    },
    finish="implementation",
)


@blueprint.render(
    order=1,
    title="Set up the planning folder",
    files=[
        Render("planning/start-here.md", "START-HERE.md"),
        Render("planning/readme.md", "README.md"),
    ],
)
def folder(attempt: Attempt) -> None: ...


@blueprint.external(
    order=2,
    role="planner",
    title="Look back on what was done",
    parallel=True,
    after=[folder],
    when="has(params.continues)",
    skip_say="Nothing was planned before",
    exit=[Artifact("text", "01-COMPLETION-ANALYSIS.md", min_bytes=1)],
)
def completion_analysis(attempt: Attempt) -> None: ...


@blueprint.external(
    order=3,
    role="planner",
    title="Study the context",
    parallel=True,
    after=[folder],
    exit=[Artifact("text", "02-CONTEXT-ANALYSIS.md", min_bytes=1)],
)
def context_analysis(attempt: Attempt) -> None: ...


@blueprint.external(
    order=4,
    role="planner",
    title="Plan the work packages",
    after=[completion_analysis, context_analysis],
    outputs={
        "packages": Field(
            "list",
            of=Field(
                "object",
                fields={
                    "hours": Field("string"),
                    "in-scope": Field("list", of=Field("string"), min=1),
                    "needs": Field("list", of=Field("string")),
                    "number": Field("int", min=3),
                    "out-of-scope": Field("list", of=Field("string")),
                    "overview": Field("string", min=1),
                    "priority": Field("string", enum=("HIGH", "MEDIUM", "LOW")),
                    "review-hours": Field("string"),
                    "slug": Field("string", pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*"),
                    "success": Field("list", of=Field("string"), min=1),
                    "title": Field("string", min=1),
                    "why": Field("string", min=1),
                },
            ),
            min=2,
        ),
    },
    done="Each package can be begun from its plan alone.",
)
def packages(attempt: Attempt) -> None: ...


@blueprint.render(
    order=5,
    title="Write the planning documents",
    after=[packages],
    files=[
        Render("planning/start-here.md", "START-HERE.md"),
        Render("planning/readme.md", "README.md"),
        Render(
            "planning/package-plan.md",
            "{{ package.number }}-{{ package.slug }}-plan.md",
            each="steps.packages.outputs.packages",
            as_="package",
        ),
    ],
)
def documents(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=6,
    title="Go through the planning checklist",
    after=[documents],
    evidence="planning-checklist",
    approve_when="evidence.planning_checklist.scope_and_success_in_each && evidence.planning_checklist.dependencies_documented && evidence.planning_checklist.estimates_realistic && evidence.planning_checklist.priorities_assigned",
    reject=[packages, context_analysis],
    limit=5,
)
def checklist(attempt: Attempt) -> None: ...


@blueprint.call(
    order=7,
    title="Carry out the packages by priority",
    after=[checklist],
    blueprint="work-package",
    version="^1",
    with_={
        "goal": "package.title",
        "path": "'requirements'",
        "requirements": "package.in_scope",
    },
    for_each=ForEach(
        items="steps.packages.outputs.packages",
        as_="package",
        key="package.slug",
        needs="package.needs",
        priority="package.priority",
        after=(
            Render("planning/start-here.md", "START-HERE.md"),
            Render("planning/readme.md", "README.md"),
        ),
    ),
    integrate_each="child",
)
def implementation(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=8,
    title="Keep the roadmap",
    after=[implementation],
    message="{{ item.id }}: {{ params.initiative }}",
)
def integrate(attempt: Attempt) -> None: ...


@flow(
    name="roadmap-planning",
    version="1.1.0",
    flow_run_name="{item} · roadmap-planning 1.1.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def roadmap_planning(
    item: str,
    initiative: str,
    reasons: list[str],
    continues: str | None = None,
) -> None:
    """Move a work item through roadmap-planning 1.1.0."""
    blueprint.drive(item, initiative=initiative, reasons=reasons, continues=continues)
