"""`compile` removes what it once emitted and no blueprint stands for; nothing that a person did."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.projects import PIECE, Bench

Capture = pytest.CaptureFixture[str]
FLOW = "flows/pier/v1_0_0.py"
PLAN = "flows/pier/v1_0_0.plan.yaml"
MINE = '"""By hand."""\n'


def write(bench: Bench, name: str, version: str = "1.0.0") -> Path:
    path = bench.root / "blueprints" / name / f"{version}.yaml"
    path.parent.mkdir(exist_ok=True)
    text = PIECE.replace("name: piece", f"name: {name}").replace("1.0.0", version)
    path.write_text(text)
    return path


@pytest.fixture(params=["with a record", "in a fresh clone"])
def shop(request: pytest.FixtureRequest, bench: Bench, capsys: Capture) -> Bench:
    """Two blueprints were compiled; the one of the pier is gone."""
    for name in ("piece", "pier"):
        write(bench, name)
    assert bench.cli(capsys, "compile").status == 0
    shutil.rmtree(bench.root / "blueprints/pier")
    if request.param == "in a fresh clone":
        shutil.rmtree(bench.root / ".dovetail")
    return bench


def flows(bench: Bench) -> list[str]:
    found = (p for p in (bench.root / "flows").rglob("*") if p.is_file())
    return sorted(p.relative_to(bench.root / "flows").as_posix() for p in found)


OURS = ["piece/v1_0_0.plan.yaml", "piece/v1_0_0.py"]


def test_a_flow_without_a_blueprint_goes_with_its_plan_and_folder(
    shop: Bench, capsys: Capture
) -> None:
    asked = shop.cli(capsys, "compile --check")
    assert asked.status == 1
    assert f"--- {FLOW}\n+++ /dev/null\n" in asked.out
    assert f"--- {PLAN}\n+++ /dev/null\n" in asked.out
    assert asked.out.endswith("3 files differ from what `dovetail compile` writes\n")
    dry = shop.cli(capsys, "compile --dry-run")
    assert f"would be removed   {FLOW}\n" in dry.out
    assert (shop.root / FLOW).exists()
    told = json.loads(shop.cli(capsys, "compile --dry-run --json").out)
    assert told["removed"] == [PLAN, FLOW]
    answer = shop.cli(capsys, "compile")
    assert answer.out.splitlines() == [
        "unchanged flows/piece/v1_0_0.plan.yaml",
        "unchanged flows/piece/v1_0_0.py",
        f"removed   {PLAN}",
        f"removed   {FLOW}",
        "written   prefect.yaml",
    ]
    assert flows(shop) == OURS
    assert not (shop.root / "flows/pier").exists()
    assert "pier" not in (shop.root / "prefect.yaml").read_text()
    assert shop.cli(capsys, "compile --check").status == 0


def test_compiling_one_blueprint_removes_nothing(shop: Bench, capsys: Capture) -> None:
    assert "removed" not in shop.cli(capsys, "compile piece").out
    assert flows(shop) == [*OURS, "pier/v1_0_0.plan.yaml", "pier/v1_0_0.py"]


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "# important\n")


@pytest.mark.parametrize("name", [FLOW, PLAN])
def test_what_was_edited_is_left_and_named(shop: Bench, capsys: Capture, name: str) -> None:
    edit(shop.root / name)
    for _ in range(2):
        answer = shop.cli(capsys, "compile")
        assert answer.status == 0
        assert f"left      {name}: nothing proves that it is as it was emitted" in answer.out
        assert (shop.root / name).read_text().endswith("# important\n")
        asked = shop.cli(capsys, "compile --check")
        assert asked.status == 1
        assert f"{name} is left over: no blueprint stands for it" in asked.out
        assert name in json.loads(shop.cli(capsys, "compile --json").out)["left"]
    shutil.rmtree(shop.root / "flows/pier")
    assert shop.cli(capsys, "compile --check").status == 0


def test_files_of_people_are_none_of_its_business(shop: Bench, capsys: Capture) -> None:
    for name in ("pier/v2_0_0.py", "pier/notes.md", "own.py", "piece/helper.py", "own/x.plan.yaml"):
        (shop.root / "flows" / name).parent.mkdir(exist_ok=True)
        (shop.root / "flows" / name).write_text(MINE)
    answer = shop.cli(capsys, "compile")
    assert "left" not in answer.out
    assert set(flows(shop)) == {
        *OURS,
        *("pier/v2_0_0.py", "pier/notes.md", "own.py", "piece/helper.py", "own/x.plan.yaml"),
    }
    assert shop.cli(capsys, "compile --check").status == 0


def test_a_version_that_is_renamed_takes_its_flow_along(bench: Bench, capsys: Capture) -> None:
    path = write(bench, "pier")
    bench.cli(capsys, "compile")
    path.unlink()
    write(bench, "pier", "1.1.0")
    assert bench.cli(capsys, "compile").out.splitlines() == [
        f"removed   {PLAN}",
        f"removed   {FLOW}",
        "written   flows/pier/v1_1_0.plan.yaml",
        "written   flows/pier/v1_1_0.py",
        "written   prefect.yaml",
    ]


def test_what_an_older_dovetail_emitted_goes_by_its_record(bench: Bench, capsys: Capture) -> None:
    write(bench, "piece")
    path = write(bench, "pier")
    bench.cli(capsys, "compile")
    flow, record = bench.root / FLOW, bench.root / ".dovetail/compile/record.json"
    before = flow.read_bytes()
    flow.write_bytes(before.replace(b"Do not edit.\n", b"Do not edit.\n# As it was once.\n"))
    from dovetail.canonical import sha256_hex

    known = record.read_text().replace(sha256_hex(before), sha256_hex(flow.read_bytes()))
    record.write_text(known)
    path.unlink()
    assert f"removed   {FLOW}" in bench.cli(capsys, "compile").out
    assert flows(bench) == OURS


def test_with_the_last_blueprint_everything_goes(bench: Bench, capsys: Capture) -> None:
    path = write(bench, "pier")
    bench.cli(capsys, "compile")
    path.unlink()
    answer = bench.cli(capsys, "compile")
    assert answer.out.splitlines() == [f"removed   {n}" for n in (PLAN, FLOW, "prefect.yaml")]
    assert not (bench.root / "flows").exists()
    assert bench.cli(capsys, "compile --check").status == 0


def test_a_blueprint_with_errors_removes_nothing(shop: Bench, capsys: Capture) -> None:
    path = write(shop, "quay")
    path.write_text(path.read_text().replace("role: judge", "role: jugde"))
    before = flows(shop)
    assert shop.cli(capsys, "compile").status == 1
    assert flows(shop) == before
