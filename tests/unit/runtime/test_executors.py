"""executors.yaml: who may do what, and errors that say where (SPEC 5.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.errors import RefusedError, UsageError
from dovetail.runtime.executors import Executor, Registry
from tests.support.projects import EXECUTORS


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
        ("", "executors.yaml"),
        ("- a", "is not of the form executors:"),
        ("ana: {kind: person, roles: []}", "is not of the form executors:"),
        ("executors: []", "is not of the form executors:"),
        ("executors: {}\nmore: 1", "is not of the form executors:"),
        ("executors: {ana: 1}", "ana is not of the form"),
        ("executors: {ana: {kind: person}}", "ana is not of the form"),
        ("executors: {ana: {kind: robot, roles: []}}", "kind: person|agent|runner"),
        ("executors: {ana: {kind: [person], roles: []}}", "ana is not of the form"),
        ("executors: {ana: {kind: person, roles: [], x: 1}}", "ana is not of the form"),
        ("executors: {ana: {kind: person, roles: editor}}", "roles of ana are not a list"),
        ("executors: {ana: {kind: person, roles: [{}]}}", "roles of ana are not a list"),
        ("executors: {dovetail: {kind: runner, roles: []}}", "the built-in runner's"),
        ("executors: {ana: {kind: person, roles: []}, ana: 1}", "executors.yaml:1:"),
        ("executors: &a {ana: *a}", "executors.yaml:1:"),
        ("executors: {", "executors.yaml:1:"),
        (b"executors: \xff", "executors.yaml:"),
        ("executors:\n\tana: 1", "executors.yaml:2:"),
    ],
)
def test_a_broken_file_is_wrong_usage_and_says_where(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert says in caught.value.message
    assert caught.value.exit_status == 2
    assert caught.value.way_out


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "executors.yaml").mkdir()
    with pytest.raises(UsageError, match="can't be read"):
        Registry.read(tmp_path / "executors.yaml")
