"""Random plans, lowered from blueprints that the rules would accept, made to do harm.

Names are hostile in the blueprint; texts are put into the plan, so that emission is tried with more
than what the language lets through.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields as fields_of
from dataclasses import is_dataclass, replace
from typing import Any

from hypothesis import strategies as st

from dovetail.blueprint.model import Blueprint
from dovetail.plan.lower import lower
from dovetail.plan.model import Plan

__all__ = ["plans"]

HOSTILE_KEYS = [
    "class",
    "match",
    "type",
    "case",
    "lazy",
    "print",
    "id",
    "item",
    "attempt",
    "blueprint",
    "flow",
    "commit-handoffs",
    "datetime",
    "prefect",
    "dovetail",
    "typing",
    "literal",
    "any",
    "field",
    "check",
    "none",
    "true0",
    "self",
    "cls",
    "args",
    "kwargs",
    "name",
    "order",
    "release-note",
    "a",
    "a-b",
    "ab",
    "v1",
    "list",
    "str",
    "int",
    "dict",
    "property",
    "is-it",
    "l1",
    "o0",
    "rn",
    "key",
    "parse",
]

HOSTILE_TEXTS = [
    '"""',
    "'''",
    "\\",
    '\\"',
    "'\"",
    '"); import os; ("',
    "# nosec",
    "a\nb",
    "a\r# b",
    "\x00",
    "\x0c\x0b\x1c",
    "\x85\u2028\u2029",
    "\u202eabc\u202c",
    "\u2066x\u2069",
    "\ufeffx",
    "z\u200bw\u200dj",
    "\U000e0041",
    "\U0001f469\u200d\U0001f680",
    "Größe — „schön“",
    "大きさ" * 20,
    "漢" * 41,
    "\ufb01 \uff41\uff42\uff43 \u2460",
    "e\u0301\u0302",
    "{{ item.id }}",
    "{% raw %}",
    "{item}",
    "%s ${HOME} `id`",
    "yes",
    "NULL",
    "1.10",
    "012",
    "0x1F",
    "1_000",
    "12:30:45",
    "2026-01-31",
    "<<",
    "=",
    "- a",
    "? a",
    "a: b",
    "a #b",
    "!!str a",
    "&a *a",
    "[a, b]",
    "{a: b}",
    "| >",
    "---",
    "...",
    " lead and trail ",
    "%YAML 1.1",
    "@a",
    "\ttab",
    "w" * 79,
    "w" * 90,
    "two words " * 12,
    "fmt: off",
]

hostile = st.sampled_from(HOSTILE_TEXTS) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30
)
STAND_INS = [f"text {i}" for i in range(10)]
texts = st.sampled_from(STAND_INS)
keys = st.sampled_from(HOSTILE_KEYS) | st.from_regex(
    r"[a-z][a-z0-9]{0,30}(-[a-z0-9]{1,30})?", fullmatch=True
)
versions = st.sampled_from(["1.0.0", "10.20.30", "1.0.0-rc.1", "2.0.0-x-y.Z+b.7", "0.0.1+1"])


