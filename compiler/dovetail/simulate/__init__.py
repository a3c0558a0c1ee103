"""Playing scenarios: a driver of the kernel with a virtual clock and no side effects (SPEC 10)."""

from __future__ import annotations

from dovetail.simulate.coverage import Coverage, coverage
from dovetail.simulate.driver import Plans, simulate
from dovetail.simulate.trace import Trace

__all__ = ["Coverage", "Plans", "Trace", "coverage", "simulate"]
