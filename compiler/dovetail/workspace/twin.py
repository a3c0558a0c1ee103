"""The readable twin of a handoff file: the same facts as Markdown, from `templates/handoff/`."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import orjson

from dovetail import resources

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["as_plain_text", "twin"]


@cache
def _template() -> Template:
    import jinja2  # slow to load, and only delivering needs it

    environment = jinja2.Environment(  # noqa: S701 - Markdown, and every value passes `as_plain_text`
        undefined=jinja2.StrictUndefined,
        finalize=as_plain_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    path = resources.folder("templates") / "handoff" / "handoff.md.jinja"
    return environment.from_string(path.read_text(encoding="utf-8"))


def as_plain_text(value: Any) -> str:
    """Keep foreign text from becoming structure: one line, no markup, nothing that hides."""
    if not isinstance(value, str):
        value = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    text = " ".join(value.split())
    shown = (c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return "".join(f"\\{c}" if c in "\\`*_~[]<>|#&$" else c for word in shown for c in word)


def twin(body: bytes) -> bytes:
    """Give the Markdown for the bytes of a handoff file."""
    data = orjson.loads(body)["data"]
    shown = {k: v for k, v in data["details"].items() if v not in (None, "", [], {})}
    told = {"step", "attempt", "fence", "reason", "executor", "digest", "blueprint", "version"}
    details = {k: v for k, v in sorted(shown.items()) if k not in told}
    links = [link | {"name": PurePosixPath(link["path"]).name} for link in data["links"]]
    return _template().render(**data | {"details": details, "links": links}).encode()
