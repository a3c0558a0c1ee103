"""The stores that the contract is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dovetail.store import Store
from tests.contract.stores import Reopen


@pytest.fixture(params=["sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that does not exist yet, once for each kind of store."""
    assert request.param == "sqlite"
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def reopen(place: str) -> Iterator[Reopen]:
    """Open the database as another process would find it."""
    opened: list[Store] = []

    def again() -> Store:
        opened.append(Store.open(place))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Reopen) -> Store:
    return reopen()
