"""Whether a condition can come out either way, found by trying (SPEC 2.5).

A condition over booleans, enums and `has(…)` is tried on every combination of their values. A
number, a text or a size counts, too, where it is only ever compared with literals: its values then
fall into a few ranges, and one of each will do. About a condition that does anything else nothing
is said, and nothing about one with more combinations than are worth the time.

What is tried is never less than what can happen. So a verdict holds; but not everything that is
constant gets one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from dovetail.canonical import MAX_INTEGER
from dovetail.expressions.names import Read, Variable
from dovetail.plan.fields import Field, within

if TYPE_CHECKING:
    from dovetail.expressions import Analysis

__all__ = ["Trials", "Verdict"]

Verdict: TypeAlias = Literal["always", "never"]

_MOST = 256
_EVALUATIONS = 20_000
_UNIT = 64
"""An expression of that many characters costs two evaluations."""
_LARGEST = 100
"""Larger collections are not made up."""
_LONGEST = 1000
"""Longer conditions are not looked at."""

_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|map|filter)\s*\(")
_LITERAL = r"""(-?\d+(?![\w.])|'[^'\\\n]*'|"[^"\\\n]*")"""
_BEGIN = r"(?:^|[&|(!?:,])\s*"
_END = r"\s*(?:$|[&|)?:,]|==|!=)"
_SIGN = r"\s*(==|!=|<=|>=|<|>)\s*"
_PLAIN_BEFORE = re.compile(rf"{_BEGIN}$")
_SIZE_BEFORE = re.compile(r"(?:^|[^\w.])size\s*\(\s*$")
_SIZE_AFTER = re.compile(r"\s*\)")
_METHOD_AFTER = re.compile(r"\s*\.\s*size\s*\(\s*\)")
_COMPARED_AFTER = re.compile(rf"{_SIGN}{_LITERAL}{_END}")
_COMPARED_BEFORE = re.compile(rf"{_BEGIN}{_LITERAL}{_SIGN}$")
_ENDS = re.compile(_END)

_SAMPLES: Mapping[str, Any] = {"string": "", "int": 0, "bool": False, "object": {}}


class _Sized(NamedTuple):
    """A text or a list of some size."""

    size: int


class _Absent(NamedTuple):
    """No value."""


_State: TypeAlias = bool | int | str | _Sized | _Absent
_ABSENT = _Absent()


class _Comparison(NamedTuple):
    """A value, or its size, against a literal."""

    of: Literal["value", "size"]
    sign: str
    literal: int | str


