"""The examples of rules as whole files, and what is really found in them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from dovetail.rules import file_name
from dovetail.rules.base import Rule
from dovetail.rules.check import Checked, check_text, fresh_files
from dovetail.rules.file_rule import FileRule
from dovetail.rules.library import Files
from dovetail.rules.registry import complete, rule

__all__ = ["DEMO", "try_example"]

DEMO = """\
schema: dovetail/v1
name: demo
version: VERSION
title: An example
owner: mira
roles: {writer: Writes the text, editor: Decides on it}
params:
  risk: {type: string, enum: [low, high], default: low}
steps:
  - key: draft
    role: writer
  - key: edit
    role: editor
    when: params.risk == 'high'
    gate: {reject: {to: [draft], limit: 2}}
  - key: publish
"""
"""The blueprint that examples of scenarios, migrations and executors are about."""

_CHUNK = """\
name: chunk
params:
  goal: {type: string, min: 1}
  size: {type: string, enum: [small, large], default: small}
constraints: {staging: {scope: global}}
steps: [{key: build, uses: [staging]}]
"""
_PACKAGE = """\
name: package
steps: [{key: plan, call: {blueprint: demo}}]
"""
_LIST = "schema: dovetail/blockers/v1\ntitle: What an example uses\nblockers:\n  "
_AROUND = {
    "blueprints/chunk/1.0.0.yaml": complete(_CHUNK),
    "blueprints/package/1.0.0.yaml": complete(_PACKAGE),
    "blueprints/_shared/risks.yaml": _LIST + "credentials: {title: A credential is at risk}\n",
    "blueprints/_shared/scope.yaml": _LIST
    + "scope-change: {title: The scope has to grow, when: outputs.scope_changed}\n",
    "templates/planning/plan.md": "# {{ item.title }}\n",
}
"""What lies around a blueprint of an example that names other files."""

_PLACE = "blueprints/demo/1.0.0.yaml"
_ELSEWHERE = "example.yaml"


def try_example(rule: Rule, example: str) -> tuple[str, Checked]:
    """Give an example of a rule as a whole file, and what `dovetail check` says of it."""
    if isinstance(rule, FileRule):
        text = example.strip("\n") + "\n"
        place = rule.place
        return text, check_text(text, shown_as=place, file=Path(place), files=_demos())
    text = complete(example)
    if rule.stage == "project":
        place = _place(text)
        return text, check_text(text, shown_as=place, file=Path(place), files=_project(place))
    if rule in file_name.RULES:
        return text, check_text(text, shown_as=_PLACE, file=Path(_PLACE))
    return text, check_text(text, shown_as=_ELSEWHERE)


def _place(text: str) -> str:
    name, version = (
        re.search(rf"^{key}: (\S+)", text, re.MULTILINE) for key in ("name", "version")
    )
    assert name is not None and version is not None  # noqa: S101, PT018 - it is whole
    return f"blueprints/{name[1]}/{version[1]}.yaml"


def _demos() -> Files:
    versions = ("1.0.0", "1.1.0")
    return fresh_files({f"blueprints/demo/{v}.yaml": DEMO.replace("VERSION", v) for v in versions})


def _project(place: str) -> Files:
    """Give the project around an example, which itself is not there yet."""
    steps = "steps: [{key: draft}, {key: edit}, {key: publish}]"
    texts = _AROUND | {_PLACE: complete(steps), "blueprints/releases.lock": _lock()}
    return fresh_files({p: t for p, t in texts.items() if p != place})


@cache
def _lock() -> str:
    """Give the record of releases, in which the sound examples of rules about it are right."""
    return f"note: {{1.0.0: {_released('DT106')}}}\nlost: {{1.0.0: {_released('DT111')}}}\n"


def _released(code: str) -> str:
    about = rule(code)
    assert about is not None  # noqa: S101 - it is registered
    plan = check_text(complete(about.good), shown_as=_ELSEWHERE).plan
    return "" if plan is None else f'"{plan.digest}"'
