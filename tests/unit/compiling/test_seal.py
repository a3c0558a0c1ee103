"""The seal holds while nothing was touched, and breaks by whatever could matter."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dovetail.compiling import seal

DAY = "2026-11-20"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is sealed."""
    for name in ("blueprints/a/1.0.0.yaml", "flows/a/v1_0_0.py", "templates/x.md", "prefect.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    (tmp_path / ".dovetail/compile").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(seal.time, "strftime", lambda *_: DAY)
    state = seal.take_ripe(str(tmp_path), DAY)
    assert state is not None
    seal.keep(str(tmp_path), state, "unchanged\n")
    return tmp_path


def rewrite(path: Path) -> None:
    """Write a file anew, as long as it was, and set its time back."""
    before = path.stat()
    path.write_text(path.read_text().swapcase())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_while_nothing_was_touched_it_holds_everywhere_in_the_project(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seal.told() == "unchanged\n"
    monkeypatch.chdir(root / "blueprints" / "a")
    assert seal.told() == "unchanged\n"


TOUCHES: dict[str, Callable[[Path], object]] = {
    "a blueprint": lambda r: rewrite(r / "blueprints/a/1.0.0.yaml"),
    "a flow": lambda r: rewrite(r / "flows/a/v1_0_0.py"),
    "a template": lambda r: rewrite(r / "templates/x.md"),
    "the deployments": lambda r: rewrite(r / "prefect.yaml"),
    "no deployments": lambda r: (r / "prefect.yaml").unlink(),
    "no flow": lambda r: (r / "flows/a/v1_0_0.py").unlink(),
    "another blueprint": lambda r: (r / "blueprints/a/1.1.0.yaml").write_text(""),
    "a lock of releases": lambda r: (r / "blueprints/releases.lock").write_text(""),
    "an empty folder": lambda r: (r / "blueprints/b").mkdir(),
    "a file that is renamed": lambda r: (r / "templates/x.md").rename(r / "templates/y.md"),
    "a folder that leads elsewhere": lambda r: (r / "flows/b").symlink_to(r / "templates"),
    "a seal that is cut short": lambda r: os.truncate(r / ".dovetail/compile/seal", 100),
    "no seal": lambda r: (r / ".dovetail/compile/seal").unlink(),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_whatever_is_touched_breaks_it(root: Path, touch: Callable[[Path], object]) -> None:
    touch(root)
    assert seal.told() is None


@pytest.mark.usefixtures("root")
def test_another_day_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seal.told() is not None
    monkeypatch.setattr(seal.time, "strftime", lambda *_: "2026-11-21")
    assert seal.told() is None


def test_another_python_or_another_package_breaks_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "4.0")
        assert seal.told() is None
    assert seal.told() is not None
    (root / "site/other-1.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(root / "site"))
    assert seal.told() is None


def test_another_dovetail_breaks_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = root / "package" / "dovetail"
    package.mkdir(parents=True)
    (package / "rules.py").write_text("x = 1\n")
    monkeypatch.setattr(seal, "_PACKAGE", str(package))
    assert seal.told() is None
    state = seal.take_ripe(str(root), DAY)
    assert state is not None
    seal.keep(str(root), state, "unchanged\n")
    assert seal.told() is not None
    rewrite(package / "rules.py")
    assert seal.told() is None


def test_what_is_hidden_and_what_python_keeps_is_passed_over(root: Path) -> None:
    (root / "flows/a/__pycache__").mkdir()
    (root / "flows/a/__pycache__/v1.pyc").write_text("")
    (root / "blueprints/a/.1.0.0.yaml.swp").write_text("")
    assert seal.told() is not None
    assert not seal.covers("flows/a/__pycache__/v1.pyc")
    assert not seal.covers("blueprints/a/.x")
    assert not seal.covers("executors.yaml")
    assert not seal.covers("/etc/blueprints/x")
    assert seal.covers("blueprints/_shared/x.yaml")


def test_a_file_that_was_written_just_now_is_not_sealed(root: Path) -> None:
    (root / "templates/x.md").write_text("1")
    state = seal.take(str(root), DAY)
    assert state is not None
    seal.keep(str(root), state, "young\n")
    assert seal.told() is None
    before = time.monotonic()
    state = seal.take_ripe(str(root), DAY)
    assert time.monotonic() - before < 1
    assert state is not None
    seal.keep(str(root), state, "ripe\n")
    assert seal.told() == "ripe\n"


def test_a_clock_that_counts_seconds_takes_two_of_them() -> None:
    second = time.time_ns() // 10**9 * 10**9

    class Seen:
        st_size, st_ino, st_mtime_ns, st_ctime_ns = 1, 1, 0, second

    state = seal.State()
    state.see("x", Seen)  # type: ignore[arg-type]
    assert state.ripe == second + 2 * 10**9
    Seen.st_ctime_ns += 1
    state = seal.State()
    state.see("x", Seen)  # type: ignore[arg-type]
    assert state.ripe < second + 10**8


def test_outside_of_any_project_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert seal.told() is None
