"""The words of a CEL expression, with their places.

Only as much of the grammar as it takes to tell names from texts, comments and methods; whether the
whole makes sense is for the compiler behind `dovetail.expressions.engine`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Chain", "Token", "TokenKind", "chains", "literal", "local_names", "tokens"]

TokenKind: TypeAlias = Literal["text", "number", "name", "sign"]

_WORDS = frozenset({"true", "false", "null", "in"})
_MACROS = frozenset({"all", "exists", "exists_one", "existsOne", "map", "filter"})
_TOKEN = re.compile(
    r"""
    (?P<blank>\s+ | //[^\n]*)
  | (?P<text>
      (?:[rR][bB]?|[bB][rR])(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')
    | [bB]?(?:\"\"\"(?:\\[\s\S]|[^\\])*?\"\"\"|'''(?:\\[\s\S]|[^\\])*?'''
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    )
  | (?P<number>0[xX][0-9a-fA-F]+[uU]? | (?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[uU]?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign><=|>=|==|!=|&&|\|\||[\s\S])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word: its kind, its text and where it starts, counted from 0."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        return self.start + len(self.text)


class Chain(NamedTuple):
    """A dotted name that starts at a word, without the method that may be called on it.

    Attributes:
        first, last: places among the tokens, both inclusive.
        in_has: it is the whole argument of `has(…)`, which starts two tokens before.
    """

    parts: tuple[str, ...]
    first: int
    last: int
    in_has: bool

    @property
    def name(self) -> str:
        """The dotted name."""
        return ".".join(self.parts)


def tokens(text: str) -> list[Token]:
    """Cut an expression into words. Every text can be cut; quotes that never close are signs."""
    out: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in {"text", "number", "name", "sign"}:
            out.append(Token(kind, match[0], match.start()))  # type: ignore[arg-type]
    return out


def chains(words: Sequence[Token]) -> Iterator[Chain]:
    """Give every dotted name that is not a method, a function, a macro's variable or a word."""
    i = 0
    while i < len(words):
        if words[i].kind != "name" or words[i].text in _WORDS or _is(words, i - 1, "."):
            i += 1
            continue
        last = i
        while _is(words, last + 1, ".") and last + 2 < len(words) and _named(words[last + 2]):
            last += 2
        called = _is(words, last + 1, "(")
        end = last - 2 if called else last
        if end >= i:
            yield Chain(
                parts=tuple(w.text for w in words[i : end + 1 : 2]),
                first=i,
                last=end,
                in_has=_is(words, i - 1, "(")
                and _is(words, i - 2, "has")
                and not _is(words, i - 3, ".")
                and _is(words, end + 1, ")"),
            )
        i = last + 1


def local_names(words: Sequence[Token]) -> dict[str, list[int]]:
    """Give the variables that macros bind, each with the places of its macros' names."""
    found: dict[str, list[int]] = {}
    for i in range(1, len(words) - 3):
        if (
            words[i].text in _MACROS
            and _is(words, i - 1, ".")
            and _is(words, i + 1, "(")
            and words[i + 2].kind == "name"
            and _is(words, i + 3, ",")
        ):
            found.setdefault(words[i + 2].text, []).append(i)
    return found


def literal(token: Token) -> str | None:
    """Give the value of a simple text literal; None for any other token."""
    text = token.text
    if token.kind != "text" or text[0] not in "'\"" or text[:3] in {"'''", '"""'} or "\\" in text:
        return None
    return text[1:-1]


def _named(token: Token) -> bool:
    return token.kind == "name"


def _is(words: Sequence[Token], i: int, text: str) -> bool:
    return 0 <= i < len(words) and words[i].text == text and words[i].kind in {"sign", "name"}
