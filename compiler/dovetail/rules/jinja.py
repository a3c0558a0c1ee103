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

__all__ = ["Flaw", "Parts", "Template", "Tool", "Use", "read"]

Parts: TypeAlias = tuple[str | int, ...]
"""A dotted name; numbers are places in lists."""

_IMPLIED = frozenset({"caller", "kwargs", "loop", "self", "super", "varargs"})
"""What blocks of a template bring with them."""


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
        written: how many of the last parts stand in the template.
        places: of each part that is written, wherever the template has this name.
    """

    parts: Parts
    written: int
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
    """

    flaw: Flaw | None = None
    statements: tuple[Place, ...] = ()
    uses: tuple[Use, ...] = ()
    tools: tuple[Tool, ...] = ()
    others: tuple[tuple[str, Place], ...] = ()


@lru_cache(maxsize=4096)
def read(source: str) -> Template:
    """Read a template. Each text is parsed once."""
    source = re.sub(r"\r\n?", "\n", source)
    words = Words(source)
    statements = tuple(words.place(w) for w in words.seen if w.kind == "block_begin")
    parser: Parser | None = None
    try:
        if words.stopped is None:
            parser = Parser(environment(), source)
            return _Reader(words, parser.parse(), statements).template()
        said, left = words.stopped, -1
    except TemplateSyntaxError as error:
        said = error.message or "it can't be read"
        left = -1 if parser is None else sum(1 for _ in parser.stream)
    except RecursionError:
        return Template(Flaw(words.spot(0), "it is nested too deeply"), statements)
    except ValueError:
        return Template(Flaw(words.spot(0), "a number in it is too long"), statements)
    return Template(Flaw(*amiss(words, said, left)), statements)


class _Reader:
    """Reads the tree of a template."""

    def __init__(self, words: Words, tree: nodes.Template, statements: tuple[Place, ...]) -> None:
        self._words, self._tree, self._statements = words, tree, statements
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
        )

    def _names_of_its_own(self) -> Iterator[str]:
        for name in self._tree.find_all(nodes.Name):
            if name.ctx != "load":
                yield name.name
        for macro in self._tree.find_all(nodes.Macro):
            yield macro.name
        for whole in self._tree.find_all(nodes.Import):
            yield whole.target
        for some in self._tree.find_all(nodes.FromImport):
            yield from (n if isinstance(n, str) else n[1] for n in some.names)

    def _aliases(self) -> Iterator[tuple[str, Parts]]:
        """Give what a variable of the template's own stands for, if it is one thing."""
        for loop in self._tree.find_all(nodes.For):
            if isinstance(loop.target, nodes.Name) and (parts := _parts(loop.iter)):
                yield loop.target.name, (*parts, 0)
        for let in self._tree.find_all(nodes.Assign):
            if isinstance(let.target, nodes.Name) and (parts := _parts(let.node)):
                yield let.target.name, parts

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
            yield Use(whole, len(parts), places)

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
        kinds = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)
        for node in self._tree.find_all(kinds):
            name = node.template
            if isinstance(name, nodes.Const) and isinstance(name.value, str):
                if not getattr(node, "ignore_missing", False):
                    yield name.value, self._place_of_text(name.value)

    def _place_of_text(self, text: str) -> Place:
        def is_it(word: Word) -> bool:
            return word.kind == "string" and word.text[1:-1] == text

        return next((self._words.place(w) for w in self._words.seen if is_it(w)), self._words.spot(0))


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
