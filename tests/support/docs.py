"""Reading pages: their links, their anchors, and excerpts of what they quote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.play import blocks

__all__ = ["Link", "anchors", "links", "missing_lines", "slug"]

_LINK = re.compile(r"!?\[(?:[^\]\\]|\\.)*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6} (.+)$")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a file or a heading of this repository."""

    page: Path
    line: int
    target: str

    def problem(self) -> str | None:
        """Say what is wrong with it; None: nothing."""
        where = f"{self.page.name}:{self.line}: {self.target}"
        path, _, anchor = self.target.partition("#")
        target = (self.page.parent / path).resolve() if path else self.page
        if not target.exists():
            return f"{where}: there is no such file"
        if anchor and target.suffix == ".md" and anchor not in anchors(target.read_text("utf-8")):
            return f"{where}: the page has no such heading"
        return None


def _prose(page: str) -> Iterator[tuple[int, str]]:
    """Give the numbered lines outside of blocks."""
    inside = {i for b in blocks(page) for i in range(b.start - 1, b.end + 1)}
    for i, line in enumerate(page.split("\n")):
        if i not in inside:
            yield i + 1, line


def links(path: Path) -> Iterator[Link]:
    """Give the links of a page that lead to this repository."""
    # A link may be cut by the end of a line.
    lines = list(_prose(path.read_text("utf-8")))
    text = "\n".join(_CODE.sub(lambda m: "x" * len(m[0]), line) for _, line in lines)
    for found in _LINK.finditer(text):
        if "://" not in found[1]:
            yield Link(path, lines[text.count("\n", 0, found.start())][0], found[1])


def anchors(page: str) -> set[str]:
    """Give the anchors of a page's headings."""
    found = (_HEADING.match(line) for _, line in _prose(page))
    out: set[str] = set()
    for heading in (slug(m[1]) for m in found if m):
        number = 0
        while (name := f"{heading}-{number}" if number else heading) in out:
            number += 1
        out.add(name)
    return out


def slug(heading: str) -> str:
    """Give the anchor of a heading, as GitHub makes it."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def missing_lines(excerpt: str, whole: str) -> list[str]:
    """Give the lines of an excerpt that the whole has not, in this order.

    Between lines of `...` an excerpt is contiguous.
    """
    lines, at, missing = whole.split("\n"), 0, []
    for part in re.split(r"^\.\.\.\n", excerpt, flags=re.MULTILINE):
        wanted = part.strip("\n").split("\n")
        place = next(
            (i for i in range(at, len(lines)) if lines[i : i + len(wanted)] == wanted), None
        )
        if place is None:
            missing += wanted
        else:
            at = place + len(wanted)
    return missing
