"""`prefect.yaml` as `compile` writes it: complete, by the date, and never over a person's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from dovetail.cli import compile as module
from tests.support.projects import PIECE, Bench

Capture = pytest.CaptureFixture[str]


def write(bench: Bench, name: str, version: str = "1.0.0", effective: str = "") -> Path:
    path = bench.root / "blueprints" / name / f"{version}.yaml"
    path.parent.mkdir(exist_ok=True)
    text = PIECE.replace("name: piece", f"name: {name}").replace("1.0.0", version)
    if effective:
        text = text.replace("{from: 2026-01-01}", effective)
    path.write_text(text)
    return path


def deployed(bench: Bench) -> list[str]:
    read: Any = yaml.safe_load((bench.root / "prefect.yaml").read_text())
    return [f"{d['entrypoint'].partition(':')[2]} {d['name']}" for d in read["deployments"]]


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setattr(module, "_today", lambda: date.fromisoformat(day))
    monkeypatch.setattr(module.seal.time, "strftime", lambda *_: day)


DAYS = [
    ("2025-12-31", []),
    ("2026-01-01", ["piece 1.0.0"]),
    ("2026-06-30", ["piece 1.0.0"]),
    ("2026-07-01", ["piece 1.10.0"]),
    ("2026-11-30", ["piece 1.10.0"]),
    ("2026-12-01", ["piece 1.9.0"]),
]


def test_the_date_decides(bench: Bench, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bench, "piece")
    write(bench, "piece", "1.9.0", "{from: 2026-07-01}")
    write(bench, "piece", "1.10.0", "{from: 2026-07-01, until: 2026-12-01}")
    write(bench, "piece", "2.0.0", "{from: 2027-01-01}")
    for day, served in DAYS:
        on(monkeypatch, day)
        drifted = bench.cli(capsys, "compile --check").status
        before = [] if not (bench.root / "prefect.yaml").exists() else deployed(bench)
        assert bench.cli(capsys, "compile").status == 0
        if served:
            assert deployed(bench) == served, day
        else:
            assert not (bench.root / "prefect.yaml").exists()
        assert drifted == (1 if day == DAYS[0][0] or before != served else 0), day
        assert bench.cli(capsys, "compile --check").status == 0


def test_compiling_one_keeps_the_others_as_they_are(
    bench: Bench, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "2026-11-20")
    write(bench, "piece")
    write(bench, "pier")
    bench.cli(capsys, "compile piece")
    assert deployed(bench) == ["piece 1.0.0"], "the pier has no flow that could run"
    bench.cli(capsys, "compile")
    both = ["piece 1.0.0", "pier 1.0.0"]
    assert deployed(bench) == both
    write(bench, "pier", "1.1.0").write_text("{")
    broken = bench.root / "blueprints/piece/2.0.0.yaml"
    broken.write_text("title: [\n")
    for line in ("compile blueprints/piece/1.0.0.yaml", "compile pier@1.0.0"):
        assert bench.cli(capsys, line).status == 0
        assert deployed(bench) == both
    (bench.root / ".dovetail/compile/record.json").unlink()
    before = (bench.root / "prefect.yaml").read_bytes()
    assert bench.cli(capsys, "compile piece@1.0.0").status == 0
    assert (bench.root / "prefect.yaml").read_bytes() == before


@pytest.mark.parametrize("content", [b"deployments: []\n", b"", b"\xff", b"# Emitted by me\n"])
def test_a_file_of_a_person_is_never_overwritten(
    bench: Bench, capsys: Capture, content: bytes
) -> None:
    write(bench, "piece")
    (bench.root / "prefect.yaml").write_bytes(content)
    for line in ("compile", "compile --check", "compile --dry-run", "compile piece"):
        answer = bench.cli(capsys, line)
        assert answer.status == 1
        assert "prefect.yaml was not emitted by Dovetail" in answer.err
        assert "--prefect-file" in answer.err
        assert (bench.root / "prefect.yaml").read_bytes() == content
        assert not (bench.root / "flows").exists()


def test_a_file_of_a_person_is_left_where_nothing_is_deployed(
    bench: Bench, capsys: Capture
) -> None:
    (bench.root / "prefect.yaml").write_text("deployments: []\n")
    assert bench.cli(capsys, "compile").status == 0
    assert (bench.root / "prefect.yaml").read_text() == "deployments: []\n"


def test_it_is_the_same_wherever_it_is_written(tmp_path: Path, capsys: Capture) -> None:
    texts = set()
    for name, order in (("one", ["piece", "pier"]), ("two", ["pier", "piece"])):
        bench = Bench(tmp_path / name)
        for blueprint in order:
            write(bench, blueprint)
            bench.cli(capsys, f"compile {blueprint}")
        text = (bench.root / "prefect.yaml").read_text()
        assert str(tmp_path) not in text
        texts.add(text)
    assert len(texts) == 1
