"""Handoff files: a CloudEvent and a readable twin for each move, delivered whole (SPEC 6)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dovetail import canonical, merkle
from dovetail.errors import RefusedError, UnavailableError
from dovetail.history.verify import verify
from dovetail.kernel import Event, EventType
from dovetail.runtime.commands import AttemptId
from dovetail.workspace import HANDOFF_EVENTS, Workspace
from dovetail.workspace import folder as folder_module
from tests.support.cloudevents import CLOUD_EVENT, DATA
from tests.support.projects import Bench


def whole_story(bench: Bench) -> list[str]:
    """Have every event that has a handoff file happen, over three items."""
    item = bench.sketched()
    bench.claim(item, "build/1")
    bench.fail(item, "build/1", reason="it fell")
    bench.desk.requeue(AttemptId(item, "build", 1), reason="again", actor="mia")
    bench.build(item, 2)
    for number in (3, 4):
        bench.decide(item, "review", "reject", "jan", evidence={"review": {"result": "BLOCKED"}})
        if number == 3:
            bench.build(item, number)
    bench.desk.unblock(item, 1, notes="once more", actor="lea")
    bench.build(item, 4)
    bench.decide(item, "review", "approve", "jan", evidence={"review": {"result": "PASS"}})
    bench.decide(item, "sign", "approve", "bob")
    land(bench, item)
    undone = {"step": "land", "attempt": 1, "reason": "too early"}
    bench.engine.record(item, lambda _: [Event(EventType.REVERTED, undone)], actor="lea")
    closed = bench.judged()
    bench.decide(closed, "sign", "reject", "bob")
    bench.build(closed, 2)
    bench.decide(closed, "review", "approve", "jan", evidence={"review": {"result": "PASS"}})
    bench.decide(closed, "sign", "reject", "bob")
    return [item, closed, bench.add()]


def land(bench: Bench, item: str) -> None:
    """Integrate as the driver does."""
    view, _ = bench.engine.record(item, lambda _: (), actor="dovetail", automatic=True)
    attempt = view.state.attempt(view.plan, "land", 1)
    assert attempt is not None
    data = {"step": "land", "attempt": 1, "executor": "dovetail", "fence": attempt.fence}
    told = {"artifacts": {"piece.md": "sha256:" + "0" * 64}, "message": "landed"}
    event = Event(EventType.INTEGRATED, data | told)
    bench.engine.record(item, lambda _: (event,), actor="dovetail")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Every event that has a handoff file; only to be read."""
    bench = Bench(tmp_path_factory.mktemp("story") / "project")
    whole_story(bench)
    return bench


def documents(bench: Bench) -> dict[str, dict[str, Any]]:
    paths = sorted((bench.workspace.root / "items").glob("*/handoffs/*.json"))
    root = bench.workspace.root
    return {p.relative_to(root).as_posix(): json.loads(p.read_bytes()) for p in paths}


def test_the_story_has_every_event_that_has_a_file(story: Bench) -> None:
    told = {d["data"]["event"] for d in documents(story).values()}
    assert told == {t.value for t in HANDOFF_EVENTS}


def test_every_file_is_a_cloud_event(story: Bench) -> None:
    checker = jsonschema.Draft7Validator(
        CLOUD_EVENT, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )
    for path, document in documents(story).items():
        assert list(checker.iter_errors(document)) == [], path
    ids = [(d["source"], d["id"]) for d in documents(story).values()]
    assert len(set(ids)) == len(ids)


def test_every_file_says_all_that_the_contract_lists(story: Bench) -> None:
    checker = jsonschema.Draft7Validator(DATA)
    for path, document in documents(story).items():
        assert list(checker.iter_errors(document["data"])) == [], path


def test_the_facts_of_a_file_are_those_of_its_record(story: Bench) -> None:
    with story.store.read() as tx:
        records = {(r.item, r.n): r for r in tx.records()}
        leaves = [merkle.leaf_hash(body) for *_, body in tx.leaves()]
    for path, document in documents(story).items():
        data = document["data"]
        record = records[data["item"]["id"], data["number"]]
        event = record.event
        assert path.endswith(f"{record.n:06}-{event.type}{_attempt(event.data)}.json")
        assert document["type"] == f"dev.dovetail.{event.type}"
        assert document["time"] == data["time"] == record.time
        assert data["actor"] == record.actor
        assert data["details"] == event.data
        before = leaves[: record.seq - 1]
        root = merkle.root(before).hex()
        assert data["ledger"] == {"size": record.seq - 1, "root": root}
        assert data["workflow"]["digest"] == story.plan.digest
        if data["step"]:
            assert data["step"]["order"] == story.plan.step(data["step"]["key"]).order
        if data["attempt"]:
            assert document["subject"] == data["attempt"]["id"]
            assert data["attempt"]["fence"] == event.data.get("fence")


