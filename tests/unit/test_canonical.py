"""Canonical JSON: equal to RFC 8785 within the profile, and nothing outside it."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any
from unicodedata import normalize

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.canonical import MAX_INTEGER, canonical, digest, is_digest, normal, sha256_hex

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


def normalised(value: Any) -> Any:
    if isinstance(value, str):
        return normalize("NFC", value)
    if isinstance(value, list):
        return [normalised(v) for v in value]
    if isinstance(value, dict):
        return {normalised(k): normalised(v) for k, v in value.items()}
    return value


def has_unique_keys(value: Any) -> bool:
    if isinstance(value, dict):
        unique = len({normalize("NFC", k) for k in value}) == len(value)
        return unique and all(map(has_unique_keys, value.values()))
    return not isinstance(value, list) or all(map(has_unique_keys, value))


@given(_VALUES.filter(has_unique_keys))
@settings(max_examples=200, deadline=None)
def test_it_is_rfc_8785_of_the_normalised_value(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(normalised(value))


@given(_VALUES.filter(has_unique_keys))
@settings(max_examples=100, deadline=None)
def test_reading_and_writing_again_changes_nothing(value: Any) -> None:
    once = canonical(value)
    assert canonical(json.loads(once)) == once
    assert canonical(normal(value)) == once
    assert normal(value) == json.loads(once)


@given(st.dictionaries(_TEXT, _VALUES.filter(has_unique_keys), max_size=5).filter(has_unique_keys))
@settings(max_examples=50, deadline=None)
def test_the_order_of_keys_does_not_matter(value: dict[str, Any]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, ""]}, '{"a":[true,null,""],"b":1}'),
        ((1, 2), "[1,2]"),
        ({"\ufb00": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb00":1}'),  # UTF-16 order
        ("cafe\u0301", '"caf\u00e9"'),
        ('\x00\x1f\x7f"\\/', '"\\u0000\\u001f\x7f\\"\\\\/"'),
        ({"c": Colour.RED}, '{"c":"red"}'),
        (MAX_INTEGER, "9007199254740991"),
        (-MAX_INTEGER, "-9007199254740991"),
        ({}, "{}"),
    ],
)
def test_examples(value: Any, text: str) -> None:
    assert canonical(value).decode() == text


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (1.0, "$: float has no canonical JSON"),
        (float("nan"), "$: float"),
        ({"a": {"b": [0, 1.5]}}, "$.a.b[1]: float"),
        (MAX_INTEGER + 1, "$: 9007199254740992 is outside"),
        (-(2**64), "is outside"),
        ({1: 2}, "$: the key 1 is not a string"),
        ({None: 2}, "the key None is not a string"),
        ("\ud800", "$: a lone surrogate is not text"),
        ({"\udfff": 1}, "a lone surrogate is not text"),
        ({"e\u0301": 1, "\u00e9": 2}, "two keys normalise to 'é'"),
        (b"bytes", "$: bytes has no canonical JSON"),
        ({1, 2}, "$: set has no canonical JSON"),
        (object(), "$: object has no canonical JSON"),
    ],
)
def test_what_is_outside_the_profile_is_refused_with_its_place(value: Any, says: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is looked at below
        canonical(value)
    assert says in str(caught.value)


def test_a_digest_names_its_algorithm() -> None:
    assert digest({}) == "sha256:" + hashlib.sha256(b"{}").hexdigest()
    assert sha256_hex(b"") == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (digest(1), True),
        ("sha256:" + "0" * 64, True),
        ("sha256:" + "0" * 63, False),
        ("sha256:" + "A" * 64, False),
        ("sha256:" + "0" * 64 + "\n", False),
        ("0" * 64, False),
        ("sha512:" + "0" * 64, False),
        ("", False),
    ],
)
def test_what_has_the_form_of_a_digest(text: str, is_one: bool) -> None:
    assert is_digest(text) is is_one
