"""DT106 and DT111: what has become of released versions (SPEC 2)."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.blueprint.versions import ascending
from dovetail.diagnostics import Diagnostic
from dovetail.rules.base import Context, Rule
from dovetail.rules.library import FOLDER, LOCK

__all__ = ["EDITED", "LOST"]


def _edited(context: Context) -> Iterator[Diagnostic]:
    blueprint, released = context.blueprint, context.library.released
    at = context.spans.value(("version",))
    if released is None:
        said = f"{FOLDER}/{LOCK} is not of the form `NAME: {{VERSION: DIGEST}}`"
        yield EDITED.at(at, said, "restore it: `dovetail release` writes it, and nobody else")
        return
    digest = released.get(blueprint.name, {}).get(blueprint.version)
    if digest is not None and context.plan is not None and context.plan.digest != digest:
        lists = " and the shared lists that it uses" if blueprint.blockers.use else ""
        yield EDITED.at(
            at,
            f"{blueprint.name} {blueprint.version} was released, and its plan has changed since",
            f"restore the file{lists} as released, and bring the change as a new version",
        )


def _lost(context: Context) -> Iterator[Diagnostic]:
    name = context.blueprint.name
    versions = (context.library.released or {}).get(name, {})
    there = {*context.library.versions(name), context.blueprint.version} if versions else set()
    for version in ascending(v for v in versions if v not in there):
        yield LOST.at(
            context.spans.value(("version",)),
            f"{name} {version} was released, but {FOLDER}/{name}/{version}.yaml is gone",
            "restore it: items may still be on it; `effective: {until: …}` retires a version",
        )


EDITED = Rule(
    code="DT106",
    severity="error",
    stage="project",
    title="A released version was edited",
    explanation="""
`dovetail release` records the digest of a version's plan in `blueprints/releases.lock`. From then
on items may be on it, so what it says never changes: a change is a new version. Comments and the
order of keys are not part of the plan. The examples are in a project where `note` 1.0.0 was
released with a single step `draft`.
""",
    bad="""
name: note
steps:
  - {key: draft}
  - {key: edit}
""",
    good="""
name: note
steps:
  - {key: draft}
""",
    check=_edited,
)
LOST = Rule(
    code="DT111",
    severity="warning",
    stage="project",
    title="A released version is gone",
    explanation="""
A version that was released may have items on it, and its file is what explains their history. The
examples are in a project where `lost` 1.0.0 was released.
""",
    bad="""
name: lost
version: 1.1.0
""",
    good="""
name: lost
version: 1.0.0
""",
    check=_lost,
)
