"""What the check of a file reads of the files around it, and which files those were.

A blueprint in `blueprints/<name>/<version>.yaml` may use shared lists of blockers, call other
blueprints and follow a version before it. A blueprint anywhere else stands alone: what it says of
other files can't be looked at, and no rule finds fault with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeAlias

from dovetail import resources, templating
from dovetail.blueprint.load import load_bytes, read_model
from dovetail.blueprint.model import BlockerModel, Blueprint
from dovetail.blueprint.source import parse
from dovetail.blueprint.versions import ascending
from dovetail.canonical import listing_digest, sha256_hex
from dovetail.errors import UnavailableError
from dovetail.plan.model import Plan

__all__ = ["FOLDER", "LOCK", "SHARED", "Files", "Library", "TemplateFile"]

FOLDER = "blueprints"
SHARED = "_shared"
LOCK = "releases.lock"

_TEMPLATES = "templates"
_SUFFIX = ".yaml"

Lower: TypeAlias = "Callable[[Blueprint, Library], Plan | None]"
"""Gives the plan of a blueprint; None where its edges can't be resolved."""
Check: TypeAlias = "Callable[[bytes, Path, Files], object]"
Blockers: TypeAlias = Mapping[str, BlockerModel]


class TemplateFile(NamedTuple):
    """A template that was found.

    Attributes:
        shown_as: its name in findings.
        text: None: it is no text.
    """

    shown_as: str
    text: str | None


class Files:
    """The files that one command reads, each at most once.

    Args:
        lower: makes plans.
        check: checks a blueprint that was read, and has what it finds kept.
        texts: what there is instead of what is on disk.
    """

    def __init__(self, lower: Lower, check: Check, texts: Mapping[str, str] | None = None) -> None:
        self._lower, self._check = lower, check
        self._texts = None if texts is None else {Path(p).absolute(): t for p, t in texts.items()}
        self._digests: dict[Path, str | None] = {}
        self._names: dict[Path, frozenset[str]] = {}
        self._blueprints: dict[Path, Blueprint | None] = {}
        self._plans: dict[Path, Plan | None] = {}
        self._sound: dict[Path, bool] = {}
        self._shared: dict[Path, Blockers | None] = {}
        self._data: dict[Path, bytes | None] = {}

    def saw(self, path: Path, data: bytes | None) -> None:
        """Remember what a file is like that was read."""
        self._digests[path] = None if data is None else sha256_hex(data)

    def keep(
        self, path: Path, blueprint: Blueprint | None, plan: Plan | None, *, sound: bool
    ) -> None:
        """Remember a blueprint that was checked, and whether it is without errors."""
        self._blueprints[path], self._plans[path], self._sound[path] = blueprint, plan, sound

    def digest(self, path: Path) -> str | None:
        """Give the digest of a file or folder as it was when it was read; None: there was none."""
        return self._digests[path]

    def names(self, folder: Path) -> frozenset[str]:
        """Give the names in a folder; none where there is no such folder."""
        if folder not in self._names:
            found = self._list(folder)
            self._names[folder] = frozenset(found or ())
            self._digests[folder] = None if found is None else listing_digest(found)
        return self._names[folder]

    def data(self, path: Path) -> bytes | None:
        """Give the bytes of a file; None: it can't be read."""
        if path not in self._data:
            self._data[path] = self._read(path)
        return self._data[path]

    def blueprint(self, path: Path) -> Blueprint | None:
        """Give a blueprint; None: it can't be read as a whole."""
        if path not in self._blueprints:
            data = self._read(path)
            loaded = None if data is None else load_bytes(data, shown_as=path.name)
            whole = loaded is not None and not loaded.partial
            self._blueprints[path] = loaded.blueprint if whole and loaded is not None else None
        return self._blueprints[path]

    def plan(self, path: Path, library: Library) -> Plan | None:
        """Give the plan of a blueprint; None: it has errors that leave no plan."""
        if path not in self._plans:
            blueprint = self.blueprint(path)
            self._plans[path] = None if blueprint is None else self._lower(blueprint, library)
        return self._plans[path]

    def is_sound(self, path: Path) -> bool:
        """Tell whether a blueprint is without errors."""
        if path not in self._sound:
            data = self._read(path)
            if data is not None:
                self._check(data, path, self)
        return self._sound.get(path, False)

    def shared(self, path: Path) -> Blockers | None:
        """Give the types of blockers of a shared list; None: it can't be read as a whole."""
        if path not in self._shared:
            self._shared[path] = self._read_shared(path)
        return self._shared[path]

    def _list(self, folder: Path) -> set[str] | None:
        if self._texts is not None:
            parts = len(folder.parts)
            return {p.parts[parts] for p in self._texts if folder in p.parents} or None
        try:
            return {path.name for path in folder.iterdir()}
        except OSError:
            return None

    def _read(self, path: Path) -> bytes | None:
        data: bytes | None = None
        if self._texts is not None:
            data = self._texts[path].encode() if path in self._texts else None
        else:
            with suppress(OSError):
                data = path.read_bytes()
        self.saw(path, data)
        return data

    def _read_shared(self, path: Path) -> Blockers | None:
        from dovetail.files.blockers import Blockers as SharedList

        data = self._read(path)
        parsed = None if data is None else parse(data, path.name)
        if parsed is None or parsed.diagnostics:
            return None
        found, _ = read_model(SharedList, parsed)
        return None if found is None else found.blockers


