"""From the names of an expression to slots: what each stands for, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from dovetail.expressions.engine import SLOT_LENGTH, signature, slot_names
from dovetail.expressions.tokens import Chain, Token, chains, literal, local_names, tokens
from dovetail.expressions.unknown import Scope, Unknown, choice, nearest, unknown
from dovetail.plan.fields import Field, snake

__all__ = ["ROOTS", "Mistake", "Named", "Read", "Slot", "Variable", "resolve"]

MistakeKind: TypeAlias = Literal["syntax", "name", "type", "result"]

ROOTS = frozenset({"attempt", "evidence", "item", "outputs", "params", "steps"})
"""The first parts of all names; no macro may bind one of them."""

_TYPES = frozenset({"bool", "bytes", "double", "int", "list", "map", "string", "type", "uint"})
_ORDERING = frozenset({"<", "<=", ">", ">="})
_EQUALITY = frozenset({"==", "!="})
_TIGHTER = frozenset("+-*/%.[")


@dataclass(frozen=True, slots=True)
class Variable:
    """What a name stands for.

    Attributes:
        name: as expressions write it.
        path: where its value is in the nested data, by the names that the blueprint declares.
        step: the key of the step whose outputs, evidence or state it reads; None for its own.
        optional: it, or an object that it is a field of, may be absent.
    """

    name: str
    field: Field
    path: tuple[str, ...]
    step: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong with an expression. Line and column count from 1."""

    kind: MistakeKind
    line: int
    column: int
    length: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A use of a variable; `guard` when it only asks whether there is a value."""

    variable: Variable
    line: int
    column: int
    length: int
    guard: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A short variable of the compiler's.

    Attributes:
        kind: its type, as slots know it.
        use: the value itself, whether there is one, or an enum's position.
    """

    name: str
    kind: str
    variable: Variable
    use: Literal["value", "presence", "position"]


@dataclass(frozen=True, slots=True)
class Named:
    """An expression over slots, as long as the one it was made from."""

    text: str
    slots: tuple[Slot, ...]
    mistakes: tuple[Mistake, ...]
    reads: tuple[Read, ...]


class _Recorder:
    """A scope that remembers what was found in it."""

    def __init__(self, scope: Scope) -> None:
        self.names, self.absent = scope.names, scope.absent
        self._find = scope.find
        self.found: dict[str, Variable | None] = {}

    def find(self, name: str) -> Variable | None:
        found = self.found[name] = self._find(name)
        return found


_MOST_KNOWN = 1024
_known: dict[str, tuple[dict[str, Variable | None], Named]] = {}
"""Expressions without mistakes, each with the names it was resolved by: steps have the same
criteria over and over, and an expression is the same when its names stand for the same."""


def resolve(text: str, scope: Scope) -> Named:
    """Replace every name of an expression by its slot."""
    known = _known.get(text)
    if known is not None and all(scope.find(name) == found for name, found in known[0].items()):
        return known[1]
    recorder = _Recorder(scope)
    named = _Resolver(text, recorder).resolved()
    if not named.mistakes:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[text] = recorder.found, named
    return named


def place(text: str, start: int) -> tuple[int, int]:
    """Give the line and column of a place in a text."""
    before = text[:start]
    return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1


@dataclass(slots=True)
class _Use:
    """A stretch of the expression, and what will stand there."""

    start: int
    end: int
    variable: Variable
    use: Literal["value", "presence", "position"]


