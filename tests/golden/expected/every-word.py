"""flow

Waves:
  1  match
  2  print ∥ check-links ∥ flow
  3  blueprint
  4  integrate-it
"""

# Emitted by Dovetail from blueprint flow 2.1.0-rc.1. Do not edit.
# Plan: sha256:f75a482d631ec8e407f9fc97ad55e772a96a5676fb4e0bf27122cc284f76c37c
# Refresh: dovetail compile flow@2.1.0-rc.1
from datetime import date
from typing import Any, Literal

from dovetail.runtime import (
    Artifact,
    Attempt,
    Blueprint,
    Check,
    Evidence,
    Field,
    commit_handoffs,
)
from prefect import flow

blueprint = Blueprint(
    name="flow",
    version="2.1.0-rc.1",
    digest="sha256:f75a482d631ec8e407f9fc97ad55e772a96a5676fb4e0bf27122cc284f76c37c",
    title='Each "word" once: \\ and more',
    description="Two lines,\none text.\n",
    owner="Ana & Bo",
    intake=["triage", "Ana & Bo"],
    roles={"print": "Prüft das Ergebnis", "triage": "Looks first # and decides"},
    params={
        "audience": Field("string", enum=("all", "no", "1.10"), default="all"),
        "channels": Field(
            "list",
            of=Field("string", enum=("mail", "web")),
            optional=True,
        ),
        "class": Field("int", min=-5, max=5),
        "dry": Field("bool", default=False),
        "due-date": Field("date", default="2026-01-31"),
        "extra": Field("object", default={"a": "1", "b": ["true", "x"]}),
        "item": Field("string", pattern="[a-z]+"),
        "long-enumeration": Field(
            "string",
            enum=(
                "a first value of some length",
                "a second value of some length",
                "a third one",
            ),
            default="a third one",
        ),
        "since": Field("date"),
        "tags": Field("list", of=Field("string"), default=["a", "it's"]),
    },
    evidence={
        "review": {
            "findings": Field(
                "list",
                of=Field(
                    "object",
                    fields={
                        "due": Field("date", optional=True),
                        "line": Field("int", min=1),
                        "text": Field("string"),
                    },
                ),
            ),
            "verdict": Field("string", enum=("PASS", "BLOCKED")),
        },
    },
)


@blueprint.external(
    order=1,
    role="triage",
    title="Match: the sources",
    description="Read everything",
    outputs={
        "scope-changed": Field("bool", default=False),
        "sources": Field("list", of=Field("string"), min=1),
    },
    exit=[
        Check("sources", "size(outputs.sources) > 0", say="List at least one source"),
        Artifact(
            "notes",
            "notes/sources.md",
            matches="^# ",
            min_bytes=10,
            say="Write it down: in full",
        ),
        Evidence("review", "review"),
    ],
    done="Every change since the last release has a source.",
)
def match_(attempt: Attempt) -> None: ...


@blueprint.run(
    order=2,
    parallel=True,
    after=[match_],
    when="params.dry == false",
    skip_say="Nothing is printed in a dry run",
    command=["python", "tools/print.py", "{{ item.id }}", "--title={{ params.item }}"],
    env={"LANG": "C.UTF-8", "MODE": "yes"},
    timeout=90,
    attempts=1,
)
def print_(attempt: Attempt) -> None: ...


@blueprint.external(
    order=3,
    role="print",
    parallel=True,
    needs=[print_],
)
def blueprint_(attempt: Attempt) -> None: ...


@blueprint.python(
    order=3,
    parallel=True,
    after=[match_],
    call="tools.links:check",
)
def check_links(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=4,
    role="print",
    needs=[match_],
    reviewers=["triage", "Ana & Bo"],
    human=True,
    independent=True,
    evidence="review",
    approve_when="evidence.review.verdict == 'PASS' && steps.match.outputs.scope_changed == false",
    reject=[match_],
    limit=2,
    then="close",
)
def flow__(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=5,
    after=[blueprint_, check_links, flow__],
    message="{{ item.id }}: {{ params.item }}",
)
def integrate_it(attempt: Attempt) -> None: ...


@flow(
    name="flow",
    version="2.1.0-rc.1",
    flow_run_name="{item} · flow 2.1.0-rc.1",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def flow_(
    item: str,
    class_: int,
    item_: str,
    since: date,
    audience: Literal["all", "no", "1.10"] = "all",
    channels: list[Literal["mail", "web"]] | None = None,
    dry: bool = False,
    due_date: date = date(2026, 1, 31),
    extra: dict[str, Any] | None = None,
    long_enumeration: Literal[
        "a first value of some length",
        "a second value of some length",
        "a third one",
    ] = "a third one",
    tags: list[str] | None = None,
) -> None:
    """Move a work item through flow 2.1.0-rc.1."""
    blueprint.drive(
        item,
        class_=class_,
        item_=item_,
        since=since,
        audience=audience,
        channels=channels,
        dry=dry,
        due_date=due_date,
        extra=extra,
        long_enumeration=long_enumeration,
        tags=tags,
    )
