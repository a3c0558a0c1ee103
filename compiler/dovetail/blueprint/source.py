"""YAML with positions, in the dialect of SPEC 2. The only module that imports yaml.

Invariants:

- any bytes give a tree, findings, or both; never an exception;
- the events are walked before anything is built, so depth, aliases and size are bounded;
- every node knows where it stands, and every scalar how it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

from dovetail.blueprint import dialect
from dovetail.blueprint.dialect import Place
from dovetail.blueprint.scalar import Plain, resolve
from dovetail.diagnostics import Diagnostic, Span
from dovetail.errors import UnavailableError, UsageError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "MAX_KEYS",
    "MAX_VALUES",
    "Node",
    "Parsed",
    "parse",
    "read_plain",
]

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 50
MAX_KEYS, MAX_ELEMENTS, MAX_VALUES = 20_000, 110_000, 1_200_000
"""Of a mapping, a list and a file. What has more can't be told good or bad within a second."""

_EVERY = 4096
"""How many values are read between two looks at their number."""
_MAX_FINDINGS = 100
"""A file with more slips than this is not a blueprint with slips."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML 1.1 breaks lines at the last three, editors do not: positions would be wrong.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
_HARMLESS = bytes(range(0x20, 0x7F)) + b"\t\n\r"
_PERHAPS_NOT_TEXT = frozenset(["", *"~nNtTfF-+.0123456789"])
"""How a plain scalar begins that `resolve` may give another value than its text."""

Kind: TypeAlias = Literal["scalar", "sequence", "mapping"]


class Node:
    """A value in the file.

    A file of 10,000 steps has half a million scalars, and nobody asks where they stand unless
    something is wrong with them. So a collection keeps its scalars as they were read, and makes
    nodes of them when `items` or `pairs` is first asked for.

    Attributes:
        text: of a scalar, the decoded text; a `Plain` where core YAML has another value for it.
        style: how a scalar was written: `'`, `"`, `|`, `>` or, plain, nothing.
        broken: the dialect forbids what stood here, and a finding already says so.
    """

    __slots__ = ("_children", "_end", "_file", "_made", "_start", "broken", "kind", "style", "text")

    def __init__(self, kind: Kind, file: str, scalar: _Scalar, *, broken: bool = False) -> None:
        self.kind, self.broken, self._file = kind, broken, file
        self._start, self._end, self.text, style = scalar
        self.style = style or ""
        self._children: Any = {} if kind == "mapping" else []
        self._made = False

    @property
    def span(self) -> Span:
        """Where it stands."""
        return _span(self._file, self._start, self._end)

    @property
    def items(self) -> list[Node]:
        """The elements of a sequence."""
        self._make()
        return self._children if self.kind == "sequence" else []

    @property
    def pairs(self) -> dict[str, tuple[Node, Node]]:
        """Of a mapping, by key text: the key's node and the value's; the first of duplicates."""
        self._make()
        return self._children if self.kind == "mapping" else {}

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

    def _make(self) -> None:
        if self._made:
            return
        self._made = True
        if self.kind == "mapping":
            for name, (key, value) in self._children.items():
                self._children[name] = (self._node(key), self._node(value))
        else:
            self._children[:] = map(self._node, self._children)

    def _node(self, child: _Child) -> Node:
        return Node("scalar", self._file, child) if isinstance(child, tuple) else child


_Scalar: TypeAlias = tuple[Any, Any, str, str | None]
"""A scalar as it was read: the marks of its start and end, its text and its style."""

_Child: TypeAlias = _Scalar | Node


@dataclass(slots=True)
class Parsed:
    """A file as read.

    Attributes:
        root: None when there is no tree.
        data: what `root.to_data()` would give, made on the way; it is not to be changed.
    """

    text: str
    root: Node | None
    diagnostics: list[Diagnostic]
    data: Any = None


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
    if data.translate(None, _HARMLESS):  # a fast "maybe": the pattern takes its time
        offsets = [m.start() for m in islice(_FORBIDDEN.finditer(text), _MAX_FINDINGS)]
        if offsets:
            spans = zip(offsets, place.at(text, offsets), strict=True)
            return Parsed(text, None, [dialect.control_character(s, text[i]) for i, s in spans])
    builder = _Builder(place)
    root = builder.build(text)
    return Parsed(text, root, builder.found, None if root is None else builder.data)


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


def _span(file: str, start: Any, end: Any) -> Span:
    return Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


class _Builder:
    """Builds the tree and its data from events, with a stack of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.found: list[Diagnostic] = []
        self.root: _Child | None = None
        self.data: Any = None

    def build(self, text: str) -> Node | None:
        try:
            self._read(_LOADER(text).get_event)
        except _TooManyError:
            return None
        except yaml.YAMLError as e:
            self.found.append(dialect.syntax(self.place, e, text))
            return None
        if self.root is None:
            if not self.found:
                self.found.append(dialect.empty(self.place.start()))
            return None
        return self._node(self.root)

    def _read(self, next_event: Callable[[], Any]) -> None:
        """Read all events. This is the innermost loop of the compiler, hence its length."""
        file, documents, values = self.place.file, 0, 0
        stack: list[tuple[Node | None, Any, Any, bool, _Child | None]] = []
        # The open collection, its children, its data, and for a mapping the key without a value.
        node: Node | None = None
        children: Any = None
        data: Any = None
        mapping = False
        key: _Child | None = None
        while (event := next_event()) is not None:
            kind = type(event)
            child: _Child
            opened: Node | None = None
            value: Any
            if kind is yaml.ScalarEvent:
                if event.anchor is None and event.tag is None:
                    value, style = event.value, event.style
                    if not style and value[:1] in _PERHAPS_NOT_TEXT:
                        value = resolve(value)
                    child = (event.start_mark, event.end_mark, value, style)
                else:
                    child = self._marked_scalar(event)
                    value = child.text
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if event.anchor is not None or event.tag is not None:
                    self._marks(event)
                shape: Kind = "mapping" if kind is yaml.MappingStartEvent else "sequence"
                child = opened = Node(shape, file, _bare(event))
                value = {} if shape == "mapping" else []
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                assert node is not None  # noqa: S101 - the parser keeps brackets balanced
                if len(children) > MAX_KEYS:
                    self._bound(values, node)
                node._end = event.end_mark  # noqa: SLF001 - ours
                node, children, data, mapping, key = stack.pop()
                continue
            elif kind is yaml.AliasEvent:
                self._report(dialect.alias(self.place.of(event), str(event.anchor)))
                child = Node("scalar", file, _bare(event), broken=True)
                value = ""
            else:
                documents += kind is yaml.DocumentStartEvent
                if documents > 1:
                    self.found.append(dialect.several_documents(self.place.of(event)))
                    self.root = None  # which of them is meant, nobody can tell
                    return
                continue
            values += 1
            if not values % _EVERY:
                self._bound(values, node)
            if mapping:
                if key is None:
                    key = child
                else:
                    name = key[2] if type(key) is tuple else None
                    if type(name) is not str or name in children or name == "<<":
                        name = self._name(node, key)
                    if name is not None:
                        children[name] = (key, child)
                        data[name] = value
                    key = None
            elif node is not None:
                children.append(child)
                data.append(value)
            else:
                self.root, self.data = child, value
            if opened is not None:
                if len(stack) == MAX_DEPTH:
                    self._report(dialect.too_deep(opened.span, MAX_DEPTH))
                    raise _TooManyError
                stack.append((node, children, data, mapping, key))
                node, children, data, key = opened, opened._children, value, None  # noqa: SLF001
                mapping = opened.kind == "mapping"

    def _bound(self, values: int, node: Node | None) -> None:
        """Read on, unless there is more than in any blueprint."""
        if values > MAX_VALUES:
            self._report(dialect.too_many(self.place.start(), MAX_VALUES, "values", "the file"))
            raise _TooManyError
        if node is None:
            return
        mapping = node.kind == "mapping"
        limit = MAX_KEYS if mapping else MAX_ELEMENTS
        if len(node._children) > limit:  # noqa: SLF001 - ours
            what = ("keys", "this mapping") if mapping else ("elements", "this list")
            self._report(dialect.too_many(node.span, limit, *what))
            raise _TooManyError

    def _report(self, finding: Diagnostic) -> None:
        self.found.append(finding)
        if len(self.found) >= _MAX_FINDINGS:
            raise _TooManyError

    def _marks(self, event: Any) -> None:
        """Refuse an anchor and a tag."""
        if event.anchor is not None:
            self._report(dialect.anchor(self.place.of(event), event.anchor))
        if event.tag is not None:
            self._report(dialect.tag(self.place.of(event), event.tag))

    def _marked_scalar(self, event: Any) -> Node:
        self._marks(event)
        value = event.value if event.style else resolve(event.value)
        scalar = (event.start_mark, event.end_mark, value, event.style)
        return Node("scalar", self.place.file, scalar, broken=event.tag is not None)

    def _node(self, child: _Child) -> Node:
        return Node("scalar", self.place.file, child) if isinstance(child, tuple) else child

    def _name(self, parent: Node | None, read: _Child) -> str | None:
        """Give the name that an odd key stands for, or say why it is none."""
        key = self._node(read)
        plain = not key.style
        if key.broken and not key.text:
            return None
        if key.kind != "scalar" or (plain and key.text in {"", "~"}):
            self._report(dialect.not_a_key(key.span))
        elif plain and key.text == "<<":
            self._report(dialect.merge_key(key.span))
        elif parent is not None and key.text in parent._children:  # noqa: SLF001 - ours
            first = self._node(parent._children[key.text][0]).span  # noqa: SLF001
            self._report(dialect.duplicate_key(key.span, key.text, first))
        else:
            return str(key.text)
        return None


def _bare(event: Any) -> _Scalar:
    return (event.start_mark, event.end_mark, "", None)
