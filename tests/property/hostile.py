"""Random plans, lowered from blueprints that the rules would accept, made to do harm.

Names are hostile in the blueprint; texts are put into the plan, so that emission is tried with more
than what the language lets through.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields as fields_of
from dataclasses import is_dataclass, replace
from typing import Any

from hostile_texts import HOSTILE_KEYS, HOSTILE_TEXTS
from hypothesis import strategies as st

from dovetail.blueprint.model import Blueprint
from dovetail.plan.lower import lower
from dovetail.plan.model import Edge, Plan

__all__ = ["plans"]

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
        mixed(maybe("pattern", texts), maybe("default", texts), maybe("max", st.integers(6, 9)))
        | enum.map(lambda e: {"enum": e})
        | enum.map(lambda e: {"enum": e, "default": e[-1]})
    ).map(lambda f: {"type": "string", **f})


numbers = st.integers(-(2**53) + 1, 2**53 - 1)
days = st.dates().map(lambda d: d.isoformat())
simple = (
    _string()
    | mixed(st.just({"type": "int"}), maybe("default", numbers), maybe("min", st.just(1 - 2**53)))
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


artifacts = mixed(
    st.just({"artifact": "a b/'c\".md"}),
    maybe("matches", texts),
    maybe("min_bytes", st.integers(0, 9)),
    st.just({}) | mixed(texts.map(lambda t: {"each": t}), keys.map(lambda k: {"as": k})),
)
commands = st.lists(texts, min_size=1, max_size=3)
criterion = mixed(
    st.just({"id": "c"}),
    texts.map(lambda t: {"check": t})
    | artifacts
    | st.just({"evidence": "review"})
    | commands.map(lambda c: {"command": c}),
    maybe("say", texts),
)
criteria = st.lists(criterion, max_size=3)

environments = st.dictionaries(st.sampled_from(["PATH", "_x", "V" * 90]), texts, max_size=2)
runs = mixed(
    commands.map(lambda c: {"command": c}),
    maybe("env", environments),
    maybe("timeout", st.sampled_from(["1s", "10m", "2h"])),
)
renders = st.lists(
    mixed(
        st.just({"template": "a b/'c\".md", "to": "{{ x }}'.md"}),
        st.just({}) | mixed(texts.map(lambda t: {"each": t}), keys.map(lambda k: {"as": k})),
    ),
    min_size=1,
    max_size=2,
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
    some = st.lists(keys | st.just("owner"), min_size=1, max_size=2)
    return mixed(
        maybe("reviewers", some),
        maybe("approvals", st.integers(1, 3)),
        maybe("show", texts),
        maybe("outputs", declared(2)),
        maybe("override", some),
        maybe("evidence", keys),
        maybe("approve_when", texts),
        rejects,
        maybe("human", st.booleans()),
        maybe("independent", st.booleans()),
    )


def calls(before: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    pause = mixed(texts.map(lambda t: {"when": t}), gates(before).map(lambda g: {"gate": g}))
    each = mixed(
        texts.map(lambda t: {"items": t, "key": t}),
        keys.map(lambda k: {"as": k}),
        maybe("needs", texts),
        maybe("priority", texts),
        maybe("parallel", st.booleans()),
        maybe("group", texts),
        maybe("pause", pause),
        maybe("after", renders),
    )
    return mixed(
        keys.map(lambda k: {"blueprint": k}),
        maybe("version", st.sampled_from(["^1", "~1.2", "1.0.0-rc.1", "*"])),
        maybe("with", st.dictionaries(names, texts, max_size=2)),
        maybe("for_each", each),
        maybe("integrate_each", st.sampled_from(["child", "group", "end"])),
    )


def actions(before: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return (
        st.just({})
        | runs.map(lambda r: {"run": r})
        | st.just({"python": "a.b:c"})
        | gates(before).map(lambda g: {"gate": g})
        | renders.map(lambda r: {"render": r})
        | calls(before).map(lambda c: {"call": c})
        | mixed(maybe("message", texts), maybe("require", criteria)).map(lambda m: {"integrate": m})
    )


@st.composite
def step(draw: st.DrawFn, key: str, before: list[str]) -> dict[str, Any]:
    conditions = mixed(texts.map(lambda t: {"when": t}), maybe("skip_say", texts))
    some = st.lists(st.sampled_from(before), unique=True) if before else st.just([])
    joins = st.sampled_from(["all", "any", {"at_least": 1}, {"at_least": 3}])
    needs = st.just({}) | mixed(
        some.map(lambda n: {"needs": n}), st.just({}) | joins.map(lambda j: {"join": j})
    )
    globs = st.lists(st.sampled_from(["**/a b", "*'\".md", "x/?"]), min_size=1, max_size=2)
    back = st.sampled_from(before or [None]).map(lambda to: to and {"to": [to], "limit": 2})
    return draw(
        mixed(
            st.just({"key": key}),
            maybe("title", texts),
            maybe("description", texts),
            maybe("role", keys),
            maybe("parallel", st.booleans()),
            needs,
            st.just({}) | conditions,
            maybe("entry", criteria),
            maybe("exit", criteria),
            maybe("uses", st.lists(keys, max_size=2)),
            maybe("on_failure", back),
            maybe("changes", globs.map(lambda g: {"only": g}) | globs.map(lambda g: {"never": g})),
            maybe("checkpoint", mixed(maybe("ask", texts), maybe("show", texts))),
            maybe("done", texts),
            maybe("outputs", declared(3)),
            maybe("attempts", st.integers(1, 5)),
            actions(before),
        )
    )


constraints = mixed(
    st.sampled_from(["item", "global"]).map(lambda s: {"scope": s}),
    maybe("slots", st.integers(1, 9)),
)
blockers = mixed(
    texts.map(lambda t: {"title": t}), maybe("description", texts), maybe("when", texts)
)


def _lists_none(types: dict[str, Any]) -> bool:
    return "use" not in types


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
        maybe("item_id", st.sampled_from(["x-{seq}", "{date}_{slug}.{seq:03}"])),
        maybe("wip_limit", st.integers(1, 3) | st.just({"slots": 2, "per": "parent"})),
        maybe("outputs", st.dictionaries(keys, texts, max_size=2)),
        maybe("constraints", st.dictionaries(keys, constraints, max_size=2)),
        maybe("blockers", st.dictionaries(keys, blockers, max_size=2).filter(_lists_none)),
        maybe("start", st.sampled_from(order)),
        maybe("finish", st.sampled_from(order)),
        maybe("done", criteria),
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
    if isinstance(value, Edge):
        return value
    if isinstance(value, list | tuple):
        return type(value)(_replaced(v, texts) for v in value)
    if isinstance(value, dict):
        return {k: _replaced(v, texts) for k, v in value.items()}
    if is_dataclass(value):
        changes = {f.name: _replaced(getattr(value, f.name), texts) for f in fields_of(value)}
        return replace(value, **changes)  # type: ignore[type-var]
    return value
