"""Canonical JSON (RFC 8785, under a strict profile) and SHA-256: the only place that hashes.

The profile: no floats, integers below 2**53, strings in NFC, string keys. Within it, sorted
compact JSON *is* RFC 8785 (which sorts keys by UTF-16 code units), so orjson can write it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson

__all__ = [
    "MAX_INTEGER",
    "canonical",
    "digest",
    "is_digest",
    "listing_digest",
    "normal",
    "sha256",
    "sha256_hex",
]

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
    return _quick(value) or orjson.dumps(_checked(value, "$"))


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


def listing_digest(names: Iterable[str]) -> str:
    """Give the digest of the names in a folder, in whichever order they come."""
    return sha256_hex("\0".join(sorted(names)).encode("utf-8", "surrogateescape"))


def is_digest(text: str) -> bool:
    """Tell whether a text has the form that `digest` gives."""
    body = text.removeprefix(_PREFIX)
    return body != text and len(body) == _HEX_LENGTH and set(body) <= set("0123456789abcdef")


_QUICK = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_LEAVES = frozenset({str, int, bool, type(None)})
_KEYS = frozenset({str})
_RECORDS = frozenset({dict})
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def _quick(value: Any) -> bytes | None:
    """Give the canonical JSON, where orjson alone gives it; else None, which says nothing.

    That is: exact types of the profile throughout, and a text that is NFC as a whole, hence in each
    of its strings, and within the plane in which keys sort alike as UTF-8 and as UTF-16.
    """
    if not _is_plain(value):
        return None
    try:
        data = orjson.dumps(value, option=_QUICK)
    except TypeError:
        return None
    if data.isascii():
        return data
    text = data.decode()
    return data if unicodedata.is_normalized("NFC", text) and not _ASTRAL.search(text) else None


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        if not _KEYS.issuperset(map(type, value)):
            return False
        inner = value.values()
    elif kind is list or kind is tuple:
        inner = value
    else:
        return kind in _LEAVES
    if _LEAVES.issuperset(map(type, inner)):
        return True
    if kind is not dict and _RECORDS.issuperset(map(type, inner)):  # a list of flat mappings
        below = chain.from_iterable(map(dict.values, inner))
        if _LEAVES.issuperset(map(type, below)):
            return _KEYS.issuperset(map(type, chain.from_iterable(inner)))
    return all(map(_is_plain, inner))


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
