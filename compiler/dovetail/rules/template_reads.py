"""What templates read that may have no value, for DT064 and DT065."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dovetail.diagnostics import Diagnostic
from dovetail.expressions import Variable
from dovetail.plan.scope import snake
from dovetail.rules.base import Context, Rule
from dovetail.rules.lookup import Lookup
from dovetail.rules.template_sites import Stand

if TYPE_CHECKING:
    from dovetail.rules.jinja import Parts, Template, Use
    from dovetail.rules.jinja_words import Place

__all__ = ["TemplateRead", "template_reads"]


@dataclass(frozen=True, slots=True)
class TemplateRead:
    """A value that a template reads without asking for it first.

    Attributes:
        name: as the template writes it.
    """

    stand: Stand
    use: Use
    name: str
    variable: Variable
    lookup: Lookup

    def findings(self, context: Context, rule: Rule, message: str) -> Iterator[Diagnostic]:
        """Say something of it, wherever the template has it."""
        guard = f"{self.name} | default('…')"
        if self.variable.step is not None:
            guard = (
                f"{self.name} if steps.{snake(self.variable.step)}.state == 'completed' else '…'"
            )
        for places in self.use.places:
            place = places[0]._replace(length=_length(places[0], places[-1]))
            said = self.stand.says(place, message)
            yield rule.at(self.stand.span(context, place), said, f"guard it: `{{{{ {guard} }}}}`")


def _length(first: Place, last: Place) -> int:
    return last.column + last.length - first.column if first.line == last.line else first.length


def template_reads(context: Context) -> Iterator[TemplateRead]:
    """Give every such read of a value that is known."""
    for stand, template in context.templates:
        lookup = context.lookup(stand.site, stand.key)
        if lookup is None or not template.uses:
            continue
        steps = {_step(parts) for parts in (*template.guards, *_states(template))}
        for use in template.uses:
            if use.parts[0] in stand.more or _is_guarded(use.parts, template, steps):
                continue
            variable = _variable(use.parts, lookup)
            if variable is not None and variable.path[2:] != ("state",):
                name = ".".join(map(str, use.written))
                yield TemplateRead(stand, use, name, variable, lookup)


def _is_guarded(parts: Parts, template: Template, steps: set[str]) -> bool:
    if _step(parts):
        return _step(parts) in steps
    return any(parts[: len(guard)] == guard for guard in template.guards)


def _states(template: Template) -> Iterator[Parts]:
    return (use.parts for use in template.uses if use.parts[2:] == ("state",))


def _step(parts: Parts) -> str:
    """Give the name of the step that is read; nothing: none is."""
    return snake(str(parts[1])) if parts[0] == "steps" and len(parts) > 1 else ""


def _variable(parts: Parts, lookup: Lookup) -> Variable | None:
    """Give the declared value that a name reads: it, or what it is a part of."""
    found: Variable | None = None
    names: list[str] = []
    for part in parts:
        if isinstance(part, int):
            break
        names.append(snake(part))
        longer = lookup.find(".".join(names))
        if longer is None and not lookup.holds(".".join(names)):
            break
        found = longer or found
    return found
