"""Tampering: every way to change a history is found, and what was changed is named (SPEC 7)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2

from dovetail import canonical, merkle
from dovetail.errors import DovetailError, NotFoundError, RefusedError
from dovetail.history.verify import Verdict, repair_item, verify
from tests.support.projects import Bench

A, B = "WI-000001", "WI-000002"


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two items: one that was rejected once and is approved, one that has a claim at its end."""
    bench = Bench(tmp_path_factory.mktemp("story") / "project")
    item = bench.built()
    rejected = {"review": {"result": "BLOCKED", "notes": "too | small"}}
    bench.decide(item, "review", "reject", "jan", evidence=rejected, reason="too small")
    bench.build(item, 2)
    bench.decide(item, "review", "approve", "jan", evidence={"review": {"result": "PASS"}})
    other = bench.started(title="The other")
    bench.claim(other, "sketch/1", "max")
    assert (item, other) == (A, B)
    bench.store.close()
    return bench.root


@pytest.fixture
def told(story: Path, tmp_path: Path) -> Bench:
    """A copy of the story, to be tampered with."""
    shutil.copytree(story, tmp_path / "project")
    return Bench(tmp_path / "project")


class Attack:
    """Whoever can write the database and the workspace."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.db = dbapi2.connect(bench.project.store)

    def run(self, statement: str, *values: Any) -> None:
        assert self.db.execute(statement, values).rowcount > 0
        self.db.commit()

    def bodies(self) -> list[bytes]:
        return [b for (b,) in self.db.execute("SELECT body FROM events ORDER BY seq")]

    def find(self, item: str, kind: str) -> int:
        """Give the place of an item's first event of a type."""
        rows = self.db.execute("SELECT seq, item, body FROM events ORDER BY seq")
        return next(s for s, i, b in rows if i == item and json.loads(b)["type"] == kind)

    def edit(self, seq: int, **changes: Any) -> None:
        """Write other data into an event, well-formed."""
        body = json.loads(self.bodies()[seq - 1])
        body["data"] |= changes
        self.run("UPDATE events SET body = ? WHERE seq = ?", canonical.canonical(body), seq)

    def rehash(self) -> None:
        """Make the tree fit the events again."""
        frontier = merkle.Frontier()
        for body in self.bodies():
            frontier.append(merkle.leaf_hash(body))
        values = (frontier.size, frontier.to_bytes(), frontier.root())
        self.run("UPDATE tree SET size = ?, peaks = ?, root = ?", *values)

    def handoff(self, part: str, kind: str = "json") -> Path:
        folder = self.bench.workspace.root / "items" / A / "handoffs"
        return next(p for p in sorted(folder.glob(f"*{part}*.{kind}")))


@pytest.fixture
def attack(told: Bench) -> Iterator[Attack]:
    attack = Attack(told)
    attack.db.execute("PRAGMA foreign_keys=OFF")
    yield attack
    attack.db.close()


def check(bench: Bench, item: str | None = None) -> Verdict:
    return verify(bench.store, bench.workspace, item)


def test_an_honest_history_is_sound(told: Bench) -> None:
    verdict = check(told)
    assert verdict.problems == []
    data = verdict.to_data()
    with told.store.read() as tx:
        frontier, root = tx.tree()
    assert data["head"] == {"size": frontier.size, "root": root.hex()}
    assert (data["events"], data["items"], data["undelivered"]) == (frontier.size, 2, 0)
    assert data["files"] == len(told.handoffs(A)) + len(told.handoffs(B))
    assert data["anchored"] == "by the heads that handoff files quote; no signed checkpoint"


def test_an_empty_store_is_sound_and_not_anchored(bench: Bench) -> None:
    verdict = check(bench)
    assert verdict.sound
    assert verdict.to_data()["anchored"].startswith("not anchored")


def test_one_item_can_be_checked_alone(told: Bench) -> None:
    told.handoffs(B)[0].unlink()
    assert check(told, A).sound
    assert not check(told, B).sound
    with pytest.raises(NotFoundError, match="WI-9"):
        check(told, "WI-9")


