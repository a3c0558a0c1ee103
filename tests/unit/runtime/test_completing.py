"""Completing and failing: criteria, outputs, files, evidence, fences (SPEC 5.4)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dovetail.errors import StaleError
from dovetail.runtime.commands import AttemptId
from tests.support.projects import PIECE, Bench


@pytest.fixture
def claimed(bench: Bench) -> str:
    """An item whose sketch mia holds, under fence 5."""
    item = bench.started()
    bench.claim(item, "sketch/1")
    return item


@pytest.fixture
def building(bench: Bench) -> str:
    """An item whose build mia holds."""
    item = bench.sketched()
    bench.claim(item, "build/1")
    return item


def test_a_completion_records_what_was_given_and_found(bench: Bench, claimed: str) -> None:
    bench.complete(claimed, "sketch/1", outputs={"size": 2, "tags": ["x"]})
    (completed,) = bench.events(claimed, "attempt-completed")
    assert completed == {
        "step": "sketch",
        "attempt": 1,
        "executor": "mia",
        "fence": 5,
        "outputs": {"size": 2, "tags": ["x"]},
        "evidence": {},
        "artifacts": {},
        "criteria": {"big": True, "named": True},
    }


def test_defaults_of_outputs_are_filled_in(bench: Bench, claimed: str) -> None:
    bench.complete(claimed, "sketch/1", outputs={"size": 2})
    assert bench.events(claimed, "attempt-completed")[0]["outputs"] == {"size": 2, "tags": []}


def test_every_unmet_criterion_is_listed_and_the_attempt_stays_claimed(
    bench: Bench, claimed: str
) -> None:
    outputs = {"size": 1, "tags": ["a", "b", "c"]}
    with bench.refusal(
        "2 of 2 exit criteria of sketch are not met",
        "big: Make it bigger than one",
        "named: Give at most two tags",
        "the attempt stays claimed",
    ):
        bench.complete(claimed, "sketch/1", outputs=outputs)
    assert bench.open_work(claimed) == [("sketch/1", "mia")]
    bench.complete(claimed, "sketch/1", outputs={"size": 2})


OUTPUTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "missing": ({}, ("size is missing; expected an int of at least 1",)),
    "unknown": ({"size": 2, "sise": 1}, ("sise is not declared; declared: size, tags",)),
    "of another type": ({"size": "2"}, ('size is "2"',)),
    "out of bounds": ({"size": 0}, ("size is 0",)),
    "an element of another type": ({"size": 2, "tags": [1]}, ("tags[0] is 1",)),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_outputs_are_closed_and_typed(bench: Bench, claimed: str, case: str) -> None:
    outputs, says = OUTPUTS[case]
    with bench.refusal(f"the outputs of {claimed}/sketch/1 are not as declared", *says):
        bench.complete(claimed, "sketch/1", outputs=outputs)


def test_only_the_holder_completes_or_fails(bench: Bench, claimed: str) -> None:
    says = ("sketch/1 is held by mia under fence 5; this is max", "end it: --as mia")
    with bench.refusal(*says, kind=StaleError):
        bench.complete(claimed, "sketch/1", "max", outputs={"size": 2})
    with bench.refusal(*says, kind=StaleError):
        bench.fail(claimed, "sketch/1", "max")


@pytest.mark.parametrize("fence", [4, 6, 0, -1, 10**30])
def test_a_stale_fence_is_refused_though_the_holder_writes(
    bench: Bench, claimed: str, fence: int
) -> None:
    with bench.refusal(f"this is mia with fence {fence}", "--as mia", kind=StaleError):
        bench.complete(claimed, "sketch/1", fence=fence, outputs={"size": 2})


def test_a_claim_of_an_earlier_time_is_over(bench: Bench, claimed: str) -> None:
    bench.fail(claimed, "sketch/1")
    bench.desk.requeue(AttemptId(claimed, "sketch", 1), reason="again", actor="mia")
    fence = bench.claim(claimed, "sketch/2")
    with bench.refusal("sketch/1 is over: failed", kind=StaleError):
        bench.complete(claimed, "sketch/1", outputs={"size": 2})
    with bench.refusal(f"under fence {fence}", "fence 5", kind=StaleError):
        bench.complete(claimed, "sketch/2", fence=5, outputs={"size": 2})


def test_an_attempt_that_nobody_claimed_is_not_completed(bench: Bench) -> None:
    item = bench.started()
    with bench.refusal("sketch/1 is not claimed", f"dovetail claim {item}/sketch/1 --as NAME"):
        bench.complete(item, "sketch/1", outputs={"size": 2})


def test_a_gate_is_not_completed(bench: Bench) -> None:
    item = bench.built()
    with bench.refusal("review is a gate", "dovetail gate"):
        bench.complete(item, "review/1", "jan")


def test_nobody_else_can_say_anything(bench: Bench, claimed: str) -> None:
    with bench.refusal("'eve' is not an executor"):
        bench.complete(claimed, "sketch/1", "eve", outputs={"size": 2})
    with bench.refusal("'eve' is not an executor"):
        bench.fail(claimed, "sketch/1", "eve")


# --- files


def test_a_file_in_the_items_folder_is_declared_by_its_path(bench: Bench, building: str) -> None:
    bench.file(building, "piece.md", "made of wood\n")
    bench.file(building, "deep/er/extra.txt", "x")
    bench.complete(building, "build/1", files=["./piece.md", "deep//er/extra.txt"])
    artifacts = bench.events(building, "attempt-completed")[-1]["artifacts"]
    assert list(artifacts) == ["deep/er/extra.txt", "piece.md"]


def test_a_file_elsewhere_is_copied_in_under_its_name(
    bench: Bench, building: str, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere" / "piece.md"
    elsewhere.parent.mkdir()
    elsewhere.write_text("made elsewhere\n")
    bench.complete(building, "build/1", files=[str(elsewhere)])
    assert (bench.workspace.folder(building) / "piece.md").read_text() == "made elsewhere\n"


def test_a_file_in_the_current_folder_is_copied_in(
    bench: Bench, building: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    Path("sub/piece.md").write_text("made here\n")
    bench.complete(building, "build/1", files=["sub/piece.md"])
    assert list(bench.events(building, "attempt-completed")[-1]["artifacts"]) == ["piece.md"]


def test_an_absolute_path_into_the_folder_names_the_file_there(bench: Bench, building: str) -> None:
    name = bench.file(building, "deep/piece.md", "made\n")
    bench.file(building, "piece.md", "made\n")
    given = str(bench.workspace.folder(building) / name)
    bench.complete(building, "build/1", files=[given, "piece.md"])
    artifacts = bench.events(building, "attempt-completed")[-1]["artifacts"]
    assert list(artifacts) == ["deep/piece.md", "piece.md"]


Make = Callable[[Path, Path], str]
"""Given the item's folder and one elsewhere, makes things and gives a path to declare."""


