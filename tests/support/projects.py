"""Projects for tests: blueprint, executors and store in a folder; shorthands to move an item."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from dovetail.config import Project
from dovetail.emit.deployments import Deployment, deployments
from dovetail.emit.names import module_path
from dovetail.emit.prefect import emit
from dovetail.errors import DovetailError
from dovetail.plan.model import Plan
from dovetail.plan.text import render
from dovetail.rules import check_text
from dovetail.runtime.commands import AttemptId, Desk, Submission
from dovetail.runtime.engine import Engine
from dovetail.runtime.executors import Registry
from dovetail.store import Record, Store
from dovetail.workspace import Workspace

__all__ = ["EXECUTORS", "PIECE", "Answer", "Bench", "compiled"]

EXECUTORS = """\
executors:
  lea: {kind: person, roles: [lead]}
  mia: {kind: agent, roles: [maker]}
  max: {kind: agent, roles: [maker]}
  jan: {kind: agent, roles: [judge]}
  joe: {kind: person, roles: [judge, maker]}
  bob: {kind: person, roles: [boss]}
  rob: {kind: agent, roles: [boss]}
"""

PIECE = """\
schema: dovetail/v1
name: piece
version: 1.0.0
title: Make a piece
owner: lead
effective: {from: 2026-01-01}
changes: [{version: 1.0.0, date: 2026-01-01, author: lead, reason: first, impact: none}]
intake: {review: [lead]}
roles: {lead: Leads, maker: Makes, judge: Judges, boss: Answers for it}
params:
  risk: {type: string, enum: [low, high], default: low}
evidence:
  review:
    result: {type: string, enum: [PASS, BLOCKED]}
    notes: {type: string, optional: true}
steps:
  - key: sketch
    role: maker
    outputs:
      size: {type: int, min: 1}
      tags: {type: list, of: string, default: []}
    exit:
      - {id: big, check: outputs.size > 1, say: Make it bigger than one}
      - {id: named, check: "size(outputs.tags) < 3", say: Give at most two tags}
  - key: build
    parallel: true
    role: maker
    exit:
      - {id: file, artifact: piece.md, min_bytes: 3, matches: "(?m)^made", say: Declare piece.md}
  - key: paint
    parallel: true
    role: maker
    attempts: 2
    when: params.risk == 'high'
    skip_say: Only a risky piece is painted
  - key: review
    role: judge
    gate:
      evidence: review
      approve_when: evidence.review.result == 'PASS'
      reject: {to: [build, sketch], limit: 1, then: block}
      independent: true
  - key: sign
    role: boss
    gate: {human: true, reject: {to: [build], limit: 1, then: close}}
  - key: land
    integrate: {message: "{{ item.id }} landed"}
