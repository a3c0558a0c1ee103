"""Where things are: root, store, workspace, and what overrides what (SPEC 10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.config import find_project
from dovetail.errors import UsageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "blueprints").mkdir()
    return tmp_path.resolve()


def test_the_root_is_the_nearest_parent_with_blueprints(root: Path) -> None:
    inner = root / "a" / "b"
    (inner / "blueprints").mkdir(parents=True)
    deep = inner / "c" / "d"
    deep.mkdir(parents=True)
    assert find_project(deep, {}).root == inner
    assert find_project(inner.parent, {}).root == root


def test_a_file_of_that_name_is_no_root(root: Path) -> None:
    inner = root / "a"
    inner.mkdir()
    (inner / "blueprints").write_text("")
    assert find_project(inner, {}).root == root


def test_defaults(root: Path) -> None:
    project = find_project(root, {})
    assert project.store == str(root / ".dovetail/store.db")
    assert project.workspace == root / ".dovetail/workspace"
    assert project.executors == root / "executors.yaml"
    assert (project.flows, project.blueprints) == (root / "flows", root / "blueprints")
    assert project.private == root / ".dovetail"


CASES = {
    "the file": ({}, "a.db", "w"),
    "the environment over the file": (
        {"DOVETAIL_STORE": "b.db", "DOVETAIL_WORKSPACE": "v"},
        "b.db",
        "v",
    ),
    "an empty variable counts as none": ({"DOVETAIL_STORE": ""}, "a.db", "w"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_overrides_what(root: Path, case: str) -> None:
    environment, store, workspace = CASES[case]
    (root / "dovetail.toml").write_text('store = "a.db"\nworkspace = "w"\n')
    project = find_project(root, environment)
    assert (project.store, project.workspace) == (str(root / store), root / workspace)


@pytest.mark.parametrize(
    ("given", "store"),
    [
        ("/abs/x.db", "/abs/x.db"),
        ("x.db", "ROOT/x.db"),
        ("sqlite:///x.db", "ROOT/x.db"),
        ("sqlite:////abs/x.db", "/abs/x.db"),
        ("postgresql://u:p@host/db", "postgresql://u:p@host/db"),
    ],
)
def test_a_store_means_the_same_wherever_the_command_is_called(
    root: Path, given: str, store: str
) -> None:
    inner = root / "sub"
    inner.mkdir()
    for start in (root, inner):
        found = find_project(start, {"DOVETAIL_STORE": given}).store
        assert found == store.replace("ROOT", str(root))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("store = 1", "store is not a setting with a text"),
        ("stor = 'x'", "stor is not a setting"),
        ("[store]\npath = 'x'", "store is not a setting with a text"),
        ("store = ", "can't be read"),
        ("\xff", "can't be read"),
    ],
)
def test_settings_that_cannot_be_used_are_wrong_usage(root: Path, text: str, says: str) -> None:
    (root / "dovetail.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        find_project(root, {})
    assert says in caught.value.message
    assert str(root / "dovetail.toml") in caught.value.message
    assert caught.value.exit_status == 2
    assert caught.value.way_out


def test_outside_of_a_project(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has a folder blueprints/") as caught:
        find_project(tmp_path, {})
    assert str(tmp_path) in caught.value.message
    assert caught.value.way_out
