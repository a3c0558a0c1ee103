"""Which scenarios there are, and the plans that they are played on.

A blueprint is compiled once, however many scenarios play or call it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dovetail.blueprint.load import read_bytes, read_model
from dovetail.blueprint.source import parse
from dovetail.blueprint.spans import Spans
from dovetail.blueprint.versions import fitting
from dovetail.diagnostics import Diagnostic, in_order
from dovetail.errors import NotFoundError, UsageError
from dovetail.files.kinds import BLUEPRINT, KINDS, Kind, kind_of, placed
from dovetail.files.kinds import list_files as list_others
from dovetail.files.scenario import Scenario
from dovetail.plan.model import Plan
from dovetail.rules import Checked, check_file, fresh_files
from dovetail.rules.library import Library
from dovetail.rules.other_files import examine
from dovetail.simulate.driver import Plans

__all__ = ["ScenarioFile", "Shelf", "every_scenario", "scenarios_in"]

_KIND = KINDS["scenario"]
_SAYS = re.compile(rb"^schema:\s*[\"']?dovetail/scenario/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario's file.

    Attributes:
        checked: the findings about it.
        library: the project that it belongs to.
        scenario: what it says; None where there are errors.
        plan: what it is played on; None where that has errors, or is not there.
        spans: where things stand in it.
    """

    path: Path
    checked: Checked
    library: Library
    scenario: Scenario | None = None
    plan: Plan | None = None
    spans: Spans | None = None

    @property
    def name(self) -> str:
        """What it is called: `blueprint/scenario`, or its path where it lies somewhere else."""
        if placed(self.path) is not _KIND:
            return self.checked.shown_as
        return f"{self.path.absolute().parent.parent.name}/{self.path.stem}"

    @property
    def played(self) -> Path:
        """The file of the version that it plays; it is asked of a sound scenario alone."""
        assert self.scenario is not None  # noqa: S101
        assert self.library.root is not None  # noqa: S101 - or the version could not be known
        return self.library.root / self.scenario.name / f"{self.scenario.version}.yaml"

    @property
    def plans(self) -> Plans:
        """What gives the blueprints that are called."""
        return _Callees(self.library)


class Shelf:
    """The blueprints and scenarios that one command reads, each at most once.

    Args:
        blueprints: the project's folder of blueprints. A scenario that lies in another project
            plays blueprints of that one.
    """

    def __init__(self, blueprints: Path) -> None:
        self._files = fresh_files()
        self._here = Library(blueprints.absolute(), self._files)

    def scenario(self, path: Path, *, shown_as: str) -> ScenarioFile:
        """Read a scenario, and what it plays.

        Raises:
            UsageError: when the file is of another kind.
        """
        library = Library.of(path, self._files)
        library = library if library.root is not None else self._here
        data = read_bytes(path, shown_as=shown_as)
        if isinstance(data, Diagnostic):
            return ScenarioFile(path, Checked(shown_as, (data,), None, None, "", _KIND), library)
        parsed = parse(data, shown_as)
        said = parsed.data.get("schema") if isinstance(parsed.data, dict) else None
        kind = kind_of(path, said if isinstance(said, str) else None)
        if kind is not _KIND:
            raise _another(path, kind)
        found = tuple(in_order(examine(parsed, kind, file=path, library=library)))
        checked = Checked(shown_as, found, None, None, parsed.text, kind)
        scenario = None if checked.errors else read_model(Scenario, parsed)[0]
        if scenario is None or parsed.root is None:
            return ScenarioFile(path, checked, library)
        plan = library.sound(scenario.name, scenario.version)
        return ScenarioFile(path, checked, library, scenario, plan, Spans(parsed.text, parsed.root))

    def blueprint(self, path: Path, *, shown_as: str) -> Checked:
        """Check a blueprint; its plan is among what that gives."""
        return check_file(path, shown_as=shown_as, files=self._files)

    @property
    def plans(self) -> Plans:
        """What gives the blueprints that are called, out of the project."""
        return _Callees(self._here)

    def every_plan(self) -> list[Plan]:
        """Give the plan of every version in the project that is without errors."""
        return [plan for plan in self._here.all_sound() if plan is not None]


def _another(path: Path, kind: Kind) -> UsageError:
    check = f"dovetail simulate {path}" if kind is BLUEPRINT else f"dovetail check {path}"
    return UsageError(f"{path} is {kind.noun}, not a scenario", check)


@dataclass(frozen=True, slots=True)
class _Callees:
    library: Library

    def __call__(self, name: str, wanted: str) -> Plan:
        """Give the greatest version in a range.

        Raises:
            NotFoundError: when there is none, or it has errors.
        """
        fit = fitting(wanted, self.library.versions(name))
        if not fit:
            there = ", ".join(self.library.versions(name)) or "none"
            raise NotFoundError(
                f"no version of {name} is in the range {wanted}; there is {there}",
                "dovetail check finds the call",
            )
        plan = self.library.sound(name, fit[-1])
        if plan is None:
            raise NotFoundError(
                f"{name}@{fit[-1]}, which is called, has errors",
                f"mend them: dovetail check blueprints/{name}/{fit[-1]}.yaml",
            )
        return plan


def every_scenario(blueprints: Path) -> list[Path]:
    """Give the scenarios of a project, by its folder of blueprints, sorted."""
    return [path for path in list_others(blueprints) if placed(path) is _KIND]


def scenarios_in(paths: Iterable[Path]) -> list[Path]:
    """Give the scenarios that a command line names, by themselves or by their folders.

    Raises:
        UsageError: when there is no such file or folder, or no scenario in it.
    """
    found = [file for path in paths for file in _of(path)]
    return list({path.absolute(): path for path in found}.values())


def _of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(f"there is no file or folder {path}", "dovetail test plays all scenarios")
    found = sorted(_below(path))
    if not found:
        raise UsageError(f"there is no scenario in {path}", f"they lie in {_KIND.place}")
    return found


def _below(folder: Path) -> Iterator[Path]:
    """Give the files below a folder that lie where scenarios lie, or say that they are some."""
    for path in folder.rglob("*.yaml"):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in inside):
            kind = placed(path)
            if kind is _KIND or (kind is None and _SAYS.search(path.read_bytes())):
                yield path
