"""`demo`: one chunk of work from registration to baseline, by commands that anyone would type.

Everything in it is real: the commands run in this process on a fresh project in a temporary folder,
with an embedded Prefect server.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import orjson
from cyclopts import Parameter

from dovetail import cli, resources
from dovetail.cli.common import out, session
from dovetail.runtime.drive import prefect_api

__all__ = ["demo"]

_EXECUTORS = """\
executors:
  omar: {kind: agent, roles: [orchestrator]}
  ben: {kind: agent, roles: [developer]}
  cleo: {kind: agent, roles: [qa]}
  ana: {kind: person, roles: [reviewer]}
"""
_ITEM = "WI-000001"
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class _Act:
    """A sentence for the reader, and a command; `refused` where it is meant to be."""

    say: str
    words: tuple[str, ...]
    refused: bool = False


def _evidence(result: str, told: str) -> bytes:
    record = {
        "type": "qa-review",
        "executor": "cleo",
        "scope": "session expiry",
        "independence": "separate-executor",
        "result": result,
        "reviewed-artifacts": ["change.md"],
        "validation-evidence": [told],
    }
    return orjson.dumps(record, option=orjson.OPT_INDENT_2)


def _complete(attempt: int, *more: str) -> tuple[str, ...]:
    words = ("complete", f"{_ITEM}/develop/{attempt}", "--as", "ben", "--file", "change.md")
    told = ("--output", "summary=Sessions end after 30 minutes", "--output", "cleaned-up=true")
    return (*words, *told, *more)


def _acts() -> Iterator[_Act]:
    goal = "goal=Sign people out after 30 idle minutes"
    yield _Act(
        "A blueprint says how a chunk of work moves. Its plan has nothing left to decide:",
        ("compile", "chunk-lifecycle"),
    )
    yield _Act(
        "A chunk is registered. Somebody looks at it before any work starts.",
        ("item", "add", "chunk-lifecycle", "--title", "Idle sign-out", "--param", goal),
    )
    yield _Act(
        "The intake review lets it in; the first step is queued in the same moment.",
        ("intake", _ITEM, "accept", "--reason", "nothing like it is open", "--as", "omar"),
    )
    yield _Act(
        "The orchestrator takes the step, exclusively, and confirms what has to be done.",
        ("next", "--role", "orchestrator", "--claim", "--as", "omar"),
    )
    confirmed = ("scope=session expiry", "out-of-scope=login page", "acceptance=idle users go")
    outputs = [w for o in (*confirmed, "validation=pytest") for w in ("--output", o)]
    yield _Act("", ("complete", f"{_ITEM}/confirm/1", "--as", "omar", *outputs))
    yield _Act(
        "Prefect shows the item as one flow run; it is suspended, for a person or agent must act.",
        ("run", _ITEM),
    )
    yield _Act(
        "The developer's turn. What the orchestrator left is a file to read.",
        ("next", "--role", "developer", "--claim", "--as", "ben"),
    )
    yield _Act(
        "Completing without the validation is refused: exit criteria are checked, not trusted.",
        _complete(1, "--output", "validation=[]"),
        refused=True,
    )
    yield _Act("", _complete(1, "--output", "validation=pytest: 41 passed"))
    yield _Act(
        "QA found a failing test. Approving against the evidence is refused ...",
        _gate("qa", "approve", "looks done", "cleo", "qa-blocked.json"),
        refused=True,
    )
    yield _Act(
        "... rejecting sends the chunk back: first of two reworks that the gate allows.",
        _gate("qa", "reject", "a user who types is signed out", "cleo", "qa-blocked.json"),
    )
    yield _Act(
        "The developer reads why, and tries again.",
        ("next", "--role", "developer", "--claim", "--as", "ben"),
    )
    yield _Act("", _complete(2, "--output", "validation=pytest: 43 passed"))
    yield _Act(
        "This time the evidence says PASS.",
        _gate("qa", "approve", "typing keeps the session alive", "cleo", "qa-pass.json"),
    )
    yield _Act("Where is it now, and who has to act?", ("status", _ITEM))
    yield _Act(
        "A person answers for what enters the baseline.",
        _gate("human-review", "approve", "small and tested", "ana"),
    )
    yield _Act("The last step is automatic: integration.", ("run", _ITEM))
    yield _Act(
        "Everything that happened, with the reason of every launch:", ("history", "show", _ITEM)
    )
    yield _Act("And proof that the record and the files are whole:", ("history", "verify"))


def _gate(step: str, verdict: str, reason: str, who: str, evidence: str = "") -> tuple[str, ...]:
    words = ("gate", _ITEM, step, verdict, "--reason", reason, "--as", who)
    return (*words, "--evidence", evidence) if evidence else words


def demo(
    *,
    keep: Annotated[
        bool, Parameter(negative="", help="Leave the project there to look at")
    ] = False,
) -> int:
    """Watch one chunk of work from registration to baseline, on embedded defaults."""
    folder = Path(tempfile.mkdtemp(prefix="dovetail-demo-"))
    environment = dict(os.environ)
    for name in ("DOVETAIL_STORE", "DOVETAIL_WORKSPACE", "DOVETAIL_ACTOR", "PREFECT_API_URL"):
        os.environ.pop(name, None)
    os.environ["DOVETAIL_ACTOR"] = "omar"
    try:
        with contextlib.chdir(folder):
            _prepare(folder)
            return _play(folder)
    finally:
        os.environ.clear()
        os.environ.update(environment)
        if keep:
            out(f"\nThe project is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _prepare(folder: Path) -> None:
    shutil.copytree(
        resources.folder("blueprints") / "chunk-lifecycle", folder / "blueprints/chunk-lifecycle"
    )
    (folder / "executors.yaml").write_text(_EXECUTORS, encoding="utf-8")
    (folder / "qa-blocked.json").write_bytes(_evidence("BLOCKED", "pytest: 1 failed"))
    (folder / "qa-pass.json").write_bytes(_evidence("PASS", "pytest: 43 passed"))
    (folder / "change.md").write_text("Sessions end after 30 idle minutes.\n", encoding="utf-8")


def _play(folder: Path) -> int:
    out("Dovetail: plans that execute. Starting an embedded Prefect server, some seconds ...")
    here = session()
    with prefect_api(here):
        for act in _acts():
            if act.say:
                out(f"\n# {act.say}")
            out("$ dovetail " + " ".join(_quoted(w) for w in act.words))
            sys.stdout.flush()
            status = cli.execute(act.words, errors=sys.stdout)
            if status != int(act.refused):
                return status or 1
            if act.words[0] == "compile":
                _show_waves()
        _show_prefect()
        _show_files(folder)
    return 0


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word or "[" in word else word


def _show_waves() -> None:
    from dovetail.cli.compile import load_plan

    plan = load_plan(session().project, "chunk-lifecycle")
    out("\n  waves: " + "  →  ".join(" ∥ ".join(wave) for wave in plan.waves))


def _show_prefect() -> None:
    """Show what an operator sees in Prefect, once its recorder has caught up."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags

    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"item:{_ITEM}"]))
    deadline = time.monotonic() + _PATIENCE
    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs(flow_run_filter=wanted)
        while True:
            tasks = client.read_task_runs(flow_run_filter=wanted)
            settled = all(t.state is not None and t.state.is_final() for t in tasks)
            if (tasks and settled) or time.monotonic() > deadline:
                break
            time.sleep(0.2)
    out(f"\n# In Prefect it was one flow run: {run.name}, {run.state_name}")
    order = [s.key for s in session().engine.view(_ITEM).plan.steps]
    for task in sorted(tasks, key=lambda t: (order.index(t.name.partition("/")[0]), t.name)):
        out(f"  {task.name:<16} {task.state_name:<10} {' '.join(sorted(task.tags))}")


def _show_files(folder: Path) -> None:
    workspace = folder / ".dovetail" / "workspace"
    handoffs = sorted((workspace / "items" / _ITEM / "handoffs").glob("*.md"))
    out(f"\n# {len(handoffs)} handoff files, each as JSON and as Markdown. This is one of them:")
    rejected = next(p for p in handoffs if "gate-rejected" in p.name)
    out(f"$ cat {rejected.relative_to(folder)}")
    out(rejected.read_text(encoding="utf-8").rstrip())
    kept = sorted(p.name for p in (workspace / "baseline").rglob("*") if p.is_file())
    out(f"\n# In the baseline now: {', '.join(kept)}")