class Trials:
    """Tries conditions, as long as its evaluations last.

    Args:
        evaluations: how many evaluations of a short expression they may cost together.
    """

    def __init__(self, evaluations: int = _EVALUATIONS) -> None:
        self._left = evaluations
        self._known: dict[tuple[str, int], tuple[object, Verdict | None]] = {}
        self._tried: dict[object, Verdict | None] = {}

    def verdict(self, analysis: Analysis) -> Verdict | None:
        """Tell whether a condition always holds, or never; None: neither, or there is no telling.

        A condition that can't be evaluated does not hold.
        """
        expression = analysis.expression
        if expression is None:
            return None
        slots = expression._slots  # noqa: SLF001 - ours
        # Steps have the same criteria over and over, and then they have the same slots, too.
        key = (expression.text, id(slots))
        if key not in self._known:
            self._known[key] = slots, self._verdict(analysis)
        return self._known[key][1]

    def exclude(self, one: Analysis, other: Analysis) -> bool | None:
        """Tell whether two conditions never hold together; None: there is no telling."""
        domains = _domains((one, other)) if self._left > 0 else None
        if domains is None or not self._pay((one, other), domains):
            return None
        return (True, True) not in _outcomes((one, other), domains)

    def _verdict(self, analysis: Analysis) -> Verdict | None:
        domains = _domains((analysis,)) if self._left > 0 else None
        if domains is None:
            return None
        key = _alike(analysis, domains)
        if key not in self._tried:
            if not self._pay((analysis,), domains):
                return None
            self._tried[key] = _judged(analysis, domains)
        return self._tried[key]

    def _pay(self, analyses: Sequence[Analysis], domains: _Domains) -> bool:
        """Take what trying costs from what is left, unless it is too much."""
        cases = 1
        for _, states in domains.values():
            cases *= len(states)
        each = sum(1 + len(a.expression.text) // _UNIT for a in analyses if a.expression)
        if cases > _MOST or cases * each > self._left:
            return False
        self._left -= cases * each
        return True


_Domains: TypeAlias = dict[str, tuple[Variable, tuple[_State, ...]]]


def _alike(analysis: Analysis, domains: _Domains) -> object:
    """Give what two conditions have in common that differ in names alone."""
    expression = analysis.expression
    assert expression is not None  # noqa: S101 - it has domains
    places = {name: i for i, name in enumerate(domains)}
    slots = tuple((s.name, s.use, places[s.variable.name]) for s in expression._slots)  # noqa: SLF001
    states = tuple((v.field.type, states) for v, states in domains.values())
    return expression._program, slots, states  # noqa: SLF001 - ours


def _judged(analysis: Analysis, domains: _Domains) -> Verdict | None:
    holds = fails = False
    for (outcome,) in _outcomes((analysis,), domains):
        holds, fails = holds or outcome, fails or not outcome
        if holds and fails:
            return None
    return "always" if holds else "never"


def _outcomes(analyses: Sequence[Analysis], domains: _Domains) -> Iterator[tuple[bool, ...]]:
    """Give which of some conditions hold in each case."""
    variables = [v for v, _ in domains.values()]
    for case in product(*(states for _, states in domains.values())):
        states = {v.name: (v, s) for v, s in zip(variables, case, strict=True)}
        yield tuple(_holds(a, states) for a in analyses)


def _holds(analysis: Analysis, states: Mapping[str, tuple[Variable, _State]]) -> bool:
    expression = analysis.expression
    assert expression is not None  # noqa: S101 - it has domains
    values: dict[str, Any] = {}
    for slot in expression._slots:  # noqa: SLF001 - ours
        variable, state = states[slot.variable.name]
        if slot.use == "presence":
            values[slot.name] = state is not _ABSENT
        elif state is _ABSENT:
            continue
        elif slot.use == "position":
            values[slot.name] = variable.field.enum.index(state)
        else:
            values[slot.name] = _value(variable.field, state)
    kind, value = expression._program.run(values)  # noqa: SLF001 - ours
    return kind == "bool" and value is True


def _value(field: Field, state: _State) -> Any:
    if not isinstance(state, _Sized):
        return state
    if field.type == "string":
        return "a" * state.size
    return [_SAMPLES.get(field.of.type if field.of else "object")] * state.size


def _domains(analyses: Sequence[Analysis]) -> _Domains | None:
    """Give what each variable can be; None: there is no telling."""
    guarded: set[str] = set()
    plain: dict[str, list[tuple[str, Read]]] = {}
    variables: dict[str, Variable] = {}
    for analysis in analyses:
        text = "" if analysis.expression is None else analysis.expression.text
        if not text or len(text) > _LONGEST or _MACRO.search(text):
            return None
        for read in analysis.reads:
            name = read.variable.name
            variables[name] = read.variable
            if read.guard:
                guarded.add(name)
            else:
                plain.setdefault(name, []).append((text, read))
    found: _Domains = {}
    for name, variable in variables.items():
        states = _states(variable.field, plain.get(name, ()))
        if states is None:
            return None
        absent = (_ABSENT,) if name in guarded or variable.optional else ()
        found[name] = variable, (*states, *absent)
    return found


def _states(field: Field, reads: Sequence[tuple[str, Read]]) -> tuple[_State, ...] | None:
    """Give one value of each sort that makes a difference; None: there are too many sorts."""
    if field.type == "bool":
        return (False, True)
    if field.enum:
        return field.enum
    if not reads:
        return (True,)  # only asked for; what it is does not matter
    compared = [_comparison(text, read) for text, read in reads]
    told = [c for c in compared if c is not None]
    if len(told) < len(compared) or len({c.of for c in told}) > 1:
        return None
    numbers = [c.literal for c in told if isinstance(c.literal, int)]
    if told[0].of == "size":
        return _sizes(field, numbers) if len(numbers) == len(told) else None
    if field.type == "int" and len(numbers) == len(told):
        return _around(numbers, *_bounds(field))
    texts = [c.literal for c in told if isinstance(c.literal, str) and c.sign in {"==", "!="}]
    return _texts(field, texts) if field.type == "string" and len(texts) == len(told) else None


def _bounds(field: Field) -> tuple[int | None, int | None]:
    """Give the bounds of a number or a size."""
    least, most = field.min, field.max
    return least if isinstance(least, int) else None, most if isinstance(most, int) else None


def _around(literals: Sequence[int], least: int | None, most: int | None) -> tuple[int, ...] | None:
    """Give a number of each range that literals cut the possible ones into."""
    if any(abs(n) >= MAX_INTEGER for n in literals):
        return None
    bounds = {b for b in (least, most) if b is not None}
    near = {n + d for n in literals for d in (-1, 0, 1)}
    fits = (n for n in near if (least is None or n >= least) and (most is None or n <= most))
    return tuple(sorted(bounds | set(fits)))


def _sizes(field: Field, literals: Sequence[int]) -> tuple[_Sized, ...] | None:
    if field.type not in {"string", "list"} or (field.of and field.of.type not in _SAMPLES):
        return None
    least, most = _bounds(field)
    found = _around(literals, max(least or 0, 0), most)
    if found is None or (found and found[-1] > _LARGEST):
        return None
    return tuple(map(_Sized, found))


def _texts(field: Field, literals: Sequence[str]) -> tuple[str, ...]:
    """Give the literals that it can be, and a text that is none of them."""
    fits = dict.fromkeys(t for t in literals if within("string", t, field.min, field.max))
    return (*fits, "".join(literals) + "a")


def _comparison(text: str, read: Read) -> _Comparison | None:
    """Give what a value is compared with, where that is a literal and all that happens to it."""
    if "//" in text:
        return None  # it may be a comment
    lines = text.split("\n")[: read.line - 1]
    start = sum(len(line) + 1 for line in lines) + read.column - 1
    end = start + read.length
    of: Literal["value", "size"] = "value"
    before = _SIZE_BEFORE.search(text[:start])
    after = _SIZE_AFTER.match(text, end) if before else _METHOD_AFTER.match(text, end)
    if after is not None:
        of, end = "size", after.end()
        if before is not None:
            start = text.rindex("size", 0, start)
    right = _COMPARED_AFTER.match(text, end)
    if right is not None and _PLAIN_BEFORE.search(text[:start]):
        return _Comparison(of, right[1], _read(right[2]))
    left = _COMPARED_BEFORE.search(text[:start])
    if left is not None and _ENDS.match(text, end):
        return _Comparison(of, left[2], _read(left[1]))
    return None


def _read(literal: str) -> int | str:
    return literal[1:-1] if literal[0] in "'\"" else int(literal)
