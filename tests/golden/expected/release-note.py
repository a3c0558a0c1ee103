"""Write and publish a release note

Waves:
  1  collect
  2  draft ∥ screenshots
  3  edit
  4  publish
"""

# Emitted by Dovetail from blueprint release-note 1.0.0. Do not edit.
# Plan: sha256:7154706ee19c518dbea2e5144f70288c0927910291ef207a53fdc06d7c8674f4
# Refresh: dovetail compile release-note@1.0.0
from typing import Literal

from dovetail.runtime import Artifact, Attempt, Blueprint, Check, Field, commit_handoffs
from prefect import flow

blueprint = Blueprint(
    name="release-note",
    version="1.0.0",
    digest="sha256:7154706ee19c518dbea2e5144f70288c0927910291ef207a53fdc06d7c8674f4",
    title="Write and publish a release note",
    owner="docs-team",
    intake=["docs-team"],
    roles={"editor": "Reviews and signs off", "writer": "Writes the text"},
    params={
        "product": Field("string"),
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
    outputs={
        "scope_changed": Field("bool", default=False),
        "sources": Field("list", of=Field("string")),
    },
    exit=[
        Check("sources", "size(outputs.sources) > 0", say="List at least one source"),
    ],
    done="Every change since the last release has a source.",
)
def collect(attempt: Attempt) -> None: ...


@blueprint.external(
    order=2,
    role="writer",
    parallel=True,
    after=[collect],
    exit=[Artifact("text", "note.md")],
)
def draft(attempt: Attempt) -> None: ...


@blueprint.run(
    order=3,
    parallel=True,
    after=[collect],
    when="params.risk == 'high'",
    command=["python", "tools/shoot.py", "{{ item.id }}"],
    timeout=600,
    attempts=2,
)
def screenshots(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=4,
    role="editor",
    after=[draft, screenshots],
    independent=True,
    evidence="edit-review",
    approve_when="evidence.edit_review.result == 'PASS'",
    reject=[draft, collect],
    limit=3,
)
def edit(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=5,
    after=[edit],
    message="Release note for {{ params.product }}",
)
def publish(attempt: Attempt) -> None: ...


@flow(
    name="release-note",
    version="1.0.0",
    flow_run_name="{item} · release-note 1.0.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def release_note(item: str, product: str, risk: Literal["low", "high"] = "low") -> None:
    """Move a work item through release-note 1.0.0."""
    blueprint.drive(item, product=product, risk=risk)
