"""Laws of SPEC 2.4, and an oracle that restates it with sets and reachability, word by word."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.blueprint.model import Blueprint
from dovetail.plan.graph import Node, find_cycles, resolve
from dovetail.plan.lower import lower

Edges = dict[str, set[tuple[str, str]]]


@st.composite
def nodes(draw: st.DrawFn, *, joins: bool = True) -> list[Node]:
    """Steps that the rules accept: equal orders among parallel steps, needs below or beside."""
    keys = draw(st.permutations("abcdefghijkl"[: draw(st.integers(1, 12))]))
    out: list[Node] = []
    order = 0
    for key in keys:
        parallel = draw(st.booleans())
        beside = parallel and out and out[-1].parallel and draw(st.booleans())
        order += 0 if beside else draw(st.integers(1, 3))
        # Whatever came before is of lower order, or of equal order and parallel.
        needs = draw(st.none() | st.sets(st.sampled_from([n.key for n in out]))) if out else None
        conjunctive = needs is None or not joins or draw(st.booleans())
        out.append(Node(key, order, parallel, None if needs is None else tuple(needs), conjunctive))
    return draw(st.permutations(out))


# --- the oracle ---


def oracle(steps: list[Node]) -> tuple[list[str], Edges]:
    """Rule by rule; shares nothing with the code under test."""
    by_key = {n.key: n for n in steps}
    in_file = sorted(steps, key=lambda n: (n.order, n.key))
    groups: list[list[Node]] = []
    for n in in_file:
        if groups and n.parallel and groups[-1][-1].parallel:
            groups[-1].append(n)
        else:
            groups.append([n])
    # Rule 2, before anything is dropped.
    inputs: dict[str, set[str]] = {}
    for i, group in enumerate(groups):
        earlier = {m.key for g in groups[:i] for m in g}
        for n in group:
            inputs[n.key] = earlier if n.needs is None else set(n.needs)

    def settled_before(key: str) -> set[str]:
        """Everything from which a way of edges into `all` joins leads to the step."""
        found: set[str] = set()
        ahead = [key]
        while ahead:
            v = ahead.pop()
            for u in inputs[v] if by_key[v].conjunctive else ():
                if u not in found:
                    found.add(u)
                    ahead.append(u)
        return found

    edges: Edges = {}
    for n in steps:
        if n.needs is None:
            indirect = set().union(*(settled_before(w) for w in inputs[n.key]), set())
            edges[n.key] = {(u, "order") for u in inputs[n.key] - indirect}
        else:
            edges[n.key] = {(u, "needs") for u in n.needs}
    # Rule 4.
    order: list[str] = []
    while len(order) < len(steps):
        ready = [
            n for n in steps if n.key not in order and {u for u, _ in edges[n.key]} <= {*order}
        ]
        order.append(min(ready, key=lambda n: (n.order, n.key)).key)
    # Rule 5.
    lane = [k for k in order if not by_key[k].parallel]
    for u, v in pairwise(lane):
        if u not in settled_before(v):
            edges[v] = edges[v] | {(u, "lane")}
    return order, edges


@settings(max_examples=600, deadline=None)
@given(nodes())
def test_resolve_does_what_the_rules_say(steps: list[Node]) -> None:
    order, edges = oracle(steps)
    found = resolve(steps)
    assert list(found) == order
    assert {k: {(e.step, e.reason) for e in v} for k, v in found.items()} == edges


@settings(max_examples=300, deadline=None)
@given(nodes())
def test_edges_stand_in_canonical_order_with_the_lane_last(steps: list[Node]) -> None:
    found = resolve(steps)
    place = {k: i for i, k in enumerate(found)}
    for key, edges in found.items():
        flow = [place[e.step] for e in edges if e.reason != "lane"]
        assert flow == sorted(set(flow))
        assert all(p < place[key] for p in flow)
        assert [e.reason for e in edges[: len(flow)]].count("lane") == 0
        assert len(edges) - len(flow) <= 1


@settings(max_examples=300, deadline=None)
@given(nodes(joins=False))
def test_nothing_written_before_a_plain_step_can_run_beside_it(steps: list[Node]) -> None:
    """Of plain steps without needs: all that is of lower order has settled before they start."""
    found = resolve(steps)
    for n in steps:
        if n.parallel or n.needs is not None:
            continue
        before: set[str] = set()
        ahead = [n.key]
        while ahead:
            for e in found[ahead.pop()]:
                if e.step not in before:
                    before.add(e.step)
                    ahead.append(e.step)
        assert before >= {m.key for m in steps if m.order < n.order}


@settings(max_examples=300, deadline=None)
@given(nodes())
def test_no_implied_edge_is_said_twice(steps: list[Node]) -> None:
    """Dropping any implied edge that is left would let its source run beside its target."""
    found = resolve(steps)
    joins = {n.key: n.conjunctive for n in steps}

    def reaches(u: str, v: str, without: tuple[str, str]) -> bool:
        ahead = [v]
        while ahead:
            w = ahead.pop()
            for e in found[w] if joins[w] else ():
                if e.reason != "lane" and (e.step, w) != without:
                    if e.step == u:
                        return True
                    ahead.append(e.step)
        return False

    for v, edges in found.items():
        for e in edges:
            if e.reason in ("order", "lane"):
                assert not reaches(e.step, v, (e.step, v))


@settings(max_examples=150, deadline=None)
@given(nodes(joins=False), st.randoms(use_true_random=False))
def test_lowering_agrees_with_the_oracle_and_the_file_order_does_not_matter(
    steps: list[Node], chance: random.Random
) -> None:
    data = [_step(n) for n in steps]
    plan = lower(_blueprint(data))
    order, edges = oracle(steps)
    assert [s.key for s in plan.steps] == order
    assert [s.index for s in plan.steps] == list(range(1, len(order) + 1))
    assert {s.key: {(e.step, e.reason) for e in s.edges} for s in plan.steps} == edges
    assert {s.key: s.order for s in plan.steps} == {n.key: n.order for n in steps}
    chance.shuffle(data)
    shuffled = [dict(chance.sample(sorted(s.items()), len(s))) for s in data]
    assert lower(_blueprint(shuffled)).to_data() == plan.to_data()


def _step(n: Node) -> dict[str, object]:
    written = {} if n.needs is None else {"needs": list(n.needs)}
    return {"key": n.key, "order": n.order, "parallel": n.parallel, **written}


def _blueprint(steps: list[dict[str, object]]) -> Blueprint:
    return Blueprint.model_validate(
        {
            "schema": "dovetail/v1",
            "name": "x",
            "version": "1.0.0",
            "title": "X",
            "owner": "o",
            "steps": steps,
        }
    )


# --- cycles ---

graphs = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefghz"), max_size=4), max_size=8
)


def _acyclic(needs: dict[str, set[str]]) -> bool:
    left = {k: set(v) & set(needs) for k, v in needs.items()}
    while ready := [k for k, v in left.items() if not v]:
        left = {k: v - {*ready} for k, v in left.items() if k not in ready}
    return not left


def _edges(cycle: list[str]) -> Iterable[tuple[str, str]]:
    return pairwise([*cycle, cycle[0]])


@settings(max_examples=600, deadline=None)
@given(graphs)
def test_cycles_are_whole_start_at_their_least_key_and_share_no_edge(
    needs: dict[str, list[str]],
) -> None:
    cycles = find_cycles(needs)
    seen: set[tuple[str, str]] = set()
    for cycle in cycles:
        assert len(cycle) > 1
        assert len(set(cycle)) == len(cycle)
        assert cycle[0] == min(cycle)
        edges = set(_edges(cycle))
        assert all(there in needs[here] for here, there in edges)
        assert not edges & seen
        seen |= edges
    assert cycles == sorted(cycles)
    rest = {k: {n for n in v if n != k and (k, n) not in seen} for k, v in needs.items()}
    assert _acyclic(rest)


@settings(max_examples=200, deadline=None)
@given(graphs, st.randoms(use_true_random=False))
def test_cycles_do_not_depend_on_the_order_of_anything(
    needs: dict[str, list[str]], chance: random.Random
) -> None:
    items = [(k, chance.sample(v, len(v))) for k, v in needs.items()]
    chance.shuffle(items)
    assert find_cycles(dict(items)) == find_cycles(needs)
