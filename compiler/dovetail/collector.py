"""Python's cyclic garbage collector, kept out of the compiler's way.

Compiling makes millions of objects that all live until it is done, and next to no cycles. The
collector walks them over and over, finds nothing, and takes half of the time or more: reading 4 MB
of YAML takes three times as long with it. Reference counting goes on freeing what is done with, so
without the collector the peak of memory is the same.

Switched on again, it would walk them all once more before it finds that most are still in use, so
it is told to leave alone whatever there is by then. That is for commands, which end soon after.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_off"]


@contextmanager
def collector_off() -> Iterator[None]:
    """Do without the collector for a while; whoever had switched it off finds it off."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()
