"""Everything that compiling gives, as one digest: `python -m tests.support.fingerprint ROOT`.

Run in a process of its own, with a hash seed and a working folder of its own. Names of files are
told from the root, so that the folder it runs in can't show.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

from dovetail.blueprint.library import in_effect, list_files, read_edition
from dovetail.diagnostics import RENDERERS
from dovetail.diagnostics.github import render_github
from dovetail.diagnostics.sarif import render_sarif
from dovetail.emit.deployments import Deployment, deployments
from dovetail.emit.verify import emit_checked
from dovetail.plan.text import render
from dovetail.rules import RULES, check_file

__all__ = ["fingerprint"]

_DAY = date(2026, 12, 1)


def fingerprint(root: Path) -> str:
    """Give the digest of what is said and written about every blueprint of a checkout."""
    total = sha256()
    for text in _texts(root):
        total.update(text.encode() + b"\0")
    return total.hexdigest()


def _texts(root: Path) -> Iterator[str]:
    shipped = list_files(root / "blueprints")
    corpus = sorted((root / "tests").glob("diagnostics/*/*.yaml"))
    for path in [*shipped, *sorted((root / "tests/golden/blueprints").glob("*.yaml")), *corpus]:
        shown_as = path.relative_to(root).as_posix()
        checked = check_file(path, shown_as=shown_as)
        sources = {shown_as: checked.text}
        for renderer in RENDERERS.values():
            yield renderer(checked.diagnostics, sources)
        yield render_sarif(checked.diagnostics, sources, RULES)
        yield render_github(checked.diagnostics, sources, {r.code: r.title for r in RULES})
        if checked.plan is not None:
            yield render(checked.plan)
            yield emit_checked(checked.plan)
    editions = [read_edition(path) for path in shipped]
    names = sorted({e.name for e in editions})
    served = (in_effect([e for e in editions if e.name == name], _DAY) for name in names)
    yield deployments([Deployment(e.name, e.version, e.title) for e in served if e is not None])


if __name__ == "__main__":
    sys.stdout.write(fingerprint(Path(sys.argv[1])))
