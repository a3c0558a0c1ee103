"""The language server that editors use for YAML, spoken to as an editor does."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

__all__ = ["Completion", "LanguageServer", "Problem", "installed", "missing"]

_TESTS = Path(__file__).resolve().parents[1]
_PINNED = [_TESTS / "editors" / name for name in ("package.json", "package-lock.json", ".npmrc")]
_CACHE = _TESTS.parent / ".editors_cache"
_SERVER = _CACHE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
_OLDEST = 18
_SECONDS = 120


def missing() -> str | None:
    """Say why there can be no language server here; None: there can."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no node and npm on this machine"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    major = version.stdout.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < _OLDEST:
        return f"node is {version.stdout.strip() or 'broken'}; the language server needs {_OLDEST}"
    return None


def installed() -> str | None:
    """Install what the lock file names, unless it is; say why not, where it can't be."""
    _CACHE.mkdir(exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes run tests
        mark, wanted = _CACHE / "installed", "".join(p.read_text() for p in _PINNED)
        if mark.exists() and mark.read_text() == wanted:
            return None
        for path in _PINNED:
            shutil.copy(path, _CACHE)
        try:
            done = subprocess.run(
                ["npm", "ci", "--no-progress", "--ignore-scripts"],
                cwd=_CACHE,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"npm ci did not end within {_SECONDS} seconds"
        if done.returncode:
            return f"npm ci failed: {done.stderr.strip()[-500:]}"
        mark.write_text(wanted)
        return None


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as the editor underlines it. Lines and columns count from 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What the editor offers to write."""

    label: str
    text: str
    about: str


@dataclass
class LanguageServer:
    """A server, and the files that are open in the editor.

    Attributes:
        settings: the editor's settings for YAML.
        folder: where the files lie.
    """

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["node", str(_SERVER), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"NODE_NO_WARNINGS": "1"},
        )
        self._number = 0
        self._problems: dict[str, list[Problem]] = {}
        self._versions: dict[str, int] = {}
        root = self.folder.as_uri()
        self._ask(
            "initialize",
            processId=os.getpid(),
            rootUri=root,
            workspaceFolders=[{"uri": root, "name": "project"}],
            capabilities={
                "workspace": {"configuration": True},
                "textDocument": {
                    "completion": {"completionItem": {"snippetSupport": False}},
                    "hover": {"contentFormat": ["plaintext"]},
                    "publishDiagnostics": {},
                },
            },
        )
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=self._settings())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def open(self, name: str, text: str) -> list[Problem]:
        """Open a file with a text, or type another text in it; give what is underlined then."""
        uri = self._uri(name)
        self._problems.pop(uri, None)
        self._versions[uri] = version = self._versions.get(uri, 0) + 1
        document = {"uri": uri, "version": version}
        if version == 1:
            document |= {"languageId": "yaml", "text": text}
            self._tell("textDocument/didOpen", textDocument=document)
        else:
            changes = [{"text": text}]
            self._tell("textDocument/didChange", textDocument=document, contentChanges=changes)
        while uri not in self._problems:
            self._take()
        return self._problems[uri]

    def complete(self, name: str, line: int, column: int) -> list[Completion]:
        """Give what is offered at a place of an open file."""
        found = self._ask("textDocument/completion", **self._at(name, line, column))
        items = found["items"] if isinstance(found, dict) else found or []
        return [
            Completion(i["label"], i.get("insertText", ""), _words(i.get("documentation")))
            for i in items
        ]

    def hover(self, name: str, line: int, column: int) -> str:
        """Give what is shown over a place of an open file."""
        found = self._ask("textDocument/hover", **self._at(name, line, column))
        return _words(found["contents"]) if found else ""

    def _at(self, name: str, line: int, column: int) -> dict[str, Any]:
        return {
            "textDocument": {"uri": self._uri(name)},
            "position": {"line": line - 1, "character": column - 1},
        }

    def _uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def _settings(self) -> dict[str, Any]:
        quiet = {"schemaStore": {"enable": False}, "kubernetesCRDStore": {"enable": False}}
        return {
            "yaml": quiet
            | {"validate": True, "hover": True, "completion": True}
            | dict(self.settings)
        }

    def _ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            answer = self._take()
            if answer.get("id") == self._number and "method" not in answer:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer.get("result")

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _take(self) -> dict[str, Any]:
        """Take the next message; answer it where the server asks something."""
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise RuntimeError("the language server has ended")
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            self._problems[params["uri"]] = sorted(
                (_problem(d) for d in params["diagnostics"]), key=lambda p: (p.line, p.column)
            )
        elif "method" in message and "id" in message:
            items = message.get("params", {}).get("items", [])
            of = self._settings()
            self._send({"id": message["id"], "result": [of.get(i.get("section")) for i in items]})
        return message


def _problem(found: Mapping[str, Any]) -> Problem:
    start = found["range"]["start"]
    return Problem(start["line"] + 1, start["character"] + 1, found["message"])


def _words(contents: Any) -> str:
    if isinstance(contents, list):
        return "\n".join(map(_words, contents))
    return str(contents.get("value", "") if isinstance(contents, dict) else contents or "")
