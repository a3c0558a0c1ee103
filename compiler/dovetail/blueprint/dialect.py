"""The findings about YAML itself: DT001 to DT011."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dovetail.diagnostics import Diagnostic, Span

__all__ = [
    "Place",
    "alias",
    "anchor",
    "control_character",
    "duplicate_key",
    "empty",
    "merge_key",
    "not_a_key",
    "not_utf8",
    "several_documents",
    "syntax",
    "tag",
    "too_deep",
    "too_large",
    "too_many",
    "unreadable",
]


class Place:
    """Makes spans of one file."""

    def __init__(self, shown_as: str) -> None:
        self.file = shown_as

    def start(self) -> Span:
        """Give the first character of the file."""
        return Span(self.file, 1, 1, 1, 1)

    def of(self, event: Any) -> Span:
        """Give the span of a YAML event."""
        start, end = event.start_mark, event.end_mark
        return Span(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def after(self, text: str) -> Span:
        """Give the one character that follows a text."""
        return next(self.at(text, [len(text)]))

    def at(self, text: str, offsets: Iterable[int]) -> Iterator[Span]:
        """Give the characters at some offsets, which ascend; none stands inside a line's end."""
        line = column = 1
        before = 0
        for offset in offsets:
            between = text[before:offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
            line += len(between) - 1
            column = (1 if len(between) > 1 else column) + len(between[-1])
            yield Span(self.file, line, column, line, column + 1)
            before = offset


def _error(code: str, span: Span, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(code, "error", span, message, hint)


def unreadable(span: Span, why: str) -> Diagnostic:
    """The file could not be opened."""
    return _error("DT001", span, f"the file can't be read: {why}")


def not_utf8(span: Span, byte: int) -> Diagnostic:
    """The bytes are no text."""
    return _error(
        "DT002",
        span,
        f"byte 0x{byte:02x} is not UTF-8; expected a text in UTF-8",
        "save the file as UTF-8",
    )


def control_character(span: Span, character: str) -> Diagnostic:
    """A character that nobody can see."""
    return _error(
        "DT002",
        span,
        f"U+{ord(character):04X} is an invisible control character; expected readable text",
        'remove it, or write it as an escape in "double quotes"',
    )


def too_large(span: Span, size: int, limit: int) -> Diagnostic:
    """More bytes than a blueprint has."""
    return _error("DT003", span, f"the file has {size} bytes; at most {limit} are read")


def too_many(span: Span, limit: int, of: str, where: str) -> Diagnostic:
    """More values than a blueprint has."""
    return _error("DT003", span, f"{where} has more than {limit} {of}; no more are read")


def too_deep(span: Span, limit: int) -> Diagnostic:
    """More nesting than a blueprint has."""
    return _error("DT004", span, f"values are nested more than {limit} deep")


def anchor(span: Span, name: str) -> Diagnostic:
    """`&name`."""
    span = Span(span.file, span.line, span.column, span.line, span.column + len(name) + 1)
    return _error(
        "DT005", span, f"`&{name}` is an anchor; blueprints have none", "write the value out here"
    )


def alias(span: Span, name: str) -> Diagnostic:
    """`*name`."""
    return _error(
        "DT005", span, f"`*{name}` is an alias; blueprints have none", "write the value out here"
    )


def merge_key(span: Span) -> Diagnostic:
    """`<<:`."""
    return _error(
        "DT006", span, "`<<` is a merge key; blueprints have none", "write the keys out here"
    )


def tag(span: Span, name: str) -> Diagnostic:
    """`!name`."""
    shown = name.replace("tag:yaml.org,2002:", "!!")
    return _error(
        "DT007", span, f"`{shown}` is an explicit tag; blueprints have none", "leave the tag out"
    )


def several_documents(span: Span) -> Diagnostic:
    """A second `---`."""
    return _error(
        "DT008",
        span,
        "a second document starts here; expected one document in the file",
        "move it to a file of its own",
    )


def empty(span: Span) -> Diagnostic:
    """Nothing but comments."""
    return _error("DT008", span, "the file is empty; expected one document")


def duplicate_key(span: Span, key: str, first: Span) -> Diagnostic:
    """The same key twice in a mapping."""
    return _error(
        "DT009",
        span,
        f"`{key}` is written twice in this mapping; it stands at line {first.line} already",
        "keep one of the two",
    )


def not_a_key(span: Span) -> Diagnostic:
    """`? [a, b]`, or no key at all."""
    return _error("DT010", span, "this can't be a key; expected a name before the `:`")


_OPEN_QUOTE = "found unexpected end of stream"
_TAB = ("a tab stands where blanks are expected", "indent with blanks")
_SYNTAX = {
    "mapping values are not allowed in this context": (
        "a `:` is not possible here",
        "quote a text that contains `: `, and check the indentation of the line",
    ),
    "could not find expected ':'": (
        "a `:` is missing after the key",
        "write `key: value`, and indent the continued lines of a text",
    ),
    "did not find expected key": (
        "a key was expected here",
        "check the indentation, and quote a text that contains quotes or brackets",
    ),
    "did not find expected '-' indicator": (
        "a list element was expected here",
        "start it with `- ` in the column of the other elements",
    ),
    "did not find expected ',' or ']'": ("a `,` or `]` was expected here", "close the `[`"),
    "did not find expected ',' or '}'": ("a `,` or `}` was expected here", "close the `{`"),
    "found character that cannot start any token": (
        "no value can start with this character",
        "quote the text",
    ),
    _OPEN_QUOTE: ("a quoted text starts here and never ends", "close the quotes"),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found a tab character where an intendation space is expected": _TAB,
    "found unknown escape character": (
        "no escape starts with this character",
        "write `\\\\` for a backslash, or use 'single quotes'",
    ),
    "found invalid Unicode character escape code": ("no character has this number", ""),
    "did not find expected hexdecimal number": ("an escape lacks some of its digits", ""),
    "did not find expected node content": ("a value was expected here", ""),
    "found incompatible YAML document": ("only YAML 1.1 and 1.2 can be read", "leave `%YAML` out"),
    "did not find expected <document start>": (
        "the document goes on here, though it was over",
        "check the indentation and the brackets of the lines before",
    ),
    "block sequence entries are not allowed in this context": (
        "a list element is not possible here",
        "start the list on a line of its own",
    ),
    "found undefined tag handle": ("an explicit tag; blueprints have none", "leave the tag out"),
}


def syntax(place: Place, error: Any, text: str) -> Diagnostic:
    """What the YAML parser stumbled on, in our words."""
    problem = str(getattr(error, "problem", None) or "")
    message, hint = _SYNTAX.get(problem, (problem or "it can't be read", ""))
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if problem == _OPEN_QUOTE:
        mark = getattr(error, "context_mark", None) or mark
    if mark is None:
        return _error("DT011", place.start(), f"this is not YAML: {message}", hint)
    # The parser may point behind the last line; a finding stands inside the file.
    lines = text.splitlines() or [""]
    line = min(mark.line + 1, len(lines))
    last = len(lines[line - 1]) + 1
    column = min(mark.column + 1, last) if line == mark.line + 1 else last
    span = Span(place.file, line, column, line, min(column + 1, max(last, column)))
    if lines[line - 1][column - 1 : column] == "\t":
        message, hint = _TAB
    return _error("DT011", span, f"this is not YAML: {message}", hint)