def _attempt(data: Any) -> str:
    return f"-{data['step']}-{data['attempt']}" if "attempt" in data and "step" in data else ""


def test_links_name_files_that_are_there_with_their_digests(story: Bench) -> None:
    found = documents(story)
    seen: dict[str, str] = {}
    for path, document in found.items():
        links = document["data"]["links"]
        item = document["data"]["item"]["id"]
        previous = [x["path"] for x in links if x["rel"] == "previous"]
        assert previous == ([seen[item]] if item in seen else [])
        for link in links:
            body = (story.workspace.root / link["path"]).read_bytes()
            assert link["sha256"] == "sha256:" + canonical.sha256_hex(body)
            assert link["path"] < path
        seen[item] = path


def test_a_queued_attempt_links_what_its_executor_reads(story: Bench) -> None:
    queued = [d["data"] for p, d in documents(story).items() if p.endswith("queued-build-3.json")]
    inputs = [x["path"] for x in queued[0]["links"] if x["rel"] == "input"]
    assert [p.rpartition("/")[2][7:] for p in inputs] == [
        "attempt-completed-sketch-1.json",
        "gate-rejected-review-1.json",
    ]


def test_names_sort_in_the_order_of_events(story: Bench) -> None:
    for item in ("WI-000001", "WI-000002", "WI-000003"):
        names = [p.name for p in story.handoffs(item)]
        numbers = [json.loads(p.read_bytes())["data"]["number"] for p in story.handoffs(item)]
        assert numbers == sorted(numbers)
        assert names == sorted(names)


def test_the_baseline_is_pre_until_integration_and_after_a_revert(story: Bench) -> None:
    told = {
        d["data"]["number"]: (d["data"]["event"], d["data"]["baseline"])
        for p, d in documents(story).items()
        if "WI-000001" in p
    }
    flags = [flag for _, flag in sorted(told.items())]
    after = flags.index(("integrated", "post"))
    assert {b for _, b in flags[:after]} == {"pre"}
    undone = flags.index(("reverted", "pre"))
    assert {b for _, b in flags[after:undone]} == {"post"}


def test_what_is_next_is_the_end_of_the_batch(story: Bench) -> None:
    told = documents(story)
    accepted = next(d for p, d in told.items() if "WI-000001" in p and "intake" in p)
    assert accepted["data"]["next"] == [
        "maker: claim Sketch: dovetail claim WI-000001/sketch/1 --as NAME"
    ]
    last = [d["data"] for p, d in told.items() if p.endswith("item-completed.json")]
    assert [d["next"] for d in last] == [[]]


# --- the readable twin


def test_every_file_has_a_twin_with_the_same_facts(story: Bench) -> None:
    for path, document in documents(story).items():
        data = document["data"]
        twin = (story.workspace.root / path).with_suffix(".md").read_text()
        plain = re.sub(r"\\(.)", r"\1", twin)
        facts = [data["item"]["id"], data["item"]["title"], data["time"], data["actor"]]
        facts += [data["outcome"], data["workflow"]["version"], data["baseline"], *data["next"]]
        facts += [x["path"].rpartition("/")[2] for x in data["links"]]
        if data["attempt"]:
            facts.append(data["attempt"]["id"])
        assert [f for f in facts if f not in plain] == [], path


