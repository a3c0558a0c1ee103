"""Tables inside of pages, from the code; everything else in such a page is its own.

Each stands below a comment that says what it shows:

    <!-- keys: StepModel -->   the keys of a record, with the texts that the schemas have, too
    <!-- kinds -->             the kinds of files
    <!-- unsupported -->       what the run time refuses of the page's examples
    <!-- shipped -->           the blueprints that are shipped
"""  # noqa: INP001 - a folder of pages, not a package

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs import examples, play
from dovetail.blueprint import types as leaves
from dovetail.blueprint.library import list_files
from dovetail.blueprint.record import Or, Record
from dovetail.emit.names import module_path
from dovetail.errors import RefusedError
from dovetail.files import base, executors, result, scenario, script
from dovetail.files.kinds import KINDS
from dovetail.files.texts import about_keys
from dovetail.plan.model import Plan
from dovetail.rules import check_file
from dovetail.runtime.support import demand_supported

__all__ = ["filled", "records", "slug", "tabled"]

_ROOT = Path(__file__).resolve().parent.parent
_MARK = re.compile(
    r"^<!-- (keys|kinds|unsupported|shipped)(?:: (\w+))? -->\n(?:[|-].*\n)*", re.MULTILINE
)
_HEADING = re.compile(r"#{1,6} (.+)$")
_LEAVES: tuple[tuple[object, str], ...] = (
    (leaves.Text, "text"),
    (leaves.Key, "key"),
    (leaves.FieldName, "name"),
    (leaves.Version, "version"),
    (leaves.VersionRange, "[range](#ranges-of-versions)"),
    (leaves.Date, "date"),
    (leaves.Duration, "length of time"),
    (leaves.Callable, "`module:function`"),
    (leaves.EnvName, "name"),
    (leaves.ArtifactPath, "path"),
    (leaves.TemplatePath, "path"),
    (leaves.Glob, "glob"),
    (leaves.ItemId, "text"),
    (leaves.Flag, "`true` or `false`"),
    (leaves.Whole, "whole number"),
    (leaves.Bound, "whole number or date"),
    (leaves.Count, "number from 0"),
    (leaves.Positive, "number from 1"),
    (executors.Name, "name"),
    (result.Attempt, "`ITEM/STEP/NUMBER`"),
    (scenario.Reference, "`name@version`"),
    (scenario.Launch, "key"),
    (script.Yes, "`true`"),
    (script.AttemptName, "`STEP/NUMBER`"),
    (base.AsWritten, "value"),
)


def filled(page: str) -> str:
    """Give a page with its tables as the code has them now."""
    places = {m[2]: _above(page, m.start()) for m in _MARK.finditer(page) if m[2]}
    writers: dict[str, Callable[[str], Iterator[str]]] = {
        "keys": lambda name: _keys(records()[name], places),
        "kinds": lambda _: _kinds(),
        "unsupported": lambda _: _unsupported(page),
        "shipped": lambda _: _shipped(),
    }

    def write(found: re.Match[str]) -> str:
        head = found[0].partition("\n")[0]
        return "\n".join([head, *writers[found[1]](found[2] or "")]) + "\n"

    return _MARK.sub(write, page)


def _above(page: str, at: int) -> str:
    """Give the anchor of the heading that a place stands under."""
    inside = {i for b in play.blocks(page) for i in range(b.start, b.end)}
    before = page[:at].split("\n")
    headings = (_HEADING.match(line) for i, line in enumerate(before) if i not in inside)
    return slug([m[1] for m in headings if m][-1])


