"""Edges, canonical order and cycles by example (SPEC 2.4)."""

from __future__ import annotations

import time

import pytest

from dovetail.plan.graph import Node, find_cycles, resolve


def nodes(text: str) -> list[Node]:
    """Read `a, b|, c| < a x, d any < b c`: `|` is parallel, `<` is needs, `any` is another join."""
    out = []
    for order, part in enumerate(text.split(","), start=1):
        head, written, needs = part.strip().partition("<")
        key, *rest = head.split()
        out.append(
            Node(
                key.rstrip("|"),
                order,
                parallel=key.endswith("|"),
                needs=tuple(needs.split()) if written else None,
                conjunctive="any" not in rest,
            )
        )
    return out


def shown(steps: list[Node]) -> str:
    mark = {"needs": "!", "order": "", "lane": "~"}
    return ", ".join(
        key + "".join(f" {e.step}{mark[e.reason]}" for e in edges)
        for key, edges in resolve(steps).items()
    )


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param("a", "a", id="one step"),
        pytest.param("a, b, c", "a, b a, c b", id="a plain chain keeps neighbours only"),
        pytest.param("a, b|, c|, d", "a, b a, c a, d b c", id="the example of the specification"),
        pytest.param("a|, b|, c", "a, b, c a b", id="a group at the start has only roots"),
        pytest.param("a, b|, c|", "a, b a, c a", id="a group at the end"),
        pytest.param("a, b|, c| < b, d", "a, b a, c b!, d c", id="needs inside a group"),
        pytest.param("a, b|, c| <, d", "a, b a, c, d b c", id="an explicit root"),
        pytest.param("a, b, c < a, d", "a, b a, c a! b~, d b c", id="a need behind the lane"),
        pytest.param("a, b < a, c < a b", "a, b a!, c a! b!", id="needs are never reduced"),
        pytest.param(
            "a, b <, c", "a, b a~, c a b", id="a lane edge is no input and proves nothing"
        ),
        pytest.param("a, b|, c < b", "a, b a, c b!", id="the lane through a parallel step"),
        pytest.param("a, b| <, c < b", "a, b, c b! a~", id="the lane past a parallel root"),
        pytest.param(
            "a, b| < a, c| < b, d < c", "a, b a!, c b!, d c!", id="the lane, two parallel"
        ),
        pytest.param(
            "a|, b|, c any < a b, d", "a, b, c a! b!, d a b c", id="another join proves nothing"
        ),
        pytest.param("a, b any < a, c < b", "a, b a! a~, c b!", id="a need and the lane besides"),
        pytest.param(
            "a, b|, c| any < b, d < c", "a, b a, c b!, d c! a~", id="the flag stops at a join"
        ),
        pytest.param("a, b|, c, d|, e", "a, b a, c b, d c, e d", id="groups in turn"),
    ],
)
def test_edges(steps: str, expected: str) -> None:
    assert shown(nodes(steps)) == expected


def test_equal_orders_sort_by_key_but_for_needs() -> None:
    steps = [Node("c", 1, parallel=True), Node("a", 1, parallel=True, needs=("c",))]
    steps.append(Node("b", 1, parallel=True))
    assert shown(steps) == "b, c, a c!"


def test_order_goes_before_key() -> None:
    assert shown([Node("a", 10), Node("b", 9), Node("c", 1)]) == "c, b c, a b"


CYCLES = [
    pytest.param({"a": ["b"], "b": []}, [], id="none"),
    pytest.param({"a": ["a"]}, [], id="a step that needs itself is another finding"),
    pytest.param({"a": ["x"], "b": ["a"]}, [], id="an unknown key is another finding"),
    pytest.param({"a": ["b"], "b": ["a"]}, [["a", "b"]], id="two"),
    pytest.param({"c": ["b"], "b": ["a"], "a": ["c"]}, [["a", "c", "b"]], id="from its least key"),
    pytest.param(
        {"a": ["b"], "b": ["a"], "x": ["y"], "y": ["x"]}, [["a", "b"], ["x", "y"]], id="apart"
    ),
    pytest.param(
        {"a": ["b"], "b": ["a", "c"], "c": ["b"]}, [["a", "b"], ["b", "c"]], id="sharing a step"
    ),
    pytest.param(
        {"a": ["b", "c"], "b": ["c"], "c": ["a"]}, [["a", "c"]], id="entangled: the shortest only"
    ),
    pytest.param({"a": ["b", "b"], "b": ["a"]}, [["a", "b"]], id="a need written twice"),
    pytest.param(
        {"in": ["a"], "a": ["b"], "b": ["a", "out"], "out": []}, [["a", "b"]], id="steps around it"
    ),
]


@pytest.mark.parametrize(("needs", "expected"), CYCLES)
def test_cycles(needs: dict[str, list[str]], expected: list[list[str]]) -> None:
    assert find_cycles(needs) == expected


LONG = 100_000


def test_a_long_chain_does_not_recurse() -> None:
    steps = [Node(f"s{i:06}", i) for i in range(LONG)]
    assert [len(e) for e in resolve(steps).values()] == [0] + [1] * (LONG - 1)


def test_a_long_chain_of_needs_takes_linear_memory() -> None:
    keys = [f"s{i:06}" for i in range(LONG)]
    steps = [Node(k, 1, True, tuple(keys[max(i - 1, 0) : i])) for i, k in enumerate(keys)]
    assert list(resolve(steps)) == keys


def test_a_long_cycle_does_not_recurse() -> None:
    keys = [f"s{i:06}" for i in range(LONG)]
    assert find_cycles(dict(zip(keys, ([k] for k in [*keys[1:], keys[0]]), strict=True))) == [keys]


def test_layers_that_are_fully_joined_take_seconds() -> None:
    first = [f"a{i:04}" for i in range(1000)]
    steps = [Node(k, 1, True) for k in first]
    steps += [Node(f"b{i:04}", 2, True, tuple(first)) for i in range(1000)]
    start = time.perf_counter()
    edges = resolve([*steps, Node("c", 3)])
    assert time.perf_counter() - start < 5
    assert len(edges["c"]) == 1000
    assert sum(map(len, edges.values())) == 1_001_000