def test_an_unknown_item_is_not_found(told: Bench) -> None:
    with told.refusal("no work item WI-9", kind=NotFoundError):
        check(told, "WI-9")


def edited(attack: Attack) -> None:
    attack.edit(attack.find(A, "gate-approved"), reason="bribed")


def edited_and_rehashed(attack: Attack) -> None:
    edited(attack)
    attack.rehash()


def claim_edited_and_rehashed(attack: Attack) -> None:
    """A claim has no handoff file of its own: those after it quote the head."""
    attack.edit(attack.find(A, "attempt-claimed"), executor="max")
    attack.rehash()


def illegal_and_rehashed(attack: Attack) -> None:
    attack.edit(attack.find(A, "gate-approved"), kind="agent", roles=["maker"])
    attack.rehash()


def malformed_and_rehashed(attack: Attack) -> None:
    seq = attack.find(A, "gate-approved")
    body = json.loads(attack.bodies()[seq - 1])
    del body["data"]["roles"]
    attack.run("UPDATE events SET body = ? WHERE seq = ?", canonical.canonical(body), seq)
    attack.rehash()


def moved_to_another_item(attack: Attack) -> None:
    attack.run("UPDATE events SET item = ?, n = 99 WHERE seq = ?", B, attack.find(A, "rework"))


def not_canonical(attack: Attack) -> None:
    body = json.dumps(json.loads(attack.bodies()[4]), indent=1).encode()
    attack.run("UPDATE events SET body = ? WHERE seq = 5", body)
    attack.rehash()


def garbage(attack: Attack) -> None:
    attack.run("UPDATE events SET body = ? WHERE seq = 5", b"\xff\x00")


def text_for_bytes(attack: Attack) -> None:
    attack.run("UPDATE events SET body = 'text' WHERE seq = 5")


def deleted(attack: Attack) -> None:
    attack.run("DELETE FROM events WHERE seq = 5")


def deleted_and_renumbered(attack: Attack) -> None:
    """Take a whole event out and close the gap, in the tree and in both numbers."""
    attack.run("DELETE FROM events WHERE seq = 5")
    attack.run("UPDATE events SET seq = seq - 1000 WHERE seq > 5")
    attack.run("UPDATE events SET seq = seq + 999 WHERE seq < 0")
    attack.rehash()


def truncated(attack: Attack) -> None:
    """The last event is the claim of the second item, which has no handoff file."""
    last = len(attack.bodies())
    attack.run("DELETE FROM events WHERE seq = ?", last)


def truncated_and_rehashed(attack: Attack) -> None:
    truncated(attack)
    attack.rehash()


def handed_over_and_truncated(attack: Attack) -> None:
    """Cut off more than the claim, and take everything but the outbox back with it."""
    attack.run("DELETE FROM events WHERE seq >= ?", attack.find(B, "intake-decided"))
    attack.run("UPDATE items SET status = 'intake', events = 1 WHERE id = ?", B)
    attack.run("DELETE FROM work WHERE item = ?", B)
    attack.rehash()


def rolled_back(attack: Attack) -> None:
    """All of the second item's beginning is undone in the database, and the lists agree."""
    seq = attack.find(B, "intake-decided")
    attack.run("DELETE FROM events WHERE seq >= ?", seq)
    attack.run("DELETE FROM handoffs WHERE item = ? AND n > 1", B)
    attack.run("DELETE FROM work WHERE item = ?", B)
    attack.run("UPDATE items SET status = 'intake', events = 1 WHERE id = ?", B)
    attack.rehash()


def swapped(attack: Attack) -> None:
    attack.run("UPDATE events SET seq = -1 WHERE seq = 5")
    attack.run("UPDATE events SET seq = 5 WHERE seq = 6")
    attack.run("UPDATE events SET seq = 6 WHERE seq = -1")


def swapped_and_rehashed(attack: Attack) -> None:
    swapped(attack)
    attack.rehash()


