"""The examples of rules as whole files, and what is really found in them."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from dovetail.plan.model import Plan
from dovetail.rules import file_name
from dovetail.rules.base import Rule
from dovetail.rules.check import Checked, check_text
from dovetail.rules.file_rule import FileRule
from dovetail.rules.registry import complete
from dovetail.rules.shelf import Shelf

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

_PLACE = "blueprints/demo/1.0.0.yaml"
_ELSEWHERE = "example.yaml"


def try_example(rule: Rule, example: str) -> tuple[str, Checked]:
    """Give an example of a rule as a whole file, and what `dovetail check` says of it."""
    if isinstance(rule, FileRule):
        text = example.strip("\n") + "\n"
        place = rule.place
        return text, check_text(text, shown_as=place, file=Path(place), shelf=_shelf())
    text = complete(example)
    if rule in file_name.RULES:
        return text, check_text(text, shown_as=_PLACE, file=Path(_PLACE))
    return text, check_text(text, shown_as=_ELSEWHERE)


@cache
def _shelf() -> Shelf:
    return Shelf(lambda: {"demo": {v: partial(_plan, v) for v in ("1.0.0", "1.1.0")}})


def _plan(version: str) -> Plan | None:
    return check_text(DEMO.replace("VERSION", version), shown_as="demo").plan
