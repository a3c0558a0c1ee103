"""What every store promises (SPEC 5.8): the same laws over every kind of database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dovetail import merkle
from dovetail.errors import NotFoundError
from dovetail.plan.model import Plan
from dovetail.store import Conflict, Handoff, Store, Transaction
from tests.contract.stores import (
    PLAN,
    Reopen,
    append,
    claimed,
    item_line,
    note,
    queued,
    register,
)


def all_of(store: Store) -> dict[str, Any]:
    with store.read() as tx:
        return {
            "leaves": list(tx.leaves()),
            "tree": tx.tree(),
            "items": tx.items(),
            "work": tx.work(),
            "handoffs": tx.handoffs(),
        }


# --- the ledger


def test_an_empty_ledger_has_the_empty_root(store: Store) -> None:
    with store.read() as tx:
        frontier, root = tx.tree()
    assert (frontier.size, root) == (0, merkle.EMPTY_ROOT)


def test_numbers_are_contiguous_by_item_and_over_the_ledger(store: Store) -> None:
    with store.write() as tx:
        append(tx, "A", 0, [note(), note()])
        append(tx, "B", 0)
        append(tx, "A", 2, [note()])
    with store.read() as tx:
        found = [(r.seq, r.item, r.n) for r in tx.records()]
        assert found == [(1, "A", 1), (2, "A", 2), (3, "B", 1), (4, "A", 3)]
        assert [(r.seq, r.n) for r in tx.records("A")] == [(1, 1), (2, 2), (4, 3)]


def test_records_can_be_read_from_a_place_on(store: Store) -> None:
    with store.write() as tx:
        append(tx, "A", 0, [note("1"), note("2"), note("3")])
        append(tx, "B", 0)
        assert [r.n for r in tx.records("A", after=1)] == [2, 3]
        assert [r.seq for r in tx.records(after=2)] == [3, 4]


def test_each_record_carries_the_last_number_of_its_batch(store: Store) -> None:
    with store.write() as tx:
        append(tx, "A", 0, [note(), note(), note()])
        append(tx, "A", 3, [note(), note()])
        assert [r.batch for r in tx.records("A")] == [3, 3, 3, 5, 5]


def test_a_record_is_read_as_it_was_written(store: Store) -> None:
    event = note("naïve ☃ \N{GREEK SMALL LETTER OMEGA}")
    with store.write() as tx:
        written = append(tx, "A", 0, [event], actor="zoë")[0]
    with store.read() as tx:
        read = next(tx.records("A"))
    assert (read.event, read.actor, read.time) == (event, "zoë", written.time)
    assert read.body == written.body


def test_a_fresh_record_knows_the_head_before_it(store: Store) -> None:
    with store.write() as tx:
        first, second = append(tx, "A", 0, [note(), note()])
    assert first.head == (0, merkle.EMPTY_ROOT.hex())
    assert second.head == (1, merkle.root([merkle.leaf_hash(first.body)]).hex())


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_append_refuses_a_stale_expectation_and_writes_nothing(store: Store, expected: int) -> None:
    with store.write() as tx:
        append(tx, "A", 0, [note(), note()])
    before = all_of(store)
    with pytest.raises(Conflict, match=f"A has 2 events, not {expected}"), store.write() as tx:
        append(tx, "A", expected)
    assert all_of(store) == before


def test_of_two_writers_with_one_expectation_one_wins(reopen: Reopen) -> None:
    one, other = reopen(), reopen()
    with one.write() as tx:
        append(tx, "A", 0, [note("one")])
    with pytest.raises(Conflict), other.write() as tx:
        append(tx, "A", 0, [note("other")])
    with other.read() as tx:
        assert [r.event.data["notes"] for r in tx.records("A")] == ["one"]


_SEQUENCES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.lists(st.text("ab é\n", max_size=3), min_size=1)),
    max_size=12,
)


@given(batches=_SEQUENCES)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_after_any_sequence_the_root_is_that_of_the_leaves(store: Store, batches: Any) -> None:
    for item, texts in batches:
        with store.write() as tx:
            expected = sum(1 for _ in tx.records(item))
            append(tx, item, expected, [note(t) for t in texts])
    with store.read() as tx:
        frontier, root = tx.tree()
        leaves = [merkle.leaf_hash(body) for _, _, _, body in tx.leaves()]
        assert [seq for seq, *_ in tx.leaves()] == list(range(1, len(leaves) + 1))
    assert frontier.size == len(leaves)
    assert root == frontier.root() == merkle.root(leaves)


# --- transactions


def write_everything(tx: Transaction) -> None:
    register(tx)
    append(tx, "A", 0)
    tx.project("A", status="active", events=1, work=[claimed("A", "mia")])
    tx.queue_handoffs([Handoff.of("A", 1, "items/A/1.json", b"{}")])


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            write_everything(tx)
            raise ZeroDivisionError

    before = all_of(store)
    with pytest.raises(ZeroDivisionError):
        fail()
    assert all_of(store) == before
    with store.read() as tx, pytest.raises(NotFoundError):
        tx.plan(PLAN.digest)


def test_ledger_projection_and_outbox_appear_together(reopen: Reopen) -> None:
    writer, reader = reopen(), reopen()
    with writer.write() as tx:
        write_everything(tx)
        assert all_of(reader)["leaves"] == []
    after = all_of(reader)
    assert [len(after[k]) for k in ("leaves", "items", "work", "handoffs")] == [1, 1, 1, 1]


def test_a_reader_sees_one_state_however_long_it_reads(reopen: Reopen) -> None:
    reader, writer = reopen(), reopen()
    with reader.read() as seen:
        assert list(seen.records()) == []
        with writer.write() as tx:
            append(tx, "A", 0)
        assert list(seen.records()) == []
    with reader.read() as seen:
        assert len(list(seen.records())) == 1


def test_a_transaction_reads_its_own_writes(store: Store) -> None:
    with store.write() as tx:
        register(tx)
        append(tx, "A", 0)
        assert len(list(tx.records("A"))) == 1
        assert tx.item("A").id == "A"
        assert tx.next_seq() == 2


def test_reopening_finds_everything(reopen: Reopen) -> None:
    store = reopen()
    with store.write() as tx:
        register(tx)
        append(tx, "A", 0, [note("kept")])
        tx.project("A", status="active", events=1, work=[claimed("A", "mia")])
        tx.queue_handoffs([Handoff.of("A", 1, "items/A/1.json", b"{}")])
    before = all_of(store)
    store.close()
    again = reopen()
    assert all_of(again) == before
    assert again.id == store.id


def test_two_databases_have_different_ids(
    store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Store.open(str(tmp_path_factory.mktemp("other") / "store.db"))
    assert other.id != store.id
    other.close()


# --- plans and items


def test_a_plan_is_kept_by_its_digest_once(store: Store) -> None:
    with store.write() as tx:
        tx.add_plan(PLAN)
        tx.add_plan(PLAN)
    with store.read() as tx:
        found = tx.plan(PLAN.digest)
    assert isinstance(found, Plan)
    assert (found.digest, found) == (PLAN.digest, PLAN)


def test_an_unknown_plan_or_item_is_not_found(store: Store) -> None:
    with store.read() as tx:
        with pytest.raises(NotFoundError, match="no plan sha256:0"):
            tx.plan("sha256:0")
        with pytest.raises(NotFoundError, match="no work item WI-9"):
            tx.item("WI-9")


def test_items_are_listed_in_order_of_registration(store: Store) -> None:
    with store.write() as tx:
        tx.add_plan(PLAN)
        for seq, name in enumerate(["z", "a", "m"], 1):
            assert tx.next_seq() == seq
            tx.add_item(item_line(name, seq))
    with store.read() as tx:
        assert [i.id for i in tx.items()] == ["z", "a", "m"]


# --- work


def test_work_is_ordered_by_registration_then_place_then_attempt(store: Store) -> None:
    with store.write() as tx:
        tx.add_plan(PLAN)
        for seq, name in enumerate(["late-name", "early-name"], 1):
            tx.add_item(item_line(name, seq))
        second = queued("early-name", item_seq=2)
        tx.project("early-name", status="waiting", events=0, work=[second])
        rows = [
            queued("late-name", 2, place=1, step="b"),
            queued("late-name", 1, place=1, step="b"),
            queued("late-name", 1, place=0, step="z"),
        ]
        tx.project("late-name", status="waiting", events=0, work=rows)
    with store.read() as tx:
        found = [w.id for w in tx.work()]
        only = [w.id for w in tx.work(item="early-name")]
    assert found == ["late-name/z/1", "late-name/b/1", "late-name/b/2", "early-name/go/1"]
    assert only == ["early-name/go/1"]


def test_work_can_be_asked_for_by_role(store: Store) -> None:
    with store.write() as tx:
        register(tx)
        rows = [queued("A", 1), queued("A", 2, role="judge"), queued("A", 3, role="boss")]
        tx.project("A", status="waiting", events=0, work=rows)
        assert [w.attempt for w in tx.work(roles=["judge", "boss"])] == [2, 3]
        assert tx.work(roles=[]) == []


def test_projecting_replaces_what_was_projected(store: Store) -> None:
    with store.write() as tx:
        register(tx)
        tx.project("A", status="waiting", events=3, work=[queued("A", 1), queued("A", 2)])
        tx.project("A", status="active", events=4, work=[claimed("A", "mia", 2)])
        assert [(w.attempt, w.executor) for w in tx.work()] == [(2, "mia")]
        assert (tx.item("A").status, tx.item("A").events) == ("active", 4)


# --- one claim an executor: the database itself


def two_items(store: Store) -> None:
    with store.write() as tx:
        register(tx, "A", 1)
        tx.add_item(item_line("B", 2))


def test_the_database_refuses_a_second_claim_over_items(store: Store) -> None:
    two_items(store)
    with store.write() as tx:
        tx.project("A", status="active", events=0, work=[claimed("A", "mia")])
    before = all_of(store)
    with pytest.raises(Conflict), store.write() as tx:
        tx.project("B", status="active", events=0, work=[claimed("B", "mia")])
    assert all_of(store) == before
    with store.read() as tx:
        held = tx.held_by("mia")
    assert held is not None
    assert held.id == "A/go/1"


def test_a_claim_that_is_not_exclusive_is_not_counted(store: Store) -> None:
    """The negative of the test above: without the mark, the same writes pass unnoticed."""
    two_items(store)
    with store.write() as tx:
        for name in ("A", "B"):
            row = queued(name, executor="mia", fence=1, exclusive=False)
            tx.project(name, status="active", events=0, work=[row])
        assert [w.executor for w in tx.work()] == ["mia", "mia"]
        assert tx.held_by("mia") is None


def test_an_executor_is_free_once_the_claim_has_ended(store: Store) -> None:
    two_items(store)
    with store.write() as tx:
        tx.project("A", status="active", events=0, work=[claimed("A", "mia")])
        tx.project("A", status="waiting", events=0, work=[])
        tx.project("B", status="active", events=0, work=[claimed("B", "mia")])
        assert [w.id for w in tx.work()] == ["B/go/1"]


def test_two_executors_hold_one_claim_each(store: Store) -> None:
    two_items(store)
    with store.write() as tx:
        tx.project("A", status="active", events=0, work=[claimed("A", "mia")])
        tx.project("B", status="active", events=0, work=[claimed("B", "max")])
        held = {name: tx.held_by(name) for name in ("mia", "max", "jan")}
    assert {k: v and v.id for k, v in held.items()} == {
        "mia": "A/go/1",
        "max": "B/go/1",
        "jan": None,
    }


# --- the outbox


def test_a_handoff_waits_until_it_is_delivered_and_keeps_its_digest(store: Store) -> None:
    first = Handoff.of("A", 1, "items/A/1.json", b"one")
    second = Handoff.of("A", 2, "items/A/2.json", b"two")
    with store.write() as tx:
        tx.queue_handoffs([first, second])
    with store.read() as tx:
        assert tx.handoffs("A", undelivered=True) == [first, second]
    with store.write() as tx:
        tx.delivered([first])
        tx.delivered([first])  # again changes nothing
    with store.read() as tx:
        assert tx.handoffs(undelivered=True) == [second]
        assert [(h.path, h.sha256) for h in tx.handoffs("A")] == [
            (h.path, h.sha256) for h in (first, second)
        ]
        assert tx.handoffs("B") == []
