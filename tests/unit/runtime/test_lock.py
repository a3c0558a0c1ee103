"""One orchestration an item at a time: the lock names its holder and dies with it (SPEC 5.3)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dovetail.errors import RefusedError, UnavailableError
from dovetail.runtime.lock import item_lock

HOLD = """
import sys, time
from pathlib import Path
from dovetail.runtime.lock import item_lock
with item_lock(Path(sys.argv[1]), "WI-1"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of WI-1."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_driver_is_refused_with_the_name_of_the_first(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with (
        pytest.raises(RefusedError, match=f"WI-1 is being driven by process {holder.pid} on "),
        item_lock(tmp_path, "WI-1"),
    ):
        pytest.fail("two drivers at once")
    with item_lock(tmp_path, "WI-2"):
        pass


def test_a_lock_dies_with_its_holder(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with item_lock(tmp_path, "WI-1"):
        pass


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), item_lock(tmp_path, "WI-1"):
        raise ZeroDivisionError
    with item_lock(tmp_path, "WI-1"):
        pass


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("in the way")
    with pytest.raises(UnavailableError, match="can't be written"), item_lock(tmp_path, "WI-1"):
        pytest.fail("held without a file")
