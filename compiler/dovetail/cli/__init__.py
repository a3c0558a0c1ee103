"""The command line: `dovetail`. Each command is loaded when it is called, so that starting is fast.

Exit status: 0 done; 1 refused or failed, with a reason and a way out; 2 wrong usage or could not
run.
"""

from __future__ import annotations

import os
import sys

from dovetail.errors import DovetailError

TYPE_CHECKING = False  # `typing` costs as much as all of Python's own start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

__all__ = ["execute", "main"]

_COMMANDS = {
    "check": ("dovetail.cli.check:check", "Find everything that is wrong with blueprints"),
    "explain": ("dovetail.cli.explain:explain", "Tell what a finding's code means"),
    "schema": ("dovetail.cli.schema:schema", "Print the JSON Schema of a kind of file"),
    "plan": ("dovetail.cli.compile:plan", "Show the plan of a blueprint"),
    "compile": ("dovetail.cli.compile:compile_", "Write flows and plans, or check them"),
    "simulate": ("dovetail.cli.simulate:simulate", "Play a course of an item without any work"),
    "test": ("dovetail.cli.simulate:run_tests", "Play scenarios, and tell what none exercises"),
    "intake": ("dovetail.cli.items:intake", "Decide whether an item's work may start"),
    "run": ("dovetail.cli.run:run", "Drive an item as far as it goes without anybody"),
    "resume": ("dovetail.cli.run:run", "The same as run"),
    "status": ("dovetail.cli.items:status", "Tell where an item is, why, and what is next"),
    "next": ("dovetail.cli.work:next_", "Show, or claim, what waits for a role"),
    "claim": ("dovetail.cli.work:claim", "Claim an attempt"),
    "complete": ("dovetail.cli.work:complete", "Complete a claimed attempt"),
    "fail": ("dovetail.cli.work:fail", "Say that a claimed attempt has failed"),
    "requeue": ("dovetail.cli.work:requeue", "Queue a step again after a failed attempt"),
    "gate": ("dovetail.cli.gates:gate", "Approve or reject at a gate"),
    "unblock": ("dovetail.cli.gates:unblock", "Resolve a blocker"),
    "repair": ("dovetail.cli.history:repair", "Write missing or altered handoff files again"),
    "demo": ("dovetail.cli.demo:demo", "Watch one chunk of work from registration to baseline"),
}
_ITEM = {
    "add": ("dovetail.cli.items:add", "Register a work item"),
    "list": ("dovetail.cli.items:list_", "List work items"),
}
_HISTORY = {
    "show": ("dovetail.cli.history:show", "Show the events of an item"),
    "verify": ("dovetail.cli.history:verify", "Check hashes, tree, histories and handoff files"),
}
_GROUPS = {"item": _ITEM, "history": _HISTORY}
_COMPILING = {"check", "plan", "compile", "simulate", "test"}


def execute(tokens: Sequence[str], *, errors: TextIO | None = None) -> int:
    """Run one command line and give its exit status; `errors` instead of standard error."""
    if mistake := _mistake(tokens):
        print(f"dovetail: {mistake}", file=errors or sys.stderr)
        return 2
    if tokens and tokens[0] == "compile" and _nothing_to_compile(tokens[1:]):
        return 0
    if tokens and tokens[0] in _COMPILING:
        from dovetail.collector import collector_off

        with collector_off():
            if tokens[0] == "check" and all(t and not t.startswith("-") for t in tokens[1:]):
                return _check(tokens[1:], errors)
            return _dispatch(tokens, errors)
    return _dispatch(tokens, errors)


def _nothing_to_compile(options: Sequence[str]) -> bool:
    """Tell whether nothing was touched since all was compiled; then say so, as `compile` does."""
    if list(options) not in ([], ["--check"]):
        return False
    from dovetail.compiling.seal import told

    say = told()
    if say is None:
        return False
    if not options:
        sys.stdout.write(say)
    return True


def _check(paths: Sequence[str], errors: TextIO | None) -> int:
    """Be `check` without options, which is started often: cyclopts would cost a fifth of it."""
    from pathlib import Path

    from dovetail.cli.checking import check_files, conclude, every_file, given
    from dovetail.config import find_project

    try:
        files = (
            given(map(Path, paths)) if paths else every_file(find_project(Path.cwd()).blueprints)
        )
        return conclude(check_files(files))
    except DovetailError as error:
        return _failed(error, errors)
    except FileNotFoundError:  # the current folder is gone
        return _dispatch(["check", *paths], errors)


def _failed(error: DovetailError, errors: TextIO | None) -> int:
    """Say why a command did not do what it was asked to; give the exit status."""
    from dovetail.cli.common import visible

    print(f"dovetail: {visible(str(error))}", file=errors or sys.stderr)
    return error.exit_status


def _dispatch(tokens: Sequence[str], errors: TextIO | None) -> int:
    import cyclopts

    from dovetail import __version__

    app = cyclopts.App(
        name="dovetail",
        help="Plans that execute: blueprints compiled to Prefect flows.",
        version=__version__,
        result_action="return_value",
        help_format="plaintext",
    )
    item = cyclopts.App(name="item", help="Register and list work items")
    history = cyclopts.App(name="history", help="Show and verify what happened")
    for group, commands in ((app, _COMMANDS), (item, _ITEM), (history, _HISTORY)):
        for name, (place, help_text) in commands.items():
            group.command(place, name=name, help=help_text, show=name != "resume")
    app.command(item)
    app.command(history)
    try:
        status = app(tokens, exit_on_error=False, print_error=True)
    except cyclopts.CycloptsError:
        return 2
    except DovetailError as error:
        return _failed(error, errors)
    return status if isinstance(status, int) else 0


def _mistake(tokens: Sequence[str]) -> str | None:
    """Tell what is wrong before any command is loaded; None: nothing."""
    if odd := [t for t in tokens if not _is_text(t)]:
        return f"the argument {odd[0]!r} is not UTF-8\n  → write it as UTF-8 text"
    known: dict[str, tuple[str, str]] = _COMMANDS
    for depth, token in enumerate(tokens[:2]):
        groups = _GROUPS if depth == 0 else {}
        if token.startswith("-"):
            return None
        if token not in known and token not in groups:
            from difflib import get_close_matches

            near = get_close_matches(token, [*known, *groups], 1)
            line = " ".join(["dovetail", *tokens[:depth]])
            hint = f"did you mean {line} {near[0]}?" if near else f"{line} --help lists them"
            return f"there is no command {token!r}\n  → {hint}"
        if token not in groups:
            return None
        known = groups[token]
    return None


def _is_text(token: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in token)


def main() -> None:
    """Be the command `dovetail`."""
    if sys.stdout is None:  # the caller has closed it
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    try:
        status = execute(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("dovetail: interrupted; what was recorded stays", file=sys.stderr)
        status = 1
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        print(f"dovetail: the system refuses: {error}", file=sys.stderr)
        status = 2
    except Exception as error:
        if os.environ.get("DOVETAIL_DEBUG"):
            raise
        told = f"a mistake in Dovetail itself: {type(error).__name__}: {error}"
        print(
            f"dovetail: {told}\n  → DOVETAIL_DEBUG=1 shows where; please report it", file=sys.stderr
        )
        status = 2
    sys.exit(status)