"""


@cache
def compiled(text: str) -> Plan:
    """Compile a blueprint that must be without errors."""
    checked = check_text(text, shown_as="test.yaml")
    assert checked.plan is not None, [(d.code, d.message) for d in checked.diagnostics]
    return checked.plan


@dataclass(frozen=True)
class Answer:
    """What a command line gave."""

    status: int
    out: str
    err: str


class Bench:
    """A project in a folder, with a clock that counts, and shorthands that move one item on."""

    def __init__(self, root: Path, text: str = PIECE, executors: str = EXECUTORS) -> None:
        self.root, self.text = root, text
        root.mkdir(exist_ok=True)
        (root / "blueprints").mkdir(exist_ok=True)
        (root / "executors.yaml").write_text(executors, encoding="utf-8")
        self._ticks = itertools.count(1)

    @property
    def project(self) -> Project:
        private = self.root / ".dovetail"
        return Project(self.root, str(private / "store.db"), private / "workspace")

    @cached_property
    def plan(self) -> Plan:
        return compiled(self.text)

    @cached_property
    def store(self) -> Store:
        return Store.open(self.project.store)

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace(self.project.workspace)

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.store, self.workspace, self._clock)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.engine, Registry.read(self.project.executors))

    def _clock(self) -> str:
        tick = next(self._ticks)
        return f"2026-11-20T{tick // 3600:02}:{tick // 60 % 60:02}:{tick % 60:02}.000Z"

    # --- files of the project

    def compile(self) -> None:
        """Write the blueprint and what it is compiled to, as `dovetail compile` leaves them."""
        blueprint = self.root / "blueprints" / self.plan.blueprint / f"{self.plan.version}.yaml"
        flow = self.root / module_path(self.plan.blueprint, self.plan.version)
        for path in (blueprint, flow):
            path.parent.mkdir(parents=True, exist_ok=True)
        blueprint.write_text(self.text, encoding="utf-8")
        flow.write_text(emit(self.plan), encoding="utf-8")
        flow.with_suffix(".plan.yaml").write_text(render(self.plan), encoding="utf-8")
        served = [Deployment(self.plan.blueprint, self.plan.version, self.plan.title)]
        (self.root / "prefect.yaml").write_text(deployments(served), encoding="utf-8")

    def file(self, item: str, name: str, text: str) -> str:
        """Write a file in an item's folder."""
        place = self.workspace.folder(item) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return name

    def handoffs(self, item: str) -> list[Path]:
        """Give the paths of an item's handoff files, JSON alone, in order of names."""
        return sorted((self.workspace.root / "items" / item / "handoffs").glob("*.json"))

    # --- moving an item

    def add(self, **more: Any) -> str:
        given = {"params": {}, "actor": "lea"} | more
        return self.desk.add_item(self.plan, **given)

    def started(self, **more: Any) -> str:
        """Give an item that is accepted: its first step is queued."""
        item = self.add(**more)
        if self.plan.intake:
            self.desk.intake(item, reason="wanted", actor="lea")
        return item

    def claim(self, item: str, attempt: str, actor: str = "mia") -> int:
        return self.desk.claim(AttemptId.read(f"{item}/{attempt}"), actor=actor)

    def complete(
        self, item: str, attempt: str, actor: str = "mia", fence: int | None = None, **given: Any
    ) -> list[Record]:
        attempt_id = AttemptId.read(f"{item}/{attempt}")
        return self.desk.complete(attempt_id, Submission(**given), actor=actor, fence=fence)

    def fail(
        self, item: str, attempt: str, actor: str = "mia", reason: str = "it broke"
    ) -> list[Record]:
        return self.desk.fail(AttemptId.read(f"{item}/{attempt}"), reason=reason, actor=actor)

    def decide(self, item: str, step: str, verdict: str, actor: str, **more: Any) -> list[Record]:
        evidence = more.pop("evidence", {})
        given = {"reason": "so it is", "given": Submission(evidence=evidence)} | more
        return self.desk.decide(item, step, approve=verdict == "approve", actor=actor, **given)

    def sketched(self, **more: Any) -> str:
        """Give an item of PIECE whose sketch is complete: build is queued."""
        item = self.started(**more)
        self.claim(item, "sketch/1")
        self.complete(item, "sketch/1", outputs={"size": 2})
        return item

    def built(self, **more: Any) -> str:
        """Give an item of PIECE whose build is complete: the gate review is open."""
        item = self.sketched(**more)
        self.build(item, 1)
        return item

    def build(self, item: str, number: int, actor: str = "mia") -> None:
        """Do an attempt of build."""
        self.claim(item, f"build/{number}", actor)
        self.file(item, "piece.md", f"made {number}\n")
        self.complete(item, f"build/{number}", actor, files=["piece.md"])

    def judged(self, **more: Any) -> str:
        """Give an item of PIECE that review has approved: the gate sign is open."""
        item = self.built(**more)
        self.decide(item, "review", "approve", "jan", evidence={"review": {"result": "PASS"}})
        return item

    # --- looking

    def types(self, item: str) -> list[str]:
        """Give the types of an item's events, in order."""
        with self.store.read() as tx:
            return [r.event.type.value for r in tx.records(item)]

    def events(self, item: str, kind: str) -> list[dict[str, Any]]:
        """Give the data of an item's events of one type."""
        with self.store.read() as tx:
            return [dict(r.event.data) for r in tx.records(item) if r.event.type == kind]

    def status(self, item: str) -> str:
        with self.store.read() as tx:
            return tx.item(item).status

    def open_work(self, item: str) -> list[tuple[str, str | None]]:
        """Give step/number and holder of an item's attempts in flight."""
        with self.store.read() as tx:
            return [(f"{w.step}/{w.attempt}", w.executor) for w in tx.work(item=item)]

    def everything(self) -> dict[str, Any]:
        """Give all that the store keeps, to compare."""
        with self.store.read() as tx:
            return {
                "leaves": list(tx.leaves()),
                "items": tx.items(),
                "work": tx.work(),
                "handoffs": tx.handoffs(),
                "root": tx.tree()[1],
            }

    @contextmanager
    def refusal(self, *parts: str, kind: type[DovetailError] = DovetailError) -> Iterator[None]:
        """Demand a refusal that says these parts and a way out, and leaves the store as it was."""
        before = self.everything()
        with pytest.raises(kind) as caught:
            yield
        assert self.everything() == before
        assert caught.value.exit_status == 1
        assert [p for p in parts if p not in str(caught.value)] == [], str(caught.value)
        assert caught.value.way_out, f"no way out: {caught.value}"

    # --- the command line

    def cli(self, capsys: pytest.CaptureFixture[str], words: str | Sequence[str]) -> Answer:
        """Run a command in the project's folder, in this process."""
        from dovetail.cli import execute

        capsys.readouterr()
        before = Path.cwd()
        os.chdir(self.root)
        try:
            status = execute(words.split() if isinstance(words, str) else list(words))
        finally:
            os.chdir(before)
        told = capsys.readouterr()
        return Answer(status, told.out, told.err)


def declare(workspace: Workspace, item: str, *paths: str) -> dict[str, str]:
    """Declare files as an attempt that is accepted does."""
    with workspace.declared(item, paths) as files:
        return files
