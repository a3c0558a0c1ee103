"""Making the changes that findings carry, in the text of a file and nowhere else in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dovetail.diagnostics.model import Fix

__all__ = ["mend"]

_BREAK = re.compile("\r\n|\r|\n")


def mend(text: str, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """Give a text with changes made, and those that were made, by place.

    What stands elsewhere than expected is left alone, and so is a change that overlaps an earlier
    one. All other characters stay as they are, line breaks included.
    """
    starts = [0, *(m.end() for m in _BREAK.finditer(text))]
    made: list[Fix] = []
    out: list[str] = []
    at = 0
    for fix in sorted(set(fixes), key=lambda f: (f.span, f.replacement)):
        span = fix.span
        if span.line > len(starts) or span.end_line != span.line:
            continue
        start = starts[span.line - 1] + span.column - 1
        end = start + span.end_column - span.column
        if start < at or text[start:end] != fix.found:
            continue
        out += [text[at:start], fix.replacement]
        made.append(fix)
        at = end
    return "".join([*out, text[at:]]), made
