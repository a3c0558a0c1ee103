"""The folder that executors share: declaring, promoting, restoring; errors with exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail import canonical
from dovetail.errors import RefusedError, UnavailableError
from dovetail.workspace import Workspace
from dovetail.workspace import folder as folder_module
from tests.support.projects import declare


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def put(workspace: Workspace, item: str, **files: str) -> dict[str, str]:
    """Write files, dots as double underscores, and declare them."""
    found = {}
    for name, text in files.items():
        path = name.replace("__", ".")
        (workspace.folder(item) / path).write_text(text)
        found |= declare(workspace, item, path)
    return found


def test_nothing_is_made_before_something_is_written(workspace: Workspace) -> None:
    assert workspace.read("items/A/handoffs/1.json") is None
    assert not workspace.root.exists()


def test_a_declared_file_is_known_by_its_digest(workspace: Workspace) -> None:
    assert put(workspace, "A", note__md="x") == {"note.md": "sha256:" + canonical.sha256_hex(b"x")}
    assert workspace.size("A", "note.md") == 1


def test_text_that_is_not_utf_8_can_still_be_looked_at(workspace: Workspace) -> None:
    (workspace.folder("A") / "note.md").write_bytes(b"made \xff")
    assert workspace.text("A", "note.md") == "made \ufffd"


def test_items_do_not_see_each_others_files(workspace: Workspace) -> None:
    put(workspace, "A", note__md="x")
    with pytest.raises(RefusedError, match=r"no file note\.md in the folder of B"):
        declare(workspace, "B", "note.md")


def test_promoting_replaces_what_an_earlier_item_left(workspace: Workspace) -> None:
    workspace.promote("A", put(workspace, "A", note__md="a", only__md="a"))
    workspace.promote("B", put(workspace, "B", note__md="b"))
    found = {p.name: p.read_text() for p in workspace.baseline.iterdir()}
    assert found == {"note.md": "b", "only.md": "a"}


def test_promoting_again_changes_nothing(workspace: Workspace) -> None:
    declared = put(workspace, "A", note__md="a")
    assert workspace.promote("A", declared) == workspace.promote("A", declared) == declared


@pytest.mark.parametrize("state", ["missing", "altered"])
def test_promoting_is_all_or_nothing(workspace: Workspace, state: str) -> None:
    declared = put(workspace, "A", a__md="a", b__md="b")
    place = workspace.folder("A") / "b.md"
    place.unlink() if state == "missing" else place.write_text("c")
    with pytest.raises(RefusedError, match=rf"b\.md of A is {state}") as caught:
        workspace.promote("A", declared)
    assert caught.value.way_out
    assert not workspace.baseline.exists()


def test_restoring_keeps_what_stood_there(workspace: Workspace) -> None:
    workspace.deliver("items/A/handoffs/1.json", b"right")
    assert not workspace.restore("items/A/handoffs/1.json", b"right")
    place = workspace.root / "items/A/handoffs/1.json"
    for wrong in (b"wrong", b"wrong again"):
        place.write_bytes(wrong)
        assert workspace.restore("items/A/handoffs/1.json", b"right")
        assert place.read_bytes() == b"right"
    kept = sorted(p.read_bytes() for p in (workspace.root / "items/A/altered").iterdir())
    assert kept == [b"wrong", b"wrong again"]
    place.unlink()
    assert workspace.restore("items/A/handoffs/1.json", b"right")


def blocked(workspace: Workspace) -> None:
    """Put a file where a folder belongs: no permission stops the super-user, this does."""
    workspace.root.mkdir()
    (workspace.root / "items").write_text("in the way")
    (workspace.root / "baseline").write_text("in the way")


@pytest.mark.parametrize(
    "act",
    [
        lambda w: w.folder("A"),
        lambda w: w.demand_writable("A"),
        lambda w: w.deliver("items/A/handoffs/1.json", b"x"),
        lambda w: declare(w, "A", "note.md"),
    ],
)
def test_a_workspace_that_cannot_be_written_is_a_clear_error(
    workspace: Workspace, act: object
) -> None:
    blocked(workspace)
    with pytest.raises(UnavailableError, match="the workspace can't be read or written") as caught:
        act(workspace)  # type: ignore[operator]
    assert caught.value.exit_status == 2
    assert caught.value.way_out


def test_a_folder_without_permission_is_noticed_before_anything_is_recorded(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module.os, "access", lambda *_: False)
    with pytest.raises(UnavailableError, match="the workspace can't be written") as caught:
        workspace.demand_writable("A")
    assert "nothing was recorded" in caught.value.way_out


def test_a_baseline_that_cannot_be_written_is_a_clear_error(workspace: Workspace) -> None:
    declared = put(workspace, "A", note__md="a")
    workspace.baseline.write_text("in the way")
    with pytest.raises(UnavailableError, match="baseline"):
        workspace.promote("A", declared)
