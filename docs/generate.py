"""Writing what can be written by itself: `python -m docs.generate`, from the checkout's root.

It writes the reference pages that come from the code, the tables of keys in other pages, the
pictures, and what the commands print that pages show. With names of pages it writes those alone.
"""  # noqa: INP001 - a folder of pages, not a package

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from docs import kernel_rules, pictures, play, tables
from dovetail.files import schema
from dovetail.files.kinds import KINDS
from dovetail.kernel import EventType, events
from dovetail.rules import RULES, Rule
from dovetail.workspace import HANDOFF_EVENTS

__all__ = ["ROOT", "generated", "needs_prefect", "refreshed", "transcripts"]

ROOT = Path(__file__).resolve().parent.parent
_NOTE = "<!-- Written by docs/generate.py: run `make docs` after a change of the code. -->\n"
_WITH_TABLES = ("docs/explanation/shipped-blueprints.md", "docs/reference/blueprint-language.md")
_STAGES = {
    "file": "Reading the file",
    "graph": "The order of the steps",
    "names": "Names and expressions",
    "plan": "The resolved plan",
    "project": "Files beside blueprints",
}


def generated() -> dict[str, str]:
    """Give every page and picture that comes from the code: path from the root → text."""
    writers: dict[str, Callable[[], str]] = {
        "docs/reference/commands.md": _commands,
        "docs/reference/diagnostics.md": _diagnostics,
        "docs/reference/events.md": _events,
        "docs/reference/kernel-rules.md": lambda: kernel_rules.page(ROOT, _NOTE),
    }
    pages = {path: write() for path, write in writers.items()}
    pages |= {path: tables.filled((ROOT / path).read_text("utf-8")) for path in _WITH_TABLES}
    schemas = {f"docs/schema/{kind.file}": schema.render(kind) for kind in KINDS.values()}
    return pages | schemas | pictures.drawn(ROOT)


def transcripts() -> list[str]:
    """Give the pages that show a terminal, as paths from the root."""
    pages = (ROOT / "docs").rglob("*.md")
    return sorted(p.relative_to(ROOT).as_posix() for p in pages if "```console\n" in p.read_text())


def needs_prefect(page: str) -> bool:
    """Tell whether a page runs a flow."""
    return "$ dovetail run " in page


def refreshed(page: str) -> str:
    """Give a page with what its commands print now; what only differs in times stays as it is."""
    with play.stage():
        new = play.play(page, ROOT)
    return page if play.masked(new) == play.masked(page) else new


# --- diagnostics


_ABOUT_DIAGNOSTICS = """\
`dovetail check` reports findings. Each has a code that never changes its meaning. An *error*
forbids compiling; a *warning* does not. The examples leave out what has nothing to do with the
rule: a blueprint needs the keys that [the language](blueprint-language.md) requires as well.

| code | severity | rule |
|---|---|---|"""


def _diagnostics() -> str:
    rows = (f"| [{r.code}](#{tables.slug(_title(r))}) | {r.severity} | {r.title} |" for r in RULES)
    rules = (line for stage in _STAGES for line in _stage(stage))
    return "\n".join(["# Diagnostics", "", _NOTE, _ABOUT_DIAGNOSTICS, *rows, "", *rules])


def _stage(stage: str) -> Iterator[str]:
    yield f"## {_STAGES[stage]}\n"
    for rule in (r for r in RULES if r.stage == stage):
        yield f"### {_title(rule)}\n"
        yield f"{rule.explanation.strip()}\n"
        if rule.bad:
            yield from _example("Wrong", rule.bad, f"wrong={rule.code}")
        if rule.good:
            yield from _example("Right", rule.good, f"right={rule.code}")


def _title(rule: Rule) -> str:
    return f"{rule.code}: {rule.title}"


def _example(word: str, text: str, mark: str) -> Iterator[str]:
    fence = "```"
    shown = "".join(c if c.isprintable() or c == "\n" else chr(0x2400 + ord(c)) for c in text)
    yield f"{word}:\n\n{fence}yaml {mark}\n{shown.strip(chr(10))}\n{fence}\n"


