"""One Prefect server for all tests of a session, however many processes run them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dovetail.runtime.server import embedded_server, quiet


@contextmanager
def shared_server(home: Path) -> Iterator[str]:
    """Use the server of this test session; the first process to ask starts it, the last ends it."""
    quiet(os.environ, home)
    with embedded_server(home) as url:
        before = os.environ.get("PREFECT_API_URL")
        os.environ["PREFECT_API_URL"] = url  # for the processes that tests start
        from prefect.settings import PREFECT_API_URL, temporary_settings

        try:
            with temporary_settings({PREFECT_API_URL: url}):
                yield url
        finally:
            if before is None:
                del os.environ["PREFECT_API_URL"]
            else:
                os.environ["PREFECT_API_URL"] = before
