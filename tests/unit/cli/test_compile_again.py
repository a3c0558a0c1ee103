"""`compile` again: what is unchanged costs nothing, and nothing that matters goes unnoticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dovetail.cli import check
from dovetail.compiling import seal
from dovetail.compiling.record import Record
from dovetail.rules import Checked
from tests.support.projects import PIECE, Bench

Capture = pytest.CaptureFixture[str]
FLOW = "flows/piece/v1_0_0.py"
PLAN = "flows/piece/v1_0_0.plan.yaml"
RECORD = ".dovetail/compile/record.json"
SEAL = ".dovetail/compile/seal"


@pytest.fixture
def checked(bench: Bench, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two blueprints that were compiled; the names of those that are compiled again."""
    for name in ("piece", "pier"):
        write(bench, name)
    assert bench.cli(capsys, "compile").status == 0
    seen: list[str] = []
    real = check.check_files

    def spy(files: list[Path]) -> list[Checked]:
        seen.extend(f.parent.name for f in files)
        return real(files)

    monkeypatch.setattr(check, "check_files", spy)
    return seen


def write(bench: Bench, name: str, text: str = PIECE) -> Path:
    path = bench.root / "blueprints" / name / "1.0.0.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace("name: piece", f"name: {name}"))
    return path


def everything(root: Path) -> dict[str, bytes]:
    found = (p for p in root.rglob("*") if p.is_file() and ".dovetail" not in p.parts)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in found}


HEAVY = ["cel_expr_python", "jinja2", "networkx", "prefect", "pydantic", "yaml"]
RUN = f"""
import sys
from dovetail.cli import execute
status = execute(sys.argv[1:])
print(status, sorted(m for m in {HEAVY} if m in sys.modules), "cyclopts" in sys.modules)
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("compile", "0 [] False"),
        ("compile --check", "0 [] False"),
        ("compile piece@1.0.0", "0 [] True"),
        ("compile --dry-run --json", "0 [] True"),
    ],
)
def test_with_nothing_changed_no_compiler_is_loaded(
    bench: Bench, checked: list[str], line: str, told: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *line.split()],
        cwd=bench.root,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] == told
    assert checked == []


def test_a_change_compiles_what_it_concerns(
    bench: Bench, capsys: Capture, checked: list[str]
) -> None:
    write(bench, "piece", PIECE.replace("Make a piece", "Make another"))
    answer = bench.cli(capsys, "compile")
    assert checked == ["piece"]
    assert [x.split()[0] for x in answer.out.splitlines()] == [
        *("written", "written", "unchanged", "unchanged", "written")
    ]
    assert "Make another" in (bench.root / "prefect.yaml").read_text()
    assert bench.cli(capsys, "compile").out.count("unchanged") == 5
    assert checked == ["piece"]


TOUCHES: dict[str, Callable[[Path], object]] = {
    "a flow that is edited": lambda r: (r / FLOW).write_text("x = 1\n"),
    "a flow that is gone": lambda r: (r / FLOW).unlink(),
    "a plan that is edited": lambda r: (r / PLAN).write_text("plan: other\n"),
    "a plan that is gone": lambda r: (r / PLAN).unlink(),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_what_was_written_is_made_again(
    bench: Bench, capsys: Capture, checked: list[str], touch: Callable[[Path], object]
) -> None:
    before = everything(bench.root)
    touch(bench.root)
    assert bench.cli(capsys, "compile --check").status == 1
    assert bench.cli(capsys, "compile").out.count("written") == 1
    assert everything(bench.root) == before
    assert checked == ["piece", "piece"]


def test_deployments_are_made_again_without_compiling(
    bench: Bench, capsys: Capture, checked: list[str]
) -> None:
    before = everything(bench.root)
    (bench.root / "prefect.yaml").unlink()
    assert bench.cli(capsys, "compile").out.count("written") == 1
    assert everything(bench.root) == before
    assert checked == []


def garble(path: Path) -> None:
    data = json.loads(path.read_text())
    for entry in data["blueprints"].values():
        entry["since"] = "soon"
    path.write_text(json.dumps(data))


RECORDS: dict[str, Callable[[Path], object]] = {
    "none": Path.unlink,
    "cut short": lambda p: p.write_text(p.read_text()[:200]),
    "no JSON": lambda p: p.write_bytes(b"\xff\x00"),
    "a list": lambda p: p.write_text("[]"),
    "of another form": lambda p: p.write_text(p.read_text().replace("compiled/v1", "compiled/v2")),
    "of nobody": lambda p: p.write_text(p.read_text().replace('"inputs"', '"imports"')),
    "of no day": garble,
}


@pytest.mark.parametrize("spoil", RECORDS.values(), ids=RECORDS)
def test_a_record_that_can_t_be_used_costs_time_and_nothing_else(
    bench: Bench, capsys: Capture, checked: list[str], spoil: Callable[[Path], object]
) -> None:
    before = everything(bench.root)
    (bench.root / SEAL).unlink()
    spoil(bench.root / RECORD)
    assert bench.cli(capsys, "compile").out.count("unchanged") == 5
    assert checked == ["piece", "pier"]
    assert bench.cli(capsys, "compile").out.count("unchanged") == 5
    assert checked == ["piece", "pier"]
    assert everything(bench.root) == before


def test_another_dovetail_compiles_everything_again(
    bench: Bench, capsys: Capture, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version", "4.0")
    bench.cli(capsys, "compile")
    assert checked == ["piece", "pier"]


def test_a_text_of_equal_length_and_time_is_another_text(
    bench: Bench, capsys: Capture, checked: list[str]
) -> None:
    path = bench.root / "blueprints/piece/1.0.0.yaml"
    before = path.stat()
    path.write_text(path.read_text().replace("Make a piece", "Take a piece"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    bench.cli(capsys, "compile")
    assert checked == ["piece"]


READS: dict[str, Callable[[Path], object]] = {
    "a file that is edited": lambda r: (r / "blueprints/_shared/list.yaml").write_text("b"),
    "a file that is gone": lambda r: (r / "blueprints/_shared/list.yaml").unlink(),
    "a file that was not there": lambda r: (r / "blueprints/_shared/more.yaml").write_text(""),
    "a name in a folder": lambda r: (r / "templates/new.md").write_text(""),
    "a file far off": lambda r: (r.parent / "far.txt").write_text("b"),
}


@pytest.fixture
def reads(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of `piece` reads more than the blueprint."""
    for name in ("blueprints/_shared/list.yaml", "templates/old.md", "../far.txt"):
        path = bench.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("a")
    names = (
        "blueprints/_shared/list.yaml",
        "blueprints/_shared/more.yaml",
        "templates",
        "../far.txt",
    )
    places = [Path(os.path.normpath(bench.root / name)) for name in names]
    real = check.check_files

    def reading(files: list[Path]) -> list[Checked]:
        record = Record(bench.root)
        found = {path: record.look(record.name(path)) for path in places}
        return [replace(c, reads=found) if "piece" in c.shown_as else c for c in real(files)]

    monkeypatch.setattr(check, "check_files", reading)


