"""All files change, or none: whatever fails, and whenever the process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dovetail.compiling.changes import alone, apply
from dovetail.errors import UnavailableError

OLD = {
    "flows/a/v1.py": "old a\n",
    "flows/a/v1.plan.yaml": "old plan\n",
    "flows/gone/v1.py": "old gone\n",
    "prefect.yaml": "old deployments\n",
}
WRITES = {
    "flows/a/v1.py": "new a\n",
    "flows/new/v1.py": "new new\n",
    "prefect.yaml": "new deployments\n",
}
REMOVALS = ["flows/gone/v1.py"]
NEW = {k: v for k, v in (OLD | WRITES).items() if k not in REMOVALS}


def nobody(_who: str) -> None:
    raise AssertionError("nobody was to be waited for")


def project(root: Path) -> Path:
    for name, text in OLD.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def files(root: Path) -> dict[str, str]:
    """Give all files, hidden ones, too, but what Dovetail keeps for itself."""
    found = (p for p in root.rglob("*") if p.is_file() and ".dovetail" not in p.parts)
    return {p.relative_to(root).as_posix(): p.read_text() for p in found}


def change(root: Path) -> None:
    with alone(root, nobody):
        apply(root, WRITES, REMOVALS)


def test_files_are_written_and_removed_and_empty_folders_go(tmp_path: Path) -> None:
    root = project(tmp_path)
    cache = root / "flows/gone/__pycache__"
    cache.mkdir()
    (cache / "v1.cpython-311.pyc").write_text("")
    change(root)
    assert files(root) == NEW
    assert sorted(p.name for p in (root / "flows").iterdir()) == ["a", "new"]
    assert [p.name for p in (root / ".dovetail/compile").iterdir() if "unfin" in p.name] == []


def test_what_is_kept_for_later_calls_is_no_matter_of_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with alone(tmp_path, nobody):
        pass
    command = ["git", "-C", tmp_path, "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b""


STEPS: dict[str, tuple[Any, str]] = {
    "replace": (Path, "replace"),
    "link": (os, "link"),
    "fsync": (os, "fsync"),
    "mkdir": (os, "mkdir"),
}


def failing(real: Callable[..., Any], at: int, calls: list[int]) -> Callable[..., Any]:
    def fake(*args: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == at:
            raise OSError(28, "No space left on device")
        return real(*args, **more)

    return fake


@pytest.mark.parametrize("step", ["replace", "fsync", "mkdir"])
def test_whatever_fails_nothing_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    where, name = STEPS[step]
    failed = 0
    for at in range(1, 30):
        root = project(tmp_path / str(at))
        (root / ".dovetail/compile").mkdir(parents=True)
        calls: list[int] = []
        with monkeypatch.context() as patch:
            patch.setattr(where, name, failing(getattr(where, name), at, calls))
            error = unavailable(root)
        if error is None:
            assert files(root) == NEW
        else:
            failed += 1
            assert "No space left" in str(error)
            assert error.way_out
            assert files(root) == OLD, at
            assert not (root / "flows/new").exists()
        if len(calls) < at:
            break
    assert failed >= {"replace": 4, "fsync": 7, "mkdir": 1}[step]


def unavailable(root: Path) -> UnavailableError | None:
    try:
        change(root)
    except UnavailableError as error:
        return error
    return None


def test_a_file_system_without_second_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    for name in ("link", "replace"):
        where, attribute = STEPS[name]
        at = 1 if name == "link" else 3
        real = getattr(where, attribute)
        monkeypatch.setattr(where, attribute, failing(real, at, []))
    with pytest.raises(UnavailableError):
        change(root)
    assert files(root) == OLD


def test_an_interruption_takes_back_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    real, calls = Path.replace, []

    def interrupted(self: Path, target: Path) -> Path:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        change(root)
    assert files(root) == OLD


KILLED = """
import ast, os, signal, sys
from pathlib import Path
from dovetail.compiling.changes import alone, apply
left, root = int(sys.argv[1]), Path(sys.argv[2])
writes, removals = map(ast.literal_eval, sys.argv[3:])
def counted(real):
    def call(*args, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)
    return call
os.fsync = counted(os.fsync)
os.link = counted(os.link)
Path.replace = counted(Path.replace)
Path.unlink = counted(Path.unlink)
with alone(root, print):
    apply(root, writes, removals)
"""


def test_killed_at_any_instant_each_file_is_old_or_new(tmp_path: Path) -> None:
    seen = set()
    for at in range(1, 60):
        root = project(tmp_path / str(at))
        words = [str(at), str(root), repr(WRITES), repr(REMOVALS)]
        done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, timeout=60)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        found = {k: v for k, v in files(root).items() if not Path(k).name.startswith(".")}
        for name in {*OLD, *NEW}:
            assert found.get(name) in {OLD.get(name), NEW.get(name)}, (at, name)
        seen.add(tuple(sorted(found.items())))
        with alone(root, nobody):
            pass
        assert files(root) == found, "what was left lying about is gone, and nothing else"
        change_again(root)
        assert files(root) == NEW
    assert at > 15
    assert len(seen) > 4, "before, after, and in between"


def change_again(root: Path) -> None:
    there = [name for name in REMOVALS if (root / name).exists()]
    with alone(root, nobody):
        apply(root, WRITES, there)


WAITING = """
import sys, time
from pathlib import Path
from dovetail.compiling.changes import alone
with alone(Path(sys.argv[1]), print):
    print("inside", flush=True)
    sys.stdin.read()
"""


def test_two_calls_never_mix(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAITING, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as first:  # type: ignore[call-overload]
        assert first.stdout.readline() == "inside\n"
        with subprocess.Popen([*command], **pipes) as second:  # type: ignore[call-overload]
            second.stdin.close()
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(1)
            first.stdin.close()
            assert first.wait(30) == 0
            assert second.stdout.read() == f"process {first.pid}\ninside\n"
            assert second.wait(30) == 0


def test_a_project_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".dovetail").write_text("a file")
    with pytest.raises(UnavailableError, match="compile can't be written"), alone(tmp_path, nobody):
        pass


@pytest.mark.parametrize(
    "note", ["", "{", "[]", '{"token": 1, "paths": 2}', '{"token": "x", "paths": ["../../etc/x"]}']
)
def test_a_note_that_makes_no_sense_is_dropped(tmp_path: Path, note: str) -> None:
    root = project(tmp_path)
    (root / ".dovetail/compile").mkdir(parents=True)
    (root / ".dovetail/compile/unfinished.json").write_text(note)
    change(root)
    assert files(root) == NEW
    assert not (root / ".dovetail/compile/unfinished.json").exists()
