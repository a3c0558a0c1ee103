"""Write and publish a release note

Waves:
  1  collect
  2  draft ∥ screenshots ∥ upgrade-steps
  3  edit
  4  go-out
  5  publish
"""

# Emitted by Dovetail from blueprint release-note 1.1.0. Do not edit.
# Plan: sha256:3caf1307da1db2944ee4ba352606eeda55cae4881c792a329605379be6d63573
# Refresh: dovetail compile release-note@1.1.0
from typing import Literal

from dovetail.runtime import Artifact, Attempt, Blueprint, Check, Field, commit_handoffs
from prefect import flow

blueprint = Blueprint(
    name="release-note",
    version="1.1.0",
    digest="sha256:3caf1307da1db2944ee4ba352606eeda55cae4881c792a329605379be6d63573",
    title="Write and publish a release note",
    description="From the list of changes to a published text that somebody else has reviewed.",
    owner="docs-team",
    intake=["docs-team"],
    roles={
        "editor": "Reviews and signs off",
        "release-manager": "Decides when a text goes out",
        "writer": "Writes the text",
    },
    params={
        "product": Field("string", min=1),
        "risk": Field("string", enum=("low", "high"), default="low"),
    },
    evidence={
        "edit-review": {
            "limitations": Field("string", optional=True),
            "result": Field("string", enum=("PASS", "BLOCKED")),
            "reviewed": Field("list", of=Field("string")),
        },
    },
)


@blueprint.external(
    order=1,
    role="writer",
    title="Collect the changes",
    outputs={"sources": Field("list", of=Field("string"))},
    exit=[
        Check("sources", "size(outputs.sources) > 0", say="List at least one source"),
    ],
    done="Every change since the last release has a source.",
)
def collect(attempt: Attempt) -> None: ...


@blueprint.external(
    order=2,
    role="writer",
    title="Draft the text",
    parallel=True,
    after=[collect],
    exit=[Artifact("text", "note.md", min_bytes=1, say="Declare the text as note.md")],
    done="A reader who skipped the release learns what changed for them.",
)
def draft(attempt: Attempt) -> None: ...


@blueprint.external(
    order=3,
    role="writer",
    title="Take screenshots",
    parallel=True,
    after=[collect],
    when="params.risk == 'high'",
    skip_say="Only a release of high risk gets screenshots",
    exit=[
        Artifact(
            "picture",
            "screenshot.png",
            say="Declare the picture as screenshot.png",
        ),
    ],
)
def screenshots(attempt: Attempt) -> None: ...


@blueprint.external(
    order=4,
    role="writer",
    title="Write the upgrade steps",
    parallel=True,
    after=[collect],
    outputs={"breaking": Field("bool", default=False)},
    exit=[Artifact("steps", "upgrade.md", say="Declare the steps as upgrade.md")],
    done="Somebody who follows the steps ends on the new version.",
)
def upgrade_steps(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=5,
    role="editor",
    title="Edit and sign off",
    after=[draft, screenshots, upgrade_steps],
    independent=True,
    evidence="edit-review",
    approve_when="evidence.edit_review.result == 'PASS'",
    reject=[draft, upgrade_steps, collect],
    limit=3,
)
def edit(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=6,
    role="release-manager",
    title="Let it go out",
    after=[edit],
    when="params.risk == 'high' || steps.upgrade_steps.outputs.breaking",
    skip_say="Neither the risk is high nor does anything break",
    human=True,
    reject=[draft],
    limit=1,
    then="close",
)
def go_out(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=7,
    after=[go_out],
    message="Release note for {{ params.product }}",
)
def publish(attempt: Attempt) -> None: ...


@flow(
    name="release-note",
    version="1.1.0",
    flow_run_name="{item} · release-note 1.1.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def release_note(item: str, product: str, risk: Literal["low", "high"] = "low") -> None:
    """Move a work item through release-note 1.1.0."""
    blueprint.drive(item, product=product, risk=risk)
