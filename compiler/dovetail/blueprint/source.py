"""YAML with positions, in the dialect of SPEC 2. The only module that imports yaml.

Invariants:

- any bytes give a tree, findings, or both; never an exception;
- the events are walked before anything is built, so depth, aliases and size are bounded;
- every node knows where it stands, and every scalar how it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from dovetail.blueprint import dialect
from dovetail.blueprint.dialect import Place
from dovetail.blueprint.scalar import Plain, resolve
from dovetail.diagnostics import Diagnostic, Span
from dovetail.errors import UnavailableError, UsageError

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Node", "Parsed", "parse", "read_plain"]

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 50
_MAX_FINDINGS = 100
"""A file with more slips than this is not a blueprint with slips."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML 1.1 breaks lines at the last three, editors do not: positions would be wrong.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)


@dataclass(slots=True)
class Node:
    """A value in the file.

    Attributes:
        text: of a scalar, the decoded text; a `Plain` where core YAML has another value for it.
        style: how a scalar was written: `'`, `"`, `|`, `>` or, plain, nothing.
        items: of a sequence.
        pairs: of a mapping, by key text: the key's node and the value's; the first of duplicates.
        broken: the dialect forbids what stood here, and a finding already says so.
    """

    kind: Literal["scalar", "sequence", "mapping"]
    span: Span
    text: str = ""
    style: str = ""
    items: list[Node] = field(default_factory=list)
    pairs: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    broken: bool = False

    def to_data(self) -> Any:
        """Give dictionaries, lists and texts. Recursion is bounded by `MAX_DEPTH`."""
        if self.kind == "mapping":
            return {k: v.to_data() for k, (_, v) in self.pairs.items()}
        if self.kind == "sequence":
            return [n.to_data() for n in self.items]
        return self.text

    def to_plain(self) -> Any:
        """Give data with the values that core YAML has: numbers, truth values, None."""
        if self.kind == "mapping":
            return {k: v.to_plain() for k, (_, v) in self.pairs.items()}
        if self.kind == "sequence":
            return [n.to_plain() for n in self.items]
        return self.text.value if isinstance(self.text, Plain) else self.text


@dataclass(slots=True)
class Parsed:
    """A file as read: its text, its tree (None when there is none) and the findings."""

    text: str
    root: Node | None
    diagnostics: list[Diagnostic]


def parse(data: bytes, shown_as: str) -> Parsed:
    """Read one YAML document.

    Args:
        data: the bytes of the file.
        shown_as: the file's name in findings.
    """
    place = Place(shown_as)
    if len(data) > MAX_BYTES:
        return Parsed("", None, [dialect.too_large(place.start(), len(data), MAX_BYTES)])
    try:
        text = data.decode()
    except UnicodeDecodeError as e:
        before = data[: e.start].decode()
        return Parsed(before, None, [dialect.not_utf8(place.after(before), data[e.start])])
    text = text.removeprefix("\ufeff")
    forbidden = [
        dialect.control_character(place.after(text[: m.start()]), m[0])
        for m, _ in zip(_FORBIDDEN.finditer(text), range(_MAX_FINDINGS), strict=False)
    ]
    if forbidden:
        return Parsed(text, None, forbidden)
    builder = _Builder(place)
    root = builder.build(text)
    return Parsed(text, root, builder.found)


def read_plain(path: Path) -> Any:
    """Read the data of a YAML file that is not a blueprint, in the same dialect.

    Raises:
        UsageError: when it is not YAML of this dialect; the message says where.
        UnavailableError: when it can't be read.
    """
    try:
        parsed = parse(path.read_bytes(), path.name)
    except OSError as e:
        raise UnavailableError(f"{path.name} can't be read: {e.strerror}") from e
    if parsed.diagnostics:
        first = parsed.diagnostics[0]
        where = f"{path.name}:{first.span.line}:{first.span.column}"
        raise UsageError(f"{where}: {first.message}", first.hint)
    return None if parsed.root is None else parsed.root.to_plain()


class _TooManyError(Exception):
    """The file is beyond help."""


class _Builder:
    """Builds the tree from events, with a stack of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.found: list[Diagnostic] = []
        self.stack: list[Node] = []
        self.keys: list[Node | None] = []
        """For each open node, the key that waits for its value."""
        self.root: Node | None = None

    def build(self, text: str) -> Node | None:
        try:
            for event in self._events(text):
                self._take(event)
        except _TooManyError:
            return None
        except yaml.YAMLError as e:
            self.found.append(dialect.syntax(self.place, e, text))
            return None
        if self.root is None and not self.found:
            self.found.append(dialect.empty(self.place.start()))
        return self.root

    def _events(self, text: str) -> Iterator[Any]:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.found.append(dialect.several_documents(self.place.of(event)))
                    self.root = None  # which of them is meant, nobody can tell
                    return
            yield event

    def _report(self, finding: Diagnostic) -> None:
        self.found.append(finding)
        if len(self.found) >= _MAX_FINDINGS:
            raise _TooManyError

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.NodeEvent):
            span = self.place.of(event)
            if isinstance(event, yaml.AliasEvent):
                self._report(dialect.alias(span, str(event.anchor)))
                self._add(Node("scalar", span, broken=True))
                return
            if event.anchor is not None:
                self._report(dialect.anchor(span, event.anchor))
            tag = getattr(event, "tag", None)
            if tag is not None:
                self._report(dialect.tag(span, tag))
            if isinstance(event, yaml.ScalarEvent):
                plain = event.style is None or event.style == ""
                value = resolve(event.value) if plain else event.value
                node = Node("scalar", span, text=value, style=event.style or "")
                node.broken = tag is not None
                self._add(node)
            else:
                sequence = isinstance(event, yaml.SequenceStartEvent)
                self._open(Node("sequence" if sequence else "mapping", span))
        elif isinstance(event, yaml.CollectionEndEvent):
            node = self.stack.pop()
            self.keys.pop()
            end = self.place.of(event)
            start = node.span
            node.span = Span(start.file, start.line, start.column, end.end_line, end.end_column)

    def _open(self, node: Node) -> None:
        self._add(node)
        if len(self.stack) == MAX_DEPTH:
            self._report(dialect.too_deep(node.span, MAX_DEPTH))
            raise _TooManyError
        self.stack.append(node)
        self.keys.append(None)

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if parent.kind == "sequence":
            parent.items.append(node)
        elif self.keys[-1] is None:
            self.keys[-1] = node
        else:
            key, self.keys[-1] = self.keys[-1], None
            self._pair(parent, key, node)

    def _pair(self, parent: Node, key: Node, value: Node) -> None:
        plain = not key.style
        if key.broken and not key.text:
            return
        if key.kind != "scalar" or (plain and key.text in {"", "~"}):
            self._report(dialect.not_a_key(key.span))
        elif plain and key.text == "<<":
            self._report(dialect.merge_key(key.span))
        elif key.text in parent.pairs:
            first = parent.pairs[key.text][0].span
            self._report(dialect.duplicate_key(key.span, key.text, first))
        else:
            parent.pairs[str(key.text)] = (key, value)
