"""Who records an event queues what it enables, in the same transaction (SPEC 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.errors import DovetailError
from dovetail.kernel import Event, EventType
from dovetail.runtime.engine import View
from tests.support.projects import PIECE, Bench


def batches(bench: Bench, item: str) -> list[list[str]]:
    """Give the types of events by the transaction that they came with."""
    out: dict[int, list[str]] = {}
    with bench.store.read() as tx:
        for record in tx.records(item):
            out.setdefault(record.batch, []).append(record.event.type.value)
    return list(out.values())


def test_intake_queues_the_first_step_in_its_own_transaction(bench: Bench) -> None:
    item = bench.started()
    assert batches(bench, item) == [
        ["item-registered"],
        ["intake-decided", "scheduling-decided", "attempt-queued"],
    ]


def test_a_completion_queues_all_that_it_enables_in_canonical_order(bench: Bench) -> None:
    item = bench.sketched(params={"risk": "high"})
    assert batches(bench, item)[-1] == [
        "attempt-completed",
        "evaluated",
        "scheduling-decided",
        "attempt-queued",
        "attempt-queued",
    ]
    assert bench.open_work(item) == [("build/1", None), ("paint/1", None)]


def test_a_false_condition_skips_with_its_reason(bench: Bench) -> None:
    item = bench.sketched()
    assert batches(bench, item)[-1] == [
        "attempt-completed",
        "evaluated",
        "step-skipped",
        "scheduling-decided",
        "attempt-queued",
    ]
    (skipped,) = bench.events(item, "step-skipped")
    assert skipped == {
        "step": "paint",
        "generation": 1,
        "reason": "Only a risky piece is painted",
    }


def test_a_completion_opens_the_gate(bench: Bench) -> None:
    item = bench.built()
    assert bench.open_work(item) == [("review/1", None)]
    assert batches(bench, item)[-1][-1] == "attempt-queued"


def test_an_automatic_step_is_only_due(bench: Bench) -> None:
    item = bench.judged()
    bench.decide(item, "sign", "approve", "bob")
    assert bench.types(item)[-1] == "gate-approved"
    assert (bench.open_work(item), bench.status(item)) == ([], "waiting")


def test_the_driver_launches_automatic_steps_claimed_by_the_runner(bench: Bench) -> None:
    item = bench.judged()
    bench.decide(item, "sign", "approve", "bob")
    _, records = bench.engine.record(item, lambda _: (), actor="dovetail", automatic=True)
    assert [r.event.type.value for r in records] == [
        "scheduling-decided",
        "attempt-queued",
        "attempt-claimed",
    ]
    assert records[-1].event.data["fence"] == records[-1].n
    assert bench.open_work(item) == [("land/1", "dovetail")]
    with bench.store.read() as tx:
        assert tx.held_by("dovetail") is None, "the runner may hold many"


def test_a_decision_names_what_was_ready_launched_and_held(bench: Bench) -> None:
    item = bench.sketched(params={"risk": "high"})
    first, second = bench.events(item, "scheduling-decided")
    assert first == {
        "ready": ["sketch"],
        "launches": [{"step": "sketch", "attempt": 1, "rule": "lane"}],
        "held": [],
    }
    assert second == {
        "ready": ["build", "paint"],
        "launches": [
            {"step": "build", "attempt": 1, "rule": "parallel"},
            {"step": "paint", "attempt": 1, "rule": "parallel"},
        ],
        "held": [],
    }
    bench.build(item, 1)
    bench.claim(item, "paint/1", "max")
    bench.fail(item, "paint/1", "max")
    bench.desk.requeue(_id(item, "paint/1"), reason="try again", actor="mia")
    last = bench.events(item, "scheduling-decided")[-1]
    assert last["launches"] == [{"step": "paint", "attempt": 2, "rule": "parallel"}]
    assert last["held"] == [{"step": "review", "why": "join", "on": ["paint"]}]


def _id(item: str, attempt: str) -> Any:
    from dovetail.runtime.commands import AttemptId

    return AttemptId.read(f"{item}/{attempt}")


def test_an_automatic_step_that_is_ready_is_named_but_not_launched(bench: Bench) -> None:
    bench.text = PIECE.replace(
        "  - key: paint\n    parallel: true\n    role: maker\n    attempts: 2\n",
        "  - key: paint\n    parallel: true\n    run: {command: [true]}\n",
    )
    item = bench.sketched(params={"risk": "high"})
    decided = bench.events(item, "scheduling-decided")[-1]
    assert decided["ready"] == ["build", "paint"]
    assert [x["step"] for x in decided["launches"]] == ["build"]
    assert bench.open_work(item) == [("build/1", None)]


def test_nothing_to_say_records_nothing(bench: Bench) -> None:
    item = bench.started()
    with bench.store.read() as tx:
        before = tx.tree()[1]
    view, records = bench.engine.record(item, lambda _: (), actor="lea")
    assert records == []
    assert view.state.events == 4
    with bench.store.read() as tx:
        assert tx.tree()[1] == before


def test_a_writer_that_was_overtaken_folds_again_and_decides_anew(bench: Bench) -> None:
    item = bench.started()
    other = Bench(bench.root)
    seen: list[int] = []

    def make(view: View) -> list[Event]:
        seen.append(view.state.events)
        if len(seen) == 1:
            other.claim(item, "sketch/1", "max")
        data = {"form": f"w{view.state.events + 1}", "gates": {}}
        return [Event(EventType.SUSPENDED, data)]

    _, records = bench.engine.record(item, make, actor="dovetail")
    assert seen == [4, 5]
    assert records[0].n == 6
    assert records[0].event.data["form"] == "w6"


def test_a_refusal_in_the_middle_records_nothing_of_the_batch(bench: Bench) -> None:
    item = bench.started()
    good = Event(EventType.SUSPENDED, {"form": "w1", "gates": {}})
    bad = Event(EventType.ANSWERED, {"form": "w2", "outcome": "recorded", "reason": ""})
    before = bench.everything()
    with pytest.raises(DovetailError, match="w2 is not open"):
        bench.engine.record(item, lambda _: (good, bad), actor="dovetail")
    assert bench.everything() == before


def test_the_last_decision_completes_the_item(bench: Bench) -> None:
    text = PIECE[: PIECE.index("  - key: land")]
    bench.text = text
    item = bench.judged()
    bench.decide(item, "sign", "approve", "bob")
    assert batches(bench, item)[-1] == ["gate-approved", "item-completed"]
    assert bench.status(item) == "completed"
    with bench.refusal("sign/1 is completed"):
        bench.decide(item, "sign", "approve", "bob")
    with bench.refusal("the item is completed", "register a new item"):
        bench.desk.unblock(item, 1, notes="x", actor="lea")


def test_a_condition_that_has_no_value_blocks_the_item_and_is_not_false(bench: Bench) -> None:
    bench.text = PIECE.replace(
        "when: params.risk == 'high'", "when: 1 / (steps.sketch.outputs.size - 2) > 0"
    )
    item = bench.sketched()
    (blocked,) = bench.events(item, "blocked")
    assert (blocked["type"], blocked["steps"]) == ("expression-error", ["paint"])
    assert "steps.sketch.outputs.size" in blocked["reason"]
    assert "step-skipped" not in bench.types(item)
    assert bench.open_work(item) == [("build/1", None)], "what does not depend on it goes on"
