"""Templates of argv elements, paths, messages and files: Jinja2, sandboxed, strict (SPEC 2.3).

Both halves use it: the rules to parse templates, the run time to fill them. Templates see names as
the blueprint declares them, and write a hyphen as an underscore, or the name as an item:
`steps.edit_text` and `steps["edit-text"]` are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

from dovetail.errors import ExpressionFailedError

__all__ = ["SUFFIX", "environment", "file_names", "fill", "is_template"]

SUFFIX = ".jinja"
"""What the name of a template's file may end in beside the name that blueprints write."""

_OPENINGS = ("{{", "{%", "{#")
_NOT_DETERMINISTIC = ("lipsum", "random")


def is_template(text: str) -> bool:
    """Tell whether a text has anything to fill in; one that has not stands for itself."""
    return any(opening in text for opening in _OPENINGS)


def file_names(template: str) -> tuple[str, str]:
    """Give the files that a template may be in, the first first, by its name in a blueprint."""
    return template, template + SUFFIX


@cache
def environment() -> Environment:
    """Give the environment that all templates are parsed and filled in."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Names(ImmutableSandboxedEnvironment):
        """Finds what a mapping holds before what Python's mappings can do."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            key = _key(obj, attribute)
            return super().getattr(obj, attribute) if key is None else obj[key]

        def getitem(self, obj: Any, argument: Any) -> Any:
            key = _key(obj, argument)
            return super().getitem(obj, argument) if key is None else obj[key]

    found = Names(
        undefined=StrictUndefined,
        autoescape=False,  # Markdown and command lines, not HTML
        trim_blocks=True,  # a line that only says `{% for … %}` leaves nothing behind
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in _NOT_DETERMINISTIC:
        found.globals.pop(name, None)
        found.filters.pop(name, None)
    return found


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Fill one template.

    Raises:
        ExpressionFailedError: when it can't be parsed or evaluated, or names what is not there.
    """
    if not is_template(template):
        return template
    try:
        return environment().from_string(template).render(values)
    except Exception as error:  # a template may divide by zero, add what can't be added, …
        why = str(error) or type(error).__name__
        raise ExpressionFailedError(
            f"the template {template!r} can't be filled: {why}",
            "a template may use item, params and steps.<key>.outputs",
        ) from error


def _key(names: object, name: object) -> str | None:
    """Give the key that a name in a template stands for."""
    if not isinstance(names, Mapping) or not isinstance(name, str):
        return None
    if name in names:
        return name
    plain = name.replace("-", "_")
    return next((k for k in names if isinstance(k, str) and k.replace("-", "_") == plain), None)
