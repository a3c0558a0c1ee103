"""Plan several work packages together, and carry them out by priority

Waves:
   1  scope
   2  scope-check
   3  folder
   4  folder-check
   5  completion-analysis ∥ context-analysis
   6  analysis
   7  analysis-check
   8  packages
   9  packages-check
  10  priorities
  11  priorities-check
  12  roadmap
  13  roadmap-check
  14  implementation
  15  integrate
"""

# Emitted by Dovetail from blueprint roadmap-planning 1.2.0. Do not edit.
# Plan: sha256:fafd69dec17e636a2e917a94cfec70d95a453584f2639e1597edd24bc7f8e8b9
# Refresh: dovetail compile roadmap-planning@1.2.0
from dovetail.runtime import (
    Artifact,
    Attempt,
    Blueprint,
    Check,
    Field,
    ForEach,
    Render,
    commit_handoffs,
)
from prefect import flow

blueprint = Blueprint(
    name="roadmap-planning",
    version="1.2.0",
    digest="sha256:fafd69dec17e636a2e917a94cfec70d95a453584f2639e1597edd24bc7f8e8b9",
    title="Plan several work packages together, and carry them out by priority",
    description="Seven phases, and a checkpoint after each of the first six: nobody goes on before the lead has said so, and the order of the packages is the lead's to decide.",
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
    finish="implementation",
)


@blueprint.external(
    order=1,
    role="planner",
    title="Find the work packages",
    outputs={
        "candidates": Field(
            "list",
            of=Field(
                "object",
                fields={
                    "description": Field("string", min=1),
                    "title": Field("string", min=1),
                },
            ),
            min=2,
        ),
        "effort": Field("string", min=1),
        "why-together": Field("list", of=Field("string"), min=1),
    },
)
def scope(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=1,
    title="Are these the work packages?",
    needs=[scope],
    show="{% for candidate in steps.scope.outputs.candidates %}\n{{ loop.index }}. **{{ candidate.title }}**: {{ candidate.description }}\n{% endfor %}\n\nEstimated effort: {{ steps.scope.outputs.effort }}\n",
    reject=[scope],
    limit=3,
)
def scope_check(attempt: Attempt) -> None: ...


@blueprint.render(
    order=2,
    title="Set up the planning folder",
    after=[scope_check],
    files=[
        Render("planning/start-here.md", "START-HERE.md"),
        Render("planning/readme.md", "README.md"),
    ],
)
def folder(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=2,
    title="The folder is there. Go on with the analysis?",
    needs=[folder],
    reject=[folder],
    limit=3,
)
def folder_check(attempt: Attempt) -> None: ...


@blueprint.external(
    order=3,
    role="planner",
    title="Look back on what was done",
    parallel=True,
    after=[folder_check],
    when="has(params.continues)",
    skip_say="Nothing was planned before",
    exit=[Artifact("text", "01-COMPLETION-ANALYSIS.md", min_bytes=1)],
)
def completion_analysis(attempt: Attempt) -> None: ...


@blueprint.external(
    order=4,
    role="planner",
    title="Study the context",
    parallel=True,
    after=[folder_check],
    exit=[Artifact("text", "02-CONTEXT-ANALYSIS.md", min_bytes=1)],
)
def context_analysis(attempt: Attempt) -> None: ...


@blueprint.external(
    order=5,
    role="planner",
    title="Sum up the analysis",
    after=[completion_analysis, context_analysis],
    outputs={
        "findings": Field("list", of=Field("string"), min=1),
        "implications": Field("list", of=Field("string")),
        "open-questions": Field("list", of=Field("string"), default=[]),
    },
)
def analysis(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=5,
    title="Does this analysis look right?",
    needs=[analysis],
    show="{% for finding in steps.analysis.outputs.findings %}\n- {{ finding }}\n{% endfor %}\n{% for question in steps.analysis.outputs.open_questions %}\n- Open: {{ question }}\n{% endfor %}\n",
    reject=[analysis],
    limit=3,
)
def analysis_check(attempt: Attempt) -> None: ...


@blueprint.external(
    order=6,
    role="planner",
    title="Plan the work packages",
    after=[analysis_check],
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
                    "review-hours": Field("string"),
                    "slug": Field("string", pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*"),
                    "success": Field("list", of=Field("string"), min=1),
                    "title": Field("string", min=1),
                },
            ),
            min=2,
        ),
    },
    exit=[
        Artifact(
            "plans",
            "{{ package.number }}-{{ package.slug }}-plan.md",
            min_bytes=1,
            each="outputs.packages",
            as_="package",
            say="Write a plan for each package",
        ),
    ],
)
def packages(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=6,
    title="Ready to set priorities?",
    needs=[packages],
    show='| # | package | effort | needs |\n|---|---|---|---|\n{% for package in steps.packages.outputs.packages %}\n| {{ package.number }} | {{ package.title }} | {{ package.hours }} | {{ package.needs | join(", ") }} |\n{% endfor %}\n',
    reject=[packages],
    limit=3,
)
def packages_check(attempt: Attempt) -> None: ...


@blueprint.external(
    order=7,
    role="planner",
    title="Propose an order",
    after=[packages_check],
    outputs={
        "order": Field(
            "list",
            of=Field(
                "object",
                fields={
                    "package": Field("string"),
                    "priority": Field("string", enum=("HIGH", "MEDIUM", "LOW")),
                    "why": Field("string", min=1),
                },
            ),
            min=2,
        ),
    },
    exit=[
        Check(
            "complete",
            "steps.packages.outputs.packages.all(p,\n  outputs.order.exists_one(o, o.package == p.slug))",
            say="Give each package one place in the order",
        ),
    ],
)
def priorities(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=7,
    title="Is this the order?",
    needs=[priorities],
    show="| priority | package | why |\n|---|---|---|\n{% for line in steps.priorities.outputs.order %}\n| {{ line.priority }} | {{ line.package }} | {{ line.why }} |\n{% endfor %}\n",
    reject=[priorities],
    limit=3,
)
def priorities_check(attempt: Attempt) -> None: ...


@blueprint.external(
    order=8,
    role="planner",
    title="Finish the roadmap",
    after=[priorities_check],
    outputs={
        "success": Field("list", of=Field("string"), min=1),
        "timeline": Field("list", of=Field("string"), min=1),
    },
    exit=[
        Artifact("start", "START-HERE.md", min_bytes=1),
        Artifact("readme", "README.md", min_bytes=1),
    ],
)
def roadmap(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=8,
    title="The roadmap is complete. Begin with the first package?",
    needs=[roadmap],
    reject=[roadmap],
    limit=3,
)
def roadmap_check(attempt: Attempt) -> None: ...


@blueprint.call(
    order=9,
    title="Carry out the packages by priority",
    after=[roadmap_check],
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
        priority="steps.priorities.outputs.order.filter(o, o.package == package.slug) .map(o, o.priority == 'HIGH' ? 1 : o.priority == 'MEDIUM' ? 2 : 3)[0]",
        after=(Render("planning/progress.md", "PROGRESS.md"),),
    ),
    integrate_each="child",
)
def implementation(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=10,
    title="Keep the roadmap",
    after=[implementation],
    message="{{ item.id }}: {{ params.initiative }}",
)
def integrate(attempt: Attempt) -> None: ...


@flow(
    name="roadmap-planning",
    version="1.2.0",
    flow_run_name="{item} · roadmap-planning 1.2.0",
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
    """Move a work item through roadmap-planning 1.2.0."""
    blueprint.drive(item, initiative=initiative, reasons=reasons, continues=continues)
