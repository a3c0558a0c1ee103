"""A workspace that is a folder: `items/<item>/` for each item, `baseline/` for what is integrated.

Invariants: a file that others rely on appears whole or not at all (temporary file, fsync, link
without replacing, fsync of the folder); no path leads out of the item's folder, not by `..`, not by
a link; nothing that Dovetail wrote is ever overwritten with something else.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from dovetail import canonical
from dovetail.durable import sync_folder
from dovetail.errors import RefusedError, UnavailableError

__all__ = ["Workspace"]

_HANDOFFS = "handoffs"
_NAME_BYTES = 255
"""What file systems take."""


class Workspace:
    """The durable folder that executors share.

    Args:
        root: the folder; it is made when something is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def baseline(self) -> Path:
        """The folder of integrated files."""
        return self.root / "baseline"

    def folder(self, item: str) -> Path:
        """Give an item's folder, made where it is missing."""
        path = self.root / "items" / item
        with self._guarded(path):
            (path / _HANDOFFS).mkdir(parents=True, exist_ok=True)
        return path

    def demand_writable(self, item: str) -> None:
        """Make sure, as far as it can be told beforehand, that files of an item can be delivered.

        Raises:
            UnavailableError: when its folder can't be made, or not be written.
        """
        folder = self.folder(item) / _HANDOFFS
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UnavailableError(
                f"the workspace can't be written: {folder}",
                "mend its permissions and repeat the command; nothing was recorded",
            )

    def handoff_path(self, item: str, name: str) -> str:
        """Give the path of a handoff file, from the workspace's root."""
        return f"items/{item}/{_HANDOFFS}/{name}"

    def deliver(self, path: str, body: bytes) -> None:
        """Write a file at a path from the root, atomically; the same file again is no error.

        Raises:
            RefusedError: when another content stands there.
            UnavailableError: when it can't be written.
        """
        target = self.root / path
        with self._guarded(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if not _write_new(target, body) and target.read_bytes() != body:
                raise RefusedError(
                    f"{target} was altered: it is not what the ledger says",
                    "move it aside and repeat the command; the file is written again",
                )

    def restore(self, path: str, body: bytes) -> bool:
        """Make a file what it should be, and tell whether it was not; what stood there is kept.

        An altered file is moved to `altered/` beside the folder of handoffs.
        """
        target = self.root / path
        with self._guarded(target):
            if target.exists():
                if target.read_bytes() == body:
                    return False
                aside = target.parent.parent / "altered"
                aside.mkdir(exist_ok=True)
                target.replace(aside / f"{target.name}.{secrets.token_hex(4)}")
        self.deliver(path, body)
        return True

    def read(self, path: str) -> bytes | None:
        """Give the content of a file at a path from the root; None: there is none."""
        target = self.root / path
        with self._guarded(target):
            try:
                return target.read_bytes()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                return None

    def locate(self, item: str, path: str) -> Path:
        """Give the place of a file in an item's folder.

        Raises:
            RefusedError: when the path leads elsewhere, is Dovetail's own, or has an odd name.
        """
        pure = PurePosixPath(path)
        odd = any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in path) or "\\" in path
        odd = odd or unicodedata.normalize("NFC", path) != path
        odd = odd or any(len(os.fsencode(part)) > _NAME_BYTES for part in pure.parts)
        if not path or odd or pure.is_absolute() or ".." in pure.parts or pure.parts == ():
            raise RefusedError(
                f"{path!r} is not a path inside the folder of {item}",
                "name a relative path without `..`, such as note.md",
            )
        if pure.parts[0] == _HANDOFFS:
            raise RefusedError(
                f"{path}: the folder {_HANDOFFS}/ is Dovetail's own", "put the file elsewhere"
            )
        place = self.folder(item)
        for part in pure.parts:
            place /= part
            if place.is_symlink():
                raise RefusedError(
                    f"{path}: {part} is a link, which could lead anywhere",
                    "put the file itself into the folder",
                )
        return place

    @contextlib.contextmanager
    def declared(self, item: str, paths: Iterable[str]) -> Iterator[dict[str, str]]:
        """Declare files: give their digests by path, from the item's folder.

        A file elsewhere is copied into the folder under its own name (SPEC 10). When what follows
        is refused, the copies are taken back: a mended file is copied anew the next time.

        Raises:
            RefusedError: when one is not a regular file.
        """
        copies: dict[Path, bytes | None] = {}
        try:
            yield dict(self._declare(item, path, copies) for path in paths)
        except BaseException:
            for target, before in copies.items():
                with self._guarded(target):
                    if before is None:
                        target.unlink(missing_ok=True)
                    else:
                        _replace(target, before)
            raise

    def _declare(self, item: str, path: str, copies: dict[Path, bytes | None]) -> tuple[str, str]:
        path = self._inside(item, path, copies)
        place = self.locate(item, path)
        with self._guarded(place):
            try:
                mode = place.stat().st_mode
            except (FileNotFoundError, NotADirectoryError):
                raise RefusedError(
                    f"there is no file {path} in the folder of {item}",
                    f"write it to {self.folder(item)}, then repeat the command",
                ) from None
            if not stat.S_ISREG(mode):
                raise RefusedError(
                    f"{path} in the folder of {item} is not a regular file",
                    "declare files one by one; a folder or a pipe is none",
                )
            body = place.read_bytes()
        return PurePosixPath(path).as_posix(), "sha256:" + canonical.sha256_hex(body)

    def _inside(self, item: str, path: str, copies: dict[Path, bytes | None]) -> str:
        """Give the path from the item's folder of a file that is there, or is copied there."""
        folder, given = self.folder(item).resolve(), Path(path)
        if given.is_absolute():
            with self._guarded(given):
                if not given.is_file():
                    raise RefusedError(
                        f"there is no regular file {path}",
                        "name a file that is there, not a folder",
                    )
            if given.resolve().is_relative_to(folder):
                return given.resolve().relative_to(folder).as_posix()
        elif self.locate(item, path).exists() or not given.is_file():
            return path
        target = self.locate(item, given.name)
        with self._guarded(given):
            if target in copies:
                raise RefusedError(
                    f"two files are named {given.name}", "give each a name of its own"
                )
            copies.setdefault(target, target.read_bytes() if target.is_file() else None)
            _replace(target, given.read_bytes())
        return given.name

    def size(self, item: str, path: str) -> int:
        """Give the size in bytes of a declared file."""
        return self.locate(item, path).stat().st_size

    def text(self, item: str, path: str) -> str:
        """Give the text of a declared file, with what is not UTF-8 replaced."""
        return self.locate(item, path).read_text(encoding="utf-8", errors="replace")

    def promote(self, item: str, artifacts: Mapping[str, str]) -> dict[str, str]:
        """Copy declared files into the baseline; the same files again change nothing.

        Args:
            item: whose files.
            artifacts: path in the item's folder → the digest under which it was declared.

        Returns:
            path in the baseline → digest.

        Raises:
            RefusedError: when a file is no longer what was declared.
        """
        bodies: dict[str, bytes] = {}
        for path, digest in sorted(artifacts.items()):
            body = self.read(f"items/{item}/{path}")
            if body is None or "sha256:" + canonical.sha256_hex(body) != digest:
                state = "missing" if body is None else "altered"
                raise RefusedError(
                    f"{path} of {item} is {state}: it was declared with {digest}",
                    "send the item back to the step that makes it",
                )
            bodies[path] = body
        for path, body in bodies.items():
            target = self.baseline / path
            with self._guarded(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                _replace(target, body)
        return dict(sorted(artifacts.items()))

    @contextlib.contextmanager
    def _guarded(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"the workspace can't be read or written: {path}: {error.strerror or error}",
                "mend the cause and repeat the command; what was recorded is delivered then",
            ) from error


def _temporary(target: Path, body: bytes) -> Path:
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _write_new(target: Path, body: bytes) -> bool:
    """Write a file that must not exist yet; tell whether it did not."""
    if target.exists():
        return False
    temporary = _temporary(target, body)
    try:
        target.hardlink_to(temporary)  # unlike a rename, a link never replaces
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    sync_folder(target.parent)
    return True


def _replace(target: Path, body: bytes) -> None:
    _temporary(target, body).replace(target)
    sync_folder(target.parent)
