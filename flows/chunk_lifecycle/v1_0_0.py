"""Take a chunk of work from its prompt to the baseline

Waves:
  1  confirm
  2  develop
  3  qa
  4  human-review
  5  integrate
"""

# Emitted by Dovetail from blueprint chunk-lifecycle 1.0.0. Do not edit.
# Plan: sha256:b9f488eaf1228ac2b49e2bc4aabdec826313368a0f1b45c49e8c20e5a91ce008
# Refresh: dovetail compile chunk-lifecycle@1.0.0
from dovetail.runtime import Artifact, Attempt, Blueprint, Check, Field, commit_handoffs
from prefect import flow

blueprint = Blueprint(
    name="chunk-lifecycle",
    version="1.0.0",
    digest="sha256:b9f488eaf1228ac2b49e2bc4aabdec826313368a0f1b45c49e8c20e5a91ce008",
    title="Take a chunk of work from its prompt to the baseline",
    description="One bounded piece of work: confirmed by an orchestrator, done by a developer, judged by somebody else on typed evidence, approved by a person, and then part of the baseline.",
    owner="orchestrator",
    intake=["orchestrator"],
    roles={
        "developer": "Implements within the confirmed scope",
        "orchestrator": "Confirms scope and coordinates the handover; never judges the work",
        "qa": "Owns the verdict, and does not implement",
        "reviewer": "A person who answers for what enters the baseline",
    },
    params={"goal": Field("string", min=1)},
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
)


@blueprint.external(
    order=1,
    title="Confirm the chunk",
    outputs={
        "acceptance": Field("list", of=Field("string")),
        "out-of-scope": Field("list", of=Field("string")),
        "scope": Field("list", of=Field("string")),
        "validation": Field("list", of=Field("string")),
    },
    exit=[
        Check("scope", "size(outputs.scope) > 0", say="Say what is in scope"),
        Check(
            "acceptance",
            "size(outputs.acceptance) > 0",
            say="Give acceptance criteria",
        ),
        Check(
            "validation",
            "size(outputs.validation) > 0",
            say="Name the validation to be run",
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
    outputs={
        "cleaned-up": Field("bool"),
        "follow-ups": Field("list", of=Field("string"), default=[]),
        "summary": Field("string", min=1),
        "validation": Field("list", of=Field("string")),
    },
    exit=[
        Artifact(
            "change",
            "change.md",
            min_bytes=1,
            say="Declare what changed as change.md",
        ),
        Check(
            "validated",
            "size(outputs.validation) >= size(steps.confirm.outputs.validation)",
            say="Give a result for each validation that the chunk asks for",
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
    evidence="qa-review",
    approve_when="evidence.qa_review.result == 'PASS' && size(evidence.qa_review.validation_evidence) > 0",
    reject=[develop, confirm],
    limit=2,
)
def qa(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=4,
    role="reviewer",
    title="Approve for the baseline",
    after=[qa],
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
)
def integrate(attempt: Attempt) -> None: ...


@flow(
    name="chunk-lifecycle",
    version="1.0.0",
    flow_run_name="{item} · chunk-lifecycle 1.0.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def chunk_lifecycle(item: str, goal: str) -> None:
    """Move a work item through chunk-lifecycle 1.0.0."""
    blueprint.drive(item, goal=goal)
