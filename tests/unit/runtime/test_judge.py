"""What is true of an item: conditions, criteria and verdicts see what counts now, no more."""

from __future__ import annotations

import pytest

from dovetail.errors import ExpressionFailedError
from dovetail.judge import Judge, Result
from tests.support.projects import PIECE, Bench

NOTHING = Result({}, {}, {})


def judge(bench: Bench, item: str) -> Judge:
    return bench.engine.judge(bench.engine.view(item))


def test_templates_see_item_params_and_what_came_before(bench: Bench) -> None:
    item = bench.sketched(title="A piece", params={"risk": "high"})
    values = judge(bench, item).values("build")
    assert values["item"] == {
        "id": item,
        "title": "A piece",
        "blueprint": "piece",
        "version": "1.0.0",
    }
    assert values["params"] == {"risk": "high"}
    assert list(values["steps"]) == ["sketch"]
    assert values["steps"]["sketch"]["outputs"] == {"size": 2, "tags": []}
    assert values["steps"]["sketch"]["state"] == "completed"


def test_a_step_that_was_sent_back_has_no_outputs_until_it_is_done_again(bench: Bench) -> None:
    item = bench.built()
    bench.decide(item, "review", "reject", "jan", to="sketch")
    told = judge(bench, item).values("build")["steps"]["sketch"]
    assert (told["outputs"], told["state"]) == ({}, "queued")
    bench.claim(item, "sketch/2")
    bench.complete(item, "sketch/2", outputs={"size": 9})
    assert judge(bench, item).values("build")["steps"]["sketch"]["outputs"]["size"] == 9


def test_artifacts_are_those_of_completed_ancestors(bench: Bench) -> None:
    item = bench.built()
    assert list(judge(bench, item).artifacts("land")) == ["piece.md"]
    assert judge(bench, item).artifacts("build") == {}
    bench.decide(item, "review", "reject", "jan")
    assert judge(bench, item).artifacts("land") == {}


def test_files_that_are_expected_are_found_where_they_are(bench: Bench) -> None:
    item = bench.sketched()
    assert judge(bench, item).expected_files("build", 1, NOTHING) == []
    bench.file(item, "piece.md", "")
    assert judge(bench, item).expected_files("build", 1, NOTHING) == ["piece.md"]


def test_a_verdict_without_its_evidence_is_no_verdict(bench: Bench) -> None:
    item = bench.built()
    about = judge(bench, item)
    assert about.verdict("review", 1, {}) is None
    assert about.verdict("review", 1, {"review": {"result": "PASS"}}) is True
    assert about.verdict("review", 1, {"review": {"result": "BLOCKED"}}) is False
    assert about.verdict("sign", 1, {}) is None


def test_an_expression_without_a_value_says_which_step_and_what_to_do(bench: Bench) -> None:
    bench.text = PIECE.replace("check: outputs.size > 1", "check: 10 / (outputs.size - 5) > 1")
    item = bench.started()
    result = Result({"size": 5, "tags": []}, {}, {})
    with pytest.raises(ExpressionFailedError) as caught:
        judge(bench, item).criteria("sketch", 1, result)
    assert caught.value.message.startswith("sketch: `10 / (outputs.size - 5) > 1`")
    assert caught.value.way_out
    bench.claim(item, "sketch/1")
    with bench.refusal("divide by zero"):
        bench.complete(item, "sketch/1", outputs={"size": 5})
    assert bench.open_work(item) == [("sketch/1", "mia")]
