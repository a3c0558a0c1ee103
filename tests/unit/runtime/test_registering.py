"""Registering an item: its id, its params, and its intake (SPEC 5.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dovetail.errors import UnavailableError
from tests.support.projects import PIECE, Bench

PARAMS = PIECE.replace(
    "  risk: {type: string, enum: [low, high], default: low}\n",
    """\
  risk: {type: string, enum: [low, high], default: low}
  count: {type: int, min: 1, max: 9}
  code: {type: string, pattern: "[A-Z]{2,3}", optional: true}
  due: {type: date, optional: true}
  loud: {type: bool, default: false}
  names: {type: list, of: string, min: 1, max: 2, optional: true}
""",
)


@pytest.fixture
def typed(bench: Bench) -> Bench:
    bench.text = PARAMS
    return bench


def params(bench: Bench, **given: Any) -> dict[str, Any]:
    item = bench.add(params={"count": 1} | given)
    return bench.events(item, "item-registered")[0]["params"]


def test_defaults_are_recorded_and_absent_values_are_not(typed: Bench) -> None:
    assert params(typed) == {"count": 1, "loud": False, "risk": "low"}


def test_values_are_recorded_as_given(typed: Bench) -> None:
    given = {
        "code": "AB",
        "count": 9,
        "due": "2026-02-28",
        "loud": True,
        "names": ["x"],
        "risk": "high",
    }
    assert params(typed, **given) == given


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "missing": ({}, ("count is missing", "an int of at least 1 and at most 9")),
    "unknown": ({"count": 1, "cuont": 2}, ("cuont is not declared", "count")),
    "a text for an int": ({"count": "x"}, ('count is "x"', "expected an int")),
    "a truth value for an int": ({"count": True}, ("count is true",)),
    "a fraction for an int": ({"count": 1.0}, ("count is 1.0",)),
    "below the least": ({"count": 0}, ("count is 0", "at least 1")),
    "above the most": ({"count": 10}, ("count is 10", "at most 9")),
    "too large for JSON": ({"count": 2**70}, ("count is 1180591620717411303424",)),
    "not in the enum": ({"count": 1, "risk": "mid"}, ('risk is "mid"', "one of low, high")),
    "against the pattern": ({"count": 1, "code": "ABCD"}, ("matches [A-Z]{2,3}",)),
    "a part of it fits the pattern": ({"count": 1, "code": "xAB"}, ("matches [A-Z]{2,3}",)),
    "a line fits the pattern": ({"count": 1, "code": "AB\n"}, ("matches [A-Z]{2,3}",)),
    "no date": ({"count": 1, "due": "2026-02-29"}, ('due is "2026-02-29"', "expected a date")),
    "a short date": ({"count": 1, "due": "20260228"}, ("expected a date",)),
    "an empty list": ({"count": 1, "names": []}, ("names is []", "at least 1")),
    "a long list": ({"count": 1, "names": ["a", "b", "c"]}, ("at most 2",)),
    "an element of another type": ({"count": 1, "names": ["a", 2]}, ("names[1] is 2", "a string")),
    "nothing": ({"count": None}, ("count is null",)),
    "half a character": ({"count": 1, "code": "\ud800"}, ("code is '\\ud800'", "a string")),
    "several at once": ({"risk": "mid", "x": 1}, ("count is missing", "risk is", "x is not decl")),
}


@pytest.mark.parametrize("case", WRONG)
def test_params_that_do_not_fit_are_refused(typed: Bench, case: str) -> None:
    given, says = WRONG[case]
    with typed.refusal("the params of piece@1.0.0 are not as declared", *says, "--param NAME=VAL"):
        typed.add(params=given)


def test_ids_are_numbered_in_order(bench: Bench) -> None:
    assert [bench.add() for _ in range(3)] == ["WI-000001", "WI-000002", "WI-000003"]


def test_an_id_can_be_chosen_once(bench: Bench) -> None:
    assert bench.add(item="login-fix") == "login-fix"
    with bench.refusal("the id login-fix is taken", "never used twice"):
        bench.add(item="login-fix")
    assert bench.add() == "WI-000002"


def test_a_number_that_somebody_chose_is_passed_over(bench: Bench) -> None:
    chosen = [bench.add(item="WI-000002"), bench.add(), bench.add(), bench.add()]
    assert chosen == ["WI-000002", "WI-000003", "WI-000004", "WI-000005"]


@pytest.mark.parametrize("name", ["a", "A.b_c-1", "x" * 63, "0", "WI-1..2"])
def test_ids_that_are_file_names_everywhere_are_taken(bench: Bench, name: str) -> None:
    assert bench.add(item=name) == name
    assert len(bench.handoffs(name)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "..",
        ".a",
        "-a",
        "_a",
        "a/b",
        "a b",
        "a\n",
        "é",
        "x" * 64,
        "a\0",
        "a\\b",
        "../a",
        "/a",
    ],
)
def test_odd_ids_are_refused(bench: Bench, name: str) -> None:
    with bench.refusal(f"{name!r} is not an item id", "leave --id out"):
        bench.add(item=name)


def test_the_title_is_the_blueprints_unless_one_is_given(bench: Bench) -> None:
    with bench.store.read() as tx:
        assert tx.items() == []
    bench.add()
    bench.add(title="A title of its own")
    with bench.store.read() as tx:
        assert [i.title for i in tx.items()] == ["Make a piece", "A title of its own"]


def test_an_item_waits_in_intake_until_a_reviewer_accepts(bench: Bench) -> None:
    item = bench.add()
    assert (bench.status(item), bench.open_work(item)) == ("intake", [])
    bench.desk.intake(item, reason="wanted", actor="lea")
    assert bench.status(item) == "waiting"
    assert bench.open_work(item) == [("sketch/1", None)]
    (decided,) = bench.events(item, "intake-decided")
    assert decided == {
        "decision": "accept",
        "executor": "lea",
        "kind": "person",
        "reason": "wanted",
        "roles": ["lead"],
    }


def test_without_intake_the_first_step_is_queued_at_once(bench: Bench) -> None:
    bench.text = PIECE.replace("intake: {review: [lead]}", "intake: none")
    item = bench.add()
    assert bench.types(item) == ["item-registered", "scheduling-decided", "attempt-queued"]
    assert bench.open_work(item) == [("sketch/1", None)]


@pytest.mark.parametrize(
    ("actor", "reason", "says"),
    [
        ("mia", "why not", ("the intake review is for the role lead", "mia has maker")),
        ("nobody", "why not", ("'nobody' is not an executor", "executors.yaml knows bob, jan")),
        ("lea", "  ", ("a reason is needed",)),
        ("lea", "", ("a reason is needed",)),
    ],
)
def test_intake_is_refused(bench: Bench, actor: str, reason: str, says: tuple[str, ...]) -> None:
    item = bench.add()
    with bench.refusal(*says):
        bench.desk.intake(item, reason=reason, actor=actor)


def test_intake_is_decided_once(bench: Bench) -> None:
    item = bench.started()
    with bench.refusal("intake is already decided", f"dovetail status {item}"):
        bench.desk.intake(item, reason="again", actor="lea")


def test_an_unknown_item_is_refused(bench: Bench) -> None:
    bench.add()
    with bench.refusal("there is no work item WI-9", "dovetail item list"):
        bench.desk.intake("WI-9", reason="x", actor="lea")


@pytest.mark.parametrize("text", ["cafe\u0301", "\ufb01ne", "☃ \u202e", "a\x00b", "\x1b[31m"])
def test_any_text_is_kept_and_told_alike_now_and_when_it_is_made_again(
    bench: Bench, text: str
) -> None:
    """The ledger normalises text: what is decided on and told must be what it keeps."""
    from dovetail.history.verify import verify

    item = bench.add(title=text, actor=text)
    bench.desk.intake(item, reason=text, actor="lea")
    bench.claim(item, "sketch/1")
    bench.fail(item, "sketch/1", reason=text)
    assert verify(bench.store, bench.workspace).problems == []
    assert verify(Bench(bench.root).store, bench.workspace).problems == []


def test_half_a_character_is_refused(bench: Bench) -> None:
    item = bench.add()
    with bench.refusal("can't be kept", "$.reason: a lone surrogate"):
        bench.desk.intake(item, reason="\ud800", actor="lea")
    with bench.refusal("can't be kept", "a lone surrogate"):
        bench.add(title="\ud800")
    with bench.refusal("can't be kept", "a lone surrogate"):
        bench.add(actor="\ud800")


def test_an_item_is_not_registered_where_its_handoff_cannot_be_written(bench: Bench) -> None:
    bench.add()
    before = bench.everything()
    blocked = bench.workspace.root / "items" / "WI-000002"
    blocked.write_text("a file where the folder belongs")
    with pytest.raises(UnavailableError) as caught:
        bench.add()
    assert caught.value.exit_status == 2
    assert str(blocked) in caught.value.message
    assert bench.everything() == before
    blocked.unlink()
    assert bench.add() == "WI-000002"


def test_the_handoff_says_who_registered_what(bench: Bench) -> None:
    item = bench.add(title="Bring it", params={"risk": "high"}, actor="anybody")
    (path,) = bench.handoffs(item)
    data = json.loads(path.read_text())["data"]
    assert data["item"] == {"id": item, "title": "Bring it"}
    assert data["actor"] == "anybody"
    assert data["details"]["params"] == {"risk": "high"}
    command = f"dovetail intake {item} accept --reason WORDS --as NAME"
    assert data["next"] == [f"lead: decide on the intake of {item}: {command}"]
