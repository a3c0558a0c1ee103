"""`prefect.yaml`: a deployment for each blueprint version in effect, for `prefect deploy --all`.

Prefect fills in `{{ … }}` in whatever it reads there, from the environment and from secrets: so a
title that has any is written with the braces apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dovetail.emit.names import checked_version, identifier, module_path
from dovetail.plan.characters import quoted

__all__ = ["FILE", "Deployment", "deployments", "is_emitted"]

FILE = "prefect.yaml"
"""Its path from the project's root."""

_HEAD = """\
# Emitted by Dovetail: a deployment for each blueprint version in effect. Do not edit.
# Refresh: dovetail compile   (also on the day, in UTC, on which another version takes effect)
# Deploy:  prefect work-pool create --type process dovetail   (once)
#          prefect --no-prompt deploy --all
"""
_POOL = "dovetail"


class Deployment(NamedTuple):
    """A version of a blueprint that is deployed."""

    blueprint: str
    version: str
    title: str


def deployments(deployed: Iterable[Deployment]) -> str:
    """Give the text of `prefect.yaml`. A deployment is called by its version, below its flow.

    The path of an entrypoint starts at the project's root, where `prefect deploy` is to be called:
    the workers of a process work pool run flows from there.

    Raises:
        EmissionError: when a name or a version has not its form.
    """
    lines = [line for one in sorted(deployed) for line in _deployment(one)]
    return f"{_HEAD}\ndeployments:\n" + "\n".join(lines) + "\n"


def is_emitted(text: str) -> bool:
    """Tell whether a `prefect.yaml` says that Dovetail emitted it."""
    return text.startswith(_HEAD.split("\n", 1)[0].rpartition(":")[0])


def _deployment(one: Deployment) -> Iterator[str]:
    path = module_path(one.blueprint, one.version)
    yield f"  - name: {quoted(checked_version(one.version))}"
    yield f"    version: {quoted(one.version)}"
    yield f"    description: {quoted(_plain(one.title))}"
    yield f"    tags: [dovetail, {quoted(f'blueprint:{one.blueprint}')}]"
    yield f"    entrypoint: {path}:{identifier(one.blueprint)}"
    yield f"    work_pool: {{name: {_POOL}}}"


def _plain(title: str) -> str:
    while "{{" in title:
        title = title.replace("{{", "{ {")
    return title
