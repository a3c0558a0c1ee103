"""What the CEL compiler says, in our words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from dovetail.expressions.engine import Complaint
from dovetail.expressions.names import Mistake, Named, place
from dovetail.expressions.tokens import Token, tokens

__all__ = ["about_pattern", "at_run_time", "mistakes", "not_a"]

_DATE_HINT = "write a date as `timestamp('2026-01-31T00:00:00Z')`"
_DATE_WORDS = frozenset({"date", "day", "datetime"})
_FUNCTIONS = (  # noqa: SIM905 - a list of words
    "all bool bytes contains double duration dyn endsWith exists exists_one filter getDate "
    "getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes "
    "getMonth getSeconds has int map matches size startsWith string timestamp type uint"
).split()
_TYPE_NAMES = {
    "timestamp": "date",
    "google.protobuf.Timestamp": "date",
    "map(string, dyn)": "object",
    "dyn": "any",
}
_DEMANDS = {
    "bool": ("a boolean", "compare it with something, as in `… == true`"),
    "list": ("a list", "name a list, or write one as `[…]`"),
    "text": ("a text", "a number becomes a text by `string(…)`"),
    "rank": ("a whole number, or an enum", ""),
}
_INSTEAD = {"=": "==", "and": "&&", "or": "||", "not": "!", "&": "&&", "|": "||"}

_OVERLOAD = re.compile(r"found no matching overload for '(.+?)' applied to '(.*)'", re.DOTALL)
_UNDECLARED = re.compile(r"undeclared reference to '(.+?)' \(in container '.*'\)", re.DOTALL)
_SELECT = re.compile(r"expression of type '(.+?)' cannot be the operand of a select operation")
_RANGE = re.compile(r"expression of type '(.+?)' cannot be the range of a comprehension")
_SLOT = re.compile(r"'(_[0-9a-zA-Z]{2})\b[^']*'")
_MISSING = re.compile(r'No value with name "(.+?)" found in Activation')


def mistakes(said: Sequence[Complaint], text: str, named: Named) -> tuple[Mistake, ...]:
    """Turn the compiler's complaints into mistakes; of syntax errors, only the first is true."""
    words = tokens(text)
    del named
    out: list[Mistake] = []
    for complaint in said:
        if "*error*" in complaint.message:
            continue
        mistake = _mistake(complaint, text, words)
        if mistake.kind == "syntax":
            return (*out, mistake)
        out.append(mistake)
    return tuple(out) or (Mistake("syntax", 1, 1, 1, "it is not an expression"),)


def not_a(demand: str, text: str, returns: str) -> Mistake:
    """An expression whose result is of another kind than it is used for."""
    kind = _TYPE_NAMES.get(returns, returns)
    start = tokens(text)[0].start
    line, column = place(text, start)
    length = len(text[start:].split("\n", 1)[0].rstrip())
    expected, hint = _DEMANDS[demand]
    message = f"the expression is of type {kind}; expected {expected}"
    return Mistake("result", line, column, length, message, hint)


def at_run_time(message: str, names: Mapping[str, str]) -> str:
    """Say why an evaluation failed; `names` are what the slots stand for."""
    match = _MISSING.search(message)
    if match:
        return f"`{names.get(match[1], match[1])}` has no value"
    return _lower(_SLOT.sub(lambda m: f"`{names.get(m[1], m[1])}`", message))


def about_pattern(message: str) -> str:
    """Say what is wrong with a regular expression."""
    return message.removeprefix("invalid regular expression: ")


def _mistake(c: Complaint, text: str, words: Sequence[Token]) -> Mistake:
    at = _offset(text, c)
    word = next((w for w in words if w.start <= at < w.end), None)
    if c.message.startswith("Syntax error") or "reserved identifier" in c.message:
        before = next((w for w in reversed(words) if w.end <= at), None)
        if before is not None and before.text == "not":
            word, c = before, Complaint(*place(text, before.start), c.message)
        return _syntax(c, text, word)
    match = _UNDECLARED.match(c.message)
    if match:
        return _undeclared(c, text, words, match[1])
    length = len(word.text) if word else 1
    return Mistake("type", c.line, c.column, length, *_type_words(c.message))