def link_out(folder: Path, elsewhere: Path) -> str:
    (elsewhere / "secret").write_text("made secret")
    (folder / "piece.md").symlink_to(elsewhere / "secret")
    return "piece.md"


def link_folder(folder: Path, elsewhere: Path) -> str:
    (elsewhere / "piece.md").write_text("made secret")
    (folder / "sub").symlink_to(elsewhere)
    return "sub/piece.md"


def link_inside(folder: Path, _elsewhere: Path) -> str:
    (folder / "other.md").write_text("made")
    (folder / "piece.md").symlink_to("other.md")
    return "piece.md"


def fifo(folder: Path, _elsewhere: Path) -> str:
    os.mkfifo(folder / "piece.md")
    return "piece.md"


def fifo_elsewhere(_folder: Path, elsewhere: Path) -> str:
    os.mkfifo(elsewhere / "piece.md")
    return str(elsewhere / "piece.md")


def inside_but_named_from_elsewhere(folder: Path, elsewhere: Path) -> str:
    """There is a file of that name in the folder, but it is not the one that is named."""
    (folder / "piece.md").write_text("made before")
    return str(elsewhere / "piece.md")


def loop(_folder: Path, elsewhere: Path) -> str:
    (elsewhere / "piece.md").symlink_to(elsewhere / "piece.md")
    return str(elsewhere / "piece.md")


def below_a_file(folder: Path, _elsewhere: Path) -> str:
    (folder / "piece.md").write_text("made")
    return "piece.md/x"


def a_folder(folder: Path, _elsewhere: Path) -> str:
    (folder / "piece.md").mkdir()
    return "piece.md"


def over_a_link(folder: Path, elsewhere: Path) -> str:
    """The copy would be written through a link."""
    (elsewhere / "victim").write_text("precious")
    (folder / "piece.md").symlink_to(elsewhere / "victim")
    (elsewhere / "piece.md").write_text("made to destroy")
    return str(elsewhere / "piece.md")


def just(path: str) -> Make:
    return lambda _folder, _elsewhere: path


