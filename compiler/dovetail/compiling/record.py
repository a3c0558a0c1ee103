"""The record: what was compiled from what, so that no blueprint is compiled twice.

`.dovetail/compile/record.json` is a memory, never an authority. An entry counts only while the
digests of everything that it was made from and of everything that was written are those of the
files on disk, and these are taken anew each time. So a record that is missing, stale or cut short
costs time and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dovetail.canonical import listing_digest, sha256_hex
from dovetail.compiling import seal

__all__ = ["Entry", "Record"]

_PLACE = Path(".dovetail", "compile", "record.json")
_SCHEMA = "dovetail/compiled/v1"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one blueprint was compiled to.

    Attributes:
        compiler: the digest of the Dovetail that did it.
        title: and the next two: what `prefect.yaml` says of it, or goes by.
        since: the first day on which it is in effect, `YYYY-MM-DD`; None: always.
        until: the first day on which it no longer is.
        inputs: digests of all that its compilation has read, by path; None: it was not there.
        outputs: digests of the files that it was compiled to, by path.
    """

    compiler: str
    title: str
    since: str | None
    until: str | None
    inputs: Mapping[str, str | None]
    outputs: Mapping[str, str]


class Record:
    """The record of a project, and the digests that it is compared with.

    Digests are taken once: a file counts as it was when it was first asked for.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._digests: dict[str, str | None] = {}
        self._entries = _read(root / _PLACE)
        self.compiler = _compiler()

    def name(self, path: Path) -> str:
        """Give the name of a file in the record: its path from the root, if it lies below it."""
        absolute = path.absolute()
        try:
            return absolute.relative_to(self._root).as_posix()
        except ValueError:
            return absolute.as_posix()

    def digest(self, name: str) -> str | None:
        """Give the digest of a file, or of the names in a folder; None: there is neither."""
        if name not in self._digests:
            self._digests[name] = self.look(name)
        return self._digests[name]

    def look(self, name: str) -> str | None:
        """Give the digest of what is there now."""
        return _digest(self._root / name)

    def get(self, blueprint: Path) -> Entry | None:
        """Give the entry of a blueprint that, with all else it was made from, is as it was.

        What was written may be gone or edited.
        """
        entry = self._entries.get(self.name(blueprint))
        if entry is None or entry.compiler != self.compiler:
            return None
        same = all(self.digest(n) == d for n, d in entry.inputs.items())
        return entry if same else None

    def is_whole(self, entry: Entry) -> bool:
        """Tell whether what was written is on disk as it was written."""
        return all(self.digest(n) == d for n, d in entry.outputs.items())

    def wrote(self, name: str) -> bool:
        """Tell whether a file is on disk as it once was written."""
        found = self.digest(name)
        return found is not None and any(
            e.outputs.get(name) == found for e in self._entries.values()
        )

    def keep(self, compiled: Mapping[Path, Entry], *, forget: bool) -> None:
        """Remember what was compiled.

        Where it can't be written, the next call compiles again.

        Args:
            compiled: by blueprint.
            forget: whether these are all that there are.
        """
        entries = {} if forget else dict(self._entries)
        entries |= {self.name(path): entry for path, entry in compiled.items()}
        if entries == self._entries:
            return
        data = {
            "schema": _SCHEMA,
            "blueprints": {n: asdict(e) for n, e in sorted(entries.items())},
        }
        place = self._root / _PLACE
        temporary = place.with_suffix(".tmp")
        with suppress(OSError):
            temporary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
            temporary.replace(place)


def _compiler() -> str:
    """Give the digest of how the files look that Dovetail is made of."""
    state = seal.State()
    try:
        seal.compiler(state)
    except OSError as error:  # nothing compares with what can't be looked at
        state.say(f"{error} {state.taken}")
    return sha256_hex(state.text.encode("utf-8", "surrogateescape"))


def _digest(path: Path) -> str | None:
    try:
        if path.is_dir():
            names = [p.name for p in path.iterdir()]
            return listing_digest(names)
        return sha256_hex(path.read_bytes())
    except OSError:
        return None


def _read(place: Path) -> dict[str, Entry]:
    """Read the entries; what has not the form of one is passed over."""
    try:
        data = json.loads(place.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    found = data.get("blueprints") if isinstance(data, dict) else None
    if not isinstance(found, dict) or data.get("schema") != _SCHEMA:
        return {}
    read = {name: _entry(entry) for name, entry in found.items()}
    return {name: entry for name, entry in read.items() if entry is not None}


def _entry(data: Any) -> Entry | None:
    try:
        entry = Entry(**data)
    except TypeError:
        return None
    texts = all(isinstance(text, str) for text in (entry.compiler, entry.title))
    days = all(_is_day(day) for day in (entry.since, entry.until))
    digests = all(map(_are_digests, (entry.inputs, entry.outputs)))
    return entry if texts and days and digests else None


def _is_day(value: object) -> bool:
    try:
        return value is None or bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _are_digests(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(d, str | None) for d in value.values())
