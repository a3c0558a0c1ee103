"""All the laws of the kernel, of every theme: for whoever plays otherwise than their tests do."""

from __future__ import annotations

from tests.property import (
    test_kernel_calls,
    test_kernel_ends,
    test_kernel_joins,
    test_kernel_launching,
    test_kernel_laws,
    test_kernel_rework,
)
from tests.support.laws import LAWS

__all__ = ["EVERY_LAW"]

_THEMES = (
    test_kernel_calls,
    test_kernel_ends,
    test_kernel_joins,
    test_kernel_launching,
    test_kernel_laws,
    test_kernel_rework,
)
EVERY_LAW = [law for law in LAWS.values() if law.__module__ in {t.__name__ for t in _THEMES}]
