"""How things are measured: CPU time, the least of several runs, and as a ratio to a floor.

The floor is measured between the runs of what it is compared with, so that a busy machine slows
down both. Wall-clock time would count what other processes do.
"""

from __future__ import annotations

import gc
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "Row", "alone", "least", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """A measured figure and its bound.

    Attributes:
        unit: `x` for a ratio to a floor, `s`, or `MB`.
        bound: None where a figure is only shown.
    """

    family: str
    what: str
    figure: float
    unit: str
    bound: float | None = None

    @property
    def broken(self) -> bool:
        """Whether it is more than it may be."""
        return self.bound is not None and self.figure > self.bound


@dataclass(frozen=True, slots=True)
class Process:
    """What a process took: CPU seconds, and the most memory in MB."""

    seconds: float
    memory: float


def least(times: int, *actions: Callable[[], object]) -> list[float]:
    """Give the CPU seconds of each action: the least of some rounds, in which they take turns.

    Python's collector is off while they run, and cleans up in between.
    """
    taken = [float("inf")] * len(actions)
    was_on = gc.isenabled()
    gc.disable()
    try:
        for _ in range(times):
            for i, action in enumerate(actions):
                gc.collect()
                start = time.process_time()
                result = action()
                taken[i] = min(taken[i], time.process_time() - start)
                del result
    finally:
        if was_on:
            gc.enable()
    return taken


def alone(command: Sequence[str], cwd: Path, bytecode: Path) -> Process:
    """Run a process to its end and give what it took.

    Args:
        bytecode: where Python keeps what it has compiled, as it does for everybody who runs a
            command twice.

    Raises:
        RuntimeError: when it fails.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environment | {"PYTHONPYCACHEPREFIX": str(bytecode)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {told.decode(errors='replace')[-500:]}")
    return Process(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def table(rows: Iterable[Row]) -> str:
    """Give figures as a table, with those above their bound marked."""
    lines = [f"{'':14} {'':44} {'measured':>10} {'at most':>10}"]
    for row in rows:
        bound = "" if row.bound is None else _shown(row.bound, row.unit)
        mark = "  TOO MUCH" if row.broken else ""
        figure = _shown(row.figure, row.unit)
        lines.append(f"{row.family:14} {row.what:44} {figure:>10} {bound:>10}{mark}")
    return "\n".join(lines)


def _shown(figure: float, unit: str) -> str:
    return f"{figure:.0f} MB" if unit == "MB" else f"{figure:.2f} {unit}"