def inserted(attack: Attack) -> None:
    last = len(attack.bodies())
    body = json.loads(attack.bodies()[-1])
    with attack.bench.store.read() as tx:
        n = tx.item(A).events + 1
    data = {"blocker": 1, "type": "conflict", "steps": [], "reason": "r"}
    body |= {"item": A, "n": n, "batch": n, "type": "blocked", "data": data}
    values = (last + 1, A, n, canonical.canonical(body))
    attack.run("INSERT INTO events VALUES (?, ?, ?, ?)", *values)
    attack.rehash()


def unknown_item(attack: Attack) -> None:
    attack.run("DELETE FROM items WHERE id = ?", B)


def tree_cut(attack: Attack) -> None:
    attack.run("UPDATE tree SET peaks = ?", b"short")


def tree_rewritten(attack: Attack) -> None:
    attack.run("UPDATE tree SET root = ?", b"\0" * 32)


def plan_edited(attack: Attack) -> None:
    (body,) = attack.db.execute("SELECT body FROM plans").fetchone()
    attack.run("UPDATE plans SET body = ?", body.replace(b"maker", b"boss", 1))


def plan_garbled(attack: Attack) -> None:
    attack.run("UPDATE plans SET body = ?", b'{"digest": 1}')


def plan_lost(attack: Attack) -> None:
    attack.run("DELETE FROM plans")


def set_line(column: str, value: Any) -> Callable[[Attack], None]:
    return lambda attack: attack.run(f"UPDATE items SET {column} = ? WHERE id = ?", value, A)


def work_removed(attack: Attack) -> None:
    attack.run("DELETE FROM work WHERE item = ?", B)


def work_given_away(attack: Attack) -> None:
    attack.run("UPDATE work SET executor = 'mia' WHERE item = ?", B)


def digest_changed(attack: Attack) -> None:
    attack.run("UPDATE handoffs SET sha256 = 'sha256:0' WHERE item = ? AND n = 2", A)


def handoff_edited(attack: Attack) -> None:
    path = attack.handoff("gate-approved")
    path.write_bytes(path.read_bytes().replace(b"so it is", b"so it's "))


def handoff_edited_with_its_digest(attack: Attack) -> None:
    handoff_edited(attack)
    digest = "sha256:" + canonical.sha256_hex(attack.handoff("gate-approved").read_bytes())
    attack.run("UPDATE handoffs SET sha256 = ? WHERE path LIKE '%gate-approved%'", digest)


def handoff_deleted(attack: Attack) -> None:
    attack.handoff("gate-rejected").unlink()


def markdown_edited(attack: Attack) -> None:
    attack.handoff("gate-rejected", "md").write_text("# All is well\n")


def markdown_deleted(attack: Attack) -> None:
    attack.handoff("gate-rejected", "md").unlink()


def add_file(name: str) -> Callable[[Attack], None]:
    def add(attack: Attack) -> None:
        (attack.handoff("rework").parent / name).write_text("{}")

    return add