def _type_words(message: str) -> tuple[str, str]:
    if match := _OVERLOAD.match(message):
        return _overload(match[1], _types(match[2]))
    if match := _SELECT.match(message):
        return f"a value of type {_type_name(match[1])} has no fields", ""
    if match := _RANGE.match(message):
        return f"expected a list to run over, found type {_type_name(match[1])}", ""
    if "recursion limit" in message:
        return "the expression is nested too deep", ""
    return _lower(message), ""


def _overload(name: str, types: list[str]) -> tuple[str, str]:
    shown = " and ".join(types)
    if name == "_?_:_":
        return f"the condition of `? :` is of type {types[0]}; expected a boolean", ""
    sign = name.strip("_@") if name[:1] in "_@!-" else ""
    if name in {"!_", "-_"}:
        return f"`{name[0]}` can't be applied to type {shown}", ""
    if name == "_[_]":
        return f"type {types[0]} can't be indexed by type {types[-1]}", ""
    if sign:
        hint = ""
        if set(types) == {"date", "string"}:
            hint = _DATE_HINT
        elif "string" in types and set(types) & {"int", "bool"}:
            hint = "quotes make a text: leave them out for a number or a boolean"
        return f"`{sign}` can't be applied to types {shown}", hint
    return f"`{name}` can't be applied to {'type' if len(types) == 1 else 'types'} {shown}", ""


def _undeclared(c: Complaint, text: str, words: Sequence[Token], name: str) -> Mistake:
    last = name.rpartition(".")[2]
    at = _offset(text, c)
    # The compiler points at the bracket of a call and at the last dot of a name.
    found = [w for w in words if w.text == last and w.start <= at + 1]
    word = found[-1] if found else None
    line, column = place(text, word.start) if word else (c.line, c.column)
    close = difflib.get_close_matches(last, _FUNCTIONS, n=1, cutoff=0.6)
    called = word is not None and text[word.end :].lstrip().startswith("(")
    message = f"`{last}` is not a function" if called else f"`{name}` is not a name here"
    hint = f"did you mean `{close[0]}`?" if close and called else ""
    if called and last in _DATE_WORDS:
        hint = _DATE_HINT
    return Mistake("name", line, column, len(last), message, hint)


def _syntax(c: Complaint, text: str, word: Token | None) -> Mistake:
    if "reserved identifier" in c.message and word is not None:
        message = f"`{word.text}` is a reserved word"
        return Mistake("syntax", c.line, c.column, len(word.text), message)
    if word is None or "<EOF>" in c.message.split("expecting", 1)[0]:
        end = len(text.rstrip())
        line, column = place(text, max(end - 1, 0))
        empty = not text.strip()
        return Mistake(
            "syntax",
            line,
            column,
            1,
            "the expression is empty"
            if empty
            else "the expression stops here, but something has to follow",
        )
    if word.text in {"'", '"'}:
        message, hint = "a text starts here that does not end", "close the quotes"
    else:
        instead = _INSTEAD.get(word.text)
        message = f"`{word.text}` is not expected here"
        hint = f"did you mean `{instead}`?" if instead else ""
    return Mistake("syntax", c.line, c.column, len(word.text), message, hint)


def _offset(text: str, c: Complaint) -> int:
    lines = text.split("\n")[: c.line - 1]
    return sum(len(line) + 1 for line in lines) + c.column - 1


def _types(text: str) -> list[str]:
    """Take `(int, list(string))` apart."""
    out, depth, start = [], 0, 1
    for i, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if (char == "," and depth == 1) or (char == ")" and depth == 0):
            out.append(_type_name(text[start:i].strip().removeprefix(".")))
            start = i + 1
    return out or [text]


def _type_name(text: str) -> str:
    return _TYPE_NAMES.get(text, text)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
