"""Hints name what was meant, at a price that grows with the file and no faster."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import pytest

from dovetail.diagnostics import Diagnostic
from dovetail.rules import check_text, complete
from dovetail.rules.nearby import Budget, Names, slips


@dataclass
class Counter:
    comparisons: int = 0


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Count the words that are compared with one another, whoever does it."""
    counted = Counter()
    real = difflib.SequenceMatcher.real_quick_ratio

    def count(self: difflib.SequenceMatcher[str]) -> float:
        counted.comparisons += 1
        return real(self)

    monkeypatch.setattr(difflib.SequenceMatcher, "real_quick_ratio", count)
    return counted


def chain(length: int, slip: str) -> str:
    """Give a blueprint whose every step has a slip; `#` stands for the step's number."""
    lines = ("  - {key: s#, outputs: {word: {type: int}}, " + slip + "}\n" for _ in range(length))
    text = "".join(line.replace("#", f"{i:05}") for i, line in enumerate(lines))
    return complete(f"roles: {{writer: W}}\nsteps:\n{text}")


SLIPS = {
    "a step far from all": "when: steps.nothing#.state == 'completed'",
    "a step near to many": "when: steps.s#x.state == 'completed'",
    "a field of a step": "when: steps.s00000.outputs.wrod# > 1",
    "an own output": "exit: [{id: a, check: outputs.wrod# > 1}]",
    "a root": "when: itme#.title != ''",
    "a need": "needs: [x#x]",
    "a target": "gate: {reject: {to: [x#x], limit: 1}}",
    "a role": "role: writer#",
}
_BUDGET = 50_000
_EACH = 45
"""Neighbours in two orders, and what CEL's own words and a second finding are compared with."""


@pytest.mark.parametrize("name", SLIPS)
def test_comparisons_grow_with_the_findings_and_not_with_their_square(
    counter: Counter, name: str
) -> None:
    length = 1_000

    checked = check_text(chain(length, SLIPS[name]), shown_as="x")

    wrong = [d for d in checked.diagnostics if d.severity == "error"]
    assert len(wrong) >= length - 1
    assert 0 < counter.comparisons <= 2 * _BUDGET + _EACH * length < length**2


def found(*lines: str) -> list[Diagnostic]:
    text = "".join(f"  - {line}\n" for line in lines)
    return list(check_text(complete(f"steps:\n{text}"), shown_as="x").errors)


def test_beyond_the_budget_there_still_are_hints() -> None:
    lines = [f"{{key: step-{i:04}, needs: [stepp-{i - 1:04}]}}" for i in range(1, 600)]

    hints = [d.hint for d in found("key: step-0000", *lines)]

    assert len(hints) == len(lines)
    assert hints == [f"did you mean `step-{i:04}`?" for i in range(599)]


def test_of_many_steps_none_is_listed_and_the_near_one_is_named() -> None:
    before = [f"key: part-{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(80)]
    asks = [
        "{key: last, when: steps.nowhere.state == 'completed'}",
        "{key: end, when: steps.part_cbb.state == 'completed'}",
    ]

    far, near = found(*before, *asks)

    assert (far.message, far.hint) == ("`nowhere` is not known in `steps`", "")
    assert near.hint == "did you mean `steps.part_cb`?"


def test_steps_that_are_not_before_are_never_meant() -> None:
    (d,) = found(
        "key: first",
        "{key: draft, when: steps.editt.state == 'completed'}",
        "key: edit",
    )

    assert (d.hint, d.fix) == ("known here: `first`", None)


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("edit", "edit", 0),
        ("edit", "edits", 1),
        ("edit", "eit", 1),
        ("edit", "edet", 1),
        ("edit", "eidt", 1),
        ("edit", "iedt", 2),
        ("reviewers", "reveiwer", 2),
        ("edit", "eeddit", 2),
        ("edit", "tide", 3),
        ("edit", "editorial", 3),
        ("", "ab", 2),
        ("ab", "", 2),
        ("abcdef", "badcfe", 3),
    ],
)
def test_slips_are_counted(one: str, other: str, number: int) -> None:
    assert slips(one, other, 2) == number
    assert slips(other, one, 2) == number


@pytest.mark.parametrize(
    ("word", "known", "close", "sure"),
    [
        ("darft", ["draft", "edit"], "draft", True),
        ("draf", ["draft", "drafts"], "draft", True),
        ("drfts", ["draft", "drafts"], "drafts", True),
        ("drafs", ["draft", "drafts"], "drafts", False),
        ("Draft", ["draft", "drafts"], "draft", True),
        ("edit_review", ["edit-review", "edit-reviews"], "edit-review", True),
        ("step-1", ["step-2"], "step-2", False),
        ("stepp-1", ["step-1", "step-2"], "step-1", True),
        ("ab", ["abc"], "abc", False),
        ("completed", ["complete"], "complete", True),
        ("nothing", ["draft"], None, False),
        ("x" * 5000, ["x"], None, False),
        ("draft", [], None, False),
    ],
)
def test_a_guess(word: str, known: list[str], close: str | None, *, sure: bool) -> None:
    guess = Names(known, Budget()).guess(word)

    assert (guess.close, guess.sure) == (close, sure)


def test_without_a_budget_a_guess_is_never_sure() -> None:
    known = [f"{c}raft" for c in "abcdefghijklmnopqrstuvwxyz"]

    assert Names(["draft"], Budget(1)).guess("darft").sure
    broke = Names(["draft", *known], Budget(0)).guess("draftt")
    assert (broke.close, broke.sure) == ("draft", False)


def test_a_guess_is_of_what_is_allowed() -> None:
    names = Names(["draft", "drafts"], Budget())

    assert names.guess("drafst", lambda name: name == "draft").close == "draft"
    assert names.guess("drafst", lambda name: name == "drafts").close == "drafts"
    assert names.listed(but="draft") == "known: `drafts`"
    assert names.listed(but="nobody") == "known: `draft`, `drafts`"
    many = Names([f"n{i}" for i in range(20)], Budget())
    assert many.listed(but="n3").endswith("and 11 more")
    assert Names([], Budget()).listed() == ""
