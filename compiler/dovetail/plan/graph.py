"""From order and needs to edges (SPEC 2.4). The only module that knows networkx.

It is loaded where the file's order leaves something to find out, which is seldom: a cycle, or needs
between parallel steps of equal order.

Two facts make rules 2 and 5 linear, where the obvious way needs the whole reachability relation:

* A step without needs waits for every step of every earlier group, so of these only the *frontier*
  is left: the steps that are not yet an input of an `all` join of an earlier group. Whatever is an
  input of such a join has settled before it, and so before the new step.
* Between two neighbours in the lane lies at most one group of parallel steps, so whether the one
  has settled before the other is one flag a step, passed along edges into `all` joins.

Joins other than `all` prove nothing about their inputs: they neither shrink the frontier nor pass
the flag. Lane edges are no inputs of joins, so they take no part in rule 2.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from dovetail.plan.model import Edge

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Node", "find_cycles", "resolve"]


@dataclass(frozen=True, slots=True)
class Node:
    """What of a step decides about edges.

    Attributes:
        needs: the written predecessors; None: none were written, and rule 2 implies them.
        conjunctive: whether the join is `all`; any other join requires `needs`.
    """

    key: str
    order: int
    parallel: bool = False
    needs: tuple[str, ...] | None = None
    conjunctive: bool = True


def find_cycles(needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Find the cycles among needs, each once and whole, starting from its least key.

    In each of the lists a step needs the one after it, and the last needs the first. Where cycles
    are entangled, the shortest one through the least key is reported and its edges are set aside,
    until nothing is left; so every cycle of the graph shares an edge with one that is reported.
    Needs on unknown keys and on the step itself are findings of their own, and are passed over.
    """
    left = _left_over(needs)
    after = {k: dict.fromkeys(n for n in sorted(needs[k]) if n in left and n != k) for k in left}
    found: list[list[str]] = []
    tangles = _tangles(after)
    while tangles:
        members = tangles.pop()
        for least in sorted(members):
            while cycle := _cycle_through(least, after):
                found.append(cycle)
                for here, there in pairwise([*cycle, least]):
                    del after[here][there]
            members.discard(least)
            if after[least]:  # it led out of every cycle, and so may others: look again
                for k in members:
                    after[k] = dict.fromkeys(n for n in after[k] if n in members)
                tangles.extend(_tangles({k: after[k] for k in members}))
                break
    return sorted(found)


def _left_over(needs: Mapping[str, Sequence[str]]) -> dict[str, None]:
    """Give the steps that are in a cycle or need one that is, perhaps among others.

    Whatever needs only what was seen before it is in none. One look suffices for a file that is
    written in the order of its needs.
    """
    left = dict.fromkeys(needs)
    for key, before in needs.items():
        if not any(n in left and n != key for n in before):
            del left[key]
    return left


def _tangles(after: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """Give the sets of steps of which each reaches every other."""
    if not after:
        return []
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph((here, there) for here in after for there in after[here])
    return [members for members in nx.strongly_connected_components(graph) if len(members) > 1]


def _cycle_through(start: str, after: Mapping[str, Iterable[str]]) -> list[str]:
    """Give a shortest cycle through a step, of equals the first in key order; or nothing."""
    came: dict[str, str | None] = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in after[here]:
            if there in came:
                continue
            came[there] = here
            if start in after[there]:
                return _way_to(there, came)
            queue.append(there)
    return []


def _way_to(end: str, came: Mapping[str, str | None]) -> list[str]:
    way: list[str] = []
    here: str | None = end
    while here is not None:
        way.append(here)
        here = came[here]
    return way[::-1]


def resolve(nodes: Iterable[Node]) -> dict[str, tuple[Edge, ...]]:
    """Give the edges into every step; the keys of the result are in canonical order.

    The edges of a step stand in canonical order of their sources, the lane edge last.

    Args:
        nodes: steps that the rules have accepted: unique keys, every need known and of no higher
            order, no cycle, equal orders only among parallel steps.
    """
    steps = _canonical(nodes)
    place = {n.key: i for i, n in enumerate(steps)}
    edges: dict[str, tuple[Edge, ...]] = {}
    edge = cache(Edge)  # one step may be the source of thousands, and
    made: dict[tuple[str, ...], tuple[Edge, ...]] = {}  # thousands may need the same
    frontier: dict[str, None] = {}
    lane: str | None = None  # the last step that is not parallel, and
    behind: set[str] = set()  # the later steps that it must have settled before
    for group in _groups(steps):
        implied = tuple(edge(u, "order") for u in frontier)
        for n in group:
            if n.needs is None:
                inputs = implied
                settled = lane is not None
            else:
                if n.needs not in made:
                    sources = sorted(set(n.needs), key=place.__getitem__)
                    made[n.needs] = tuple([edge(u, "needs") for u in sources])
                inputs = made[n.needs]
                settled = (
                    n.conjunctive
                    and lane is not None
                    and any(e.step == lane or e.step in behind for e in inputs)
                )
            edges[n.key] = inputs
            if settled:
                behind.add(n.key)
            if not n.parallel:
                if lane is not None and not settled:
                    edges[n.key] = (*inputs, edge(lane, "lane"))
                lane, behind = n.key, set()
        _advance(frontier, group, edges)
    return edges


def _advance(
    frontier: dict[str, None], group: Sequence[Node], edges: Mapping[str, Sequence[Edge]]
) -> None:
    frontier.update((n.key, None) for n in group)
    seen: set[int] = set()  # many steps may have the same edges
    for n in group:
        into = edges[n.key]
        if n.conjunctive and id(into) not in seen:
            seen.add(id(into))
            for e in into:
                if e.reason != "lane":
                    frontier.pop(e.step, None)


def _canonical(nodes: Iterable[Node]) -> list[Node]:
    """Sort steps by rule 4.

    Only needs between steps of equal order are put in the graph: no edge leads to a lower order, so
    the sort by `(order, key)` has placed every other predecessor already.
    """
    known = {n.key: n for n in nodes}
    among_equals = [
        (u, n.key) for n in known.values() for u in n.needs or () if known[u].order == n.order
    ]
    if not among_equals:
        return sorted(known.values(), key=lambda n: (n.order, n.key))
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(known)
    graph.add_edges_from(among_equals)
    order = nx.lexicographical_topological_sort(graph, key=lambda k: (known[k].order, k))
    return [known[k] for k in order]


def _groups(steps: Iterable[Node]) -> Iterator[list[Node]]:
    """Cut steps in canonical order into groups: consecutive parallel steps, and each other one."""
    for parallel, run in groupby(steps, key=lambda n: n.parallel):
        if parallel:
            yield list(run)
        else:
            yield from ([n] for n in run)
