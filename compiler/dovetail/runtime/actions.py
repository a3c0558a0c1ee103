"""Doing what an automatic step says: a process, a function, or integration.

Runs in a worker's thread and only reports: what it gives is recorded by whoever asked for it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from dovetail import canonical
from dovetail.errors import DovetailError
from dovetail.plan.model import Integrate, Python, Run, Step
from dovetail.templating import fill
from dovetail.workspace import Workspace

__all__ = ["Context", "Report", "carry_out", "end_orphans", "idempotency_key"]

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT")
_TAIL = 2000
_OUTPUT = "output.json"


@dataclass(frozen=True, slots=True)
class Context:
    """What an action is given; a `python` action is called with it.

    Attributes:
        attempt: `ITEM/STEP/NUMBER`.
        values: item, params and steps, as templates see them.
        folder: the item's folder.
        root: the project's; a team's own modules are imported from there.
        handoffs: the files that tell what the step's inputs came to.
        key: the idempotency key: equal while the inputs are.
    """

    attempt: str
    step: Step
    values: Mapping[str, Any]
    folder: Path
    root: Path
    handoffs: tuple[str, ...]
    key: str

    @property
    def item(self) -> str:
        """The item's id."""
        return self.attempt.partition("/")[0]

    @property
    def params(self) -> Mapping[str, Any]:
        """The item's params."""
        params: Mapping[str, Any] = self.values["params"]
        return params

    def outputs(self, step: str) -> Mapping[str, Any]:
        """Give the outputs of a step that came before."""
        outputs: Mapping[str, Any] = self.values["steps"][step.replace("-", "_")]["outputs"]
        return outputs


@dataclass(slots=True)
class Report:
    """What an action came to. `failure` None: it did what it had to."""

    outputs: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    message: str = ""
    failure: str | None = None


def carry_out(
    context: Context, workspace: Workspace, private: Path, artifacts: Mapping[str, str]
) -> Report:
    """Do an automatic step's action; whatever goes wrong is told, never raised.

    Args:
        context: the attempt.
        workspace: where the item's files are.
        private: a folder for input, output and the process's number.
        artifacts: all files that the item's completed steps have declared, with their digests.
    """
    action = context.step.action
    try:
        if isinstance(action, Run):
            return _run(action, context, private)
        if isinstance(action, Python):
            return _python(action, context)
        if isinstance(action, Integrate):
            message = fill(action.message or "", context.values)
            return Report(files=workspace.promote(context.item, artifacts), message=message)
    except DovetailError as error:
        return Report(failure=str(error))
    except OSError as error:
        return Report(failure=f"{context.attempt} could not be carried out: {error}")
    return Report(failure=f"{context.step.kind} is no automatic action")


def _python(action: Python, context: Context) -> Report:
    module, _, name = action.call.partition(":")
    if str(context.root) not in sys.path:
        sys.path.insert(0, str(context.root))
    try:
        function = getattr(importlib.import_module(module), name)
        outputs = function(context)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a team's code may raise anything
        said = str(error).encode(errors="replace").decode()  # so that the ledger can keep it
        return Report(failure=f"{action.call} raised {type(error).__name__}: {said}")
    if outputs is None:
        outputs = {}
    if not isinstance(outputs, dict):
        return Report(failure=f"{action.call} gave {type(outputs).__name__}, not outputs by name")
    return Report(outputs=outputs)


def _run(action: Run, context: Context, private: Path) -> Report:
    values = dict(context.values) | {"root": str(context.root)}
    command = [fill(element, values) for element in action.command]
    private.mkdir(parents=True, exist_ok=True)
    given, result = private / "input.json", private / _OUTPUT
    result.unlink(missing_ok=True)
    more = {"attempt": context.attempt, "handoffs": list(context.handoffs)}
    given.write_bytes(orjson.dumps(dict(context.values) | more))
    environment = {k: os.environ[k] for k in _INHERITED if k in os.environ}
    environment |= {k: fill(v, values) for k, v in action.env.items()}
    environment |= {
        "DOVETAIL_ROOT": str(context.root),
        "DOVETAIL_INPUT": str(given),
        "DOVETAIL_OUTPUT": str(result),
        "DOVETAIL_IDEMPOTENCY_KEY": context.key,
    }
    log = private / "log.txt"
    try:
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=context.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that it can be ended with all that it started
            )
    except (OSError, ValueError) as error:
        return Report(failure=f"{command[0]!r} can't be started: {error}")
    try:
        status = process.wait(action.timeout)
    except subprocess.TimeoutExpired:
        _end_group(process.pid)
        process.wait()
        return Report(failure=f"{command[0]} did not end within {action.timeout} seconds")
    finally:
        _end_group(process.pid)  # also what it left running in the background
    if status != 0:
        tail = log.read_bytes()[-_TAIL:].decode(errors="replace").strip()
        return Report(failure=f"{command[0]} ended with exit status {status}\n{tail}".strip())
    return _read_result(result)


def _read_result(path: Path) -> Report:
    if not path.exists():
        return Report()
    try:
        data = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        return Report(failure=f"$DOVETAIL_OUTPUT is not JSON: {error}")
    if not isinstance(data, dict) or not set(data) <= {"outputs", "evidence", "files"}:
        return Report(failure="$DOVETAIL_OUTPUT is not an object of outputs, evidence and files")
    outputs, evidence = data.get("outputs", {}), data.get("evidence", {})
    files = data.get("files", [])
    if not isinstance(outputs, dict):
        return Report(failure="outputs in $DOVETAIL_OUTPUT is not an object of values by name")
    if not isinstance(evidence, dict) or not all(isinstance(v, dict) for v in evidence.values()):
        return Report(failure="evidence in $DOVETAIL_OUTPUT is not an object of records by type")
    if not isinstance(files, list) or not all(isinstance(f, str) for f in files):
        return Report(failure="files in $DOVETAIL_OUTPUT is not a list of paths")
    return Report(outputs, evidence, dict.fromkeys(files, ""))


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_orphans(private: Path) -> None:
    """End what a driver left running for an attempt, and wait for its end.

    They are known by the output file that they were started with: no other process has it in its
    environment. So nothing has to be written down between the start of a process and its loss.
    """
    mark = f"DOVETAIL_OUTPUT={private / _OUTPUT}".encode()
    deadline = time.monotonic() + 5
    while (found := list(_marked(mark))) and time.monotonic() < deadline:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                _end_group(os.getpgid(pid))
        time.sleep(0.01)


def _marked(mark: bytes) -> Iterator[int]:
    """Give the living processes that have a mark in their environment."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def idempotency_key(step: Step, values: Mapping[str, Any]) -> str:
    """Give a key that is equal while the step and its inputs are."""
    return canonical.digest({"step": step.digest, "values": dict(values)})
