"""executors.yaml: who may do what, and errors that say where (SPEC 5.2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dovetail.blueprint.load import read_model
from dovetail.blueprint.source import parse
from dovetail.errors import RefusedError, UsageError
from dovetail.files.executors import BUILT_IN, Executors
from dovetail.runtime.answers import RUNNER
from dovetail.runtime.executors import Executor, Registry, _plainly
from tests.support.projects import EXECUTORS

ANA = "{kind: person, roles: []}"
A_ACUTE, A_AND_ACUTE = "\u00e1", "a\u0301"


def read(tmp_path: Path, text: str | bytes) -> Registry:
    path = tmp_path / "executors.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Registry.read(path)


def test_executors_are_read_with_kind_and_roles(tmp_path: Path) -> None:
    registry = read(tmp_path, EXECUTORS)
    assert registry.get("joe") == Executor("joe", "person", ("judge", "maker"))
    assert registry.names("judge") == ["jan", "joe"]
    assert registry.names("nobody") == []


def test_without_a_file_nobody_is_known(tmp_path: Path) -> None:
    registry = Registry.read(tmp_path / "executors.yaml")
    with pytest.raises(RefusedError, match=r"executors\.yaml knows nobody") as caught:
        registry.get("ana")
    assert "ana: {kind: person, roles: [ROLE]}" in caught.value.way_out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1:1: the file is empty"),
        ("- a", "1:1: the executors file is a list; expected a mapping"),
        ("ana: {kind: person, roles: []}", "1:1: the executors file has no `executors`"),
        ("executors: []", "1:12: `executors` is an empty list; expected a mapping"),
        ("executors: {}\nmore: 1", "2:1: `more` is not a key of the executors file"),
        ("executors: {ana: 1}", "1:18: `executors.ana` is `1`; expected a mapping"),
        ("executors: {ana: {kind: person}}", "1:13: `executors.ana` has no `roles`"),
        ("executors: {ana: {kind: robot, roles: []}}", "`robot`; expected `person` or `agent` or"),
        ("executors: {ana: {kind: [person], roles: []}}", "1:25: `executors.ana.kind` is a list"),
        ("executors: {ana: {kind: person, roles: [], x: 1}}", "1:44: `x` is not a key of"),
        ("executors: {ana: {kind: person, roles: editor}}", "1:40: `executors.ana.roles` is"),
        ("executors: {ana: {kind: person, roles: [{}]}}", "1:41: `executors.ana.roles[0]` is"),
        ("executors: {dovetail: {kind: runner, roles: []}}", "1:13: `dovetail` can't be a name"),
        ("executors: {ana: {kind: person, roles: []}, ana: 1}", "1:45: "),
        (f"executors: {{{A_ACUTE}: {ANA}, {A_AND_ACUTE}: {ANA}}}", "executors of different names"),
        ("executors: &a {ana: *a}", "1:12: "),
        ("executors: {", "executors.yaml:1:"),
        (b"executors: \xff", "1:12: "),
        ("executors:\n\tana: 1", "2:1: "),
    ],
)
def test_a_broken_file_is_wrong_usage_and_says_where(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert caught.value.message.startswith("executors.yaml:")
    assert says in caught.value.message
    assert caught.value.exit_status == 2
    assert caught.value.way_out


names = st.sampled_from(["ana", "bob", RUNNER, A_ACUTE, "", "1", "true", "a b", "\u200b"])
words = st.sampled_from(["person", "agent", "runner", "robot", "editor", "1", "", "~", "x\ty"])
entries = st.dictionaries(
    st.sampled_from(["kind", "roles", "role"]), words | st.lists(words, max_size=2), max_size=3
)
files = st.dictionaries(
    st.sampled_from(["executors", "executor"]),
    st.dictionaries(names, entries | words, max_size=2) | words,
    max_size=2,
)


@given(files)
@example({"executors": {"ana": {"kind": "agent", "roles": ["editor"]}}})
def test_what_is_read_plainly_is_what_the_record_says(data: dict[str, Any]) -> None:
    parsed = parse(json.dumps(data).encode(), "executors.yaml")
    record, _ = read_model(Executors, parsed)

    plain = _plainly(parsed.data)

    if plain is not None:
        assert record is not None
        assert plain == {n: Executor(n, e.kind, e.roles) for n, e in record.executors.items()}


def test_a_usual_file_is_read_plainly() -> None:
    found = _plainly(parse(EXECUTORS.encode(), "executors.yaml").data)

    assert found is not None
    assert len(found) == 7


def test_the_name_of_the_built_in_runner_is_one() -> None:
    assert BUILT_IN == RUNNER


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "executors.yaml").mkdir()
    with pytest.raises(UsageError, match="can't be read"):
        Registry.read(tmp_path / "executors.yaml")
