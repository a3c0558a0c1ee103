"""What a template says, and where: mistakes, names, statements, other templates (SPEC 2.3).

Jinja2's tree knows what a name is, but only the line that it stands in; its words know every
column, but not what they are. So names come from the tree and their places from the words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from jinja2 import TemplateSyntaxError, nodes
from jinja2.parser import Parser

from dovetail.rules.jinja_words import Place, Word, Words, amiss
from dovetail.templating import environment

__all__ = ["Flaw", "Parts", "Template", "Tool", "Use", "read", "too_long"]

Parts: TypeAlias = tuple[str | int, ...]
"""A dotted name; numbers are places in lists."""

_IMPLIED = frozenset({"caller", "kwargs", "loop", "self", "super", "varargs"})
"""What blocks of a template bring with them."""
_GUARDS = frozenset({"d", "default", "defined", "undefined"})


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a template can't be parsed."""

    place: Place
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A name that a template reads.

    Attributes:
        parts: what it stands for: the variable of a loop is an element of what is looped over.
        written: what stands in the template: as many of the last parts, but for the first one.
        places: of each part that is written, wherever the template has this name.
    """

    parts: Parts
    written: Parts
    places: tuple[tuple[Place, ...], ...]


class Tool(NamedTuple):
    """A filter or a test that there is not."""

    name: str
    kind: str
    place: Place


@dataclass(frozen=True, slots=True)
class Template:
    """A template as far as it could be read.

    Attributes:
        flaw: why it can't be parsed; then no more than its statements is known.
        statements: where they begin.
        uses: the names that are not the template's own.
        tools: filters and tests that there are not.
        others: the templates that it names, and where it does.
        guards: the names that it asks for whether there is such a thing.
        own: the variables that it sets, which those that it includes know, too.
    """

    flaw: Flaw | None = None
    statements: tuple[Place, ...] = ()
    uses: tuple[Use, ...] = ()
    tools: tuple[Tool, ...] = ()
    others: tuple[tuple[str, Place], ...] = ()
    guards: tuple[Parts, ...] = ()
    own: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def read(source: str) -> Template:
    """Read a template. Each text is parsed once."""
    words = Words(re.sub(r"\r\n?", "\n", source))
    statements = tuple(words.place(w) for w in words.seen if w.kind == "block_begin")
    flaw: tuple[Place, str, str]
    try:
        if words.stopped is not None:
            flaw = amiss(words, words.stopped)
        else:
            parser = Parser(environment(), words.source)
            try:
                return _Reader(words, parser.parse(), statements).template()
            except TemplateSyntaxError as error:
                left = sum(1 for _ in parser.stream)
                flaw = amiss(words, error.message or "it can't be read", left)
    except RecursionError:
        flaw = (words.spot(0), "it is nested too deeply", "")
    except (TemplateSyntaxError, ValueError):  # a number of 5,000 digits, a strange letter
        flaw = (words.spot(0), "a number or a name in it can't be read", "")
    return Template(Flaw(*flaw), statements)


def too_long(length: int, most: int) -> Template:
    """Stand for a template that is not read."""
    said = f"the template has {length} characters; at most {most} are read"
    hint = "let `render` write it, from a file under `templates/`"
    return Template(Flaw(Place(1, 1, 1), said, hint))


class _Reader:
    """Reads the tree of a template."""

    def __init__(self, words: Words, tree: nodes.Template, statements: tuple[Place, ...]) -> None:
        self._words, self._tree, self._statements = words, tree, statements
        self._nodes = list(tree.find_all(nodes.Node))
        self._own = Counter(self._names_of_its_own())
        self._stand_for = dict(self._aliases())
        self._found: dict[Parts, None] = {}

    def template(self) -> Template:
        self._visit(self._tree)
        return Template(
            statements=self._statements,
            uses=tuple(self._uses()),
            tools=tuple(self._tools()),
            others=tuple(self._others()),
            guards=tuple(self._guards()),
            own=frozenset(self._own),
        )

    def _names_of_its_own(self) -> Iterator[str]:
        for node in self._nodes:
            match node:
                case nodes.Name(ctx="store" | "param", name=name) | nodes.Macro(name=name):
                    yield name
                case nodes.Import(target=name):
                    yield name
                case nodes.FromImport(names=names):
                    yield from (n if isinstance(n, str) else n[1] for n in names)

    def _aliases(self) -> Iterator[tuple[str, Parts]]:
        """Give what a variable of the template's own stands for, if it is one thing."""
        for node in self._nodes:
            match node:
                case nodes.For(target=nodes.Name(name=name)) if parts := _parts(node.iter):
                    yield name, (*parts, 0)
                case nodes.Assign(target=nodes.Name(name=name)) if parts := _parts(node.node):
                    yield name, parts

    def _visit(self, node: nodes.Node) -> None:
        parts = _parts(node)
        if parts:
            self._found[parts] = None
            return
        for child in node.iter_child_nodes():
            self._visit(child)

    def _uses(self) -> Iterator[Use]:
        written = self._words.chains
        for parts in self._found:
            whole = self._resolved(parts)
            root = whole[0]
            if root in self._own or root in _IMPLIED or root in environment().globals:
                continue
            places = tuple(written.get(parts, ())) or (self._anywhere(parts),)
            yield Use(whole, parts, places)

    def _guards(self) -> Iterator[Parts]:
        for asked in self._nodes:
            if isinstance(asked, (nodes.Filter, nodes.Test)) and asked.name in _GUARDS:
                parts = () if asked.node is None else _parts(asked.node)
                if parts:
                    yield self._resolved(parts)

    def _resolved(self, parts: Parts) -> Parts:
        """Put what they stand for in the place of variables of the template's own."""
        seen = set[str | int]()
        while (root := parts[0]) in self._stand_for and self._own[str(root)] == 1:
            if root in seen:
                break
            seen.add(root)
            parts = (*self._stand_for[str(root)], *parts[1:])
        return parts

    def _anywhere(self, parts: Parts) -> tuple[Place, ...]:
        """Give the places of a name that is written in an unusual way."""
        same = [w for w in self._words.seen if w.kind == "name" and w.text == parts[0]]
        place = self._words.place(same[0]) if same else self._words.spot(0)
        return (place,) * len(parts)

    def _tools(self) -> Iterator[Tool]:
        for word, kind in self._words.tools:
            known = environment().filters if kind == "filter" else environment().tests
            if word.text not in known:
                yield Tool(word.text, kind, self._words.place(word))

    def _others(self) -> Iterator[tuple[str, Place]]:
        for node in self._nodes:
            if isinstance(node, (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)):
                name = node.template
                if isinstance(name, nodes.Const) and not getattr(node, "ignore_missing", False):
                    yield str(name.value), self._place_of_text(str(name.value))

    def _place_of_text(self, text: str) -> Place:
        def is_it(word: Word) -> bool:
            return word.kind == "string" and word.text[1:-1] == text

        return next(
            (self._words.place(w) for w in self._words.seen if is_it(w)), self._words.spot(0)
        )


def _parts(node: nodes.Node) -> Parts:
    """Give the parts of a name; nothing: it is none, or what it names depends on values."""
    parts: list[str | int] = []
    while True:
        match node:
            case nodes.Getattr():
                parts.append(node.attr)
                node = node.node
            case nodes.Getitem(arg=nodes.Const(value=str() | int() as item)):
                parts.append(item)
                node = node.node
            case nodes.Name(ctx="load"):
                return (node.name, *reversed(parts))
            case _:
                return ()
