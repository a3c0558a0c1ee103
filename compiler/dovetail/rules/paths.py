"""Paths of files as templates: which are written out, and what the others can become."""

from __future__ import annotations

import re

__all__ = ["is_literal", "pattern"]

_BLANK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def is_literal(path: str) -> bool:
    """Tell whether a path has nothing in it that is filled in."""
    return "{" not in path


def pattern(path: str) -> re.Pattern[str]:
    """Give what a path matches when anything may be filled in."""
    return re.compile(".*".join(map(re.escape, _BLANK.split(path))), re.DOTALL)