FILES: dict[str, tuple[Make, str]] = {
    "missing": (just("piece.md"), "there is no file piece.md in the folder"),
    "missing elsewhere": (just("/nowhere/piece.md"), "there is no regular file /nowhere/piece.md"),
    "a device": (just("/dev/null"), "there is no regular file /dev/null"),
    "missing elsewhere, there here": (inside_but_named_from_elsewhere, "there is no regular file"),
    "a parent": (just("../../executors.yaml"), "is not a path inside"),
    "a parent in the middle": (just("a/../piece.md"), "is not a path inside"),
    "nothing": (just(""), "'' is not a path inside"),
    "a dot": (just("."), "'.' is not a path inside"),
    "a control character": (just("piece\n.md"), "is not a path inside"),
    "a backslash": (just("a\\piece.md"), "is not a path inside"),
    "a name that is too long": (just("p" * 256), "is not a path inside"),
    "text that turns around": (just("piece\u202e.md"), "is not a path inside"),
    "the handoffs": (
        just("handoffs/000001-item-registered.json"),
        "the folder handoffs/ is Dovetail's own",
    ),
    "the handoffs, in a roundabout way": (
        just("./handoffs//000001-item-registered.json"),
        "the folder handoffs/ is Dovetail's own",
    ),
    "a link that leads out": (link_out, "piece.md is a link"),
    "a folder that leads out": (link_folder, "sub is a link"),
    "a link that stays inside": (link_inside, "piece.md is a link"),
    "a pipe": (fifo, "is not a regular file"),
    "a pipe elsewhere": (fifo_elsewhere, "there is no regular file"),
    "a link to itself": (loop, "there is no regular file"),
    "a folder": (a_folder, "is not a regular file"),
    "below a file": (below_a_file, "there is no file piece.md/x"),
    "a copy through a link": (over_a_link, "piece.md is a link"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_cannot_be_declared(
    bench: Bench, building: str, tmp_path: Path, case: str
) -> None:
    make, says = FILES[case]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = make(bench.workspace.folder(building), elsewhere)
    with bench.refusal(says):
        bench.complete(building, "build/1", files=[path])
    assert bench.open_work(building) == [("build/1", "mia")]
    if case == "a copy through a link":
        assert (elsewhere / "victim").read_text() == "precious"


@pytest.mark.parametrize(
    ("text", "holds"),
    [("made\n", True), ("x\nmade", True), ("ma", False), ("unmade\n", False), (" made", False)],
)
def test_an_artifact_has_to_fit(bench: Bench, building: str, text: str, holds: bool) -> None:
    bench.file(building, "piece.md", text)
    if holds:
        bench.complete(building, "build/1", files=["piece.md"])
        return
    with bench.refusal("file: Declare piece.md"):
        bench.complete(building, "build/1", files=["piece.md"])


def test_an_artifact_that_is_there_but_not_declared_does_not_count(
    bench: Bench, building: str
) -> None:
    bench.file(building, "piece.md", "made\n")
    with bench.refusal("1 of 1 exit criteria of build are not met", "file: Declare piece.md"):
        bench.complete(building, "build/1")


def test_an_artifacts_path_is_a_template_that_cannot_lead_out(bench: Bench) -> None:
    bench.text = PIECE.replace("artifact: piece.md", 'artifact: "{{ item.title }}.md"')
    item = bench.sketched(title="../../../executors")
    bench.claim(item, "build/1")
    bench.file(item, "piece.md", "made\n")
    with bench.refusal("file: Declare piece.md"):
        bench.complete(item, "build/1", files=["piece.md"])


# --- evidence on external work


@pytest.fixture
def proving(bench: Bench) -> str:
    """An item whose sketch asks for a review as evidence."""
    bench.text = PIECE.replace(
        "      - {id: big, check: outputs.size > 1, say: Make it bigger than one}\n",
        "      - {id: proof, evidence: review, say: Show a review}\n",
    )
    item = bench.started()
    bench.claim(item, "sketch/1")
    return item


def test_evidence_that_is_asked_for_has_to_come_with_the_attempt(
    bench: Bench, proving: str
) -> None:
    with bench.refusal("proof: Show a review"):
        bench.complete(proving, "sketch/1", outputs={"size": 2})
    record = {"result": "PASS"}
    bench.complete(proving, "sketch/1", outputs={"size": 2}, evidence={"review": record})
    assert bench.events(proving, "attempt-completed")[0]["evidence"] == {"review": record}


@pytest.mark.parametrize(
    ("evidence", "says"),
    [
        ({"reviews": {}}, "piece@1.0.0 knows no evidence of the type reviews; it knows review"),
        ({"review": {}}, "result is missing; expected one of PASS, BLOCKED"),
        ({"review": {"result": "pass"}}, 'result is "pass"; expected one of PASS, BLOCKED'),
        ({"review": {"result": "PASS", "x": 1}}, "x is not declared; declared: notes, result"),
        ({"review": {"result": "PASS", "notes": 1}}, "notes is 1; expected a string"),
    ],
)
def test_evidence_is_closed_and_typed(
    bench: Bench, proving: str, evidence: dict[str, Any], says: str
) -> None:
    with bench.refusal(says):
        bench.complete(proving, "sketch/1", outputs={"size": 2}, evidence=evidence)


# --- failing, and what then


def test_a_failed_attempt_waits_for_somebody_to_queue_it_again(bench: Bench, claimed: str) -> None:
    bench.fail(claimed, "sketch/1", reason="no paper")
    assert bench.open_work(claimed) == []
    (failed,) = bench.events(claimed, "attempt-failed")
    assert (failed["reason"], failed["interrupted"]) == ("no paper", False)
    bench.desk.requeue(AttemptId(claimed, "sketch", 1), reason="there is paper", actor="max")
    assert bench.open_work(claimed) == [("sketch/2", None)]
    with bench.refusal("sketch/1 is failed; only the last attempt is re-queued", kind=StaleError):
        bench.desk.requeue(AttemptId(claimed, "sketch", 1), reason="again", actor="max")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_failing_and_queueing_again_take_a_reason(bench: Bench, claimed: str, reason: str) -> None:
    with bench.refusal("a reason is needed", "--reason"):
        bench.fail(claimed, "sketch/1", reason=reason)
    bench.fail(claimed, "sketch/1")
    with bench.refusal("a reason is needed", "--reason"):
        bench.desk.requeue(AttemptId(claimed, "sketch", 1), reason=reason, actor="mia")


def test_an_attempt_in_flight_is_not_queued_again(bench: Bench, claimed: str) -> None:
    with bench.refusal("sketch/1 is claimed"):
        bench.desk.requeue(AttemptId(claimed, "sketch", 1), reason="again", actor="mia")


def exhausted(bench: Bench) -> str:
    """Fail paint, which has two attempts, for the last time."""
    item = bench.sketched(params={"risk": "high"})
    for number in (1, 2):
        bench.claim(item, f"paint/{number}", "max")
        bench.fail(item, f"paint/{number}", "max", reason="too wet")
        if number == 1:
            bench.desk.requeue(AttemptId(item, "paint", 1), reason="dry now", actor="max")
    return item


def test_the_last_failure_blocks_and_unblocking_grants_one_more(bench: Bench) -> None:
    item = exhausted(bench)
    (blocked,) = bench.events(item, "blocked")
    assert (blocked["type"], blocked["steps"]) == ("attempts-exhausted", ["paint"])
    assert "too wet" in blocked["reason"]
    with bench.refusal("paint has failed 2 of 2 times", f"dovetail unblock {item} BLOCKER"):
        bench.desk.requeue(AttemptId(item, "paint", 2), reason="again", actor="max")
    bench.desk.unblock(item, 1, notes="a new brush", actor="lea")
    assert ("paint/3", None) in bench.open_work(item)
    bench.claim(item, "paint/3", "max")
    bench.complete(item, "paint/3", "max")
    bench.build(item, 1)
    assert bench.open_work(item) == [("review/1", None)]


@pytest.mark.parametrize("blocker", [0, 2, -1, 10**12])
def test_a_blocker_that_is_not_open_is_not_resolved(bench: Bench, blocker: int) -> None:
    item = exhausted(bench)
    with bench.refusal(f"blocker {blocker} is not open; open: 1 (attempts-exhausted)"):
        bench.desk.unblock(item, blocker, notes="x", actor="lea")


def test_a_blocker_is_resolved_once_and_with_words(bench: Bench) -> None:
    item = exhausted(bench)
    with bench.refusal("a reason is needed"):
        bench.desk.unblock(item, 1, notes=" ", actor="lea")
    bench.desk.unblock(item, 1, notes="brush", actor="lea")
    with bench.refusal("blocker 1 is not open; open: none"):
        bench.desk.unblock(item, 1, notes="again", actor="lea")


def test_a_refused_completion_takes_its_copies_back(bench: Bench, tmp_path: Path) -> None:
    bench.text = PIECE.replace("check: outputs.size > 1", "artifact: mine.md, min_bytes: 3")
    item = bench.started()
    bench.claim(item, "sketch/1")
    mine = tmp_path / "elsewhere" / "mine.md"
    mine.parent.mkdir()
    mine.write_text("x")
    copy = bench.workspace.folder(item) / "mine.md"
    with bench.refusal("mine.md has 1 bytes; expected at least 3"):
        bench.complete(item, "sketch/1", outputs={"size": 5}, files=[str(mine)])
    assert not copy.exists()
    copy.write_text("here before")
    with bench.refusal("mine.md has 1 bytes; expected at least 3"):
        bench.complete(item, "sketch/1", outputs={"size": 5}, files=[str(mine)])
    assert copy.read_text() == "here before"
    mine.write_text("mended")
    bench.complete(item, "sketch/1", outputs={"size": 5}, files=[str(mine)])
    assert copy.read_text() == "mended"
