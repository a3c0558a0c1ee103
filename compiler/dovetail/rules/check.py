"""The front door: everything that is wrong with a blueprint, in one pass (SPEC 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dovetail.blueprint.load import Loaded, load, load_bytes
from dovetail.blueprint.model import Blueprint
from dovetail.diagnostics import Diagnostic, in_order
from dovetail.plan.lower import lower
from dovetail.plan.model import Plan
from dovetail.plan.scope import Scopes
from dovetail.rules.base import Context, Stage
from dovetail.rules.fixing import with_key_fixes
from dovetail.rules.registry import RULES

__all__ = ["Checked", "check_file", "check_loaded", "check_text"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A blueprint and the findings about it.

    Attributes:
        diagnostics: by place, then code.
        blueprint: None when there are errors of shape.
        plan: None when there is any error.
        text: the source, for showing lines of it.
    """

    shown_as: str
    diagnostics: tuple[Diagnostic, ...]
    blueprint: Blueprint | None
    plan: Plan | None
    text: str = field(repr=False)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that forbid compiling."""
        return tuple(d for d in self.diagnostics if d.severity == "error")


def check_file(path: Path, *, shown_as: str) -> Checked:
    """Check a blueprint's file. A file that can't be read is a finding, too.

    Args:
        path: where it is.
        shown_as: its name in findings.
    """
    return check_loaded(load(path, shown_as=shown_as), file=path)


def check_text(text: str, *, shown_as: str, file: Path | None = None) -> Checked:
    """Check a blueprint's text.

    Args:
        text: the YAML.
        shown_as: its name in findings.
        file: where it would be, for the rules about names of files.
    """
    data = text.encode("utf-8", errors="surrogatepass")
    return check_loaded(load_bytes(data, shown_as=shown_as), file=file)


def check_loaded(loaded: Loaded, *, file: Path | None = None) -> Checked:
    """Run every rule over a blueprint as far as it could be read."""
    found = list(loaded.diagnostics)
    if loaded.spans is not None:
        found = with_key_fixes(found, loaded.spans)
    plan = None
    if loaded.blueprint is not None and loaded.spans is not None:
        context = Context(loaded.blueprint, loaded.spans, file)
        told = list(_examine(context))
        if loaded.partial:
            # In a reading without its broken parts, "unused" may only mean "used in those".
            told = [d for d in told if d.severity == "error"]
        found += told
        plan = context.plan
    failed = any(d.severity == "error" for d in found)
    return Checked(
        shown_as=loaded.shown_as,
        diagnostics=tuple(in_order(found)),
        blueprint=None if loaded.partial else loaded.blueprint,
        plan=None if failed else plan,
        text=loaded.text,
    )


def _examine(context: Context) -> Iterator[Diagnostic]:
    broken = list(_run(context, "graph"))
    yield from broken
    if broken:
        context.scopes = Scopes(lower(_unordered(context)), all_before=True)
    else:
        context.plan = lower(context.blueprint)
        context.scopes = Scopes(context.plan)
    yield from _run(context, "names")
    if context.plan is not None:
        yield from _run(context, "plan")


def _run(context: Context, stage: Stage) -> Iterator[Diagnostic]:
    for rule in RULES:
        if rule.stage == stage and rule.check is not None:
            yield from rule.check(context)


def _unordered(context: Context) -> Blueprint:
    """Give the blueprint with its steps in file order and no needs: all that names have to know."""
    steps = context.blueprint.steps
    chain = tuple(
        steps[i].model_copy(update={"order": None, "needs": None, "parallel": False})
        for i in context.index.values()
    )
    return context.blueprint.model_copy(update={"steps": chain})