def maybe(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.just({}) | values.map(lambda v: {key: v})


@st.composite
def mixed(draw: st.DrawFn, *parts: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in parts:
        out |= draw(part)
    return out


def _string() -> st.SearchStrategy[dict[str, Any]]:
    enum = st.lists(texts, min_size=1, max_size=4, unique=True)
    return (
        mixed(maybe("pattern", texts), maybe("default", texts), maybe("max", st.integers(1, 9)))
        | enum.map(lambda e: {"enum": e})
        | enum.map(lambda e: {"enum": e, "default": e[-1]})
    ).map(lambda f: {"type": "string", **f})


numbers = st.integers(-(2**53) + 1, 2**53 - 1)
days = st.dates().map(lambda d: d.isoformat())
simple = (
    _string()
    | mixed(st.just({"type": "int"}), maybe("default", numbers), maybe("min", st.just(-(10**9))))
    | st.just({"type": "int", "enum": [-1, 0, 2], "default": 0})
    | mixed(st.just({"type": "bool"}), maybe("default", st.booleans()))
    | mixed(st.just({"type": "date"}), maybe("default", days))
    | st.just({"type": "list", "of": "string", "default": ["a", "'\""]})
    | st.just({"type": "object", "default": {"a'b": {"c": [True, 1]}}})
)
names = st.sampled_from(["due_date", "scope-changed", "x" * 60]) | keys
fields = st.recursive(
    simple,
    lambda inner: (
        inner.map(lambda of: {"type": "list", "of": of})
        | st.dictionaries(names, inner, max_size=2).map(lambda f: {"type": "object", "fields": f})
    ),
    max_leaves=3,
)
optional = fields.map(lambda f: f if "default" in f else {**f, "optional": True})


def declared(size: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(names, fields | optional, max_size=size).filter(
        lambda d: len({k.replace("-", "_") for k in d}) == len(d)
    )


criteria = mixed(
    st.just({"id": "c"}),
    mixed(st.just({}), texts.map(lambda t: {"check": t}))
    | mixed(
        st.just({"artifact": "a b/'c\".md"}),
        maybe("matches", texts),
        maybe("min_bytes", st.integers(0, 9)),
    )
    | st.just({"evidence": "review"}),
    maybe("say", texts),
).filter(lambda c: len(c) > 1 and {"check", "artifact", "evidence"} & set(c))

environments = st.dictionaries(st.sampled_from(["PATH", "_x", "V" * 90]), texts, max_size=2)
runs = mixed(
    st.lists(texts, min_size=1, max_size=4).map(lambda c: {"command": c}),
    maybe("env", environments),
    maybe("timeout", st.sampled_from(["1s", "10m", "2h"])),
)


def gates(before: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    rejects = st.just({})
    if before:
        reject = mixed(
            st.lists(st.sampled_from(before), min_size=1, unique=True).map(lambda to: {"to": to}),
            st.integers(0, 5).map(lambda n: {"limit": n}),
            maybe("then", st.sampled_from(["block", "close"])),
        )
        rejects |= reject.map(lambda r: {"reject": r})
    return mixed(
        maybe("reviewers", st.lists(keys | st.just("owner"), min_size=1, max_size=2)),
        maybe("evidence", keys),
        maybe("approve_when", texts),
        rejects,
        maybe("human", st.booleans()),
        maybe("independent", st.booleans()),
    )


def actions(before: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return (
        st.just({})
        | runs.map(lambda r: {"run": r})
        | st.just({"python": "a.b:c"})
        | gates(before).map(lambda g: {"gate": g})
        | maybe("message", texts).map(lambda m: {"integrate": m})
    )


@st.composite
def step(draw: st.DrawFn, key: str, before: list[str]) -> dict[str, Any]:
    conditions = mixed(texts.map(lambda t: {"when": t}), maybe("skip_say", texts))
    return draw(
        mixed(
            st.just({"key": key}),
            maybe("title", texts),
            maybe("description", texts),
            maybe("role", keys),
            maybe("parallel", st.booleans()),
            st.just({})
            | (st.lists(st.sampled_from(before), unique=True) if before else st.just([])).map(
                lambda n: {"needs": n}
            ),
            st.just({}) | conditions,
            maybe("exit", st.lists(criteria, max_size=3)),
            maybe("done", texts),
            maybe("outputs", declared(3)),
            maybe("attempts", st.integers(1, 5)),
            actions(before),
        )
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """One plan; every text and every name in it may be hostile."""
    order = draw(st.lists(keys, min_size=1, max_size=6, unique=True))
    steps = [draw(step(key, order[:i])) for i, key in enumerate(order)]
    top = mixed(
        maybe("description", texts),
        maybe("roles", st.dictionaries(keys, texts, max_size=3)),
        maybe("params", declared(5)),
        maybe("evidence", st.dictionaries(keys, declared(3), max_size=2)),
        maybe("intake", st.just("none") | keys.map(lambda r: {"review": [r, "owner"]})),
    )
    identity = {
        "schema": "dovetail/v1",
        "name": draw(keys),
        "version": draw(versions),
        "title": draw(texts),
        "owner": draw(texts),
    }
    plan = lower(Blueprint.model_validate({**identity, **draw(top), "steps": steps}))
    size = len(STAND_INS)
    said = draw(st.lists(hostile, min_size=size, max_size=size, unique_by=_composed))
    replaced: Plan = _replaced(plan, dict(zip(STAND_INS, said, strict=True)))
    return replaced


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _replaced(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, list | tuple):
        return type(value)(_replaced(v, texts) for v in value)
    if isinstance(value, dict):
        return {k: _replaced(v, texts) for k, v in value.items()}
    if is_dataclass(value):
        changes = {f.name: _replaced(getattr(value, f.name), texts) for f in fields_of(value)}
        return replace(value, **changes)  # type: ignore[type-var]
    return value
