"""What a rule is, and what it sees."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Literal, TypeAlias

from dovetail.blueprint.model import OWNER, BlockerModel, Blueprint, resolve_orders
from dovetail.blueprint.shape import MAX_FINDINGS
from dovetail.blueprint.spans import Path, Spans
from dovetail.diagnostics import Diagnostic, Fix, Severity, Span
from dovetail.expressions import Analysis, Mistake, analyse
from dovetail.expressions.constant import Trials, Verdict
from dovetail.plan.graph import find_cycles
from dovetail.plan.model import Call, Field, Plan
from dovetail.plan.scope import Scopes, StepScope, Where
from dovetail.rules.fixing import fix_scalar
from dovetail.rules.library import Library
from dovetail.rules.lookup import Lookup, StepNames
from dovetail.rules.nearby import Budget, Names
from dovetail.rules.sites import Decision, Site, artifacts, asked, gates, retreats, sites

if TYPE_CHECKING:
    from dovetail.rules.jinja import Template
    from dovetail.rules.template_sites import Stand

__all__ = ["Check", "Context", "Rule", "Site", "Stage", "known_ones"]

Stage: TypeAlias = Literal["file", "graph", "names", "plan", "project"]
"""When a rule looks: while reading, before edges can be resolved, at any time, at the edges, or at
what files of a project say of each other."""

_SHOWN = 8
_UNREAD = Field(type="object")
"""The type of the elements of a list that was not looked at."""
_DOTTED = re.compile(r"[\w.]+$")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what `dovetail explain` tells, and how it is checked.

    Attributes:
        code: `DT` and three digits, stable for ever.
        stage: errors of stage `graph` leave no plan; rules of stage `plan` need one.
        bad: a blueprint, or the part of one that matters, that the rule finds fault with.
        good: the same, mended.
        check: None where the finding is made while the file is read.
    """

    code: str
    severity: Severity
    stage: Stage
    title: str
    explanation: str
    bad: str
    good: str
    check: Check | None = None

    def at(self, span: Span, message: str, hint: str = "", fix: Fix | None = None) -> Diagnostic:
        """Make a finding."""
        return Diagnostic(self.code, self.severity, span, message, hint, fix)


