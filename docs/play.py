"""Playing the pages: what a page shows of a terminal is what the commands print.

A page is played from top to bottom in an empty folder. It may hold:

* a fenced block with `file=PATH` behind its language: the file is written;
* a `console` block: lines after `$ ` are commands, the lines below one are what it prints;
* an HTML comment that begins with `play`: the same commands, not shown to the reader.

`dovetail` runs inside this process. So does `answer-form BLUEPRINT ITEM NAME=VALUE…`, which does
what the form in Prefect's page does. Everything else is given to a shell.
"""  # noqa: INP001 - a folder of pages, not a package

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dovetail import cli

__all__ = ["Block", "blocks", "masked", "play", "run_line", "stage"]

_FENCE = re.compile(r"^( *)(`{3,})(.*)$")
_HIDDEN = re.compile(r"<!-- play\n(.*?)-->", re.DOTALL)
_SHOWN_ROOT = "/projects/team"
"""Stands in the pages for the folder that a page was played in."""

_SHELL = frozenset((";", "&&", ">", ">>"))

_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"\b[0-9a-f]{16}…"), "<digest>"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, or a hidden one with the language `play`. Lines count from 0.

    Attributes:
        start: the first line of its content; `end` the line after the last.
        words: what stands behind the language, such as `file=executors.yaml`.
    """

    start: int
    end: int
    language: str
    words: tuple[str, ...]
    text: str

    def word(self, name: str) -> str | None:
        """Give the value of `NAME=VALUE` behind the language."""
        return next((w.partition("=")[2] for w in self.words if w.startswith(f"{name}=")), None)


def blocks(page: str) -> list[Block]:
    """Give the blocks of a page, in order."""
    return sorted([*_fenced(page.split("\n")), *_hidden(page)], key=lambda b: b.start)


def _fenced(lines: list[str]) -> Iterator[Block]:
    opened: tuple[int, str, list[str]] | None = None
    for i, line in enumerate(lines):
        found = _FENCE.match(line)
        if found is None:
            continue
        if opened is None:
            opened = (i + 1, found[2], found[3].split())
        elif found[2].startswith(opened[1]) and not found[3].strip():
            start, _, words = opened
            text = "".join(x + "\n" for x in lines[start:i])
            yield Block(start, i, words[0] if words else "", tuple(words[1:]), text)
            opened = None


def _hidden(page: str) -> Iterator[Block]:
    for found in _HIDDEN.finditer(page):
        start = page.count("\n", 0, found.start(1))
        yield Block(start, start + found[1].count("\n"), "play", (), found[1])


def masked(text: str) -> str:
    """Replace what differs from one playing to the next."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def play(page: str, shipped: Path) -> str:
    """Give a page with what its commands print now. Call it inside `stage`.

    Args:
        page: the Markdown.
        shipped: the checkout's root; the shell knows it as `$DOVETAIL`.
    """
    lines = page.split("\n")
    at_place = os.environ | {"DOVETAIL": str(shipped)}
    for block in reversed(list(_played(page, at_place))):
        lines[block.start : block.end] = block.text.split("\n")[:-1]
    return "\n".join(lines)


def _played(page: str, environment: dict[str, str]) -> Iterator[Block]:
    root = Path.cwd()
    for block in blocks(page):
        path = block.word("file")
        if path is not None:
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if block.language == "console":
            printed = "".join(_answered(block.text, root, environment))
            yield Block(block.start, block.end, "console", (), printed)
        elif block.language == "play":
            for line in _commands(block.text):
                run_line(line.removeprefix("$ "), environment)


def _commands(text: str) -> Iterator[str]:
    """Give the commands of a block, each with its continuation lines."""
    going: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ ") or going:
            going.append(line)
            if not line.endswith("\\"):
                yield "\n".join(going)
                going = []


def _answered(text: str, root: Path, environment: dict[str, str]) -> Iterator[str]:
    for command in _commands(text):
        printed = run_line(command.removeprefix("$ "), environment)
        yield command + "\n"
        if printed:
            shown = printed.replace(str(root.resolve()), _SHOWN_ROOT)
            yield "".join(line.rstrip() + "\n" for line in shown.splitlines())


def run_line(line: str, environment: dict[str, str] | None = None) -> str:
    """Run one command and give all that it prints."""
    words = _words(line.replace("\\\n", " "))
    if words[:1] == ["cd"]:
        os.chdir(words[1])
        return ""
    if words[:1] == ["answer-form"]:
        _answer_form(words[1], words[2], dict(w.split("=", 1) for w in words[3:]))
        return ""
    given = ""
    if words[:1] == ["dovetail"]:
        piped = words.index("|") if "|" in words else len(words)
        if not _SHELL & set(words[:piped]):
            given, line = _in_process(words[1:piped]), line.partition(" | ")[2]
            if not line:
                return given
    done = subprocess.run(
        ["sh", "-c", line],
        env=environment,
        check=False,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


def _in_process(words: list[str]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        cli.execute(words)
    return printed.getvalue()


def _words(line: str) -> list[str]:
    """Cut a line into words; what a shell would obey is a word of its own."""
    cut = shlex.shlex(line, posix=True, punctuation_chars=True)
    cut.whitespace_split, cut.commenters = True, ""
    return list(cut)


def _answer_form(blueprint: str, item: str, words: dict[str, str]) -> None:
    """Answer the form of an item's suspended flow run."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
    from prefect.flow_runs import resume_flow_run

    tags = [f"item:{item}", f"blueprint:{blueprint}"]
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=tags))
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=wanted)
        (run,) = [r for r in runs if r.state is not None and r.state.is_paused()]
    answer = {k: json.loads(v) if v.startswith("[") else v for k, v in words.items()}
    resume_flow_run(run.id, run_input=answer)


@contextlib.contextmanager
def stage() -> Iterator[Path]:
    """Be in an empty folder, with nothing set that would change what commands print."""
    before, environment = Path.cwd(), dict(os.environ)
    for name in ("DOVETAIL_STORE", "DOVETAIL_WORKSPACE", "DOVETAIL_ACTOR"):
        os.environ.pop(name, None)
    os.environ |= {"COLUMNS": "88", "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="dovetail-docs-") as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ.update(environment)