# --- commands


def _commands() -> str:
    with play.stage():
        top = play.run_line("dovetail --help")
        names = [n for name in _listed(top) for n in _with_members(name)]
        helps = {name: play.run_line(f"dovetail {name} --help") for name in names}
    parts = [
        "# Commands",
        "",
        _NOTE,
        "Every command tells how it ended by its [exit status](exit-status-and-json.md), and names",
        "the next command where there is one. `resume` is another name for `run`.",
        "",
        _terminal("dovetail --help", top),
    ]
    for name, text in helps.items():
        parts += [f"## {name}\n", _terminal(f"dovetail {name} --help", text)]
    return "\n".join(parts)


def _listed(text: str) -> list[str]:
    box = text.partition("Commands")[2]
    return re.findall(r"^│ ([a-z][a-z-]*) ", box, re.MULTILINE)


def _with_members(name: str) -> list[str]:
    text = play.run_line(f"dovetail {name} --help")
    members = _listed(text) if f"Usage: dovetail {name} COMMAND" in text else []
    return [f"{name} {m}" for m in members] or [name]


def _terminal(command: str, text: str) -> str:
    body = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    return f"```text\n$ {command}\n{body}\n```\n"


# --- events

_CLAUSE = re.compile(r" \(SPEC [\d., to]+\)")

_ABOUT_EVENTS = """\
The history of a work item is a list of events, numbered from 1. `dovetail history show` prints
them; with `--json` it prints their data as well. Some events also write a
[handoff file](handoff-files.md).

| event | data | handoff file |
|---|---|---|"""
_ABOUT_DATA = """\
Beside its data every event has `n` (its number in the item's history), `seq` (its place in the
ledger of the whole store), `time` and `actor`.

- `step` and `gate` are keys of steps; `attempt` is a number.
- `fence` is the number that a claim gave. Whatever its holder writes carries it.
- `generation` counts how often the step was opened: 1 at first, one more with every rework.
- `artifacts` maps the path of each declared file to its digest.
"""


def _events() -> str:
    said = _docstrings()
    told = {k: _CLAUSE.sub("", " ".join(said[k.name].split())) for k in EventType}
    rows = [
        f"| `{kind.value}` | {told[kind]} | {'yes' if kind in HANDOFF_EVENTS else ''} |"
        for kind in EventType
    ]
    return "\n".join(["# Events", "", _NOTE, _ABOUT_EVENTS, *rows, "", _ABOUT_DATA])


def _docstrings() -> dict[str, str]:
    """Give what stands below each member of `EventType`, by the member's name."""
    (body,) = [
        node.body
        for node in ast.parse(inspect.getsource(events)).body
        if isinstance(node, ast.ClassDef) and node.name == "EventType"
    ]
    found = {}
    for member, told in zip(body[1::2], body[2::2], strict=True):
        match member, told:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=text)):
                found[name] = str(text)
            case _:
                raise ValueError(f"EventType: a member without a text below it: {ast.dump(member)}")
    return found


# --- writing


def main(wanted: list[str]) -> None:
    """Write the pages that are asked for, or all of them."""
    for path, text in generated().items():
        if not wanted or path in wanted:
            _write(path, text)
    pages = [p for p in transcripts() if not wanted or p in wanted]
    texts = {p: (ROOT / p).read_text(encoding="utf-8") for p in pages}
    for path in (p for p in pages if not needs_prefect(texts[p])):
        _write(path, refreshed(texts[path]))
    flows = [p for p in pages if needs_prefect(texts[p])]
    if flows:
        from tests.support.prefect import shared_server

        with tempfile.TemporaryDirectory(prefix="dovetail-docs-") as home:
            os.environ.pop("PREFECT_API_URL", None)
            with shared_server(Path(home)):
                for path in flows:
                    _write(path, refreshed(texts[path]))


def _write(path: str, text: str) -> None:
    target = ROOT / path
    before = target.read_text(encoding="utf-8") if target.exists() else None
    if before != text:
        target.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{'unchanged' if before == text else 'written  '} {path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
