"""Canonical JSON (RFC 8785, under a strict profile) and SHA-256: the only place that hashes.

The profile: no floats, integers below 2**53, strings in NFC, string keys. Within it, sorted
compact JSON *is* RFC 8785 (which sorts keys by UTF-16 code units), so orjson can write it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

__all__ = ["MAX_INTEGER", "canonical", "digest", "is_digest", "normal", "sha256", "sha256_hex"]

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""

_PREFIX = "sha256:"
_HEX_LENGTH = 64


def canonical(value: Any) -> bytes:
    """Give the canonical JSON of a value made of dict, list, tuple, str, int, bool and None.

    Raises:
        ValueError: for a float, an integer outside the profile, a key that is not a string, or a
            lone surrogate; the message says where.
    """
    return orjson.dumps(_checked(value, "$"))


def normal(value: Any) -> Any:
    """Give a value as it will be read back from its canonical JSON.

    Raises:
        ValueError: as `canonical` does.
    """
    return orjson.loads(canonical(value))


def digest(value: Any) -> str:
    """Give `sha256:<hex>` over the canonical JSON of a value."""
    return _PREFIX + sha256_hex(canonical(value))


def sha256(data: bytes) -> bytes:
    """Give the 32 bytes of SHA-256."""
    return hashlib.sha256(data).digest()


def sha256_hex(data: bytes) -> str:
    """Give SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def is_digest(text: str) -> bool:
    """Tell whether a text has the form that `digest` gives."""
    body = text.removeprefix(_PREFIX)
    return body != text and len(body) == _HEX_LENGTH and set(body) <= set("0123456789abcdef")


def _checked(value: Any, where: str) -> Any:
    # Exact types first: they are nearly all there is.
    kind = type(value)
    if kind is str:
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{where}: a lone surrogate is not text") from None
        return unicodedata.normalize("NFC", value)
    if kind is bool or value is None:
        return value
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError(f"{where}: {value} is outside ±(2**53 - 1)")
        return value
    if isinstance(value, Mapping):
        out = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{where}: the key {key!r} is not a string")  # noqa: TRY004
            name = _checked(key, where)
            if name in out:
                raise ValueError(f"{where}: two keys normalise to {name!r}")
            out[name] = _checked(item, f"{where}.{key}")
        return {name: out[name] for name in sorted(out, key=_utf16)}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return [_checked(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, str):  # an enumeration's member
        return _checked(str(value), where)
    raise ValueError(f"{where}: {kind.__name__} has no canonical JSON")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")
