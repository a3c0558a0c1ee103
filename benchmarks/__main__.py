"""`python -m benchmarks [--quick] [FAMILY…]`: measure, print a table, and judge.

Exit status 1 when a bound is broken. Each family is measured in a process of its own, so that none
warms up another.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys

from benchmarks.measuring import table

_FAMILIES = ("compiling", "starting", "graphs", "emitted", "deciding")


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller graphs, fewer rounds")
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(_FAMILIES))
    asked = parser.parse_args()
    if odd := sorted(set(asked.families) - set(_FAMILIES)):
        parser.error(f"there is no family {odd[0]!r}; there is {', '.join(_FAMILIES)}")
    if len(asked.families) == 1:
        module = importlib.import_module(f"benchmarks.{asked.families[0]}")
        rows = list(module.measure(quick=asked.quick))
        print(table(rows), flush=True)
        return int(any(row.broken for row in rows))
    again = [sys.executable, "-m", "benchmarks", *["--quick"] * asked.quick]
    statuses = [
        subprocess.run([*again, family], check=False).returncode
        for family in asked.families or _FAMILIES
    ]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
