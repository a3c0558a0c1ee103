"""Which characters stand in emitted text as themselves, and how the others are written.

Text from a blueprint may hold anything: controls, marks that reverse the reading direction, spaces
of no width, private characters. In a plan or a flow, which people review, a character stands as
itself only when it is in the table below: visible, of one known width, not reordering its
neighbours. The table is fixed, and no question of which Unicode version a Python was built with, so
that the same plan gives the same bytes everywhere. All else is escaped, in a form that YAML and
Python share.
"""

from __future__ import annotations

import re

__all__ = ["READABLE", "quoted", "width"]

_NARROW = (
    "\x20-\x7e"
    "\xa1-\xac\xae-\u024f"  # Latin, without the soft hyphen
    "\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff"  # Greek
    "\u0400-\u0482\u048a-\u052f"  # Cyrillic
    "\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a"  # dashes, quotes, dots
    "\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff"  # currencies, arrows, operators
)
_WIDE = (
    "\u3001-\u3011\u3041-\u3096\u309b-\u30ff"  # kana
    "\u3400-\u4db5\u4e00-\u9fef"  # Han
    "\uac00-\ud7a3"  # Hangul
    "\uff01-\uff5e"  # full-width forms
)

READABLE = _NARROW.replace("\\", r"\\").replace("]", r"\]") + _WIDE
"""The table, as the inside of a character class of a regular expression."""

_UNREADABLE = re.compile(f"[^{READABLE}]")
_TWO_COLUMNS = re.compile(f"[{_WIDE}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def quoted(text: str, quote: str = '"') -> str:
    """Give a text as a quoted literal of one line that YAML (`"`) and Python read back exactly."""
    body = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + _UNREADABLE.sub(_escape, body) + quote


def width(text: str) -> int:
    """Give how many columns a text takes, all of whose characters are readable."""
    return len(text) if text.isascii() else len(text) + len(_TWO_COLUMNS.findall(text))


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004 - the reach of \x
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - and of \u
