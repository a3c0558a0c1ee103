"""Equal blueprints give equal bytes, whatever the process, the folder and the file's order."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dovetail.emit.verify import emit_checked
from dovetail.plan.text import render
from dovetail.rules import check_file, check_text
from tests.support.soak import many

ROOT = Path(__file__).resolve().parents[2]
WHOLE = [
    *sorted((ROOT / "blueprints").glob("[a-z]*/*.yaml")),
    *sorted((ROOT / "tests/golden/blueprints").glob("*.yaml")),
]


def _fingerprint(seed: int, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.fingerprint", str(ROOT)],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_bytes_are_the_same_over_hash_seeds_and_working_folders(tmp_path: Path) -> None:
    seeds = range(1, many(3, 50) + 1)
    folders = [ROOT, tmp_path, Path("/")]
    found = {_fingerprint(seed, folders[seed % len(folders)]) for seed in seeds}

    assert len(found) == 1


def _shuffled(value: Any, rng: random.Random) -> Any:
    """Give data with the keys of every mapping in another order."""
    if isinstance(value, dict):
        pairs = [(k, _shuffled(v, rng)) for k, v in value.items()]
        rng.shuffle(pairs)
        return dict(pairs)
    return [_shuffled(v, rng) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", WHOLE, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_the_order_of_keys_and_steps_changes_nothing(path: Path) -> None:
    plan = check_file(path, shown_as="x.yaml").plan
    assert plan is not None
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    orders = {s.key: s.order for s in plan.steps}
    for step in data["steps"]:
        step["order"] = orders[step["key"]]
    for seed in range(many(3, 50)):
        rng = random.Random(seed)
        data["steps"] = rng.sample(data["steps"], len(data["steps"]))
        text = yaml.safe_dump(_shuffled(data, rng), sort_keys=False)
        other = check_text(text, shown_as="x.yaml", file=path).plan

        assert other is not None
        assert render(other) == render(plan)
        assert emit_checked(other) == emit_checked(plan)
