"""Claims: exclusive, by role, one task an executor, over handoffs that are what the ledger says."""

from __future__ import annotations

import pytest

from dovetail.errors import NotFoundError, StaleError
from dovetail.history.verify import repair_item
from dovetail.runtime.commands import AttemptId
from tests.support.projects import Bench


def test_a_claim_gives_the_fence_that_later_writes_carry(bench: Bench) -> None:
    item = bench.started()
    assert bench.claim(item, "sketch/1") == 5
    (claimed,) = bench.events(item, "attempt-claimed")
    assert claimed == {
        "step": "sketch",
        "attempt": 1,
        "executor": "mia",
        "kind": "agent",
        "roles": ["maker"],
        "fence": 5,
        "handoffs": [],
    }
    assert bench.status(item) == "active"


def test_a_claim_records_the_handoffs_that_are_read(bench: Bench) -> None:
    item = bench.sketched()
    bench.claim(item, "build/1")
    read = bench.events(item, "attempt-claimed")[-1]["handoffs"]
    with bench.store.read() as tx:
        known = {h.path: h.sha256 for h in tx.handoffs(item)}
    assert [h["path"] for h in read] == [
        f"items/{item}/handoffs/000006-attempt-completed-sketch-1.json"
    ]
    assert [known[h["path"]] for h in read] == [h["sha256"] for h in read]


def test_rework_is_begun_with_the_rejection_that_caused_it(bench: Bench) -> None:
    item = bench.built()
    evidence = {"review": {"result": "BLOCKED"}}
    bench.decide(item, "review", "reject", "jan", evidence=evidence)
    bench.claim(item, "build/2")
    read = [h["path"] for h in bench.events(item, "attempt-claimed")[-1]["handoffs"]]
    assert [p.rpartition("/")[2][7:] for p in read] == [
        "attempt-completed-sketch-1.json",
        "gate-rejected-review-1.json",
    ]


@pytest.mark.parametrize("altered", [True, False])
def test_a_handoff_that_is_not_what_the_ledger_says_holds_its_reader(
    bench: Bench, altered: bool
) -> None:
    item = bench.sketched()
    path = next(p for p in bench.handoffs(item) if "completed-sketch" in p.name)
    if altered:
        path.write_text(path.read_text().replace("mia", "max"))
    else:
        path.unlink()
    state = "altered" if altered else "missing"
    with bench.refusal(f"{path.name} is {state}; {item}/build/1 reads it", "dovetail repair"):
        bench.claim(item, "build/1")
    written = repair_item(bench.store, bench.workspace, item)
    assert [p.rpartition("/")[2] for p in written] == [path.name]
    assert bench.claim(item, "build/1") > 0


def test_a_handoff_that_is_not_read_holds_nobody(bench: Bench) -> None:
    item = bench.sketched()
    bench.handoffs(item)[0].unlink()
    assert bench.claim(item, "build/1") > 0


REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "another role": ("sketch/1", "jan", ("sketch/1 is for the role maker; jan has judge",)),
    "nobody": ("sketch/1", "eve", ("'eve' is not an executor", "add to executors.yaml")),
    "the runner": ("sketch/1", "dovetail", ("'dovetail' is not an executor",)),
    "no such step": ("scetch/1", "mia", ("there is no attempt scetch/1", "dovetail status")),
    "no such attempt": ("sketch/2", "mia", ("there is no attempt sketch/2",)),
    "attempt zero": ("sketch/0", "mia", ("there is no attempt sketch/0",)),
    "not queued yet": ("build/1", "mia", ("there is no attempt build/1",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_claim_is_refused(bench: Bench, case: str) -> None:
    attempt, actor, says = REFUSED[case]
    item = bench.started()
    with bench.refusal(*says):
        bench.claim(item, attempt, actor)


def test_a_second_claim_is_stale_and_names_the_holder(bench: Bench) -> None:
    item = bench.started()
    bench.claim(item, "sketch/1")
    says = ("sketch/1 is claimed by mia (fence 5)", "dovetail next --role")
    for actor in ("max", "mia"):
        with bench.refusal(*says, kind=StaleError):
            bench.claim(item, "sketch/1", actor)


def test_an_executor_does_one_task_at_a_time_over_all_items(bench: Bench) -> None:
    one, other = bench.started(), bench.started()
    bench.claim(one, "sketch/1")
    with bench.refusal(f"mia holds {one}/sketch/1", f"dovetail complete {one}/sketch/1"):
        bench.claim(other, "sketch/1")
    bench.complete(one, "sketch/1", outputs={"size": 2})
    assert bench.claim(other, "sketch/1") > 0


def test_a_gate_is_not_claimed(bench: Bench) -> None:
    item = bench.built()
    with bench.refusal("review is a gate", f"dovetail gate {item} STEP approve|reject"):
        bench.claim(item, "review/1", "jan")


def test_an_item_that_is_not_there(bench: Bench) -> None:
    with bench.refusal("there is no work item WI-9", kind=NotFoundError):
        bench.claim("WI-9", "sketch/1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a/b",
        "a/b/",
        "a/b/c",
        "a/b/-1",
        "a/b/1.0",
        "a//1",
        "/b/1",
        "a/b/1/2",
        "a/b/²",
        f"a/b/{9:05000}",
    ],
)
def test_what_is_no_attempt_is_refused(bench: Bench, text: str) -> None:
    with bench.refusal("is not an attempt; an attempt is written ITEM/STEP/NUMBER", "WI-000001"):
        AttemptId.read(text)


def test_an_attempt_is_written_as_it_is_read() -> None:
    assert str(AttemptId.read("WI-000001/up-load/12")) == "WI-000001/up-load/12"


def test_work_is_offered_by_registration_then_canonical_order(bench: Bench) -> None:
    first = bench.sketched(item="z", params={"risk": "high"})
    second = bench.started(item="a")
    offered = [w.id for w in bench.desk.open_work("maker")]
    assert offered == [f"{first}/build/1", f"{first}/paint/1", f"{second}/sketch/1"]
    assert [w.id for w in bench.desk.open_work("maker", limit=1)] == offered[:1]
    bench.claim(first, "build/1")
    assert [w.id for w in bench.desk.open_work("maker")] == offered[1:]


def test_gates_and_other_roles_are_not_offered(bench: Bench) -> None:
    bench.built()
    assert bench.desk.open_work("judge") == []
    assert bench.desk.open_work("nobody") == []
