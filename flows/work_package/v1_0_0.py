"""Take a goal that is larger than one chunk from its requirements to the baseline

Waves:
  1  requirements
  2  requirements-review
  3  plan
  4  approve-plan
  5  chunks
  6  report
  7  final-review
  8  integrate
"""

# Emitted by Dovetail from blueprint work-package 1.0.0. Do not edit.
# Plan: sha256:feec08abfa81eeed53492b731578b779fc50753eb02a07fa8f8deca447e4ffa0
# Refresh: dovetail compile work-package@1.0.0
from typing import Literal

from dovetail.runtime import (
    Artifact,
    Attempt,
    Blocker,
    Blueprint,
    Check,
    Field,
    ForEach,
    Gate,
    Pause,
    Render,
    commit_handoffs,
)
from prefect import flow

blueprint = Blueprint(
    name="work-package",
    version="1.0.0",
    digest="sha256:feec08abfa81eeed53492b731578b779fc50753eb02a07fa8f8deca447e4ffa0",
    title="Take a goal that is larger than one chunk from its requirements to the baseline",
    description="Requirements are settled, a queue of chunks is planned and approved, the chunks are carried out in order of their dependencies, and people review at the milestones that they chose and at the end.",
    owner="orchestrator",
    intake=["orchestrator"],
    item_id="package-{seq:04}-{slug}",
    roles={
        "analyst": "Turns a rough idea into requirements",
        "orchestrator": "Owns the package, its queue and its progress",
        "planner": "Cuts approved requirements into chunks",
        "requirements-reviewer": "Passes requirements, or says what is missing",
        "reviewer": "A person who answers for scope, milestones and the result",
    },
    params={
        "autopilot": Field("bool", default=True),
        "goal": Field("string", min=1),
        "path": Field(
            "string",
            enum=("rough-idea", "requirements", "chunk-list", "small-fix"),
            default="rough-idea",
        ),
        "requirements": Field("list", of=Field("string"), default=[]),
        "stop-at": Field("list", of=Field("string"), default=[]),
    },
    outputs={"chunks": "steps.chunks.outputs.children"},
    evidence={
        "milestone-review": {
            "notes": Field("string", optional=True),
            "result": Field("string", enum=("PASS", "BLOCKED")),
        },
        "requirements-review": {
            "questions": Field("list", of=Field("string")),
            "result": Field("string", enum=("PASS", "BLOCKED")),
        },
    },
    blockers={
        "contradiction": Blocker(
            "What the tools say and what the notes say contradict each other",
        ),
        "credential-risk": Blocker("A production credential is at risk"),
        "decision-needed": Blocker(
            "A decision about product, security, access or data is needed",
            when="outputs.stop == 'decision-needed'",
        ),
        "destructive-risk": Blocker("Data could be destroyed"),
        "requirements-ambiguous": Blocker(
            "The requirements can be read in more than one way",
            when="outputs.stop == 'requirements-ambiguous'",
        ),
        "scope-change": Blocker(
            "The scope has to grow",
            description="Work outside the approved scope, its sources or its dependencies included.",
            when="outputs.stop == 'scope-change'",
        ),
        "smoke-unavailable": Blocker(
            "The smoke test is required, but can't be run",
            when="outputs.stop == 'smoke-unavailable'",
        ),
        "unexpected-repository": Blocker(
            "The repository is not in the state it should be in",
        ),
        "validation-unexplained": Blocker(
            "Validation fails, and neither a second run nor a reason settles it",
            when="outputs.stop == 'validation-unexplained'",
        ),
    },
    start="chunks",
    done=[Artifact("report", "report.md", say="The final report is there")],
)


@blueprint.external(
    order=1,
    role="analyst",
    title="Write down the requirements",
    when="params.path == 'rough-idea'",
    skip_say="The requirements were given",
    outputs={
        "open-questions": Field("list", of=Field("string"), default=[]),
        "requirements": Field("list", of=Field("string"), min=1),
    },
    exit=[
        Artifact("text", "requirements.md", min_bytes=1),
        Check(
            "answered",
            "size(outputs.open_questions) == 0",
            say="Ask until no question is open",
        ),
    ],
    done="Somebody who was not asked can tell what is wanted, and what is not.",
)
def requirements(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=2,
    role="requirements-reviewer",
    title="Review the requirements",
    after=[requirements],
    when="params.path == 'rough-idea' || params.path == 'requirements'",
    skip_say="The chunks were given",
    independent=True,
    evidence="requirements-review",
    approve_when="evidence.requirements_review.result == 'PASS' && size(evidence.requirements_review.questions) == 0",
    reject=[requirements],
    limit=3,
)
def requirements_review(attempt: Attempt) -> None: ...