class Library:
    """The files of a project, as the check of one of them sees them.

    Attributes:
        root: the folder of all blueprints; None: the file that is checked belongs to no project.
        reads: what was looked at so far, with digests: files, whether they were there or not, and
            folders, of which the names in them count.
    """

    def __init__(self, root: Path | None, files: Files) -> None:
        self.root, self._files = root, files
        self.reads: dict[Path, str | None] = {}

    @classmethod
    def around(cls, file: Path | None, files: Files) -> Library:
        """Give what is around a blueprint."""
        above = None if file is None else file.absolute().parent.parent
        return cls(above if above is not None and above.name == FOLDER else None, files)

    @classmethod
    def of(cls, file: Path | None, files: Files) -> Library:
        """Give what belongs to the project of any file: its `blueprints/` are above, or beside."""
        for above in () if file is None else file.absolute().parents:
            if above.name == FOLDER:
                return cls(above, files)
            if (above / FOLDER).is_dir():
                return cls(above / FOLDER, files)
        return cls(None, files)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The blueprints that there are: folders with versions."""
        if self.root is None:
            return ()
        found = (n for n in self._list(self.root) if not n.startswith(("_", ".")) and "." not in n)
        return tuple(sorted(n for n in found if self.versions(n)))

    def versions(self, name: str) -> list[str]:
        """Give the versions of a blueprint, in ascending order."""
        return [] if self.root is None else ascending(self._stems(self.root / name))

    def blueprint(self, name: str, version: str) -> Blueprint | None:
        """Give a version of a blueprint; None: it is not there, or can't be read as a whole."""
        if self.root is None:
            return None
        path = self._file(name, version)
        found = self._files.blueprint(path)
        self._saw(path)
        return found

    def plan(self, name: str, version: str) -> Plan | None:
        """Give the plan of a version; None: it is not there, or has errors that leave no plan."""
        found = self.blueprint(name, version)
        if found is None:
            return None
        for shared in found.blockers.use:
            self.shared(shared)
        return self._files.plan(self._file(name, version), self)

    def sound(self, name: str, version: str) -> Plan | None:
        """Give the plan of a version; None: it is not there, or has any errors."""
        if self.root is None or not self._files.is_sound(self._file(name, version)):
            return None
        return self.plan(name, version)

    def all_sound(self) -> Iterator[Plan | None]:
        """Give the plans of all versions of all blueprints, as `sound` does."""
        return (self.sound(name, version) for name in self.names for version in self.versions(name))

    @cached_property
    def lists(self) -> frozenset[str]:
        """The shared lists of blockers that there are."""
        return frozenset() if self.root is None else frozenset(self._stems(self.root / SHARED))

    def shared(self, name: str) -> Blockers | None:
        """Give the types of blockers of a shared list; None: it is not there, or is broken."""
        if self.root is None or name not in self.lists:
            return None
        path = self.root / SHARED / f"{name}{_SUFFIX}"
        found = self._files.shared(path)
        self._saw(path)
        return found

    def has(self, *parts: str) -> bool:
        """Tell whether there is a file in the folder of blueprints."""
        if self.root is None:
            return False
        path = self.root.joinpath(*parts)
        return path.name in self._list(path.parent)

    @cached_property
    def released(self) -> Mapping[str, Mapping[str, str]] | None:
        """The digests of released versions, by blueprint and version (SPEC 2); None: unreadable."""
        data = None if self.root is None else self._data(self.root / LOCK)
        if data is None or not data.strip():
            return {}
        parsed = parse(data, LOCK)
        found = None if parsed.root is None else parsed.root.to_data()
        return found if not parsed.diagnostics and _is_lock(found) else None

    def template(self, name: str) -> TemplateFile | None:
        """Give the template of a name: the project's own, else a shipped one."""
        if self.root is None or any(part in {"", ".", ".."} for part in name.split("/")):
            return None
        for file in templating.file_names(name):
            data = self._data(self.root.parent / _TEMPLATES / file)
            if data is not None:
                return TemplateFile(f"{_TEMPLATES}/{file}", _text(data))
        try:
            shipped = resources.folder("templates")
        except UnavailableError:
            return None
        for file in templating.file_names(name):
            if (shipped / file).is_file():  # it changes with Dovetail alone, so nobody has to know
                return TemplateFile(f"the shipped {file}", _text((shipped / file).read_bytes()))
        return None

    def _file(self, name: str, version: str) -> Path:
        assert self.root is not None  # noqa: S101 - or there would be no versions
        return self.root / name / f"{version}{_SUFFIX}"

    def _stems(self, folder: Path) -> list[str]:
        return [n.removesuffix(_SUFFIX) for n in self._list(folder) if n.endswith(_SUFFIX)]

    def _list(self, folder: Path) -> frozenset[str]:
        found = self._files.names(folder)
        self._saw(folder)
        return found

    def _data(self, path: Path) -> bytes | None:
        found = self._files.data(path)
        self._saw(path)
        return found

    def _saw(self, path: Path) -> None:
        self.reads[path] = self._files.digest(path)


def _is_lock(data: object) -> bool:
    if data is None:
        return True
    return isinstance(data, dict) and all(
        isinstance(told, dict) and all(isinstance(digest, str) for digest in told.values())
        for told in data.values()
    )


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
