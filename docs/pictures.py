"""Pictures of a terminal: `docs/pictures/*.svg`, from what commands really print."""  # noqa: INP001

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from docs import play

__all__ = ["drawn"]

_WIDTH = 108

# Rich's own form without the fonts that it would load from elsewhere.
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{unique_id}-matrix {{
        font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
        font-size: {char_height}px;
        line-height: {line_height}px;
        font-variant-east-asian: full-width;
    }}
    .{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})"
       clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""

_THEME = TerminalTheme(
    (250, 250, 248),
    (40, 42, 46),
    [
        *((40, 42, 46), (176, 36, 36), (38, 112, 62), (150, 98, 0)),
        *((28, 84, 152), (120, 50, 120), (20, 110, 110), (110, 112, 116)),
    ],
)
_STYLES = (
    (re.compile(r"^\$ .*$", re.MULTILINE), "bold"),
    (re.compile(r"\berror\[DT\d{3}\]"), "red"),
    (re.compile(r"\bwarning\[DT\d{3}\]"), "yellow"),
    (re.compile(r"\^+$", re.MULTILINE), "red"),
    (re.compile(r"= did you mean .*$", re.MULTILINE), "green"),
    (re.compile(r"^STEP .*$", re.MULTILINE), "blue"),
    (re.compile(r"^ +(?:\d+s)? +(?:rejected|rework) .*$", re.MULTILINE), "red"),
    (re.compile(r"^ +(?:\d+s)? +held .*$", re.MULTILINE), "yellow"),
    (re.compile(r"^  next  .*\n.*$", re.MULTILINE), "green"),
)


def drawn(root: Path) -> dict[str, str]:
    """Give every picture: path from the checkout's root → SVG.

    Args:
        root: the checkout, whose blueprints and flows the commands work on.
    """
    scenes: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
        "check": ("Every mistake in one pass", _check),
        "simulate": ("A scenario, played", _simulate),
        "status": ("Where an item is, and what is next", _status),
    }
    out = {}
    for name, (title, scene) in scenes.items():
        with play.stage() as folder:
            for part in ("blueprints", "flows"):
                shutil.copytree(root / part, folder / part)
            shutil.copy(root / "executors.yaml", folder)
            text = "".join(scene())
        out[f"docs/pictures/{name}.svg"] = _svg(name, title, text)
    return out


def _shown(command: str) -> str:
    return f"$ {command}\n{play.run_line(command)}"


def _check() -> Iterator[str]:
    path = Path("blueprints/release-note/1.0.0.yaml")
    text = path.read_text(encoding="utf-8")
    for right, wrong in (
        ("size(outputs.sources)", "size(outputs.source)"),
        ("role: editor", "role: editer"),
        ("to: [draft, collect]", "to: [draft, publish]"),
    ):
        text = text.replace(right, wrong, 1)
    path.write_text(text, encoding="utf-8")
    yield _shown(f"dovetail check {path}")


def _simulate() -> Iterator[str]:
    scenario = "blueprints/release-note/scenarios/editor-sends-the-draft-back-1-1-0.yaml"
    yield _shown(f"dovetail simulate release-note --scenario {scenario}")


_CONFIRMED = (
    "--output scope=session --output acceptance=gone "
    "--output validation=pytest --output out-of-scope=login"
)


def _status() -> Iterator[str]:
    for line in (
        "item add chunk-lifecycle --title 'Idle sign-out' --param goal='Sign idle people out'",
        "intake WI-000001 accept --reason new --as omar",
        "claim WI-000001/confirm/1 --as omar",
        f"complete WI-000001/confirm/1 --as omar {_CONFIRMED}",
        "claim WI-000001/develop/1 --as ben",
    ):
        play.run_line(f"dovetail {line}")
    Path(".dovetail/workspace/items/WI-000001/change.md").write_text("Idle people leave.\n")
    play.run_line(
        "dovetail complete WI-000001/develop/1 --as ben --file change.md --output summary=done "
        "--output cleaned-up=true --output validation='pytest: 41 passed'"
    )
    play.run_line("dovetail gate WI-000001 qa reject --reason 'a test fails' --as cleo")
    play.run_line("dovetail claim WI-000001/develop/2 --as ben")
    yield _shown("dovetail status WI-000001")


def _svg(name: str, title: str, text: str) -> str:
    console = Console(
        record=True,
        width=_WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    shown = Text(text.rstrip("\n"))
    for pattern, style in _STYLES:
        shown.highlight_regex(pattern, style)
    console.print(shown)
    svg = console.export_svg(
        title=title, theme=_THEME, code_format=_SVG, unique_id=f"dovetail-{name}"
    )
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
