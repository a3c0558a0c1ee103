"""The names of an expression as far as they help with one that is unknown.

A scope can give every name that an expression may use. With 10,000 steps that is too much to look
at for each mistake, so a `Lookup` tells only what stands beside the name that was not found: the
nearest of those, or all of them where they are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from dovetail.expressions import Variable
from dovetail.plan.scope import Scopes, StepScope, snake
from dovetail.rules.nearby import Budget, Guess, Names

__all__ = ["Lookup", "StepNames"]

_FEW = 64
"""Of more names than these, only a near one is worth telling."""


class StepNames:
    """What the steps of one blueprint are called in expressions, and what each has to read.

    Args:
        scopes: the names.
        budget: what may still be compared.
        vague: the keys of the steps that ask for evidence of a type that nobody declared.
    """

    def __init__(self, scopes: Scopes, budget: Budget, vague: Iterable[str] = ()) -> None:
        self.scopes, self.budget = scopes, budget
        self.vague = frozenset(map(snake, vague))
        self._inside: dict[str, _Tree] = {}

    @cached_property
    def steps(self) -> Names:
        """The names of all steps."""
        return Names(self.scopes.by_name, self.budget)

    @cached_property
    def common(self) -> _Tree:
        """The names that all steps know."""
        return _Tree(self.scopes.common, self.budget)

    def inside(self, name: str) -> _Tree:
        """Give the names below a step's."""
        if name not in self._inside:
            scopes = self.scopes
            step = scopes.plan.steps[scopes.by_name[name]]
            reported = scopes.attempt_of(step, f"steps.{name}.", (), None)
            dotted = [f"steps.{name}.state", *(v.name for v in reported)]
            self._inside[name] = _Tree(dotted, self.budget)
        return self._inside[name]


class Lookup:
    """The scope of an expression; a `dovetail.expressions.Scope`.

    Args:
        names: the names of all steps.
        scope: those of the expression.
        vague: its own attempt is asked for evidence of a type that nobody declared.
    """

    def __init__(self, names: StepNames, scope: StepScope, *, vague: bool = False) -> None:
        self._names, self._scope, self._vague = names, scope, vague
        self._missed = ""
        self._met_vague = False
        self._sure: dict[tuple[str, str], str] = {}

    def find(self, name: str) -> Variable | None:
        """Give what a dotted name stands for."""
        found = self._scope.find(name)
        if found is None:
            self._missed = name
            self._met_vague |= self._is_vague(name)
        return found

    def was_vague(self) -> bool:
        """Tell whether, since the last time, a name was looked for that nobody can judge.

        That is evidence where a type is asked for that nobody declared: the finding about the type
        is enough.
        """
        met, self._met_vague = self._met_vague, False
        return met

    def _is_vague(self, name: str) -> bool:
        root, *rest = name.split(".", 3)
        if root == "evidence":
            return self._vague
        return root == "steps" and rest[1:2] == ["evidence"] and rest[0] in self._names.vague

    def absent(self, name: str) -> str:
        """Say why there is no such name, where there is more to say than that; else nothing."""
        return self._scope.absent(name)

    def names(self) -> Iterable[str]:
        """Give the names that help with the last one that was not found."""
        parts = self._missed.split(".")
        if parts[0] in self._names.common.roots:
            return self._told(self._names.common, parts)
        if parts[0] != "steps" or not self._scope.before:
            return self._told(self._own, parts)
        if len(parts) > 1 and self._precedes(parts[1]):
            return self._told(self._names.inside(parts[1]), parts)
        return self._steps(parts)

    def holds(self, name: str) -> bool:
        """Tell whether names begin with this one and a dot."""
        root, _, rest = name.partition(".")
        if root in self._names.common.roots:
            return self._names.common.holds(name)
        if root != "steps":
            return self._own.holds(name)
        key = rest.partition(".")[0]
        if not key:
            return bool(self._scope.before)
        return self._precedes(key) and self._names.inside(key).holds(name)

    def sure_of(self, word: str, hint: str) -> str | None:
        """Give the name that a hint names, where nothing else can be meant by the word."""
        return self._sure.get((word, hint))

    def doubt(self, key: str) -> str:
        """Say why a step that is read may have no results; nothing: it certainly has."""
        scopes = self._names.scopes
        place = scopes.plan.position[key]
        if scopes.skippable[place]:
            return "may have been skipped"
        if not self._scope.certain >> place & 1:
            return "may have been outrun: a join waits for other steps as well"
        return ""

    def _precedes(self, name: str) -> bool:
        place = self._names.scopes.by_name.get(name)
        return place is not None and bool(self._scope.before >> place & 1)

    @cached_property
    def _own(self) -> _Tree:
        """The names of the attempt, and beside them what all others begin with."""
        names = self._names
        steps = ("steps",) if self._scope.before else ()
        return _Tree((*self._scope.own, *names.common.roots, *steps), names.budget)

    def _steps(self, parts: list[str]) -> Iterator[str]:
        """Give the steps before this one, when one was looked for that is not."""
        yield "steps"
        few = self._few_before()
        guess = None
        if len(parts) > 1:
            if few is None:
                guess = self._names.steps.guess(parts[1], self._precedes)
            else:
                guess = few.guess(parts[1])
            self._remember("steps", parts[1], guess)
        if guess is not None and guess.close is not None:
            yield f"steps.{guess.close}"
        elif few is not None:
            yield from (f"steps.{name}" for name in few.known)

    def _few_before(self) -> Names | None:
        """Give the steps before this one, unless they are many."""
        few = self._scope.before.bit_count() <= _FEW
        return self._few if few else None

    @cached_property
    def _few(self) -> Names:
        names, bits = self._names, self._scope.before
        found = []
        while bits:
            low = bits & -bits
            found.append(snake(names.scopes.plan.steps[low.bit_length() - 1].key))
            bits ^= low
        return Names(found, names.budget)

    def _told(self, tree: _Tree, parts: list[str]) -> Iterator[str]:
        """Give the names beside the first part that is unknown."""
        within, names = tree.beside(parts)
        depth = within.count(".") + 1 if within else 0
        if within:
            yield within
        dotted = within + "." if within else ""
        guess = None
        if depth < len(parts):
            guess = names.guess(parts[depth])
            self._remember(within, parts[depth], guess)
        if guess is not None and guess.close is not None:
            yield dotted + guess.close
        elif len(names.known) <= _FEW:
            yield from (dotted + name for name in names.known)

    def _remember(self, within: str, word: str, guess: Guess) -> None:
        if guess.sure and guess.close is not None:
            full = f"{within}.{guess.close}" if within else guess.close
            self._sure[word, f"did you mean `{full}`?"] = guess.close


class _Tree:
    """Dotted names, by what they begin with."""

    def __init__(self, dotted: Iterable[str], budget: Budget) -> None:
        below: dict[str, set[str]] = {"": set()}
        for name in dotted:
            within = ""
            for part in name.split("."):
                below.setdefault(within, set()).add(part)
                within = f"{within}.{part}" if within else part
        self._names = {within: Names(parts, budget) for within, parts in below.items()}
        self.roots = frozenset(below[""])

    def holds(self, name: str) -> bool:
        """Tell whether names begin with this one and a dot."""
        return name in self._names

    def beside(self, parts: list[str]) -> tuple[str, Names]:
        """Give the longest beginning that is known, and what may follow it."""
        within = ""
        for part in parts:
            longer = f"{within}.{part}" if within else part
            if longer not in self._names:
                break
            within = longer
        return within, self._names[within]
