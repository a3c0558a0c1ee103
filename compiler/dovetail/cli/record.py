"""What was compiled from what: `.dovetail/compiled.json`, so that nothing is compiled twice.

The record is a memory, never an authority. An entry counts only while the digests of everything
that it was made from and of everything that was written are those of the files on disk, and these
are taken anew each time; so a record that is missing, stale or cut short costs time and changes
nothing. What an entry was made from is the blueprint, all that lies beside it and in the shared
folders, Dovetail itself with its templates, Python, and the installed packages.

Only the standard library is imported, and little of it: with nothing changed, `dovetail compile`
ends here.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dovetail.blueprint.library import list_files

__all__ = ["Record", "unchanged"]

_PLACE = Path(".dovetail", "compiled.json")
_FORMAT = 1
_PACKAGE = Path(__file__).resolve().parent.parent


class _Entry(NamedTuple):
    """What one blueprint was compiled to: the digest of its inputs, and of each file, by path."""

    inputs: str
    files: dict[str, str]


class Record:
    """The record of a project, and the digests that it is compared with.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries = _read(root / _PLACE)
        self._digests: dict[str, str] = {}
        """Of the folders in `blueprints/` and of the compiler, as they were when first looked at"""

    def files(self, blueprint: Path) -> tuple[str, ...] | None:
        """Give the files that a blueprint was compiled to, when compiling would write them again.

        None: it has to be compiled. The files are given by their paths from the root.
        """
        name = self._name(blueprint)
        if name is None:
            return None
        inputs, entry = self._inputs(name), self._entries.get(name)
        if entry is None or entry.inputs != inputs:
            return None
        same = all(_digest(self._root / path) == digest for path, digest in entry.files.items())
        return tuple(entry.files) if same else None

    def keep(self, compiled: Mapping[Path, Mapping[str, str]]) -> None:
        """Remember what was written for each blueprint: texts by their paths from the root.

        What was edited since `files` looked at it is not remembered. Where the record can't be
        written there is none: the next call compiles again.
        """
        now = Record(self._root)
        for blueprint, texts in compiled.items():
            name = self._name(blueprint)
            if name is not None and (inputs := self._inputs(name)) == now._inputs(name):
                digests = {path: _sha256(text.encode()) for path, text in sorted(texts.items())}
                self._entries[name] = _Entry(inputs, digests)
        there = {n: e for n, e in sorted(self._entries.items()) if (self._root / n).is_file()}
        _write(self._root / _PLACE, there)

    def _name(self, blueprint: Path) -> str | None:
        """Give the path from the root of a file below `blueprints/`; None for any other."""
        try:
            path = blueprint.resolve().relative_to(self._root.resolve())
        except (OSError, ValueError):
            return None
        below = path.parts[0] == "blueprints" and len(path.parts) > 2  # noqa: PLR2004 - in a folder
        return path.as_posix() if below else None

    def _inputs(self, name: str) -> str:
        """Give the digest of all that the files of a blueprint depend on."""
        folder = self._root / "blueprints"
        shared = [n for n in _names(folder) if n.startswith("_") or (folder / n).is_file()]
        parts = [name, self._known("", _compiler)]
        for part in (*shared, Path(name).parts[1]):
            parts += [part, self._known(part, partial(_contents, folder / part))]
        return _sha256_of(part.encode(errors="surrogateescape") for part in parts)

    def _known(self, part: str, contents: Callable[[], Iterator[bytes]]) -> str:
        if part not in self._digests:
            self._digests[part] = _sha256_of(contents())
        return self._digests[part]


def unchanged() -> list[str] | None:
    """Give all files that the blueprints of the project around this folder were compiled to.

    None: something has to be compiled, or something is odd and wants to be told in words.
    """
    try:
        here = Path.cwd()
    except OSError:
        return None
    root = next((p for p in (here, *here.parents) if (p / "blueprints").is_dir()), None)
    if root is None or not (root / _PLACE).is_file() or (root / "dovetail.toml").exists():
        return None
    record = Record(root)
    found = [record.files(blueprint) for blueprint in list_files(root / "blueprints")]
    if not found or None in found:
        return None
    return sorted(path for files in found for path in files or ())


def _compiler() -> Iterator[bytes]:
    """Give whatever decides about what is emitted, besides the blueprints."""
    yield sys.version.encode()
    for place in sys.path:
        yield from (n.encode() for n in _names(Path(place)) if n.endswith(".dist-info"))
    yield from _contents(_PACKAGE, ending=".py")
    for templates in (_PACKAGE / "_data" / "templates", _PACKAGE.parent.parent / "templates"):
        yield from _contents(templates)


def _contents(path: Path, *, ending: str = "") -> Iterator[bytes]:
    """Give the names and the contents of a file, or of all files in a folder and below it."""
    if not path.is_dir():
        yield path.name.encode(errors="surrogateescape")
        yield _bytes(path)
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__pycache__")))
        for name in sorted(files):
            if name.endswith(ending) and not name.startswith("."):
                inside = os.path.relpath(os.path.join(folder, name), path)  # noqa: PTH118 - speed
                yield inside.encode(errors="surrogateescape")
                yield _bytes(Path(folder, name))


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are all it takes
    except OSError:
        return []


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"\0unreadable"


def _digest(path: Path) -> str | None:
    try:
        return _sha256(path.read_bytes())
    except OSError:
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sha256_of(parts: Iterable[bytes]) -> str:
    """Give a digest of a sequence; each part is preceded by its length."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.hexdigest()


def _read(path: Path) -> dict[str, _Entry]:
    """Read the entries; what has not the form of one is passed over."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        return {}
    entries = data.get("blueprints")
    return {
        name: _Entry(entry["inputs"], entry["files"])
        for name, entry in (entries.items() if isinstance(entries, dict) else ())
        if isinstance(entry, dict)
        and isinstance(entry.get("inputs"), str)
        and isinstance(entry.get("files"), dict)
        and entry["files"]
        and all(isinstance(digest, str) for digest in entry["files"].values())
    }


def _write(path: Path, entries: Mapping[str, _Entry]) -> None:
    data = {"format": _FORMAT, "blueprints": {n: e._asdict() for n, e in entries.items()}}
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(exist_ok=True)
        temporary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
