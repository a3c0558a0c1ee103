"""Where a name stands in the file, as exactly as a machine has to know to write another one."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pydantic import BaseModel

from dovetail.blueprint.model import Blueprint
from dovetail.blueprint.shape import known_keys
from dovetail.blueprint.source import Node
from dovetail.blueprint.spans import Spans
from dovetail.diagnostics import Diagnostic, Fix, Span
from dovetail.rules.nearby import Budget, Names

__all__ = ["fix_at", "fix_scalar", "with_key_fixes"]

_UNKNOWN_KEY = "DT020"


def fix_scalar(node: Node, word: str, name: str) -> Fix | None:
    """Give the change of a scalar that is a word, as long as the file has it letter by letter.

    The name needs no quotes: none that the language knows could be anything but a text.
    """
    span, quotes = node.span, 1 if node.style else 0
    if node.style in {"|", ">"}:
        return None
    inner = Span(
        span.file, span.line, span.column + quotes, span.end_line, span.end_column - quotes
    )
    return fix_at(inner, word, name)


def fix_at(span: Span, word: str, name: str) -> Fix | None:
    """Give the change of a word at a place, unless it is written with escapes or over lines."""
    exact = span.line == span.end_line and span.end_column - span.column == len(word)
    return Fix(span, word, name) if exact else None


def with_key_fixes(
    diagnostics: Iterable[Diagnostic], spans: Spans, model: type[BaseModel] = Blueprint
) -> list[Diagnostic]:
    """Give findings, those about unknown keys of a model with the changes that mend them."""
    found = list(diagnostics)
    unknown = {d.span for d in found if d.code == _UNKNOWN_KEY}
    if not unknown:
        return found
    fixes = dict(_KeyFixes(unknown, model).below(spans.node(()), ()))
    return [replace(d, fix=fixes.get(d.span)) if d.code == _UNKNOWN_KEY else d for d in found]


class _KeyFixes:
    def __init__(self, unknown: set[Span], model: type[BaseModel]) -> None:
        self._unknown, self._model = unknown, model
        self._places = sorted((span.line, span.column) for span in unknown)
        self._budget = Budget()
        self._names: dict[tuple[str, ...], Names] = {}

    def below(self, node: Node, path: tuple[str | int, ...]) -> Iterator[tuple[Span, Fix]]:
        """Give the changes in a part of the file, by the places of the findings."""
        for i, item in enumerate(node.items):
            if self._has_any(item):
                yield from self.below(item, (*path, i))
        # A key that was read as another one stands under both names.
        pairs = {id(key): (key, value) for key, value in node.pairs.values()}
        keys = [key for key, _ in pairs.values()]
        wrong = [key for key in keys if key.span in self._unknown]
        if wrong:
            right = {str(key.text) for key in keys if key.span not in self._unknown}
            yield from self._of(wrong, right, self._known(path))
        for key, value in pairs.values():
            if self._has_any(value):
                yield from self.below(value, (*path, str(key.text)))

    def _has_any(self, node: Node) -> bool:
        """Tell whether a finding is about a part of the file."""
        if node.kind == "scalar":
            return False
        span = node.span
        at = bisect_left(self._places, (span.line, span.column))
        return at < len(self._places) and self._places[at] < (span.end_line, span.end_column)

    def _known(self, path: tuple[str | int, ...]) -> Names:
        keys = tuple(known_keys(self._model, path))
        if keys not in self._names:
            self._names[keys] = Names(keys, self._budget)
        return self._names[keys]

    def _of(self, wrong: list[Node], right: set[str], names: Names) -> Iterator[tuple[Span, Fix]]:
        """Give the changes in one mapping, in which no key may come to stand twice."""
        guesses = [names.guess(str(key.text)) for key in wrong]
        meant = Counter(g.close for g in guesses)
        for key, guess in zip(wrong, guesses, strict=True):
            name = guess.close
            if name is None or not guess.sure or name in right or meant[name] > 1:
                continue
            fix = fix_scalar(key, str(key.text), name)
            if fix is not None:
                yield key.span, fix
