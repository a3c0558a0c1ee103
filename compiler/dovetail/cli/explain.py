"""`dovetail explain`: what a finding's code means, with examples that are really checked."""

from __future__ import annotations

import json as jsonlib
import re
from typing import Annotated, Any

from cyclopts import Parameter

from dovetail.cli.common import Json, out, print_json, table
from dovetail.diagnostics import Diagnostic, render_json, render_text
from dovetail.errors import NotFoundError
from dovetail.rules import RULES, Rule, rule
from dovetail.rules.examples import try_example

__all__ = ["explain"]

_NEAREST = 3
_INDENT = "    "


def explain(
    code: Annotated[str | None, Parameter(help="Such as DT020; else all codes are listed")] = None,
    /,
    *,
    json: Json = False,
) -> int:
    """Tell what a finding's code means, with an example of it and the same one mended."""
    if code is None:
        _list(json=json)
        return 0
    found = rule(code)
    if found is None:
        near = " or ".join(f"dovetail explain {c}" for c in _near(code))
        raise NotFoundError(
            f"there is no code {code!r}", f"{near}; dovetail explain lists all codes"
        )
    if json:
        print_json(_as_data(found))
    else:
        out(_page(found))
    return 0


def _list(*, json: bool) -> None:
    if json:
        print_json([_head(r) for r in RULES])
    else:
        rows = [(r.code, r.severity, r.title) for r in RULES]
        table(("CODE", "SEVERITY", "TITLE"), rows)


def _near(code: str) -> list[str]:
    """Give the codes with the nearest numbers; without a number, the first codes."""
    digits = re.search(r"[0-9]{1,9}", code)
    number = int(digits[0]) if digits else 0
    codes = (r.code for r in RULES)
    return sorted(sorted(codes, key=lambda c: (abs(int(c[2:]) - number), c))[:_NEAREST])


def _head(r: Rule) -> dict[str, Any]:
    return {"code": r.code, "severity": r.severity, "title": r.title}


def _as_data(r: Rule) -> dict[str, Any]:
    data = _head(r) | {"explanation": r.explanation.strip("\n")}
    data |= {"bad": None, "good": None}
    if r.bad:
        text, found = _tried(r, r.bad)
        told = render_json(found, {found[0].span.file: text}) if found else "[]"
        data["bad"] = {"text": text, "findings": jsonlib.loads(told)}
    if r.good:
        data["good"] = {"text": _tried(r, r.good)[0]}
    return data


def _page(r: Rule) -> str:
    parts = [f"{r.code}: {r.title}", f"Severity: {r.severity}", r.explanation.strip("\n")]
    if r.bad:
        text, found = _tried(r, r.bad)
        said = "".join(render_text([d], {d.span.file: text}) for d in found)
        parts += ["Wrong:", _block(text), "What check says:", _block(said)]
    if r.good:
        parts += ["Right:", _block(_tried(r, r.good)[0])]
    return "\n\n".join(parts)


def _tried(r: Rule, example: str) -> tuple[str, tuple[Diagnostic, ...]]:
    text, checked = try_example(r, example)
    return text, checked.diagnostics


def _block(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    return "\n".join((_INDENT + line).rstrip() for line in lines)
