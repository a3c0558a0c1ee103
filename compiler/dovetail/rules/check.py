"""The front door: everything that is wrong with a file, in one pass (SPEC 2.5).

A file is a blueprint unless its `schema`, or its place, says that it is something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from dovetail.blueprint.load import Loaded, load_parsed, read_bytes
from dovetail.blueprint.model import Blueprint, JoinModel
from dovetail.blueprint.shape import MAX_FINDINGS
from dovetail.blueprint.source import Parsed, parse
from dovetail.blueprint.spans import Spans
from dovetail.diagnostics import Diagnostic, in_order
from dovetail.files.kinds import BLUEPRINT, Kind, kind_of, placed
from dovetail.plan.checkpoint import check_key
from dovetail.plan.lower import lower
from dovetail.plan.model import Plan
from dovetail.plan.scope import Scopes
from dovetail.rules.base import Context, Stage
from dovetail.rules.children import results
from dovetail.rules.fixing import with_key_fixes
from dovetail.rules.library import Files, Library
from dovetail.rules.registry import RULES

__all__ = [
    "Checked",
    "check_bytes",
    "check_file",
    "check_loaded",
    "check_text",
    "fresh_files",
]

_MORE = f"there are more: only the first {MAX_FINDINGS} of this sort are told"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file and the findings about it.

    Attributes:
        diagnostics: by place, then code.
        blueprint: None when there are errors of shape, or the file is no blueprint.
        plan: None when there is any error, or the file is no blueprint.
        text: the source, for showing lines of it.
        reads: what else was looked at, with digests: files, whether they were there or not, and
            folders, of which the names in them count.
    """

    shown_as: str
    diagnostics: tuple[Diagnostic, ...]
    blueprint: Blueprint | None
    plan: Plan | None
    text: str = field(repr=False)
    kind: Kind = BLUEPRINT
    reads: Mapping[Path, str | None] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that forbid compiling."""
        return tuple(d for d in self.diagnostics if d.severity == "error")


def check_file(path: Path, *, shown_as: str, files: Files | None = None) -> Checked:
    """Check a file. One that can't be read is a finding, too.

    Args:
        path: where it is.
        shown_as: its name in findings.
        files: what else is read is read once by all checks that share them: see `fresh_files`.
    """
    data = read_bytes(path, shown_as=shown_as)
    if isinstance(data, Diagnostic):
        return Checked(shown_as, (data,), None, None, "", kind_of(path, None))
    return check_bytes(data, shown_as=shown_as, file=path, files=files)


def check_text(
    text: str, *, shown_as: str, file: Path | None = None, files: Files | None = None
) -> Checked:
    """Check the text of a file.

    Args:
        text: the YAML.
        shown_as: its name in findings.
        file: where it would be: that tells its kind, and what it should be called.
        files: see `check_file`.
    """
    data = text.encode("utf-8", errors="surrogatepass")
    return check_bytes(data, shown_as=shown_as, file=file, files=files)


def check_bytes(
    data: bytes, *, shown_as: str, file: Path | None = None, files: Files | None = None
) -> Checked:
    """Check the bytes of a file, like `check_text`."""
    files = files or fresh_files()
    if file is not None:
        files.saw(file.absolute(), data)
    parsed = parse(data, shown_as)
    said = parsed.data.get("schema") if isinstance(parsed.data, dict) else None
    kind = kind_of(file, said if isinstance(said, str) else None)
    if kind is not BLUEPRINT:
        return _check_other(kind, parsed, shown_as, file, files)
    loaded = load_parsed(parsed, shown_as=shown_as)
    if placed(file) not in {None, BLUEPRINT} and loaded.spans is not None:
        from dovetail.rules.misplaced_file import misplaced

        where = tuple(misplaced(kind, loaded.spans, file))
        loaded = replace(loaded, diagnostics=(*loaded.diagnostics, *where))
    return check_loaded(loaded, file=file, files=files)


def fresh_files(texts: Mapping[str, str] | None = None) -> Files:
    """Give what checks share that run one after the other.

    Args:
        texts: what there is instead of what is on disk, by path.
    """

    def check(data: bytes, path: Path, files: Files) -> None:
        check_bytes(data, shown_as=path.name, file=path, files=files)

    return Files(_plan_of, check, texts)


def _check_other(
    kind: Kind, parsed: Parsed, shown_as: str, file: Path | None, files: Files
) -> Checked:
    # What a scenario is made of costs those nothing who have none.
    from dovetail.rules.other_files import examine

    library = Library.of(file, files)
    found = in_order(examine(parsed, kind, file=file, library=library))
    return Checked(shown_as, tuple(found), None, None, parsed.text, kind, library.reads)


def check_loaded(
    loaded: Loaded, *, file: Path | None = None, files: Files | None = None
) -> Checked:
    """Run every rule over a blueprint as far as it could be read."""
    files = files or fresh_files()
    found = list(loaded.diagnostics)
    if loaded.spans is not None:
        found = with_key_fixes(found, loaded.spans)
    plan = None
    reads: Mapping[Path, str | None] = {}
    if loaded.blueprint is not None and loaded.spans is not None:
        library = Library.around(file, files)
        context = Context(loaded.blueprint, loaded.spans, file, library, ordered=loaded.ordered)
        told = list(_examine(context))
        if loaded.partial or context.cut:
            # In a reading without its broken parts, "unused" may only mean "used in those".
            told = [d for d in told if d.severity == "error"]
        found += told
        plan, reads = context.plan, library.reads
    failed = any(d.severity == "error" for d in found)
    if file is not None:
        whole = None if loaded.partial else loaded.blueprint
        files.keep(file.absolute(), whole, plan if whole else None, sound=not failed)
    return Checked(
        shown_as=loaded.shown_as,
        diagnostics=tuple(in_order(found)),
        blueprint=None if loaded.partial else loaded.blueprint,
        plan=None if failed else plan,
        text=loaded.text,
        reads=reads,
    )


def _plan_of(blueprint: Blueprint, library: Library) -> Plan | None:
    """Give the plan of another blueprint, unless its edges can't be resolved."""
    root = parse(b"{}", "").root
    assert root is not None  # noqa: S101 - nobody asks where findings would stand
    context = Context(blueprint, Spans("{}", root), None, library)
    broken = any(True for _ in _run(context, "graph"))
    return None if broken else lower(blueprint, context.shared)


