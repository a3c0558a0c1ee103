"""A slip in a file without mistakes is all that is said of it: nothing is told by guessing."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from dovetail.blueprint.model import Blueprint
from dovetail.blueprint.shape import known_keys, nearest
from dovetail.rules import check_text

OK = sorted((Path(__file__).parent / "ok").glob("*.yaml"))
_KEY = re.compile(r"(?<![\w.\"'$-])([a-z_]{5,})(?=: )")
_TOP = set(known_keys(Blueprint, ()))
_STEP = set(known_keys(Blueprint, ("steps", 0)))


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_a_typo_of_a_key_raises_no_other_alarm(path: Path) -> None:
    text = path.read_text("utf-8")
    keys = [m for m in _KEY.finditer(text) if m[1] in _TOP | _STEP]

    for key in random.Random(path.stem).sample(keys, min(len(keys), 6)):
        typo = key[1][:-2] + key[1][-1] + key[1][-2]
        if typo == key[1] or nearest(typo, _TOP | _STEP) != key[1]:
            continue
        found = check_text(text[: key.start()] + typo + text[key.end() :], shown_as="x.yaml")

        codes = {d.code for d in found.errors}
        assert "DT020" not in codes or codes == {"DT020"}, (typo, found.errors)


@pytest.mark.parametrize(
    "value", ["[]", "[x]", "[[x]]", "{}", "{x: y}", "~", '""', "yes", "-1", "1.5", "a b", "X"]
)
def test_whatever_stands_for_a_value_there_is_no_traceback(value: str) -> None:
    for path in OK:
        text = path.read_text("utf-8")
        for key in _KEY.finditer(text):
            end = re.compile(r"[\n,}]").search(text, key.end())
            assert end is not None
            found = check_text(f"{text[: key.end()]}: {value}{text[end.start() :]}", shown_as="x")

            assert all(d.span.line <= text.count("\n") + 1 for d in found.diagnostics)