@dataclass
class _Resolver:
    text: str
    scope: Scope
    words: list[Token] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    locals: dict[str, Field | None] = field(default_factory=dict)
    uses: list[_Use] = field(default_factory=list)
    numbers: dict[int, tuple[Token, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)

    def resolved(self) -> Named:
        self.words = tokens(self.text)
        self.chains = list(chains(self.words))
        self._find_locals()
        self._refuse_slots()
        for chain in self.chains:
            if chain.parts[0] in self.locals:
                self._local(chain)
            elif len(chain.parts) > 1 or chain.parts[0] not in _TYPES:
                self._chain(chain)
        text, slots = self._rewritten()
        return Named(text, slots, tuple(self.mistakes), tuple(self.reads))

    def _find_locals(self) -> None:
        """Know the variables that macros bind, with the type of what they run over."""
        names = local_names(self.words)
        if not names:
            return
        receivers = {c.last + 2: c for c in self.chains}
        for name, macros in names.items():
            fields = [self._element(receivers.get(m)) for m in macros]
            self.locals[name] = fields[0] if all(f == fields[0] for f in fields) else None
            if name in ROOTS:
                self._mistake(
                    "name",
                    self.words[macros[0] + 2],
                    f"`{name}` can't be a variable here: it is a name of its own",
                    "choose another name",
                )

    def _element(self, receiver: Chain | None) -> Field | None:
        variable = self.scope.find(receiver.name) if receiver else None
        return variable.field.of if variable else None

    def _refuse_slots(self) -> None:
        for word in self.words:
            if word.kind == "name" and word.text.startswith("_"):
                self._mistake(
                    "name", word, f"`{word.text}` starts with an underscore; no name does"
                )

    def _local(self, chain: Chain) -> None:
        """Check the fields of an element."""
        declared = self.locals[chain.parts[0]]
        for i, part in enumerate(chain.parts[1:], start=1):
            if declared is None or declared.type != "object" or not declared.fields:
                return
            fields = {snake(name): field for name, field in declared.fields.items()}
            if part not in fields:
                word = self.words[chain.first + 2 * i]
                self._not_a_field(word, ".".join(chain.parts[:i]), fields)
                return
            declared = fields[part]
        if declared is not None and len(chain.parts) > 1:
            self._in_element(chain, chain.last, declared)
        self._beyond(chain, declared)

    def _beyond(self, chain: Chain, declared: Field | None) -> None:
        """Check the fields of elements that are taken by their place: `params.parts[0].name`."""
        at, part = chain.last + 1, ""
        while declared is not None:
            if declared.type == "list" and _is(self.words, at, "["):
                at, declared = _closing(self.words, at) + 1, declared.of
            elif declared.type == "object" and declared.fields and self._names_a_field(at):
                part = self.words[at + 1].text
                fields = {snake(name): field for name, field in declared.fields.items()}
                if part not in fields:
                    self._not_a_field(self.words[at + 1], self._written(chain, at - 1), fields)
                    return
                at, declared = at + 2, fields[part]
            else:
                break
        if part and declared is not None:
            self._in_element(chain, at - 1, declared)

    def _in_element(self, chain: Chain, last: int, declared: Field) -> None:
        """Check a field of an element, where dates and enums are the texts that they look like."""
        if declared.type == "date":
            self._date_in_element(chain, last)
        if not declared.enum or declared.type != "string":
            return
        for sign, other, beyond in _sides(chain.first, last):
            compares = self.words[sign].text if 0 <= sign < len(self.words) else ""
            found = self._literal(other, beyond)
            written = self._written(chain, last)
            if compares in _ORDERING:
                self._mistake(
                    "type",
                    self.words[chain.first],
                    f"`{written}` is an enum inside a list's element, where it has no order",
                    f"name the values: `{written} in ['{declared.enum[-1]}']`",
                    end=self.words[last].end,
                )
            elif compares in _EQUALITY and found is not None and found not in declared.enum:
                self._not_a_value(self.words[other], found, written, declared)

    def _names_a_field(self, at: int) -> bool:
        named = _is(self.words, at, ".") and not _is(self.words, at + 2, "(")
        return named and at + 1 < len(self.words)

    def _not_a_field(self, word: Token, within: str, fields: dict[str, Field]) -> None:
        close = nearest(word.text, fields)
        self._mistake(
            "name",
            word,
            f"`{word.text}` is not a field of `{within}`",
            f"did you mean `{close}`?" if close else choice(fields),
        )

    def _written(self, chain: Chain, last: int) -> str:
        return self.text[self.words[chain.first].start : self.words[last].end]

    def _date_in_element(self, chain: Chain, last: int) -> None:
        before = [w.text for w in self.words[: chain.first][-2:]]
        if before not in (["timestamp", "("], ["has", "("]):
            written = self._written(chain, last)
            self._mistake(
                "type",
                self.words[chain.first],
                f"`{written}` is a date inside a list's element, where dates are texts",
                f"write `timestamp({written} + 'T00:00:00Z')`",
                end=self.words[last].end,
            )

    def _chain(self, chain: Chain) -> None:
        variable = self.scope.find(chain.name)
        if variable is None:
            if not chain.name.startswith("_"):
                self._unknown(chain)
            return
        first, last = self.words[chain.first], self.words[chain.last]
        line, column = place(self.text, first.start)
        read = Read(variable, line, column, last.end - first.start, chain.in_has)
        self.reads.append(read)
        if chain.in_has:
            has, close = self.words[chain.first - 2], self.words[chain.last + 1]
            self.uses.append(_Use(has.start, close.end, variable, "presence"))
            return
        use: Literal["value", "position"] = "value"
        if variable.field.enum and not _is(self.words, chain.last + 1, "."):
            use = self._enum_use(chain, variable)
        self.uses.append(_Use(first.start, last.end, variable, use))
        self._beyond(chain, variable.field)

    def _enum_use(self, chain: Chain, variable: Variable) -> Literal["value", "position"]:
        """Find out whether an enum is compared, and with what."""
        use: Literal["value", "position"] = "value"
        for sign, other, beyond in _sides(chain.first, chain.last):
            compares = self.words[sign].text if 0 <= sign < len(self.words) else ""
            if compares in _ORDERING and variable.field.type == "int":
                if list(variable.field.enum) != sorted(variable.field.enum):
                    self._unsorted_mistake(chain, variable)
            elif compares in _ORDERING | _EQUALITY:
                found = self._literal(other, beyond)
                if found is not None and found not in variable.field.enum:
                    self._not_a_value(self.words[other], found, variable.name, variable.field)
                elif compares in _ORDERING and self._orders(chain, variable, other, found):
                    use = "position"
        return use

    def _orders(self, chain: Chain, variable: Variable, other: int, found: str | None) -> bool:
        """Let the other side of a comparison be a position, too, or say that it can't."""
        if found is not None:
            position = variable.field.enum.index(found)
            self.numbers[other] = (self.words[other], position)
            return True
        across = next((c for c in self.chains if other in {c.first, c.last}), None)
        facing = self.scope.find(across.name) if across else None
        if facing is not None and facing.field.enum == variable.field.enum:
            return True
        if facing is None or not facing.field.enum or other > chain.first:
            self._enum_mistake(chain, variable)
        return False

    def _literal(self, at: int, beyond: int) -> str | None:
        if not 0 <= at < len(self.words):
            return None
        if 0 <= beyond < len(self.words) and self.words[beyond].text in _TIGHTER:
            return None
        return literal(self.words[at])

    def _enum_mistake(self, chain: Chain, variable: Variable) -> None:
        self._mistake(
            "type",
            self.words[chain.first],
            f"`{chain.name}` orders by the position of its values; "
            "it can be compared with one of them alone",
            choice(variable.field.enum),
            end=self.words[chain.last].end,
        )

    def _unsorted_mistake(self, chain: Chain, variable: Variable) -> None:
        shown = ", ".join(map(str, variable.field.enum))
        self._mistake(
            "type",
            self.words[chain.first],
            f"`{chain.name}` can't be ordered: its values stand as {shown}, not as numbers do",
            "declare them from the least to the greatest, or compare with `==`",
            end=self.words[chain.last].end,
        )

    def _not_a_value(self, word: Token, found: str, name: str, declared: Field) -> None:
        values = [str(value) for value in declared.enum]
        close = nearest(found, values)
        self._mistake(
            "type",
            word,
            f"{word.text} is not a value of `{name}`; expected one of {', '.join(values)}",
            f"did you mean '{close}'?" if close else "",
        )

    def _unknown(self, chain: Chain) -> None:
        found = unknown(chain.parts, self.scope)
        if isinstance(found, Unknown):
            word, hint = self.words[chain.first + 2 * found.part], found.hint
            if len(chain.parts) == 1 and hint.startswith("known"):
                hint += f"; a text stands in quotes: '{chain.name}'"
            self._mistake("name", word, found.message, hint)
            return
        self._mistake(
            "name",
            self.words[chain.first],
            f"`{chain.name}` is not a value by itself; name one of its fields",
            choice(f"{chain.name}.{b}" for b in found),
            end=self.words[chain.last].end,
        )

    def _mistake(
        self, kind: MistakeKind, word: Token, message: str, hint: str = "", end: int | None = None
    ) -> None:
        line, column = place(self.text, word.start)
        length = (end or word.end) - word.start
        self.mistakes.append(Mistake(kind, line, column, length, message, hint))

    def _rewritten(self) -> tuple[str, tuple[Slot, ...]]:
        kinds: dict[tuple[str, str], str] = {}
        variables: dict[tuple[str, str], Variable] = {}
        for u in self.uses:
            kind = {"presence": "bool", "position": "int"}.get(u.use) or signature(u.variable.field)
            kinds[u.variable.name, u.use] = kind
            variables[u.variable.name, u.use] = u.variable
        names = dict(zip(kinds, slot_names(tuple(kinds.values())), strict=True))
        slots = tuple(
            Slot(names[key], kind, variables[key], key[1])  # type: ignore[arg-type]
            for key, kind in kinds.items()
        )
        stretches = [(u.start, u.end, names[u.variable.name, u.use]) for u in self.uses]
        stretches += [(t.start, t.end, str(n)) for t, n in self.numbers.values()]
        out, at = [], 0
        for start, end, new in sorted(stretches):
            blank = "".join(c if c == "\n" else " " for c in self.text[start + len(new) : end])
            out += [self.text[at:start], new, blank]
            at = end
        return "".join([*out, self.text[at:]]), slots


def _sides(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Give, for both sides of a name, where a sign, the other operand and what follows it stand."""
    yield last + 1, last + 2, last + 3
    yield first - 1, first - 2, first - 3


def _closing(words: Sequence[Token], opening: int) -> int:
    """Give the place of the bracket that closes one, or of the last word."""
    depth = 0
    for i in range(opening, len(words)):
        depth += {"[": 1, "]": -1}.get(words[i].text, 0)
        if depth == 0:
            return i
    return len(words) - 1


def _is(words: Sequence[Token], i: int, text: str) -> bool:
    return 0 <= i < len(words) and words[i].text == text


assert len("has") >= SLOT_LENGTH  # noqa: S101 - what keeps columns true
