"""An item's folder in the workspace, as criteria look into it."""

from __future__ import annotations

from dovetail.errors import RefusedError
from dovetail.expressions import matches
from dovetail.plan.model import Artifact
from dovetail.workspace import Workspace

__all__ = ["ItemFolder"]


class ItemFolder:
    """The files of one item: what `judge.Files` asks for.

    Args:
        workspace: where its folder is.
        item: whose.
    """

    def __init__(self, workspace: Workspace, item: str) -> None:
        self._workspace, self._item = workspace, item

    def there(self, path: str) -> bool:
        """Tell whether a file is in the folder; a path that leads elsewhere names none."""
        try:
            return self._workspace.locate(self._item, path).is_file()
        except (RefusedError, OSError):
            return False

    def against(self, path: str, criterion: Artifact) -> str | None:
        """Say what stands against a file that is there; None: it fits."""
        try:
            size = self._workspace.size(self._item, path)
            if criterion.min_bytes is not None and size < criterion.min_bytes:
                return f"{path} has {size} bytes; expected at least {criterion.min_bytes}"
            pattern = criterion.matches
            if pattern is not None and not matches(pattern, self._workspace.text(self._item, path)):
                return f"{path} does not match {pattern}"
        except (RefusedError, OSError):
            return f"{path} can't be read"
        return None

    def run(self, argv: tuple[str, ...]) -> str | None:
        """Say that commands are not run here yet: `support` lets no item have one."""
        return f"{argv[0]} was not run: command criteria are not supported yet"
