"""Shipped files are found in a wheel and in a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail import resources
from dovetail.errors import UnavailableError


def test_this_checkout_has_the_template_of_flows() -> None:
    assert (resources.folder("templates") / "flow" / "module.py.jinja").is_file()


def test_in_a_wheel_the_files_are_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "lib" / "dovetail"
    monkeypatch.setattr(resources, "_PACKAGE", package)
    with pytest.raises(UnavailableError, match="no shipped templates"):
        resources.folder("templates")
    at_the_root = tmp_path / "site-packages" / "templates"
    at_the_root.mkdir(parents=True)
    assert resources.folder("templates") == at_the_root
    beside = package / "_data" / "templates"
    beside.mkdir(parents=True)
    assert resources.folder("templates") == beside
