"""What a rule is, and what it sees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Literal, TypeAlias

from dovetail.blueprint.model import OWNER, Blueprint, resolve_orders
from dovetail.blueprint.spans import Path, Spans
from dovetail.diagnostics import Diagnostic, Fix, Severity, Span
from dovetail.expressions import Analysis, analyse
from dovetail.plan.model import Plan
from dovetail.plan.scope import Scopes, Where
from dovetail.rules.fixing import fix_scalar
from dovetail.rules.lookup import Lookup, StepNames
from dovetail.rules.nearby import Budget, Names

__all__ = ["Check", "Context", "Rule", "Site", "Stage", "known_ones"]

Stage: TypeAlias = Literal["file", "graph", "names", "plan"]
"""When a rule looks: while reading, before edges can be resolved, at any time, at the edges."""

_SHOWN = 8


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


@dataclass(frozen=True, slots=True)
class Site:
    """An expression in the file: the step it belongs to, where it stands, what it decides."""

    step: int
    path: Path
    text: str
    where: Where


class Context:
    """A blueprint under examination.

    Attributes:
        file: its path where it has one, for rules about names of files.
        plan: where the edges could be resolved.
        scopes: the names of expressions; with a plan in which every step precedes every other one
            where the edges could not be resolved.
    """

    def __init__(self, blueprint: Blueprint, spans: Spans, file: FilePath | None) -> None:
        self.blueprint, self.spans, self.file = blueprint, spans, file
        self.plan: Plan | None = None
        self.scopes: Scopes | None = None
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

    @cached_property
    def sites(self) -> list[Site]:
        """Every expression in the file."""
        return list(self._sites())

    @cached_property
    def analyses(self) -> list[tuple[Site, Analysis, Lookup]]:
        """Every expression with what there is to know about it; nothing without scopes."""
        scopes = self.scopes
        if scopes is None:
            return []
        steps, names = scopes.plan.position, StepNames(scopes, self._budget)
        lookups: dict[tuple[int, Where], Lookup] = {}
        out = []
        for site in self.sites:
            key = self.blueprint.steps[site.step].key
            if self.index[key] == site.step:
                at = (site.step, site.where)
                if at not in lookups:
                    lookups[at] = Lookup(names, scopes.plan.steps[steps[key]], site.where)
                out.append((site, analyse(site.text, lookups[at]), lookups[at]))
        return out

    def _sites(self) -> Iterator[Site]:
        for i, step in enumerate(self.blueprint.steps):
            at = ("steps", i)
            if step.when is not None:
                yield Site(i, (*at, "when"), step.when, "when")
            for j, criterion in enumerate(step.exit):
                if criterion.check is not None:
                    yield Site(i, (*at, "exit", j, "check"), criterion.check, "exit")
            if step.gate is not None and step.gate.approve_when is not None:
                yield Site(i, (*at, "gate", "approve_when"), step.gate.approve_when, "gate")


Check: TypeAlias = Callable[[Context], Iterable[Diagnostic]]


def known_ones(known: Sequence[str]) -> str:
    """Give the hint that says what is possible."""
    if not known:
        return ""
    shown = ", ".join(f"`{k}`" for k in known[:_SHOWN])
    return "known: " + shown + (f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else "")
