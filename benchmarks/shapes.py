"""The graphs that are measured, and blueprints that say them.

A graph is a list of steps, each with the steps it needs, which all come before it. The same name
and size give the same graph on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

__all__ = ["SHAPES", "Graph", "blueprint", "chain", "fan", "layered", "scattered", "waves"]

Graph = Sequence[tuple[str, Sequence[str]]]

_HEAD = """\
schema: dovetail/v1
name: bench
version: 1.0.0
title: A blueprint to measure with
owner: team
effective: {from: 2026-01-01}
changes:
  - {version: 1.0.0, date: 2026-01-01, author: mira, reason: to measure, impact: none}
roles:
  writer: Writes the text
steps:
"""


def chain(size: int) -> Graph:
    """Each step needs the one before it."""
    keys = _keys(size)
    return [(key, keys[max(i - 1, 0) : i]) for i, key in enumerate(keys)]


def layered(size: int, width: int = 10) -> Graph:
    """Layers of some width; each step needs the whole layer before its own."""
    keys = _keys(size)
    return [
        (key, keys[max(i // width - 1, 0) * width : i // width * width])
        for i, key in enumerate(keys)
    ]


def scattered(size: int) -> Graph:
    """Each step needs one to five of all steps before it, three on average."""
    chance = random.Random(41)  # noqa: S311 - to be the same everywhere
    keys = _keys(size)
    return [
        (key, sorted(chance.sample(keys[:i], min(i, chance.randint(1, 5)))))
        for i, key in enumerate(keys)
    ]


def fan(size: int, roots: int) -> Graph:
    """Some roots, and every other step needs all of them."""
    keys = [f"k{i}" for i in range(size)]
    return [(key, keys[:roots] if i >= roots else []) for i, key in enumerate(keys)]


SHAPES: Mapping[str, Callable[[int], Graph]] = {
    "chain": chain,
    "layers of ten": layered,
    "scattered": scattered,
}


def blueprint(graph: Graph, *, varied: bool = False) -> str:
    """Give the blueprint of a graph, with two exit criteria a step.

    Args:
        graph: the steps; in a chain they are not parallel.
        varied: let no two steps have the same expression.
    """
    parallel = any(len(needs) > 1 for _, needs in graph)
    out = [_HEAD]
    for i, (key, needs) in enumerate(graph):
        out.append(f"  - key: {key}\n    order: {i + 1}\n    role: writer\n")
        if parallel:
            out.append("    parallel: true\n")
        out.append(f"    needs: [{', '.join(needs)}]\n")
        least = i if varied else 0
        out.append(
            "    outputs: {found: {type: list, of: string}}\n"
            "    exit:\n"
            f"      - {{id: found, check: size(outputs.found) > {least}, say: Say what it is}}\n"
            f"      - {{id: notes, artifact: notes/{i}.md}}\n"
            f"    done: Part {i} is done, and what was found is written down in the notes.\n"
        )
    return "".join(out)


def waves(size: int, width: int) -> str:
    """Give a blueprint whose edges its order alone implies: groups, each closed by one step."""
    out = [_HEAD]
    for i in range(size):
        closes = i % (width + 1) == width or i == size - 1
        out.append(f"  - {{key: k{i}, role: writer{'' if closes else ', parallel: true'}}}\n")
    return "".join(out)


def _keys(size: int) -> list[str]:
    return [f"s{i:05}" for i in range(size)]