@blueprint.external(
    order=3,
    role="planner",
    title="Plan the chunks",
    after=[requirements_review],
    entry=[
        Check(
            "requirements",
            "params.path != 'requirements' || size(params.requirements) > 0",
            say="Give the requirements that the package starts from",
        ),
    ],
    outputs={
        "chunks": Field(
            "list",
            of=Field(
                "object",
                fields={
                    "acceptance": Field("list", of=Field("string")),
                    "goal": Field("string", min=1),
                    "milestone": Field("string"),
                    "needs": Field("list", of=Field("string")),
                    "out-of-scope": Field("list", of=Field("string")),
                    "priority": Field("string", enum=("high", "medium", "low")),
                    "scope": Field("list", of=Field("string")),
                    "slug": Field("string", pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*"),
                    "validation": Field("list", of=Field("string")),
                },
            ),
            min=1,
        ),
        "stop": Field(
            "string",
            enum=(
                "none",
                "requirements-ambiguous",
                "decision-needed",
                "scope-change",
                "smoke-unavailable",
                "validation-unexplained",
            ),
            default="none",
        ),
    },
    exit=[
        Check(
            "small",
            "params.path != 'small-fix' || size(outputs.chunks) == 1",
            say="A small fix is one chunk; take another path for more",
        ),
        Artifact(
            "files",
            "chunks/{{ chunk.slug }}.md",
            min_bytes=1,
            each="outputs.chunks",
            as_="chunk",
            say="Write a file for each chunk",
        ),
    ],
    done="Each chunk can be done from its file alone, and their order is said.",
)
def plan(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=4,
    role="reviewer",
    title="Approve the queue",
    after=[plan],
    human=True,
    show='| chunk | goal | milestone | needs |\n|---|---|---|---|\n{% for chunk in steps.plan.outputs.chunks %}\n| {{ chunk.slug }} | {{ chunk.goal }} | {{ chunk.milestone }} | {{ chunk.needs | join(", ") }} |\n{% endfor %}\n',
    reject=[plan, requirements],
    limit=3,
)
def approve_plan(attempt: Attempt) -> None: ...


@blueprint.call(
    order=5,
    title="Carry out the queue",
    after=[approve_plan],
    blueprint="chunk-lifecycle",
    version="^1.1",
    with_={
        "acceptance": "chunk.acceptance",
        "goal": "chunk.goal",
        "human-review": "!params.autopilot",
        "out-of-scope": "chunk.out_of_scope",
        "scope": "chunk.scope",
        "validation": "chunk.validation",
    },
    for_each=ForEach(
        items="steps.plan.outputs.chunks",
        as_="chunk",
        key="chunk.slug",
        needs="chunk.needs",
        priority="chunk.priority",
        group="chunk.milestone",
        pause=Pause(
            "chunk.slug in params.stop_at || (group_last && chunk.milestone in params.stop_at)",
            gate=Gate(
                reviewers=("reviewer",),
                human=True,
                evidence="milestone-review",
                approve_when="evidence.milestone_review.result == 'PASS'",
                reject=("plan",),
                limit=3,
            ),
        ),
        after=(Render("planning/progress.md", "progress.md"),),
    ),
    integrate_each="child",
)
def chunks(attempt: Attempt) -> None: ...


@blueprint.external(
    order=6,
    title="Write the final report",
    after=[chunks],
    entry=[
        Check(
            "all-done",
            "steps.chunks.outputs.children.all(c, c.status == 'completed' || c.status == 'closed')",
            say="No chunk is left open",
        ),
    ],
    exit=[Artifact("report", "report.md", min_bytes=1)],
)
def report(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=7,
    role="reviewer",
    title="Review the whole",
    after=[report],
    human=True,
    reject=[plan, report],
    limit=2,
)
def final_review(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=8,
    title="Make it part of the baseline",
    after=[final_review],
    message="{{ item.id }}: {{ params.goal }}",
)
def integrate(attempt: Attempt) -> None: ...


@flow(
    name="work-package",
    version="1.0.0",
    flow_run_name="{item} · work-package 1.0.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def work_package(
    item: str,
    goal: str,
    autopilot: bool = True,
    path: Literal[
        "rough-idea",
        "requirements",
        "chunk-list",
        "small-fix",
    ] = "rough-idea",
    requirements: list[str] | None = None,
    stop_at: list[str] | None = None,
) -> None:
    """Move a work item through work-package 1.0.0."""
    blueprint.drive(
        item,
        goal=goal,
        autopilot=autopilot,
        path=path,
        requirements=requirements,
        stop_at=stop_at,
    )