def _examine(context: Context) -> Iterator[Diagnostic]:
    broken = list(_run(context, "graph"))
    yield from broken
    if broken or not context.ordered:
        plan = lower(_unordered(context), context.shared)
        context.scopes = Scopes(plan, all_before=True, results=results(context))
    else:
        context.plan = lower(context.blueprint, context.shared)
        context.scopes = Scopes(context.plan, results=results(context))
    yield from _run(context, "names")
    if context.plan is not None:
        yield from _run(context, "plan")
    if context.library.root is not None:
        yield from _run(context, "project")


def _run(context: Context, stage: Stage) -> Iterator[Diagnostic]:
    for rule in RULES:
        if rule.stage == stage and rule.check is not None:
            found = list(islice(rule.check(context), MAX_FINDINGS + 1))
            yield from found if len(found) <= MAX_FINDINGS else _first(found)


def _first(found: list[Diagnostic]) -> list[Diagnostic]:
    """Give as many findings of a rule as are told, the last with word of the others."""
    last = found[MAX_FINDINGS - 1]
    hint = f"{last.hint}; {_MORE}" if last.hint else _MORE
    return [*found[: MAX_FINDINGS - 1], replace(last, hint=hint)]


_NO_EDGES = {"order": None, "needs": None, "parallel": False, "join": JoinModel.ALL}


def _unordered(context: Context) -> Blueprint:
    """Give the blueprint with its steps in file order and no needs: all that names have to know."""
    steps = context.blueprint.steps
    chain = [steps[i].model_copy(update=_NO_EDGES) for i in context.index.values()]
    for i, step in enumerate(chain):
        if check_key(step.key) in context.index:  # or its gate would stand for the other step
            chain[i] = step.model_copy(update={"checkpoint": None})
    return context.blueprint.model_copy(update={"steps": tuple(chain)})
