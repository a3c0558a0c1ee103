"""From a plan to the text of its Prefect flow (SPEC 4).

The skeleton is `templates/flow/module.py.jinja`; every decision is here. Text from a blueprint
enters as literals alone (a harmless title also as the docstring). Identifiers come from keys,
comments from name, version and digest, and all of these are checked against their patterns first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dovetail.canonical import is_digest
from dovetail.emit import signature
from dovetail.emit.literals import WIDTH, Atom, Bracket, Item, Node, call, lines, literal, opened
from dovetail.emit.names import EmissionError, checked_name, checked_version, identifier
from dovetail.plan.characters import READABLE, width
from dovetail.plan.declare import title_of
from dovetail.plan.model import Criterion, Edge, Field, Gate, Plan, Step
from dovetail.resources import folder

__all__ = ["emit"]

_HARMLESS = re.compile(rf'(?:(?!["\\])[{READABLE}])+')
_REASONS = (("needs", "needs"), ("after", "order"))


def emit(plan: Plan) -> str:
    """Give the module of a plan.

    Raises:
        EmissionError: when a key, name, version or digest has not its form, or names collide.
    """
    if not is_digest(plan.digest):
        raise EmissionError(f"{plan.digest!r} is no digest")
    name, version = checked_name(plan.blueprint), checked_version(plan.version)
    title = plan.title.strip()
    flow = identifier(name)
    names = {s.key: identifier(s.key, (flow,)) for s in plan.steps}
    return _template().render(
        headline=title if _HARMLESS.fullmatch(title) else name,
        waves=list(_waves(plan)),
        name=name,
        version=version,
        digest=plan.digest,
        imports=list(_imports(plan)),
        blueprint="\n".join(_blueprint(plan)),
        steps=["\n".join(_step(s, names, plan.owner)) for s in plan.steps],
        signature=signature.signature(flow, plan.params),
        drive=signature.drive(plan.params),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(folder("templates") / "flow"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python, not HTML
    )
    return environment.get_template("module.py.jinja")


def _waves(plan: Plan) -> Iterator[str]:
    """Write a wave a line, its steps side by side; a wide one goes on below."""
    digits = len(str(len(plan.waves)))
    for number, wave in enumerate(plan.waves, start=1):
        line = f"  {number:>{digits}}  {wave[0]}"
        for key in wave[1:]:
            if width(line) + len(key) + 5 > WIDTH:
                yield f"{line} ∥"
                line = f"  {'':>{digits}}  {key}"
            else:
                line += f" ∥ {key}"
        yield line


def _imports(plan: Plan) -> Iterator[str]:
    standard = list(signature.imports(plan.params))
    if standard:
        yield from [*standard, ""]
    criteria = {type(c).__name__ for s in plan.steps for c in s.exit}
    typed = plan.params or any(plan.evidence.values()) or any(s.outputs for s in plan.steps)
    names = sorted({"Attempt", "Blueprint", *criteria, *(("Field",) if typed else ())})
    items = tuple(Item(Atom(n)) for n in [*names, "commit_handoffs"])
    head = "from dovetail.runtime import "
    on_one_line = head + ", ".join(i.flat for i in items)
    if width(on_one_line) <= WIDTH:
        yield on_one_line
    else:
        yield from opened(Bracket("(", items, ")"), head)
    yield "from prefect import flow"


def _blueprint(plan: Plan) -> Iterator[str]:
    arguments: dict[str, Node] = {
        "name": literal(plan.blueprint),
        "version": literal(plan.version),
        "digest": literal(plan.digest),
        "title": literal(plan.title),
    }
    if plan.description:
        arguments["description"] = literal(plan.description)
    arguments["owner"] = literal(plan.owner)
    arguments["intake"] = literal(list(plan.intake))
    if plan.roles:
        arguments["roles"] = literal(dict(sorted(plan.roles.items())))
    if plan.params:
        arguments["params"] = _fields(plan.params)
    if plan.evidence:
        types = ((k, _fields(plan.evidence[k])) for k in sorted(plan.evidence))
        arguments["evidence"] = _mapping(types)
    yield from opened(call("Blueprint", (), arguments), "blueprint = ")


def _mapping(items: Any) -> Bracket:
    return Bracket("{", tuple(Item(node, f"{literal(k).flat}: ") for k, node in items), "}")


def _fields(declared: Mapping[str, Field]) -> Bracket:
    return _mapping((k, _record(declared[k], 1)) for k in sorted(declared))


def _record(record: Field | Criterion, positional: int) -> Bracket:
    """Give the call that makes a record again: the first values by position, defaults left out."""
    first: list[Node] = []
    named: dict[str, Node] = {}
    for i, f in enumerate(fields(record)):
        value = getattr(record, f.name)
        if i < positional:
            first.append(literal(value))
        elif value != (f.default_factory() if f.default_factory is not MISSING else f.default):
            named[f.name] = _value(value)
    return call(type(record).__name__, first, named)


def _value(value: Any) -> Node:
    if isinstance(value, Field):
        return _record(value, 1)
    if isinstance(value, Mapping) and all(isinstance(v, Field) for v in value.values()) and value:
        return _fields(value)
    return literal(value)


def _step(step: Step, names: Mapping[str, str], owner: str) -> Iterator[str]:
    arguments = dict(_arguments(step, names, owner))
    yield from opened(call(f"@blueprint.{step.kind}", (), arguments))
    attempt = Bracket("(", (Item(Atom("attempt: Attempt")),), ")")
    yield from lines(attempt, f"def {names[step.key]}", " -> None: ...")


def _arguments(step: Step, names: Mapping[str, str], owner: str) -> Iterator[tuple[str, Node]]:
    """Say where a step stands, when it runs, what it does and what has to hold."""
    yield "order", literal(step.order)
    if step.role != owner:
        yield "role", literal(step.role)
    if step.title != title_of(step.key):
        yield "title", literal(step.title)
    if step.description:
        yield "description", literal(step.description)
    if step.parallel:
        yield "parallel", literal(value=True)
    yield from _edges(step.edges, names)
    if step.join != "all":
        yield "join", literal(step.join)
    if step.when is not None:
        yield "when", literal(step.when)
    if step.skip_say:
        yield "skip_say", literal(step.skip_say)
    yield from _action(step, names)
    if step.outputs:
        yield "outputs", _fields(step.outputs)
    if step.exit:
        yield "exit", Bracket("[", tuple(Item(_record(c, 2)) for c in step.exit), "]")
    if step.done:
        yield "done", literal(step.done)
    if step.attempts != 3:  # noqa: PLR2004 - the language's default
        yield "attempts", literal(step.attempts)


def _edges(edges: tuple[Edge, ...], names: Mapping[str, str]) -> Iterator[tuple[str, Node]]:
    for keyword, reason in _REASONS:
        if sources := [names[e.step] for e in edges if e.reason == reason]:
            yield keyword, _references(sources)
    yield from (("lane", Atom(names[e.step])) for e in edges if e.reason == "lane")


def _references(sources: list[str]) -> Bracket:
    return Bracket("[", tuple(Item(Atom(name)) for name in sources), "]")


def _action(step: Step, names: Mapping[str, str]) -> Iterator[tuple[str, Node]]:
    if step.action is None:
        return
    for f in fields(step.action):
        value = getattr(step.action, f.name)
        if value == f.default or value in ((), {}):
            continue
        if isinstance(step.action, Gate) and f.name == "reject":
            yield f.name, _references([names[key] for key in value])
        else:
            yield f.name, literal(list(value) if isinstance(value, tuple) else value)