APPROVED = f"items/{A}/handoffs/000023-gate-approved-review-2.json"
REJECTED = f"items/{A}/handoffs/000015-gate-rejected-review-1"
STORED = "the store's digest is not the ledger's"
ATTACKS: dict[str, tuple[Callable[[Attack], None], tuple[str, ...]]] = {
    "an event is edited": (edited, ("the tree says", APPROVED)),
    "an event is edited, the tree fits": (edited_and_rehashed, (f"{APPROVED}: {STORED}",)),
    "a claim is edited, the tree fits": (
        claim_edited_and_rehashed,
        (f"{A}: the plan does not allow event 6 (attempt-completed): sketch/1 is held by max",),
    ),
    "an approval by nobody in the role": (
        illegal_and_rehashed,
        (f"{A}: the plan does not allow event 23 (gate-approved): the gate review is for the",),
    ),
    "an event lacks what it needs": (
        malformed_and_rehashed,
        (f"{A}: event 23 (gate-approved) is not of its form: KeyError('roles')",),
    ),
    "an event is given to another item": (moved_to_another_item, ("is not as it was written",)),
    "an event is written otherwise": (not_canonical, ("event 5 (", "is not as it was written")),
    "an event is garbage": (garbage, ("event 5 (", "the tree says")),
    "an event is a text": (text_for_bytes, ("event 5 (", "the tree says")),
    "an event is deleted": (deleted, ("event 5 of the ledger is missing", "the tree says")),
    "an event is taken out, the rest closed up": (
        deleted_and_renumbered,
        (f"{A}: event 6 stands where 5 belongs",),
    ),
    "the tail is cut off": (truncated, ("the tree says", f"{B}: the list of items says events 5")),
    "the tail is cut off, the tree fits": (
        truncated_and_rehashed,
        (f"{B}: the list of items says events 5; the ledger says 4", "list of work"),
    ),
    "the tail is cut off, the outbox remains": (
        handed_over_and_truncated,
        (f"items/{B}/handoffs/000002-intake-decided.json: the ledger has no such event",),
    ),
    "rolled back, everything in the database fits": (
        rolled_back,
        (f"{B}: handoffs/000002-intake-decided.json is not a handoff", "000004-attempt-queued"),
    ),
    "two events are swapped": (swapped, (f"{A}: event 6 stands where 5 belongs",)),
    "two events are swapped, the tree fits": (
        swapped_and_rehashed,
        (f"{A}: event 6 stands where 5 belongs",),
    ),
    "an event is inserted": (inserted, (f"{A}: the list of items says events", "blocked.json")),
    "an item is taken off the list": (
        unknown_item,
        (f"{B}: events of an item that is not listed",),
    ),
    "the tree is cut": (tree_cut, ("the tree is not as it was written",)),
    "the tree has another root": (tree_rewritten, ("the tree says",)),
    "the plan is edited": (plan_edited, (f"{A}: plan piece@1.0.0: digest sha256:",)),
    "the plan is garbled": (plan_garbled, (f"{A}: its plan is not of its form",)),
    "the plan is lost": (plan_lost, (f"{A}: the store has no plan sha256:",)),
    "the item's title": (
        set_line("title", "Other"),
        (f"{A}: the list of items says title 'Other'",),
    ),
    "the item's status": (
        set_line("status", "completed"),
        (f"{A}: the list of items says status",),
    ),
    "the item's version": (set_line("version", "2.0.0"), (f"{A}: the list of items says version",)),
    "the item's blueprint": (
        set_line("blueprint", "x"),
        (f"{A}: the list of items says blueprint",),
    ),
    "the item's number of events": (
        set_line("events", 3),
        (f"{A}: the list of items says events",),
    ),
    "the item's plan": (set_line("digest", "sha256:0"), (f"{A}: the store has no plan sha256:0",)),
    "work is taken away": (work_removed, (f"{B}: the list of work is not what",)),
    "a claim is given away": (work_given_away, (f"{B}: the list of work is not what",)),
    "the digest of a handoff": (digest_changed, (f"000002-intake-decided.json: {STORED}",)),
    "a handoff is edited": (handoff_edited, (f"{APPROVED} was altered",)),
    "a handoff is edited, with its digest": (
        handoff_edited_with_its_digest,
        (f"{APPROVED}: {STORED}",),
    ),
    "a handoff is deleted": (handoff_deleted, (f"{REJECTED}.json is missing",)),
    "a readable handoff is edited": (
        markdown_edited,
        (f"{REJECTED}.md is missing or was altered",),
    ),
    "a readable handoff is deleted": (
        markdown_deleted,
        (f"{REJECTED}.md is missing or was altered",),
    ),
    "a handoff is added": (
        add_file("000099-gate-approved-sign-1.json"),
        (f"{A}: handoffs/000099-gate-approved-sign-1.json is not a handoff",),
    ),
    "a file is added under a known name": (
        add_file("000001-item-registered.txt"),
        (f"{A}: handoffs/000001-item-registered.txt is not a handoff",),
    ),
    "a file without an ending is added": (add_file("notes"), (f"{A}: handoffs/notes is not",)),
}


@pytest.mark.parametrize("case", ATTACKS)
def test_tampering_is_found_and_named(attack: Attack, case: str) -> None:
    act, says = ATTACKS[case]
    act(attack)
    verdict = check(attack.bench)
    told = "\n".join(verdict.problems)
    assert not verdict.sound
    assert [s for s in says if s not in told] == [], told
    assert verdict.to_data()["sound"] is False