def slug(heading: str) -> str:
    """Give the anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def tabled(page: str) -> set[str]:
    """Give the names of the records whose tables a page has."""
    return {m[2] for m in _MARK.finditer(page) if m[2]}


def records() -> dict[str, type[BaseModel]]:
    """Give every record of the language, by its name."""
    for kind in KINDS.values():
        _ = kind.model  # so that it is known
    left: list[type[BaseModel]] = [Record]
    found: dict[str, type[BaseModel]] = {}
    while left:
        below = left.pop().__subclasses__()
        found |= {r.__name__: r for r in below if not r.__name__.startswith("_")}
        left += below
    return found


# --- keys


def _keys(record: type[BaseModel], places: dict[str, str]) -> Iterator[str]:
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    hints = typing.get_type_hints(record, include_extras=True)
    said = about_keys(record)
    for name, field in record.model_fields.items():
        key = field.alias or name
        value = _value(hints[name], places)
        meaning = " ".join(said[key].text.split())
        yield f"| `{key}` | {value} | {_default(field)} | {meaning} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.default
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, str | int):
        return f"`{default}`"
    return "`all`" if getattr(default, "rule", None) == "all" else ""


def _value(hint: Any, places: dict[str, str]) -> str:
    """Say what a key holds."""
    for leaf, said in _LEAVES:
        if hint == leaf:
            return said
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        other = [m.schema for m in inner[1:] if isinstance(m, Or)]
        words = [f"`{w}`" for o in other for w in o.get("enum", [o.get("const")]) if w is not None]
        if any(o.get("type") == "integer" for o in other):
            words.append("number")
        return _either([*_few(words), _value(inner[0], places)])
    if origin in {Union, types.UnionType}:
        return _either([_value(i, places) for i in inner if i is not type(None)])
    if origin is Literal:
        return _either([f"`{word}`" for word in inner])
    if origin is tuple:
        return f"list of {_plural(_value(inner[0], places))}"
    if origin is dict:
        return f"{_value(inner[0], places)} → {_value(inner[1], places)}"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        place = places.get(hint.__name__)
        keys = ", ".join(f.alias or n for n, f in hint.model_fields.items())
        return f"[mapping](#{place})" if place else f"`{{{keys}}}`"
    raise ValueError(f"nobody has said what {hint} is called")


def _either(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _few(words: list[str]) -> list[str]:
    most = 5
    return words if len(words) <= most else ["a type's name"]


def _plural(noun: str) -> str:
    for one, many in (("[mapping]", "[mappings]"), ("value", "values")):
        if one in noun:
            return noun.replace(one, many)
    return f"{noun}s" if noun.isalpha() else noun


# --- files, and what is missing


def _kinds() -> Iterator[str]:
    yield "| kind | file | `schema` |"
    yield "|---|---|---|"
    for kind in KINDS.values():
        place = kind.place if " " in kind.place else f"`{kind.place}`"
        schema = f"`{kind.schema}`" if kind.schema else "none"
        yield f"| {kind.name} | {place} | {schema} |"


def _unsupported(page: str) -> Iterator[str]:
    """List what the run time refuses of the page's own examples, each with the first of them."""
    found: dict[str, str] = {}
    for block in play.blocks(page):
        plan = examples.examined(page, block).plan if examples.is_example(block) else None
        if plan is not None:
            place = _above(page, len("\n".join(page.split("\n")[: block.start])))
            for name in _refused(plan):
                found.setdefault(name, place)
    for name, place in sorted(found.items()):
        yield f"- [{name}](#{place})"


def _shipped() -> Iterator[str]:
    yield "| blueprint | | in effect from | runs today |"
    yield "|---|---|---|---|"
    for path in list_files(_ROOT / "blueprints"):
        checked = check_file(path, shown_as=path.name)
        if checked.plan is None or checked.blueprint is None:
            raise ValueError(f"{path} has errors")
        name, version = checked.plan.blueprint, checked.plan.version
        flow = module_path(name, version)
        since = checked.blueprint.effective
        day = since.from_ if since else "always"
        runs = "no" if any(_refused(checked.plan)) else "yes"
        yaml = f"../../blueprints/{name}/{version}.yaml"
        links = f"[YAML]({yaml}), [flow](../../{flow})"
        yield f"| `{name}` {version} | {links} | {day} | {runs} |"


def _refused(plan: Plan) -> Iterator[str]:
    try:
        demand_supported(plan)
    except RefusedError as error:
        for line in str(error).splitlines()[1:]:
            if line.startswith("  ") and not line.lstrip().startswith("→"):
                yield line.strip().partition(", in step ")[0]
