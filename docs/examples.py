"""Examples of blueprints in pages: fenced blocks with the word `example` behind their language.

An example leaves out what it is not about: keys that every blueprint has are added. It stands in a
project of the page's own, which is all its blocks with `file=PATH`. `finds=CODE` says what
`dovetail check` finds in it; without that it finds nothing, and the example compiles.
"""  # noqa: INP001 - a folder of pages, not a package

from __future__ import annotations

from pathlib import Path

from docs.play import Block, blocks
from dovetail.rules import Checked, check_text, complete, fresh_files

__all__ = ["examined", "is_example"]

_PLACE = "blueprints/demo/1.0.0.yaml"


def is_example(block: Block) -> bool:
    """Tell whether a block is an example of a blueprint."""
    return block.language == "yaml" and "example" in block.words


def examined(page: str, block: Block) -> Checked:
    """Give what `dovetail check` says of an example, or of a file, in the project of its page."""
    texts = {path: b.text for b in blocks(page) if (path := b.word("file"))}
    place = block.word("file") or _PLACE
    text = block.text if block.word("file") else complete(block.text)
    files = fresh_files({path: text for path, text in texts.items() if path != place})
    return check_text(text, shown_as=place, file=Path(place), files=files)
