"""Findings about shape: each once, and never more of them than a person can use."""

from __future__ import annotations

import pytest

from dovetail.blueprint.load import load_bytes
from dovetail.blueprint.shape import MAX_FINDINGS, nearest

HEAD = "schema: dovetail/v1\nname: x\nversion: 1.0.0\ntitle: X\nowner: team\nsteps: [{key: a}]\n"


@pytest.mark.parametrize("count", [MAX_FINDINGS - 1, MAX_FINDINGS, 10 * MAX_FINDINGS])
def test_of_very_many_unknown_keys_the_first_are_told(count: int) -> None:
    text = HEAD + "".join(f"zz{i}: v\n" for i in range(count))
    found = load_bytes(text.encode(), shown_as="f").diagnostics

    told = min(count, MAX_FINDINGS)
    assert [(d.code, d.span.line) for d in found] == [("DT020", 7 + i) for i in range(told)]
    assert ["there may be more" in d.hint for d in found] == [
        i == MAX_FINDINGS - 1 for i in range(told)
    ]


def test_a_finding_is_told_once() -> None:
    text = HEAD.replace("{key: a}", "{key: a, exit: [{id: x}]}")
    found = load_bytes(text.encode(), shown_as="f").diagnostics
    assert len(found) == len(set(found)) == 1


@pytest.mark.parametrize(
    ("word", "close"), [("titel", "title"), ("zzz", None), ("title" + "e" * 10_000, None)]
)
def test_the_nearest_word(word: str, close: str | None) -> None:
    assert nearest(word, ["owner", "title"]) == close
