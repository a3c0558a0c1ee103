"""Templates of argv elements and messages: Jinja2, sandboxed, strict; no conditions (SPEC 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

from dovetail.errors import ExpressionFailedError

__all__ = ["fill"]


@cache
def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Fill one template.

    Raises:
        ExpressionFailedError: when it can't be parsed or evaluated, or names what is not there.
    """
    if "{" not in template:
        return template
    try:
        return _environment().from_string(template).render(values)
    except Exception as error:  # a template may divide by zero, add what can't be added, …
        why = str(error) or type(error).__name__
        raise ExpressionFailedError(
            f"the template {template!r} can't be filled: {why}",
            "a template may use item, params and steps.<key>.outputs",
        ) from error