@pytest.mark.parametrize("name", [".000099-x.json.ab12.tmp", ".DS_Store"])
def test_a_delivery_that_was_cut_short_is_no_tampering(attack: Attack, name: str) -> None:
    add_file(name)(attack)
    assert check(attack.bench).sound


def test_what_waits_in_the_outbox_is_counted_and_is_no_problem(
    told: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RefusedError("no disk", "mend it")

    with monkeypatch.context() as patch:
        patch.setattr(told.workspace, "deliver", broken)
        with pytest.raises(DovetailError, match="it is recorded"):
            told.fail(B, "sketch/1", "max")
    verdict = check(told)
    assert (verdict.problems, verdict.undelivered) == ([], 1)
    told.engine.flush()
    assert check(told).undelivered == 0


# --- repair


def repair(bench: Bench, item: str = A) -> list[str]:
    return repair_item(bench.store, bench.workspace, item)


def snapshot(bench: Bench) -> dict[str, bytes]:
    folder = bench.workspace.root / "items" / A / "handoffs"
    return {p.name: p.read_bytes() for p in folder.iterdir()}


REPAIRABLE = {
    "a handoff is edited": f"{APPROVED}",
    "a handoff is deleted": f"{REJECTED}.json",
    "a readable handoff is edited": f"{REJECTED}.md",
    "a readable handoff is deleted": f"{REJECTED}.md",
}


@pytest.mark.parametrize("case", REPAIRABLE)
def test_repair_restores_files_byte_for_byte(attack: Attack, case: str) -> None:
    bench, path = attack.bench, attack.bench.workspace.root / REPAIRABLE[case]
    before = snapshot(bench)
    ATTACKS[case][0](attack)
    found = path.read_bytes() if path.exists() else None
    assert repair(bench) == [REPAIRABLE[case]]
    assert snapshot(bench) == before
    assert check(bench).sound
    assert repair(bench) == []
    aside = [p.read_bytes() for p in (path.parent.parent / "altered").glob("*")]
    assert aside == ([found] if found is not None else []), "what was altered is kept aside"


def test_repair_brings_back_a_folder_that_was_lost(told: Bench) -> None:
    before = snapshot(told)
    for path in told.handoffs(A):
        path.unlink()
        path.with_suffix(".md").unlink()
    assert told.handoffs(A) == []
    assert len(repair(told)) == len(before)
    assert snapshot(told) == before


@pytest.mark.parametrize(
    "case",
    [
        "an event is edited",
        "an event is edited, the tree fits",
        "an event is deleted",
        "an event is inserted",
        "the plan is edited",
        "the item's title",
        "the digest of a handoff",
        "a handoff is edited, with its digest",
        "two events are swapped, the tree fits",
        "the tail is cut off",
    ],
)
def test_repair_refuses_to_make_a_tampered_ledger_look_right(attack: Attack, case: str) -> None:
    ATTACKS[case][0](attack)
    attack.handoff("rework").unlink()
    before = snapshot(attack.bench)
    with attack.bench.refusal(f"the ledger of {A} does not verify", "history verify"):
        repair(attack.bench)
    assert snapshot(attack.bench) == before


def test_repair_of_an_unknown_item_is_refused(told: Bench) -> None:
    with told.refusal("no work item WI-9", kind=NotFoundError):
        repair(told, "WI-9")


def test_a_store_put_back_to_an_earlier_state_is_noticed(bench: Bench) -> None:
    """Nothing in the store tells: the files that later events left do."""
    bench.sketched()
    bench.store.close()
    private = bench.root / ".dovetail"
    shutil.copytree(private, bench.root / "before")
    later = Bench(bench.root)
    item = later.sketched()
    later.store.close()
    for file in private.glob("store.db*"):
        if file.is_file():
            file.unlink()
    for file in (bench.root / "before").glob("store.db*"):
        if file.is_file():
            shutil.copy(file, private)
    again = Bench(bench.root)
    problems = verify(again.store, again.workspace).problems
    assert f"{item} has handoff files, but the ledger knows no such item" in problems
    assert any(f"of {item} quotes a ledger of" in p for p in problems)
