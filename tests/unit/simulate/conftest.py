"""Scenarios of small blueprints, written as texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dovetail import kernel
from dovetail.blueprint.load import load_bytes, read_model
from dovetail.blueprint.source import parse
from dovetail.blueprint.versions import fitting
from dovetail.errors import NotFoundError
from dovetail.files.scenario import Scenario
from dovetail.plan.lower import lower
from dovetail.plan.model import Plan
from dovetail.simulate import Trace, simulate

HEAD = "schema: dovetail/v1\ntitle: T\nowner: crew\n"
Play = Callable[..., Trace]


def compiled(text: str, name: str = "demo", version: str = "1.0.0") -> Plan:
    """Give the plan of a blueprint; names that it does not say are filled in."""
    rest = "" if "intake:" in text else "intake: none\n"
    whole = f"{HEAD}name: {name}\nversion: {version}\n{rest}{text}"
    loaded = load_bytes(whole.encode(), shown_as=name)
    assert loaded.diagnostics == ()
    assert loaded.blueprint is not None
    return lower(loaded.blueprint)


def scenario(text: str) -> Scenario:
    """Give a scenario of `demo@1.0.0`."""
    whole = f"schema: dovetail/scenario/v1\nblueprint: demo@1.0.0\n{text}"
    read, errors = read_model(Scenario, parse(whole.encode(), "scenario"))
    assert read is not None, errors
    return read


@pytest.fixture
def play() -> Play:
    """Play a scenario; callees are given by name, each a text or texts by version."""

    def played(blueprint: str, told: str = "", **callees: Any) -> Trace:
        found = {
            (name, version): compiled(text, name, version)
            for name, of in callees.items()
            for version, text in ({"1.0.0": of} if isinstance(of, str) else of).items()
        }

        def plans(name: str, wanted: str) -> Plan:
            versions = fitting(wanted, [v for n, v in found if n == name])
            if not versions:
                raise NotFoundError(f"there is no {name}")
            return found[name, versions[-1]]

        trace = simulate(compiled(blueprint), scenario(told), plans)
        for one in trace.family():  # the history is one that the kernel allows
            events = [r.event for r in one.history]
            assert kernel.fold(one.plan, events) == one.state
        return trace

    return played


@pytest.fixture
def compile_plan() -> Callable[..., Plan]:
    """Give the plan of a blueprint's text."""
    return compiled
