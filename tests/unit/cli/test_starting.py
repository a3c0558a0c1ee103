"""Starting is fast: a command loads what it needs, and only what runs flows loads Prefect."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.projects import Bench

ITEM = "WI-000001"

RUN = """
import json, sys
from dovetail.cli import execute
heavy = {"prefect", "networkx", "yaml", "pydantic", "jinja2", "sqlalchemy", "cel_expr_python"}
for line in json.loads(sys.argv[1]):
    status = execute(line.split())
    print(json.dumps([line, status, sorted(heavy & set(sys.modules))]), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """An item whose gate is open, and others in intake and with queued work."""
    bench = Bench(tmp_path_factory.mktemp("shop") / "project")
    bench.compile()
    bench.built()
    bench.started()
    bench.started()
    bench.add()
    (bench.root / "pass.json").write_text('{"type": "review", "result": "PASS"}')
    return bench


ALL = {"sqlalchemy", "networkx", "pydantic", "yaml", "jinja2"}
READS = ALL - {"sqlalchemy"}
WRITES = {"networkx", "pydantic"}

# What a command must not have loaded. Modules stay loaded: the lightest commands come first.
AT_WORK: list[tuple[str, set[str]]] = [
    ("--version", ALL),
    ("--help", ALL),
    ("item list", READS),
    (f"status {ITEM}", READS),
    (f"history show {ITEM}", READS),
    ("history verify", WRITES | {"yaml"}),
    (f"repair {ITEM}", WRITES | {"yaml"}),
    ("next --role maker", WRITES),
    ("intake WI-000004 accept --reason x --as lea", WRITES),
    ("claim WI-000002/sketch/1 --as mia", WRITES),
    ("complete WI-000002/sketch/1 --output size=2 --as mia", WRITES),
    ("claim WI-000003/sketch/1 --as max", WRITES),
    ("fail WI-000003/sketch/1 --reason x --as max", WRITES),
    ("requeue WI-000003/sketch/1 --reason x --as max", WRITES),
    (f"gate {ITEM} review approve --reason x --evidence pass.json --as jan", WRITES),
    ("item add piece --as lea", set()),
]
COMPILING: list[tuple[str, set[str]]] = [
    ("check", {"sqlalchemy"}),
    ("plan piece", {"sqlalchemy"}),
    ("compile --check", {"sqlalchemy"}),
]


@pytest.mark.parametrize("lines", [AT_WORK, COMPILING], ids=["at work", "compiling"])
def test_no_command_loads_what_it_does_not_need(
    shop: Bench, lines: list[tuple[str, set[str]]]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps([line for line, _ in lines])],
        cwd=shop.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = [json.loads(x) for x in done.stderr.splitlines() if x.startswith("[")]
    assert [(line, status) for line, status, _ in told] == [(line, 0) for line, _ in lines]
    needless = {
        line: found
        for (line, _, modules), (_, unneeded) in zip(told, lines, strict=True)
        if (found := set(modules) & (unneeded | {"prefect"}))
    }
    assert needless == {}


def test_wrong_usage_loads_nothing() -> None:
    code = (
        "import sys; from dovetail.cli import execute; execute(['frob']); print(len(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-IS", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(done.stdout) < 150


def test_every_command_can_be_loaded() -> None:
    from importlib import import_module

    from dovetail import cli

    for commands in (cli._COMMANDS, cli._ITEM, cli._HISTORY):
        for place, words in commands.values():
            module, _, name = place.partition(":")
            assert callable(getattr(import_module(module), name))
            assert words
