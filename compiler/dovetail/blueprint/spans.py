"""Where things stand in a file: by path, by key, and inside an expression."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

from dovetail.blueprint.source import Node
from dovetail.diagnostics import Span

__all__ = ["Path", "Spans"]

Path: TypeAlias = Sequence[str | int]
_Unit: TypeAlias = tuple[int, int, int]

_LONGEST = 100_000
"""Longer texts are not looked into: nothing that is read word by word is as long."""

_ESCAPE_LENGTH = {"x": 3, "u": 5, "U": 9}
_ESCAPED = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    " ": " ",
    "_": "\xa0",
    "N": "\x85",
    "L": "\u2028",
    "P": "\u2029",
}


class Spans:
    """Answers where a path like `("steps", 2, "needs", 0)` stands.

    A path that the file does not hold gives its nearest parent, so every question has an answer.
    """

    def __init__(self, text: str, root: Node) -> None:
        self._text, self._root = text, root
        self._last: tuple[Node, list[_Unit], list[int]] | None = None

    def node(self, path: Path) -> Node:
        """Give the node of a path, or of its nearest parent."""
        return self._walk(path)[0]

    def value(self, path: Path) -> Span:
        """Give the place of a value; of a collection, its first line."""
        node, key = self._walk(path)
        if node.kind == "scalar" and node.span.line == node.span.end_line:
            empty = node.span.column == node.span.end_column
            return key.span if empty and key is not None else node.span
        if key is not None and node.kind != "scalar" and node.span.line != key.span.line:
            return key.span
        return self._first_line(node.span)

    def key(self, path: Path) -> Span:
        """Give the place of the last key of a path; of a list's element, the element."""
        node, key = self._walk(path)
        return self._first_line((key or node).span)

    def inside(self, path: Path, line: int, column: int, length: int = 1) -> Span:
        """Give a place inside a scalar's decoded text, whose lines and columns count from 1.

        It is found by walking the source and the text side by side, over what is not blank: that
        holds for plain, quoted, literal and folded scalars alike.
        """
        node = self.node(path)
        if node.kind != "scalar" or not 0 < len(node.text) <= _LONGEST:
            return self.value(path)
        before = "\n".join(str(node.text).split("\n")[: line - 1])
        offset = len(before) + (1 if line > 1 else 0) + column - 1
        units, visible = self._walked(node)
        nth = bisect_left(visible, offset)
        if nth < len(units) and offset in visible[nth : nth + 1]:
            at_line, at_column, width = units[nth]
        elif units:
            at_line, at_column, width = units[min(nth, len(units)) - 1 if nth else 0]
            at_column += width if nth else 0
        else:
            return self.value(path)
        last = units[min(bisect_left(visible, offset + length), len(units)) - 1]
        end = last[1] + last[2] if last[0] == at_line else at_column + 1
        return Span(node.span.file, at_line, at_column, at_line, max(end, at_column + 1))

    def _walked(self, node: Node) -> tuple[list[_Unit], list[int]]:
        """Give where a scalar's visible characters stand in the file, and in its text.

        One scalar may have a thousand findings, so the last one's are kept.
        """
        if self._last is None or self._last[0] is not node:
            visible = [i for i, c in enumerate(node.text) if not c.isspace()]
            self._last = node, self._units(node), visible
        return self._last[1:]

    def rename(self, path: Path, key: str) -> None:
        """Let a key be found under another name, too."""
        parent = self.node(path[:-1])
        parent.pairs[key] = parent.pairs[str(path[-1])]

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def _walk(self, path: Path) -> tuple[Node, Node | None]:
        node, key = self._root, None
        for part in path:
            if node.kind == "mapping" and part in node.pairs:
                key, node = node.pairs[str(part)]
            elif node.kind == "sequence" and isinstance(part, int) and part < len(node.items):
                key, node = None, node.items[part]
            else:
                break
        return node, key

    def _first_line(self, span: Span) -> Span:
        if span.line == span.end_line:
            return span
        end = len(self._lines[span.line - 1].rstrip()) + 1
        return Span(span.file, span.line, span.column, span.line, max(end, span.column))

    def _units(self, node: Node) -> list[_Unit]:
        """Give line, column and width in the source of every character that is not blank."""
        span = node.span
        lines = [
            (n, self._lines[n - 1][: span.end_column - 1] if n == span.end_line else line)
            for n, line in enumerate(self._lines[span.line - 1 : span.end_line], span.line)
        ]
        start = span.column - 1
        if node.style in {"|", ">"}:
            lines, start = lines[1:], 0
        elif node.style:
            start += 1
        units: list[_Unit] = []
        for n, line in lines:
            units += [(n, column + 1, width) for column, width in _visible(line, start, node.style)]
            start = 0
        if node.style in {"'", '"'}:
            units.pop()
        return units


def _visible(line: str, start: int, style: str) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    i = start
    while i < len(line):
        width, char = 1, line[i]
        if style == "'" and line[i : i + 2] == "''":
            width = 2
        elif style == '"' and char == "\\":
            width, char = _escape(line[i + 1 :])
        if not char.isspace():
            out.append((i, width))
        i += width
    return out


def _escape(rest: str) -> tuple[int, str]:
    """Give the width of an escape and the character that it stands for; a blank at a line's end."""
    letter = rest[:1] or " "
    digits = _ESCAPE_LENGTH.get(letter)
    if digits is None:
        return 2, _ESCAPED.get(letter, letter)
    return 1 + digits, chr(int(rest[1:digits], 16))