class Context:
    """A blueprint under examination.

    Attributes:
        file: its path where it has one, for rules about names of files.
        library: the files around it.
        ordered: the orders of its steps are those in the file.
        plan: where the edges could be resolved.
        cut: not all expressions were looked at, so what seems to be unused may not be.
        scopes: the names of expressions; with a plan in which every step precedes every other one
            where the edges could not be resolved.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        spans: Spans,
        file: FilePath | None,
        library: Library,
        *,
        ordered: bool = True,
    ) -> None:
        self.blueprint, self.spans, self.file = blueprint, spans, file
        self.ordered = ordered
        self.library = library
        self.plan: Plan | None = None
        self.scopes: Scopes | None = None
        self.cut = False
        self._budget = Budget()
        self._promised: set[tuple[Path, str]] = set()

    @cached_property
    def orders(self) -> list[int]:
        """The order of each step, in file order."""
        return resolve_orders(self.blueprint.steps)

    @cached_property
    def index(self) -> dict[str, int]:
        """The place of each key in the file; of equal keys, the first."""
        found: dict[str, int] = {}
        for i, step in enumerate(self.blueprint.steps):
            found.setdefault(step.key, i)
        return found

    @cached_property
    def shared(self) -> dict[str, BlockerModel]:
        """The types of blockers in the lists that the blueprint uses."""
        found: dict[str, BlockerModel] = {}
        for name in self.blueprint.blockers.use:
            found |= self.library.shared(name) or {}
        return found

    @cached_property
    def roles(self) -> set[str]:
        """The roles that there are."""
        return {OWNER, *self.blueprint.roles}

    @cached_property
    def step_names(self) -> Names:
        """The keys of the steps, for telling the nearest one."""
        return Names(self.index, self._budget)

    @cached_property
    def role_names(self) -> Names:
        """The roles, for telling the nearest one."""
        return Names(self.roles, self._budget)

    @cached_property
    def evidence_names(self) -> Names:
        """The evidence types, for telling the nearest one."""
        return Names(self.blueprint.evidence, self._budget)

    @cached_property
    def constraint_names(self) -> Names:
        """The constraints, for telling the nearest one."""
        return Names(self.blueprint.constraints, self._budget)

    def names(self, known: Iterable[str]) -> Names:
        """Give names for telling the nearest one."""
        return Names(known, self._budget)

    def suggest(
        self,
        word: str,
        path: Path,
        names: Names,
        *,
        but: str | None = None,
        beside: Collection[str] = (),
    ) -> tuple[str, Fix | None]:
        """Give the hint that names what was probably meant, and the change where that is sure.

        Args:
            word: what stands in the file.
            path: where.
            names: what is possible there.
            but: the one of them that is not.
            beside: the elements of the list that it stands in; none should come to be there twice.
        """
        guess = names.guess(word, None if but is None else lambda name: name != but)
        if guess.close is None:
            return names.listed(but), None
        hint = f"did you mean `{guess.close}`?"
        within = (tuple(path[:-1]), guess.close)
        if not guess.sure or guess.close in beside or (beside and within in self._promised):
            return hint, None
        self._promised.add(within)
        return hint, fix_scalar(self.spans.node(path), word, guess.close)

    def meant(self, used: Iterable[str], names: Names) -> set[str]:
        """Give the names that are used, by words that are names or were probably meant to be."""
        known, used = set(names.known), set(used)
        if len(used - known) > MAX_FINDINGS:
            return known | used  # who can tell
        return {w if w in known else names.guess(w).close or w for w in used}

    @cached_property
    def before(self) -> list[int]:
        """For each step of the plan, those that come before it by edges of any kind, as bits.

        A lane edge hands nothing on, but it does order.
        """
        if self.plan is None:
            return []
        position, out = self.plan.position, list[int]()
        for step in self.plan.steps:
            bits = 0
            for edge in step.edges:
                place = position[edge.step]
                bits |= out[place] | 1 << place
            out.append(bits)
        return out

    @cached_property
    def integrate(self) -> int | None:
        """The place in the plan of the step that integrates, where there is just one."""
        steps = () if self.plan is None else self.plan.steps
        places = [i for i, step in enumerate(steps) if step.kind == "integrate"]
        return places[0] if len(places) == 1 else None

    @cached_property
    def gates(self) -> list[Decision]:
        """Every decision, those between children, too."""
        return list(gates(self.blueprint))

    @cached_property
    def retreats(self) -> list[tuple[int, Path, Sequence[str]]]:
        """Every list of steps that rework may lead to: the place of its step, and its own."""
        return list(retreats(self.blueprint, self.gates))

    @cached_property
    def cycles(self) -> list[list[str]]:
        """Every cycle among needs, whole, from its least key."""
        steps = self.blueprint.steps
        return find_cycles({key: steps[i].needs or () for key, i in self.index.items()})

    @cached_property
    def asked(self) -> list[tuple[int | None, str, Path]]:
        """Every evidence type that is asked for: the place of its step, the type, and its own."""
        return list(asked(self.blueprint, self.gates))

    @cached_property
    def artifacts(self) -> list[tuple[int, str, Path]]:
        """Every file that a step is to make: the place of the step, the file, and its own."""
        return list(artifacts(self.blueprint))

    @cached_property
    def trials(self) -> Trials:
        """What tries whether conditions can come out either way."""
        return Trials()

    @cached_property
    def constant(self) -> list[tuple[Site, Analysis, Verdict]]:
        """The conditions that come out the same whatever they read."""
        tried = (
            (site, analysis, self.trials.verdict(analysis))
            for site, analysis, _ in self.analyses
            if site.demand == "bool"
        )
        return [(site, analysis, told) for site, analysis, told in tried if told is not None]

    @cached_property
    def analyses(self) -> list[tuple[Site, Analysis, Lookup]]:
        """Every expression with what there is to know about it; nothing without scopes.

        It ends where there are more mistakes of a kind than are told of; the context is `cut` then.
        """
        reader, told = self._reader, Counter[str]()
        if reader is None:
            return []
        found: list[tuple[Site, Analysis, Lookup]] = []
        for site in sites(self.blueprint):
            if self.counts(site.step):
                found.append(read := reader.read(site))
                if mistakes := read[1].mistakes:
                    told.update(m.kind for m in mistakes)
                    if max(told.values()) > MAX_FINDINGS:
                        self.cut = True
                        break
        return found

    @property
    def templates(self) -> list[tuple[Stand, Template]]:
        """Every template, read, as far as they are examined: see `unexamined`."""
        return self._examined[0]

    @property
    def unexamined(self) -> Stand | None:
        """The first of the templates that are too many."""
        return self._examined[1]

    @cached_property
    def _examined(self) -> tuple[list[tuple[Stand, Template]], Stand | None]:
        from dovetail.rules.template_sites import examine

        return examine(self)

    def lookup(self, site: Site, key: str | None = None) -> Lookup | None:
        """Give the names that may stand at a place; None: nobody can tell.

        Args:
            site: the place.
            key: of the step whose names they are, where it is not the one that the place is in.
        """
        if self._reader is None:
            return None
        self.analyses  # noqa: B018 - they tell the types of elements
        return self._reader.lookup(site, key)

    @cached_property
    def _reader(self) -> _Reader | None:
        return None if self.scopes is None else _Reader(self, self.scopes)

    def counts(self, step: int | None) -> bool:
        """Tell whether a step is the one that its key stands for."""
        return step is None or self.index[self.blueprint.steps[step].key] == step


class _Reader:
    """Analyses expressions, each in its scope."""

    def __init__(self, context: Context, scopes: Scopes) -> None:
        self._blueprint, self._scopes = context.blueprint, scopes
        evidence = context.blueprint.evidence
        self._vague = {i for i, kind, _ in context.asked if kind not in evidence}
        keys = {context.blueprint.steps[i].key for i in self._vague if i is not None}
        self._names = StepNames(scopes, context._budget, keys)  # noqa: SLF001 - ours
        self._lookups: dict[tuple[str | None, Where], Lookup] = {}
        self._elements: dict[Path, Field] = {}

    def read(self, site: Site) -> tuple[Site, Analysis, Lookup]:
        lookup = self.lookup(site)
        analysis = analyse(site.text, lookup, demand=site.demand)
        if lookup.was_vague():
            told = (m for m in analysis.mistakes if not _of_evidence(site.text, m))
            analysis = Analysis(None, tuple(told), ())
        if site.demand == "list":
            self._elements[site.path] = analysis.element
        return site, analysis, lookup

    def lookup(self, site: Site, key: str | None = None) -> Lookup:
        """Give the names that may stand at a place, of another step where one is named."""
        if key is None and site.step is not None:
            key = self._blueprint.steps[site.step].key
        if site.elements:
            return Lookup(self._names, self._with_elements(site, key))
        at = (key, site.where)
        if at not in self._lookups:
            step = None if key is None else self._scopes.plan.step(key)
            vague = site.step in self._vague if step else bool(self._vague)
            self._lookups[at] = Lookup(self._names, self._scopes.of(step, site.where), vague=vague)
        return self._lookups[at]

    def _with_elements(self, site: Site, key: str | None) -> StepScope:
        local = {name: self._elements.get(items, _UNREAD) for name, items in site.elements}
        step = None if key is None else self._scopes.plan.step(key)
        if step is not None and site.pause:
            local |= self._scopes.settled(step)
        if step is not None and site.where == "attempt" and isinstance(step.action, Call):
            # It decides on the gate between children.
            pause = step.action.for_each and step.action.for_each.pause
            if pause:
                step = replace(step, kind="gate", outputs=pause.outputs, action=pause.gate)
        return self._scopes.of(step, site.where, local)


def _of_evidence(text: str, mistake: Mistake) -> bool:
    """Tell whether a mistake is about a name of some evidence."""
    line = text.split("\n")[mistake.line - 1]
    name = _DOTTED.search(line[: mistake.column - 1 + mistake.length])
    return name is not None and "evidence" in name[0].split(".")


Check: TypeAlias = Callable[[Context], Iterable[Diagnostic]]


def known_ones(known: Sequence[str]) -> str:
    """Give the hint that says what is possible."""
    if not known:
        return ""
    shown = ", ".join(f"`{k}`" for k in known[:_SHOWN])
    return "known: " + shown + (f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else "")
