"""The words of a template, each with its place, and what is wrong with them in our own words."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from jinja2 import TemplateSyntaxError

from dovetail.templating import environment

__all__ = ["Place", "Word", "Words", "amiss"]


class Place(NamedTuple):
    """A place in a template. Line and column count from 1."""

    line: int
    column: int
    length: int


class Word(NamedTuple):
    """A word; `at` counts characters from 0."""

    kind: str
    text: str
    at: int


_UNSEEN = frozenset(
    {"comment", "comment_begin", "comment_end", "raw_begin", "raw_end", "whitespace"}
)
"""What the parser never sees."""

_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_STATEMENTS = (
    *("autoescape", "block", "call", "extends", "filter", "for", "from", "if", "import"),
    *("include", "macro", "raw", "set", "with"),
)
_DESCRIBED = {
    "end of print statement": "`}}`",
    "end of statement block": "`%}`",
    "name": "a name",
    "string": "a text in quotes",
}


class Words:
    """All words of a template, as far as it can be cut into words.

    Attributes:
        stopped: what was said where it can't be.
    """

    def __init__(self, source: str) -> None:
        self.source, self.end = source, 0
        self.all: list[Word] = []
        self.stopped: str | None = None
        try:
            for _, kind, text in environment().lexer.tokeniter(source, None):
                # Whitespace control takes blanks away.
                at = source.index(text, self.end)
                self.end = at + len(text)
                self.all.append(Word(kind, text, at))
        except TemplateSyntaxError as error:
            self.stopped = error.message or ""

    @cached_property
    def seen(self) -> list[Word]:
        """The words that a parser sees."""
        return [w for w in self.all if w.kind not in _UNSEEN]

    def spot(self, at: int, length: int = 1) -> Place:
        """Give a place by its distance from the start."""
        line = bisect_right(self._starts, at)
        return Place(line, at - self._starts[line - 1] + 1, max(length, 1))

    def place(self, word: Word) -> Place:
        """Give the place of a word, of a text without its quotes."""
        quotes = 1 if word.kind == "string" else 0
        return self.spot(word.at + quotes, len(word.text.rstrip()) - 2 * quotes)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.source))]

    @cached_property
    def chains(self) -> dict[tuple[str | int, ...], list[tuple[Place, ...]]]:
        """The places of all dotted names, of each of their parts."""
        found: dict[tuple[str | int, ...], list[tuple[Place, ...]]] = {}
        for i, word in enumerate(self.seen):
            if word.kind == "name" and not (i and self.seen[i - 1].text in {".", "|"}):
                parts = [word, *self._after(i + 1)]
                name = tuple(_value(p) for p in parts)
                found.setdefault(name, []).append(tuple(self.place(p) for p in parts))
        return found

    def _after(self, i: int) -> Iterator[Word]:
        """Give the parts that follow a name."""
        while True:
            signs = [w.text if w.kind == "operator" else "" for w in self.seen[i : i + 3]]
            if signs[:1] == ["."] and len(signs) > 1:
                yield self.seen[i + 1]
                i += 2
            elif signs == ["[", "", "]"] and self.seen[i + 1].kind in {"string", "integer"}:
                yield self.seen[i + 1]
                i += 3
            else:
                return

    @property
    def tools(self) -> Iterator[tuple[Word, str]]:
        """The names of filters and tests, and which of the two each is."""
        seen = self.seen
        for i, word in enumerate(seen):
            before = seen[i - 1].text if i else ""
            if word.kind != "name" or not before:
                continue
            negated = before == "not" and i > 1 and seen[i - 2].text == "is"
            if before == "|" or (before == "filter" and seen[i - 2].kind == "block_begin"):
                yield word, "filter"
            elif negated or (before == "is" and word.text != "not"):
                yield word, "test"


def _value(word: Word) -> str | int:
    if word.kind == "integer":
        try:
            return int(word.text.replace("_", ""), 0)
        except ValueError:  # it has more digits than Python reads, and is no place in any list
            return word.text
    return word.text[1:-1] if word.kind == "string" else word.text


def amiss(words: Words, said: str, left: int | None = None) -> tuple[Place, str, str]:
    """Say what is wrong with a template that can't be parsed: where, what, and the way out.

    Args:
        words: of the template.
        said: what jinja2 says.
        left: how many words the parser had not read; None: it was never asked.
    """
    if left is None:
        return _no_word(words, said)
    return _unclosed(words, said) if left == 0 else _unexpected(words, words.seen[-left], said)


def _no_word(words: Words, said: str) -> tuple[Place, str, str]:
    if match := re.match(r"unexpected char (.+) at (\d+)", said):
        at = int(match[2])
        if (sign := words.source[at]) in {"'", '"'}:
            return words.spot(at), "the text that begins here has no closing quote", ""
        return words.spot(at), f"`{sign}` is not expected here", ""
    if match := re.match(r"unexpected '(.)'(?:, expected '(.)')?", said):
        place = words.spot(words.source.index(match[1], words.end))
        rest = f"; expected `{match[2]}`" if match[2] else ""
        return place, f"`{match[1]}` is not expected here{rest}", ""
    opening = words.all[-1] if words.all else Word("data", "", 0)
    end = "{% endraw %}" if opening.kind == "raw_begin" else _ENDS.get(opening.text[:2], "")
    return words.place(opening), f"`{opening.text.strip()}` is not closed: `{end}` is missing", ""


def _unclosed(words: Words, said: str) -> tuple[Place, str, str]:
    """Say what was left open at the end."""
    openings = [w for w in words.seen if w.kind in {"block_begin", "variable_begin"}]
    last = openings[-1]
    if match := re.search(r"block that needs to be closed is '(\w+)'", said):
        tag = match[1]
        names = [b for a, b in zip(words.seen, words.seen[1:], strict=False) if a in openings]
        place = next((words.place(w) for w in reversed(names) if w.text == tag), words.place(last))
        return place, f"`{{% {tag} %}}` is not closed: `{{% end{tag} %}}` is missing", ""
    if "end of template" in said or words.seen[-1] is last:
        end = _ENDS[last.text[:2]]
        return words.place(last), f"`{last.text}` is not closed: `{end}` is missing", ""
    return words.place(words.seen[-1]), _plainly(said), ""


def _unexpected(words: Words, word: Word, said: str) -> tuple[Place, str, str]:
    place, found = words.place(word), f"`{word.text.strip()}`"
    if match := re.match(r"expected token '(.+)', got ", said):
        expected = _DESCRIBED.get(match[1], f"`{match[1]}`")
        return place, f"{found} is not expected here; expected {expected}", ""
    if said.startswith("Expected an expression"):
        return place, f"{found} is not expected here; expected a name or a value", ""
    if match := re.match(r"Encountered unknown tag '(\w+)'", said):
        return place, *_about_tag(match[1], said)
    if said.startswith("unexpected"):
        return place, f"{found} is not expected here", ""
    return place, _plainly(said), ""


def _about_tag(tag: str, said: str) -> tuple[str, str]:
    """Say what is wrong with a statement, and the way out."""
    if match := re.search(r"block that needs to be closed is '(\w+)'", said):
        inside = match[1]
        if tag.startswith("end") or tag in {"elif", "else"}:
            return f"`{{% {tag} %}}` stands inside of `{{% {inside} %}}`", ""
    elif tag.startswith("end") or tag in {"elif", "else"}:
        return f"`{{% {tag} %}}` has no beginning", ""
    close = difflib.get_close_matches(tag, _STATEMENTS, 1)
    return f"`{tag}` is not a statement", f"did you mean `{close[0]}`?" if close else ""


def _plainly(said: str) -> str:
    return said[:1].lower() + said[1:].rstrip(".")
