"""Turn a high-level plan into a result that was reviewed and released

Waves:
  1  concepts
  2  entities ∥ scenarios
  3  requirements
  4  checklist
  5  build ∥ tests
  6  verify
  7  review
  8  release
  9  integrate
"""

# Emitted by Dovetail from blueprint plan-to-execution 1.0.0. Do not edit.
# Plan: sha256:eb230baa7987641ee6db361e86267e64fe1f81b0f5636ba0ed21445c0e3dff32
# Refresh: dovetail compile plan-to-execution@1.0.0
from dovetail.runtime import (
    Artifact,
    Attempt,
    Blocker,
    Blueprint,
    Check,
    Constraint,
    Field,
    commit_handoffs,
)
from prefect import flow

blueprint = Blueprint(
    name="plan-to-execution",
    version="1.0.0",
    digest="sha256:eb230baa7987641ee6db361e86267e64fe1f81b0f5636ba0ed21445c0e3dff32",
    title="Turn a high-level plan into a result that was reviewed and released",
    description="From a description in words to a specification that can be tested, from there to work that is done side by side where it can be, and over review and release into the baseline.",
    owner="initiator",
    intake=["reviewer"],
    roles={
        "approver": "Releases what was approved",
        "contributor": "Does the work",
        "initiator": "Wants the result, and answers questions about it",
        "reviewer": "Judges the work, and did not do it",
    },
    params={"description": Field("string")},
    evidence={
        "review": {
            "follow-ups": Field("list", of=Field("string"), default=[]),
            "result": Field("string", enum=("PASS", "BLOCKED")),
            "reviewed": Field("list", of=Field("string")),
        },
        "specification-checklist": {
            "for-stakeholders": Field("bool"),
            "no-implementation-details": Field("bool"),
            "open-markers": Field("int", min=0),
            "scope-bounded": Field("bool"),
            "testable": Field("bool"),
        },
    },
    constraints={"test-bench": Constraint("global")},
    blockers={
        "conflicting-policy": Blocker("Two policies demand what can't both be had"),
        "external-dependency": Blocker("Somebody outside has to deliver first"),
        "unclear": Blocker(
            "A question only the initiator can answer",
            when="outputs.open_questions > 0",
        ),
    },
    finish="release",
)


@blueprint.external(
    order=1,
    role="contributor",
    title="Extract actors, actions, data and limits",
    entry=[
        Check("described", "params.description != ''", say="Describe what is wanted"),
    ],
    outputs={
        "actions": Field("list", of=Field("string"), min=1),
        "actors": Field("list", of=Field("string"), min=1),
        "data": Field("list", of=Field("string")),
        "limits": Field("list", of=Field("string")),
        "open-questions": Field("int", min=0),
    },
    exit=[Artifact("text", "specification/concepts.md", min_bytes=1)],
)
def concepts(attempt: Attempt) -> None: ...


@blueprint.external(
    order=2,
    role="contributor",
    title="Name the entities",
    parallel=True,
    after=[concepts],
    when="size(steps.concepts.outputs.data) > 0",
    skip_say="No data is involved",
    exit=[Artifact("text", "specification/entities.md", min_bytes=1)],
)
def entities(attempt: Attempt) -> None: ...


@blueprint.external(
    order=3,
    role="contributor",
    title="Write scenarios and edge cases",
    parallel=True,
    after=[concepts],
    outputs={"scenarios": Field("int", min=1)},
    exit=[
        Artifact(
            "text",
            "specification/scenarios.md",
            matches="Given",
            say="A scenario says what is given",
        ),
    ],
)
def scenarios(attempt: Attempt) -> None: ...


@blueprint.external(
    order=4,
    role="contributor",
    title="Write requirements that can be tested",
    after=[entities, scenarios],
    exit=[Artifact("text", "specification/requirements.md", min_bytes=1)],
    done="Each requirement can be found true or false by looking at the result.",
)
def requirements(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=5,
    role="reviewer",
    title="Review the specification",
    after=[requirements],
    independent=True,
    evidence="specification-checklist",
    approve_when="evidence.specification_checklist.no_implementation_details && evidence.specification_checklist.for_stakeholders && evidence.specification_checklist.testable && evidence.specification_checklist.scope_bounded && evidence.specification_checklist.open_markers == 0",
    reject=[requirements, scenarios, concepts],
    limit=3,
)
def checklist(attempt: Attempt) -> None: ...


@blueprint.external(
    order=6,
    role="contributor",
    title="Build it",
    parallel=True,
    after=[checklist],
    exit=[Artifact("result", "result/summary.md", min_bytes=1)],
)
def build(attempt: Attempt) -> None: ...


@blueprint.external(
    order=7,
    role="contributor",
    title="Prepare the tests",
    parallel=True,
    after=[checklist],
    uses=["test-bench"],
    exit=[Artifact("tests", "tests/summary.md", min_bytes=1)],
)
def tests(attempt: Attempt) -> None: ...


@blueprint.external(
    order=8,
    role="contributor",
    title="Run the tests on what was built",
    after=[build, tests],
    uses=["test-bench"],
    outputs={"failed": Field("int", min=0), "passed": Field("int", min=0)},
    exit=[
        Check(
            "green",
            "outputs.failed == 0 && outputs.passed > 0",
            say="All tests pass",
        ),
    ],
)
def verify(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=9,
    role="reviewer",
    title="Review the result",
    after=[verify],
    independent=True,
    evidence="review",
    approve_when="evidence.review.result == 'PASS'",
    reject=[build, tests, requirements],
    limit=2,
)
def review(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=10,
    role="approver",
    title="Release it",
    after=[review],
    human=True,
    reject=[build, requirements],
    limit=1,
    then="close",
)
def release(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=11,
    title="Merge into the base",
    after=[release],
    message="{{ item.id }}: {{ item.title }}",
)
def integrate(attempt: Attempt) -> None: ...


@flow(
    name="plan-to-execution",
    version="1.0.0",
    flow_run_name="{item} · plan-to-execution 1.0.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def plan_to_execution(item: str, description: str) -> None:
    """Move a work item through plan-to-execution 1.0.0."""
    blueprint.drive(item, description=description)
