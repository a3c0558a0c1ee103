"""From a plan to the text of its Prefect flow (SPEC 4).

The skeleton is `templates/flow/module.py.jinja`; every decision is here. Text from a blueprint
enters as literals alone (a harmless title also as the docstring). Identifiers come from keys,
comments from name, version and digest, and all of these are checked against their patterns first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dovetail.canonical import is_digest
from dovetail.emit import signature
from dovetail.emit.literals import (
    WIDTH,
    Atom,
    Bracket,
    Item,
    Names,
    Node,
    arguments,
    call,
    lines,
    literal,
    opened,
)
from dovetail.emit.names import EmissionError, checked_name, checked_version, identifier
from dovetail.emit.values import Source
from dovetail.plan.characters import READABLE, width
from dovetail.plan.declare import title_of
from dovetail.plan.model import ITEM_ID, Edge, Gate, Integrate, Plan, Renders, Step
from dovetail.plan.records import changed
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
    source = Source()
    blueprint = "\n".join(_blueprint(plan, source))
    steps = [_step(s, names, plan.owner, source) for s in plan.steps]
    return _template().render(
        headline=title if _HARMLESS.fullmatch(title) else name,
        waves=list(_waves(plan)),
        name=name,
        version=version,
        digest=plan.digest,
        imports=list(_imports(plan, source.used)),
        blueprint=blueprint,
        steps=steps,
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


def _imports(plan: Plan, records: set[str]) -> Iterator[str]:
    standard = list(signature.imports(plan.params))
    if standard:
        yield from [*standard, ""]
    names = sorted({"Attempt", "Blueprint", *records})
    items = tuple([Item(Atom(n)) for n in [*names, "commit_handoffs"]])
    head = "from dovetail.runtime import "
    on_one_line = head + ", ".join(i.flat for i in items)
    if width(on_one_line) <= WIDTH:
        yield on_one_line
    else:
        yield from opened(Bracket("(", items, ")"), head)
    yield "from prefect import flow"


def _blueprint(plan: Plan, source: Source) -> list[str]:
    said: dict[str, Node] = {
        "name": literal(plan.blueprint),
        "version": literal(plan.version),
        "digest": literal(plan.digest),
        "title": literal(plan.title),
    }
    if plan.description:
        said["description"] = literal(plan.description)
    said["owner"] = literal(plan.owner)
    said["intake"] = source.texts(plan.intake)
    if plan.item_id != ITEM_ID:
        said["item_id"] = literal(plan.item_id)
    if plan.wip_limit is not None:
        said["wip_limit"] = source.value(plan.wip_limit)
    for name in ("roles", "params", "outputs", "evidence", "constraints", "blockers"):
        if declared := getattr(plan, name):
            said[name] = source.mapping(declared)
    if plan.start != plan.steps[0].key:
        said["start"] = literal(plan.start)
    if plan.finish != plan.steps[-1].key:
        said["finish"] = literal(plan.finish)
    if plan.done:
        said["done"] = source.listed(plan.done)
    return opened(call("Blueprint", (), said), "blueprint = ")


def _step(step: Step, names: Mapping[str, str], owner: str, source: Source) -> str:
    body = arguments(_arguments(step, names, owner, source))
    attempt = Bracket("(", (Item(Atom("attempt: Attempt")),), ")")
    foot = lines(attempt, f"def {names[step.key]}", " -> None: ...")
    return "\n".join([f"@blueprint.{step.kind}(", *body, ")", *foot])


def _arguments(
    step: Step, names: Mapping[str, str], owner: str, source: Source
) -> Iterator[tuple[str, Node]]:
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
    if step.at_least is not None:
        yield "at_least", literal(step.at_least)
    if step.when is not None:
        yield "when", literal(step.when)
    if step.skip_say:
        yield "skip_say", literal(step.skip_say)
    if step.entry:
        yield "entry", source.listed(step.entry)
    if step.uses:
        yield "uses", source.texts(step.uses)
    yield from _action(step, names, source)
    if step.outputs:
        yield "outputs", source.mapping(step.outputs)
    if step.changes is not None:
        yield "changes", source.value(step.changes)
    if step.exit:
        yield "exit", source.listed(step.exit)
    if step.done:
        yield "done", literal(step.done)
    if step.attempts != 3:  # noqa: PLR2004 - the language's default
        yield "attempts", literal(step.attempts)
    if step.on_failure:
        yield "on_failure", Names([names[key] for key in step.on_failure])
        yield "failure_limit", literal(step.failure_limit)


def _edges(edges: tuple[Edge, ...], names: Mapping[str, str]) -> Iterator[tuple[str, Node]]:
    for keyword, reason in _REASONS:
        if sources := [names[e.step] for e in edges if e.reason == reason]:
            yield keyword, Names(sources)
    yield from (("lane", Atom(names[e.step])) for e in edges if e.reason == "lane")


def _action(step: Step, names: Mapping[str, str], source: Source) -> Iterator[tuple[str, Node]]:
    match step.action:
        case None:
            return
        case Renders(files):
            yield "files", source.listed(files)
            return
        case action:
            said = changed(action)
    for name, value in said.items():
        if isinstance(action, Gate) and name == "reject":
            yield name, Names([names[key] for key in value])
        elif isinstance(action, Integrate) and name == "require":
            yield name, source.listed(value)
        elif isinstance(value, tuple):
            yield name, source.texts(value)
        else:
            yield name, source.value(value)
