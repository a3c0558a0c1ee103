"""Several processes on one store: nothing is lost, nothing is doubled, nobody is locked out."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from dovetail import merkle
from dovetail.store import Store
from tests.contract.stores import item_line, queued, register

PROCESSES = 8
ROOT = Path(__file__).parents[2]

FORK = """
import os, sys
from dovetail.store import Conflict, Store
from tests.contract.stores import append, claimed, note
place, folder, program = sys.argv[1:4]
children = []
for i in range(8):
    if (child := os.fork()) == 0:
        status = 1
        try:
            with open(f"{folder}/{i}", "w") as out:
                exec(program, globals() | {"me": f"p{i}", "store": Store.open(place), "out": out})
            status = 0
        finally:
            if status:
                sys.excepthook(*sys.exc_info())
            os._exit(status)
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""

APPEND = """
lost = 0
for i in range(40):
    item = "shared" if i % 2 else me
    while True:
        with store.read() as tx:
            expected = sum(1 for _ in tx.records(item))
        try:
            with store.write() as tx:
                append(tx, item, expected, [note(f"{me}:{i}")], actor=me)
        except Conflict:
            lost += 1
        else:
            break
print(lost, file=out)
"""

CLAIM = """
count = 0
while True:
    with store.read() as tx:
        free = [w for w in tx.work() if w.executor is None]
    if not free:
        break
    for work in free[:3]:
        with store.write() as tx:
            if GUARDED and [w.executor for w in tx.work(item=work.item)] != [None]:
                continue
            count += 1
            taken = claimed(work.item, f"{me}-{count}")
            tx.project(work.item, status="active", events=0, work=[taken])
            print(work.item, file=out)
"""

ONE_EXECUTOR = """
done = 0
for i in range(30):
    item = f"i{int(me[1:]) * 2 + i % 2}"
    try:
        with store.write() as tx:
            tx.project(item, status="active", events=0, work=[claimed(item, "mia")])
    except Conflict:
        continue
    with store.read() as tx:
        assert [w.item for w in tx.work() if w.exclusive] == [item]
    with store.write() as tx:
        tx.project(item, status="waiting", events=0, work=[])
    done += 1
print(done, file=out)
"""


def together(program: str, place: str) -> list[str]:
    """Run a program in eight processes at once; gives the lines that they printed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", FORK, place, folder, program]
        told = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert (told.stderr, told.returncode) == ("", 0)
        printed = [path.read_text().split() for path in sorted(Path(folder).iterdir())]
    assert len(printed) == PROCESSES
    return [line for lines in printed for line in lines]


def test_appending_at_once_loses_and_doubles_nothing(store: Store, place: str) -> None:
    conflicts = sum(map(int, together(APPEND, place)))
    with store.read() as tx:
        records = list(tx.records())
        leaves = [merkle.leaf_hash(body) for *_, body in tx.leaves()]
        frontier, root = tx.tree()
    said = Counter(r.event.data["notes"] for r in records)
    wanted = {f"p{p}:{i}" for p in range(PROCESSES) for i in range(40)}
    assert set(said) == wanted
    assert set(said.values()) == {1}
    assert [r.seq for r in records] == list(range(1, len(wanted) + 1))
    for item in {r.item for r in records}:
        numbers = [r.n for r in records if r.item == item]
        assert numbers == list(range(1, len(numbers) + 1)), item
    assert (frontier.size, root) == (len(leaves), merkle.root(leaves))
    assert conflicts > 0, "nobody ever met anybody: the test shows nothing"


def offer(store: Store, count: int) -> None:
    with store.write() as tx:
        register(tx, "i0", 1)
        for i in range(count):
            if i:
                tx.add_item(item_line(f"i{i}", i + 1))
            tx.project(f"i{i}", status="waiting", events=0, work=[queued(f"i{i}")])


def test_claiming_at_once_gives_each_attempt_to_one(store: Store, place: str) -> None:
    offer(store, 120)
    taken = Counter(together(CLAIM.replace("GUARDED", "True"), place))
    assert len(taken) == 120
    assert set(taken.values()) == {1}


def test_without_looking_again_in_the_transaction_attempts_are_doubled(
    store: Store, place: str
) -> None:
    """The negative of the test above: it would see a double."""
    for _ in range(3):  # a race can be missed; three in a row hardly
        offer_again(store)
        taken = Counter(together(CLAIM.replace("GUARDED", "False"), place))
        if max(taken.values()) > 1:
            return
    pytest.fail("the unguarded form never doubled a claim, so the guarded test shows nothing")


def offer_again(store: Store) -> None:
    with store.read() as tx:
        there = [i.id for i in tx.items()]
    if not there:
        offer(store, 120)
        return
    with store.write() as tx:
        for name in there:
            tx.project(name, status="waiting", events=0, work=[queued(name)])


def test_one_executor_never_holds_two_claims_whoever_writes(store: Store, place: str) -> None:
    offer(store, 2 * PROCESSES)
    assert sum(map(int, together(ONE_EXECUTOR, place))) > 0