HOSTILE = [
    "two\nlines\n\n# A heading",
    "a | b | c",
    "`code` ``more`` ```",
    "<script>alert(1)</script><!-- --> &lt;b&gt;",
    "[link](javascript:alert(1)) ![x](http://e.vil/x.png)",
    "**bold** _under_ ~~gone~~ \\",
    "| --- | --- |\n| Attempt | forged |",
    "\x1b[2J\x1b]0;owned\x07 \u202eevil\u200b",
    "\r\n\u2028\u2029 - item\n1. one",
    "{{ 7 * 7 }} {% raw %} {# x #}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_cannot_break_the_twin(bench: Bench, text: str) -> None:
    def shape(item: str) -> list[str]:
        """Give the twins' lines without what was given: their structure."""
        paths = sorted((bench.workspace.root / "items" / item / "handoffs").glob("*.md"))
        return [
            re.match(r"\W*\w*", line)[0] + str(len(re.findall(r"(?<!\\)\|", line)))  # type: ignore[index]
            for p in paths
            for line in p.read_text().split("\n")
        ]

    def failed(title: str, reason: str) -> str:
        item = bench.started(title=title)
        bench.claim(item, "sketch/1")
        bench.fail(item, "sketch/1", reason=reason)
        return item

    tame, wild = failed("tame", "tame"), failed(text, text)
    assert shape(wild) == shape(tame)
    folder = bench.workspace.root / "items" / wild / "handoffs"
    for path in folder.glob("*.md"):
        twin = path.read_text()
        assert all(c.isprintable() or c == "\n" for c in twin)
        assert not re.search(r"(?<!\\)<|(?<!\\)`|(?<!\\)\*|(?<!\\)~|(?<!\\)&", twin)
    for path in folder.glob("*.json"):
        assert json.loads(path.read_bytes())["data"]["item"]["title"] == text


# --- delivering


def test_delivering_again_changes_nothing(bench: Bench) -> None:
    item = bench.sketched()
    folder = bench.workspace.root / "items" / item / "handoffs"
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    bench.engine.flush(item)
    bench.engine.flush()
    for handoff in bench.everything()["handoffs"]:
        bench.workspace.deliver(handoff.path, (bench.workspace.root / handoff.path).read_bytes())
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()} == before


@pytest.mark.parametrize("after", range(5))
def test_a_crash_between_recording_and_delivering_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Die after that many files of a completion that has two, each with its twin."""
    item = bench.started()
    bench.claim(item, "sketch/1")

    class Crash(BaseException):
        pass

    written: list[str] = []
    deliver = Workspace.deliver

    def dying(self: Workspace, path: str, body: bytes) -> None:
        if len(written) == after:
            raise Crash
        written.append(path)
        deliver(self, path, body)

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "deliver", dying)
        if after < 4:
            with pytest.raises(Crash):
                bench.complete(item, "sketch/1", outputs={"size": 2})
        else:
            bench.complete(item, "sketch/1", outputs={"size": 2})
    assert bench.types(item)[-1] == "attempt-queued"
    again = Bench(bench.root)
    again.claim(item, "build/1")  # it delivers what it is about to read
    assert verify(again.store, again.workspace).problems == []
    assert verify(again.store, again.workspace).undelivered == 0
    assert again.everything()["handoffs"] == [
        h for h in again.everything()["handoffs"] if h.body is None
    ]


def test_an_error_while_delivering_says_that_it_is_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = bench.add()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "_temporary", full)
        with pytest.raises(UnavailableError, match="it is recorded") as caught:
            bench.desk.intake(item, reason="x", actor="lea")
    assert "No space left" in caught.value.message
    assert "don't repeat the command" in caught.value.way_out
    assert bench.types(item)[1] == "intake-decided"
    bench.engine.flush(item)
    assert verify(bench.store, bench.workspace).problems == []


def test_a_file_that_stands_in_the_way_is_not_overwritten(bench: Bench) -> None:
    item = bench.add()
    squatter = bench.workspace.root / "items" / item / "handoffs" / "000002-intake-decided.json"
    squatter.write_text("mine")
    with pytest.raises(UnavailableError, match="it is recorded"):
        bench.desk.intake(item, reason="x", actor="lea")
    assert squatter.read_text() == "mine"
    from dovetail.history.verify import repair_item

    repair_item(bench.store, bench.workspace, item)
    bench.engine.flush(item)
    assert verify(bench.store, bench.workspace).problems == []
    kept = list((bench.workspace.root / "items" / item / "altered").iterdir())
    assert [p.read_text() for p in kept] == ["mine"]


def test_a_delivery_that_is_cut_short_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(folder_module.os, "fsync", full)
        with pytest.raises(UnavailableError, match="No space left"):
            workspace.deliver("items/A/handoffs/1.json", b"body")
    assert list((tmp_path / "items/A/handoffs").iterdir()) == []


def test_files_and_their_folder_are_on_disk_before_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = folder_module.os.fsync

    def watch(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").resolve().name)
        fsync(handle)

    monkeypatch.setattr(folder_module.os, "fsync", watch)
    Workspace(tmp_path).deliver("items/A/handoffs/1.json", b"body")
    assert synced[0].startswith(".1.json.")
    assert synced[-1] == "handoffs"


def test_another_content_at_the_same_place_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.deliver("a/1.json", b"one")
    workspace.deliver("a/1.json", b"one")
    with pytest.raises(RefusedError, match="was altered") as caught:
        workspace.deliver("a/1.json", b"two")
    assert caught.value.way_out
    assert (tmp_path / "a/1.json").read_bytes() == b"one"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["1.json"]
