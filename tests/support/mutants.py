"""Changing the kernel a little, thousands of times, to see its tests notice: `make mutate`.

`python -m tests.support.mutants [NAME…]` tries the changes of the modules, or only those that the
names fit (`dovetail.kernel.guards.*`). It tells how many were noticed, by module, and which were
not; `mutmut show NAME`, in the folder `.mutants`, shows one. What was tried stays known until the
function or a test of it changes.

mutmut knows the name of a module only below a folder `src`, so it runs where a link is called so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

__all__ = ["score"]

_ROOT = Path(__file__).resolve().parent.parent.parent
_STAGE = _ROOT / ".mutants"
_LINKS = {
    "src": "compiler",
    **{n: n for n in ("blueprints", "docs", "flows", "pyproject.toml", "templates", "tests")},
}
_NOTICED = frozenset(("killed", "timeout", "segfault", "caught by type check"))
_UNTRIED = frozenset(("not checked", "skipped"))


def score(told: str) -> list[str]:
    """Say what came of the changes: each that was not noticed, then a line for each module.

    Args:
        told: what `mutmut results --all true` prints: a line `NAME: STATUS` for each change.
    """
    seen: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    lines = []
    for line in told.splitlines():
        name, _, status = line.strip().partition(": ")
        if "__mutmut_" not in name or status in _UNTRIED:
            continue
        module = name.rpartition(".")[0]
        seen[module] += 1
        if status not in _NOTICED:
            missed[module] += 1
            lines.append(f"{status}: {name}")
    for module in sorted(seen):
        lines.append(_line(module, seen[module], missed[module]))
    return [*lines, _line("all", seen.total(), missed.total())]


def _line(what: str, seen: int, missed: int) -> str:
    share = 100 * (seen - missed) / seen if seen else 100.0
    return f"{what:28} {seen - missed:5} of {seen:5} noticed  {share:5.1f} %"


def _mutmut(*words: str) -> subprocess.CompletedProcess[str]:
    # The same examples of the laws each time, and none remembered from a broken kernel.
    environment = os.environ | {"CI": "true"}
    command = [str(Path(sys.executable).parent / "mutmut"), *words]
    asked = "results" in words
    return subprocess.run(
        command,
        cwd=_STAGE,
        env=environment,
        text=True,
        check=False,
        stdout=subprocess.PIPE if asked else None,
    )


def main(wanted: list[str]) -> int:
    """Try the changes, and say what came of them; give the exit status."""
    _STAGE.mkdir(exist_ok=True)
    for name, target in _LINKS.items():
        link = _STAGE / name
        if not link.is_symlink():
            link.symlink_to(Path("..") / target)
    status = _mutmut("run", *wanted).returncode
    if status == 0:
        told = _mutmut("results", "--all", "true").stdout
        sys.stdout.write("".join(f"{line}\n" for line in score(told)))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
