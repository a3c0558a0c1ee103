"""Take a chunk of work from its prompt to the baseline

Waves:
  1  confirm
  2  develop
  3  qa
  4  human-review
  5  integrate
"""

# Emitted by Dovetail from blueprint chunk-lifecycle 1.1.0. Do not edit.
# Plan: sha256:c1c3c169246ed58b712c3c0a310369e50770b71957f382b1216c17183ab3f936
# Refresh: dovetail compile chunk-lifecycle@1.1.0
from typing import Literal

from dovetail.runtime import (
    Artifact,
    Attempt,
    Blocker,
    Blueprint,
    Changes,
    Check,
    Constraint,
    Field,
    Wip,
    commit_handoffs,
)
from prefect import flow

blueprint = Blueprint(
    name="chunk-lifecycle",
    version="1.1.0",
    digest="sha256:c1c3c169246ed58b712c3c0a310369e50770b71957f382b1216c17183ab3f936",
    title="Take a chunk of work from its prompt to the baseline",
    description="One bounded piece of work: confirmed by an orchestrator, done by a developer, judged by somebody else on typed evidence, approved by a person where that was asked for, and then part of the baseline.",
    owner="orchestrator",
    intake=["orchestrator"],
    item_id="chunk-{seq:06}-{slug}",
    wip_limit=Wip(1, per="parent"),
    roles={
        "developer": "Implements within the confirmed scope",
        "orchestrator": "Confirms scope and coordinates the handover; never judges the work",
        "qa": "Owns the verdict, and does not implement",
        "reviewer": "A person who answers for what enters the baseline",
    },
    params={
        "acceptance": Field("list", of=Field("string"), default=[]),
        "goal": Field("string", min=1),
        "human-review": Field("bool", default=True),
        "out-of-scope": Field("list", of=Field("string"), default=[]),
        "scope": Field("list", of=Field("string"), default=[]),
        "smoke": Field(
            "string",
            enum=("not-applicable", "recommended", "required"),
            default="recommended",
        ),
        "validation": Field("list", of=Field("string"), default=[]),
    },
    outputs={
        "follow-ups": "steps.develop.outputs.follow_ups",
        "summary": "steps.develop.outputs.summary",
        "verdict": "steps.qa.evidence.qa_review.result",
    },
    evidence={
        "qa-review": {
            "executor": Field("string", min=1),
            "independence": Field(
                "string",
                enum=("separate-executor", "separate-session"),
            ),
            "limitations": Field("string", optional=True),
            "result": Field("string", enum=("PASS", "BLOCKED")),
            "reviewed-artifacts": Field("list", of=Field("string")),
            "scope": Field("string", min=1),
            "validation-evidence": Field("list", of=Field("string")),
        },
    },
    constraints={"workspace": Constraint("item")},
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
    start="develop",
    done=[
        Check(
            "judged",
            "has(steps.qa.evidence.qa_review.result)",
            say="A verdict is on record",
        ),
    ],
)


@blueprint.external(
    order=1,
    title="Confirm the chunk",
    outputs={
        "acceptance": Field("list", of=Field("string"), min=1),
        "out-of-scope": Field("list", of=Field("string")),
        "scope": Field("list", of=Field("string"), min=1),
        "validation": Field("list", of=Field("string"), min=1),
    },
    exit=[
        Check(
            "scope",
            "params.scope.all(line, line in outputs.scope) && params.out_of_scope.all(line, line in outputs.out_of_scope)",
            say="Take over the scope that the chunk came with, or send it back",
        ),
        Check(
            "acceptance",
            "params.acceptance.all(line, line in outputs.acceptance) && params.validation.all(line, line in outputs.validation)",
            say="Take over the acceptance criteria and the validation that the chunk came with",
        ),
    ],
    done="Someone who never saw the prompt could do the chunk from what is written.",
)
def confirm(attempt: Attempt) -> None: ...


@blueprint.external(
    order=2,
    role="developer",
    title="Implement and validate",
    after=[confirm],
    uses=["workspace"],
    outputs={
        "cleaned-up": Field("bool"),
        "follow-ups": Field("list", of=Field("string"), default=[]),
        "smoke": Field(
            "string",
            enum=("not-applicable", "not-run", "passed", "failed"),
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
        "summary": Field("string", min=1),
        "validation": Field("list", of=Field("string")),
    },
    changes=Changes(never=(".env", "**/.env", ".tmp/**")),
    exit=[
        Artifact(
            "notes",
            "execution-notes.md",
            min_bytes=1,
            say="Write the execution notes",
        ),
        Check(
            "validated",
            "size(outputs.validation) >= size(steps.confirm.outputs.validation)",
            say="Give a result for each validation that the chunk asks for",
        ),
        Check(
            "smoked",
            "params.smoke != 'required' || outputs.smoke == 'passed' || outputs.stop != 'none'",
            say="Run the smoke test, or report why it can't be run",
        ),
        Check(
            "clean",
            "outputs.cleaned_up",
            say="Clean up what the validation left behind",
        ),
    ],
    done="Only what is in scope changed, and the validation says that it works.",
)
def develop(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=3,
    role="qa",
    title="Judge the work",
    after=[develop],
    independent=True,
    show="{{ steps.develop.outputs.summary }}\n\n{% for line in steps.develop.outputs.validation %}\n- {{ line }}\n{% endfor %}\n",
    evidence="qa-review",
    approve_when="evidence.qa_review.result == 'PASS' && size(evidence.qa_review.reviewed_artifacts) > 0 && size(evidence.qa_review.validation_evidence) > 0",
    reject=[develop, confirm],
    limit=2,
    override=["reviewer"],
)
def qa(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=4,
    role="reviewer",
    title="Approve for the baseline",
    after=[qa],
    when="params.human_review",
    skip_say="The work package reviews its milestones instead of every chunk",
    human=True,
    independent=True,
    reject=[develop],
    limit=2,
)
def human_review(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=5,
    title="Make it part of the baseline",
    after=[human_review],
    message="{{ item.id }}: {{ params.goal }}",
    require=[
        Artifact("notes", "execution-notes.md", say="The execution notes are there"),
    ],
)
def integrate(attempt: Attempt) -> None: ...


@flow(
    name="chunk-lifecycle",
    version="1.1.0",
    flow_run_name="{item} · chunk-lifecycle 1.1.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def chunk_lifecycle(
    item: str,
    goal: str,
    acceptance: list[str] | None = None,
    human_review: bool = True,
    out_of_scope: list[str] | None = None,
    scope: list[str] | None = None,
    smoke: Literal["not-applicable", "recommended", "required"] = "recommended",
    validation: list[str] | None = None,
) -> None:
    """Move a work item through chunk-lifecycle 1.1.0."""
    blueprint.drive(
        item,
        goal=goal,
        acceptance=acceptance,
        human_review=human_review,
        out_of_scope=out_of_scope,
        scope=scope,
        smoke=smoke,
        validation=validation,
    )
