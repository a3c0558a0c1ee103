"""Python's cyclic garbage collector, kept out of the compiler's way.

Compiling makes millions of objects that all live until it is done, and next to no cycles. The
collector walks them over and over, finds nothing, and takes half of the time or more: reading 4 MB
of YAML takes three times as long with it. Reference counting goes on freeing what is done with, so
without the collector the peak of memory is the same.
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
            gc.enable()