@pytest.mark.parametrize("touch", READS.values(), ids=READS)
@pytest.mark.usefixtures("reads")
def test_whatever_a_check_has_read_counts(
    bench: Bench, capsys: Capture, checked: list[str], touch: Callable[[Path], object]
) -> None:
    write(bench, "piece", PIECE.replace("Make a piece", "Make another"))
    bench.cli(capsys, "compile")
    bench.cli(capsys, "compile")
    assert checked == ["piece"]
    touch(bench.root)
    bench.cli(capsys, "compile")
    assert checked == ["piece", "piece"]


@pytest.mark.usefixtures("checked", "reads")
def test_what_lies_outside_of_what_is_sealed_is_looked_at_each_time(
    bench: Bench, capsys: Capture
) -> None:
    write(bench, "piece", PIECE.replace("Make a piece", "Make another"))
    bench.cli(capsys, "compile")
    before = Path.cwd()
    os.chdir(bench.root)
    try:
        assert seal.told() is None
    finally:
        os.chdir(before)


@pytest.mark.usefixtures("checked")
def test_what_is_edited_while_it_is_compiled_is_compiled_again(
    bench: Bench, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = check.check_files
    later = PIECE.replace("Make a piece", "Make a third")

    def slow(files: list[Path]) -> list[Checked]:
        found = real(files)
        write(bench, "piece", later)
        return found

    write(bench, "piece", PIECE.replace("Make a piece", "Make another"))
    with monkeypatch.context() as patch:
        patch.setattr(check, "check_files", slow)
        assert bench.cli(capsys, "compile").status == 0
    assert "Make another" in (bench.root / FLOW).read_text()
    bench.cli(capsys, "compile")
    assert "Make a third" in (bench.root / FLOW).read_text()


@pytest.mark.usefixtures("checked")
def test_errors_are_shown_each_time(bench: Bench, capsys: Capture) -> None:
    before = everything(bench.root / "flows")
    write(bench, "piece", PIECE.replace("role: judge", "role: jugde"))
    first = bench.cli(capsys, "compile")
    again = bench.cli(capsys, "compile")
    assert first == again
    assert first.status == 1
    assert "1 of 2 blueprints have errors; nothing was written" in first.err
    assert everything(bench.root / "flows") == before


@pytest.mark.usefixtures("checked")
def test_many_files_are_counted(bench: Bench, capsys: Capture) -> None:
    for name in "abcdef":
        write(bench, name)
    answer = bench.cli(capsys, "compile")
    lines = answer.out.splitlines()
    assert lines[0] == "written   flows/a/v1_0_0.plan.yaml"
    assert len(lines) == 14
    assert lines[-1] == "13 written, 4 unchanged"
    assert bench.cli(capsys, "compile").out == bench.cli(capsys, "compile").out == "17 unchanged\n"


def test_asking_writes_nothing(bench: Bench, capsys: Capture) -> None:
    write(bench, "piece")
    for line in ("compile --check", "compile --dry-run", "compile --dry-run --json"):
        before = sorted(bench.root.rglob("*"))
        answer = bench.cli(capsys, line)
        assert answer.status == (1 if "check" in line else 0)
        assert sorted(bench.root.rglob("*")) == before
    assert bench.cli(capsys, "compile --dry-run").out.splitlines() == [
        f"would be written   {name}" for name in (PLAN, FLOW, "prefect.yaml")
    ]
    both = bench.cli(capsys, "compile --check --dry-run")
    assert both.status == 2
    assert "don't go together" in both.err


@pytest.mark.usefixtures("checked")
def test_a_blueprint_that_lies_elsewhere_is_not_compiled(bench: Bench, capsys: Capture) -> None:
    (bench.root / "draft.yaml").write_text(PIECE)
    answer = bench.cli(capsys, "compile draft.yaml")
    assert answer.status == 1
    assert "draft.yaml is no blueprint of this project" in answer.err
    assert "blueprints/NAME/VERSION.yaml" in answer.err
    assert bench.cli(capsys, "plan draft.yaml").status == 0


@pytest.mark.usefixtures("checked")
def test_the_time_it_takes_is_that_of_starting(bench: Bench) -> None:
    def quickest(words: list[str]) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "dovetail", *words],
                cwd=bench.root,
                check=True,
                capture_output=True,
                timeout=60,
            )
            times.append(time.perf_counter() - begun)
        return min(times)

    assert quickest(["compile"]) < 1.5 * quickest(["--version"])
