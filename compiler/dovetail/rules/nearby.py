"""Which known name was probably meant, at a bounded price.

Every comparison is paid from a budget that a file has as a whole. While it lasts, a word is
compared with all known names; after that, only with its neighbours in the alphabet, read from
either end. So a file in which everything is misspelled takes time in proportion to its size.

To be *sure* is more than to have a hint: a single known name is within a slip of the pen or two.
Only then a machine may write it.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

__all__ = ["Budget", "Guess", "Names", "slips"]

_BUDGET = 50_000
_SIDE = 4
"""How many neighbours a word has before and behind it, in each of the two orders."""
_SHOWN = 8
_LONGEST = 200
"""No name is half as long."""
_CUTOFF = 0.6
_SHORT, _LONG = 3, 8
"""A shorter word than the first may be anything; in one as long as the second, slip two fingers."""


class Budget:
    """How many comparisons a file may still cost."""

    def __init__(self, comparisons: int = _BUDGET) -> None:
        self._left = comparisons

    def pay(self, comparisons: int) -> bool:
        """Take comparisons from it, unless there are not that many."""
        if comparisons > self._left:
            return False
        self._left -= comparisons
        return True


@dataclass(frozen=True, slots=True)
class Guess:
    """What was probably meant.

    Attributes:
        close: the nearest name, if any is near.
        sure: nothing else can have been meant.
        whole: it was compared with all names.
    """

    close: str | None
    sure: bool
    whole: bool


class Names:
    """The names that are possible in some place."""

    def __init__(self, known: Iterable[str], budget: Budget) -> None:
        self.known = sorted(known)
        self._budget = budget
        self._guessed: dict[str, Guess] = {}

    def guess(self, word: str, allowed: Callable[[str], bool] | None = None) -> Guess:
        """Tell which name was meant by a word that is none; of those allowed, if it is said."""
        if allowed is not None:
            return self._guess(word, allowed)
        if word not in self._guessed:
            self._guessed[word] = self._guess(word, None)
        return self._guessed[word]

    def _guess(self, word: str, allowed: Callable[[str], bool] | None) -> Guess:
        if len(word) > _LONGEST:
            return Guess(None, sure=False, whole=False)
        whole = self._budget.pay(len(self.known))
        found = self.known if whole else self._neighbours(word)
        if allowed is not None:
            found = [name for name in found if allowed(name)]
        close = difflib.get_close_matches(word, found, 1, _CUTOFF)
        if not close:
            return Guess(None, sure=False, whole=whole)
        return Guess(close[0], sure=whole and _only(word, found) == close[0], whole=whole)

    def listed(self, but: str | None = None) -> str:
        """Give the hint that says what is possible; nothing when nothing is."""
        shown = list(islice((k for k in self.known if k != but), _SHOWN))
        if not shown:
            return ""
        more = len(self.known) - len(shown) - (but is not None and self._has(but))
        names = ", ".join(f"`{k}`" for k in shown)
        return f"known: {names}" + (f" and {more} more" if more else "")

    def _has(self, name: str) -> bool:
        at = bisect_left(self.known, name)
        return at < len(self.known) and self.known[at] == name

    @cached_property
    def _backwards(self) -> list[str]:
        return sorted(name[::-1] for name in self.known)

    def _neighbours(self, word: str) -> list[str]:
        around = set(_around(self.known, word))
        around |= {name[::-1] for name in _around(self._backwards, word[::-1])}
        return sorted(around)


def _around(names: list[str], word: str) -> list[str]:
    at = bisect_left(names, word)
    return names[max(0, at - _SIDE) : at + _SIDE]


def _only(word: str, known: Iterable[str]) -> str | None:
    """Give the one name that differs from a word in writing alone, or else in a slip or two."""
    plain = _plain(word)
    alike = [name for name in known if _plain(name) == plain]
    if alike:
        return alike[0] if len(alike) == 1 else None
    most = 0 if len(word) < _SHORT else 1 if len(word) < _LONG else 2
    if not most:
        return None
    # Another number is another thing: `draft-2` is no slip for `draft-1`.
    digits = _digits(word)
    near = (n for n in known if slips(word, n, most) <= most and _digits(n) == digits)
    found = list(islice(near, 2))
    return found[0] if len(found) == 1 else None


def _digits(name: str) -> str:
    return "".join(c for c in name if c.isdigit())


def _plain(name: str) -> str:
    return name.replace("_", "-").lower()


def slips(one: str, other: str, most: int) -> int:
    """Count letters left out, put in, mistaken or swapped with a neighbour; `most` + 1 for more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row, older = row, [i], before
        before = last
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(last) > most:
            return most + 1
    return min(row[-1], most + 1)
