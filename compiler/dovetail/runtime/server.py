"""The embedded Prefect server: started when a flow has to run, gone when nobody uses it any more.

A child process would survive a `kill -9` of its parent, with its port and its database. So every
user holds a shared lock on one file, which the system takes back however the user ends; the server
keeps trying for that lock alone, and ends as soon as it gets it. Several runs of one project share
one server.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from dovetail.errors import UnavailableError

__all__ = ["embedded_server", "quiet"]

_START_SECONDS = 90.0
_POLL_SECONDS = 0.2

_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLI_PROMPT": "false",
    # The recorder writes one event a transaction, which stalls SQLite for seconds.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
}

# What a server with neither schedules nor workers has no need of.
_EMBEDDED = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_LOGGER_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
}


def quiet(environment: MutableMapping[str, str], home: Path | None = None) -> None:
    """Settle Prefect's settings before it is imported: offline, silent; what a user set stays.

    Args:
        environment: is changed.
        home: where the embedded Prefect keeps its database.
    """
    for name, value in _QUIET.items():
        environment.setdefault(name, value)
    if home is not None:
        environment.setdefault("PREFECT_HOME", str(home))


@contextmanager
def embedded_server(home: Path) -> Iterator[str]:
    """Use the server of a folder, starting it where none runs; gives its API URL.

    Raises:
        UnavailableError: when it does not come up; the message has the end of its log.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (home / "start.lock").open("a") as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            url, child = _running(home), None
            if url is None:
                url, child = _start(home)
        try:
            yield url
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            _await_end(users, child)


def _await_end(users: IO[str], child: subprocess.Popen[bytes] | None) -> None:
    """Wait for our own child when nobody else uses it, so that it is gone when we are."""
    if child is None:
        return
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(users, fcntl.LOCK_UN)
        child.wait(10)
    except BlockingIOError:  # the server is ending, or somebody else uses it on
        try:
            child.wait(1)
        except subprocess.TimeoutExpired:
            child.returncode = 0  # it goes on without us, and will end by itself
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _healthy(url: str) -> bool:
    import httpx

    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _running(home: Path) -> str | None:
    try:
        url = json.loads((home / "server.json").read_text())["url"]
    except (OSError, ValueError, KeyError):
        return None
    return str(url) if _healthy(url) else None


def _start(home: Path) -> tuple[str, subprocess.Popen[bytes]]:
    (home / "server.json").unlink(missing_ok=True)
    log = home / "server.log"
    environment = {k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"}
    environment |= _EMBEDDED | {"PREFECT_HOME": str(home)}
    quiet(environment)
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "dovetail.runtime.server", str(home)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C ends the run first, then the server
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        url = _running(home)
        if url is not None:
            return url, child
        time.sleep(_POLL_SECONDS)
    child.kill()
    child.wait()
    tail = log.read_bytes()[-1500:].decode(errors="replace").strip()
    raise UnavailableError(
        f"the embedded Prefect server did not come up:\n{tail}",
        f"its log is {log}; or use a server of your own: PREFECT_API_URL=…",
    )


def _serve(home: Path) -> None:
    """Be the server, until nobody uses it."""
    import uvicorn
    from prefect.server.api.server import create_app

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="error", lifespan="on"))
    users = (home / "users.lock").open("a")

    def watch() -> None:
        announced = False
        while not _alone(users):
            if server.started and not announced:
                announced = True
                _announce(home, f"http://127.0.0.1:{port}/api")
            time.sleep(_POLL_SECONDS)
        # The lock is kept to the very end: whoever comes now waits, and starts a new server.
        server.should_exit = True
        time.sleep(5)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    server.run(sockets=[listener])
    os._exit(0)  # nothing that Prefect leaves running may keep the process


def _alone(users: IO[Any]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _announce(home: Path, url: str) -> None:
    temporary = home / "server.json.tmp"
    temporary.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    temporary.replace(home / "server.json")


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
