"""The straight line: what no compiler of such files can leave out, and nothing else.

It reads YAML with its places, checks the types, sorts the graph, takes a digest, writes a module
and parses it. It finds no mistakes in names or expressions, and nothing it writes could be run.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["compile_straight"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Criterion(_Record):
    id: str
    check: str | None = None
    artifact: str | None = None
    say: str | None = None


class _Step(_Record):
    key: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=63)
    order: int
    role: str = "owner"
    parallel: bool = False
    needs: list[str] = []
    outputs: dict[str, dict[str, Any]] = {}
    exit: list[_Criterion] = []
    done: str = ""


class _Blueprint(_Record):
    schema_: str = Field(alias="schema")
    name: str
    version: str
    title: str
    owner: str
    effective: dict[str, str]
    changes: list[dict[str, str]]
    roles: dict[str, str]
    steps: list[_Step]


def compile_straight(text: str) -> str:
    """Give the module of a blueprint's text."""
    data = _data(yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    blueprint = _Blueprint.model_validate(data)
    graph: nx.DiGraph[str] = nx.DiGraph()
    steps = {step.key: step for step in blueprint.steps}
    graph.add_nodes_from(steps)
    graph.add_edges_from((need, key) for key, step in steps.items() for need in step.needs)
    order = nx.lexicographical_topological_sort(graph, key=lambda key: (steps[key].order, key))
    digest = hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()
    out = [f"# {digest}\nfrom somewhere import step\n"]
    for key in order:
        step = steps[key]
        criteria = [(c.id, c.check or c.artifact, c.say) for c in step.exit]
        out.append(
            f"\n\n@step(\n    order={step.order},\n    role={step.role!r},\n"
            f"    needs=[{', '.join(step.needs)}],\n    outputs={step.outputs!r},\n"
            f"    exit={criteria!r},\n    done={step.done!r},\n)\ndef {key}(): ...\n"
        )
    module = "".join(out)
    ast.parse(module)
    return module


def _data(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_data(value) for value in node.value]
    return (
        {"true": True, "false": False}.get(node.value, node.value) if not node.style else node.value
    )


if __name__ == "__main__":
    compile_straight(Path(sys.argv[1]).read_text(encoding="utf-8"))
