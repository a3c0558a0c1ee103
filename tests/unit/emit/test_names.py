"""Names in emitted code."""

from __future__ import annotations

import builtins
import keyword
from itertools import combinations

import pytest

from dovetail.emit.names import (
    RESERVED,
    EmissionError,
    checked_name,
    checked_version,
    identifier,
    module_path,
)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("edit", "edit"),
        ("edit-text", "edit_text"),
        ("due_date", "due_date"),
        ("class", "class_"),
        ("match", "match_"),
        ("type", "type_"),
        ("print", "print_"),
        ("id", "id_"),
        ("blueprint", "blueprint_"),
        ("flow", "flow_"),
        ("commit-handoffs", "commit_handoffs_"),
        ("item", "item_"),
        ("attempt", "attempt_"),
        ("date", "date_"),
        ("none", "none"),
    ],
)
def test_a_taken_name_gets_an_underscore(key: str, name: str) -> None:
    assert identifier(key) == name
    assert name.isidentifier()
    assert not keyword.iskeyword(name)


def test_underscores_are_added_while_the_name_is_taken() -> None:
    assert identifier("class", {"class_", "class__"}) == "class___"


def test_all_words_of_this_python_are_reserved() -> None:
    lower = {n for n in dir(builtins) if n.islower() and not n.startswith("_")}
    words = {*keyword.kwlist, *keyword.softkwlist} - {"_"}
    assert {n for n in lower | words if n.islower()} <= RESERVED


@pytest.mark.parametrize(
    "key", ["", "A", "a--b", "-a", "a-", "a_", "ä", "\uff41", "a b", "a\n", "1a"]
)
def test_what_is_no_key_is_no_name(key: str) -> None:
    with pytest.raises(EmissionError):
        identifier(key)


@pytest.mark.parametrize("name", ["a_b", "a\n", "a#", "A", ""])
def test_a_name_is_checked(name: str) -> None:
    with pytest.raises(EmissionError):
        checked_name(name)


@pytest.mark.parametrize(
    "version", ["1.0", "01.0.0", "1.0.0\n", "1.0.0-", "1.0.0+a b", "1.0.0-ä", '1.0.0"', "٣.0.0"]
)
def test_a_version_is_checked(version: str) -> None:
    with pytest.raises(EmissionError):
        checked_version(version)


PATHS = {
    "1.2.0": "v1_2_0",
    "12.0.1": "v12_0_1",
    "1.2.0-rc.1": "v1_2_0_rc_1",
    "1.2.0+rc.1": "v1_2_0__rc_1",
    "1.2.0-rc.1+b5": "v1_2_0_rc_1__b5",
}
HASHED = ["1.2.0-rc-1", "1.2.0-RC.1", "1.2.0-RC-1", "1.2.0-rc+1-x", "1.2.0-rc--1", "1.2.0--"]


@pytest.mark.parametrize(("version", "stem"), PATHS.items())
def test_the_module_of_a_version(version: str, stem: str) -> None:
    assert str(module_path("release-note", version)) == f"flows/release_note/{stem}.py"


def test_modules_are_distinct_on_every_file_system() -> None:
    paths = [str(module_path("x", v)) for v in [*PATHS, *HASHED]]
    assert all(a.lower() != b.lower() for a, b in combinations(paths, 2))
    assert all(p.removeprefix("flows/x/").removesuffix(".py").isidentifier() for p in paths)
