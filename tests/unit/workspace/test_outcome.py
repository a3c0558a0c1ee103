"""What an event came to, in one line."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.kernel import EventType
from dovetail.workspace import outcome

AT = {"step": "draft", "attempt": 2, "generation": 1, "executor": "mia", "fence": 9}
WHY = {"reason": "it is\ntoo small"}
ASKED = {"step": "draft", "generation": 1}

SAID: list[tuple[EventType, dict[str, Any], str]] = [
    (EventType.REGISTERED, {"blueprint": "note", "version": "1.0.0"}, "registered on note 1.0.0"),
    (EventType.INTAKE, WHY | {"decision": "accept"}, "intake: accept: it is too small"),
    (
        EventType.INTAKE,
        WHY | {"decision": "link", "items": ["WI-1", "WI-2"]},
        "intake: link WI-1, WI-2: it is too small",
    ),
    (
        EventType.DEPENDENCY_SETTLED,
        {"item": "WI-1", "status": "closed"},
        "WI-1, which it waited for, is closed",
    ),
    (EventType.ADMITTED, {}, "admitted: a place was free"),
    (
        EventType.TRANSFERRED,
        WHY | {"step": None, "to": "max"},
        "the item transferred to max: it is too small",
    ),
    (
        EventType.TRANSFERRED,
        WHY | {"step": "draft", "to": "max"},
        "draft transferred to max: it is too small",
    ),
    (EventType.ITEM_COMPLETED, {}, "completed"),
    (EventType.ITEM_CLOSED, WHY, "closed: it is too small"),
    (
        EventType.EVALUATED,
        ASKED | {"what": "when", "holds": False},
        "the condition of draft does not hold",
    ),
    (EventType.EVALUATED, ASKED | {"what": "when", "holds": True}, "the condition of draft holds"),
    (
        EventType.EVALUATED,
        ASKED | {"what": "entry", "attempt": 1, "criteria": {"a": False, "b": True, "c": False}},
        "the entry criteria of draft: a, c not met",
    ),
    (
        EventType.EVALUATED,
        ASKED | {"what": "blockers", "attempt": 2, "raised": []},
        "draft/2 raises no blocker",
    ),
    (
        EventType.EVALUATED,
        ASKED | {"what": "blockers", "attempt": 2, "raised": ["scope", "access"]},
        "draft/2 raises scope, access",
    ),
    (
        EventType.EVALUATED,
        ASKED | {"what": "pause", "attempt": 2, "child": "k", "holds": True},
        "draft: a pause after k",
    ),
    (
        EventType.EVALUATED,
        {"what": "done", "criteria": {"a": True}},
        "the criteria of the item: met",
    ),
    (EventType.FIRED, ASKED | {"winners": ["a", "b"]}, "the join of draft has fired: a, b"),
    (EventType.SKIPPED, ASKED | WHY, "draft skipped: it is too small"),
    (
        EventType.SCHEDULED,
        {
            "ready": ["a", "b"],
            "launches": [
                {"step": "a", "attempt": 1, "rule": "lane"},
                {"step": "b", "attempt": 1, "rule": "parallel"},
            ],
            "held": [{"step": "c", "why": "join", "on": ["a", "b"]}],
        },
        "launch a (lowest in the lane); b (parallel, its inputs have settled); held c (join: a, b)",
    ),
    (EventType.QUEUED, AT, "draft: attempt 2 queued"),
    (EventType.CLAIMED, AT, "draft: attempt 2 claimed by mia"),
    (EventType.COMPLETED, AT, "draft: attempt 2 completed by mia"),
    (
        EventType.INTEGRATED,
        AT | {"artifacts": {"x": "sha256:0"}, "message": "two\nlines"},
        "integrated 1 files: two lines",
    ),
    (
        EventType.FAILED,
        AT | WHY | {"interrupted": False},
        "draft: attempt 2 failed: it is too small",
    ),
    (
        EventType.FAILED,
        AT | WHY | {"interrupted": True},
        "draft: attempt 2 interrupted: it is too small",
    ),
    (EventType.REQUEUED, AT | WHY, "draft: re-queued after attempt 2: it is too small"),
    (EventType.REUSED, AT, "draft: the result of attempt 2 is reused: nothing changed"),
    (EventType.APPROVED, AT | WHY, "draft approved by mia: it is too small"),
    (
        EventType.APPROVED,
        AT | WHY | {"override": True},
        "draft approved by mia against the evidence: it is too small",
    ),
    (
        EventType.REJECTED,
        AT | WHY | {"to": "cut"},
        "draft rejected by mia, back to cut: it is too small",
    ),
    (
        EventType.REJECTED,
        AT | WHY | {"to": "cut", "child": "k"},
        "draft after k rejected by mia, back to cut: it is too small",
    ),
    (
        EventType.REWORK,
        WHY | {"gate": None, "attempt": 0, "to": "cut", "reopened": ["cut", "draft"]},
        "back to cut; reopened: cut, draft",
    ),
    (EventType.REVERTED, AT | WHY, "draft: attempt 2 reverted: it is too small"),
    (EventType.BLOCKED, WHY | {"type": "scope", "steps": []}, "blocked (scope): it is too small"),
    (EventType.UNBLOCKED, {"blocker": 1, "notes": "all\nwell"}, "blocker 1 resolved: all well"),
    (EventType.NOTED, {"note": 3, "text": "look {again}"}, "note 3: look {again}"),
    (EventType.NOTE_RESOLVED, WHY | {"note": 3}, "note 3 resolved: it is too small"),
    (
        EventType.EXPANDED,
        AT | {"version": "1.2.0", "children": [{"key": "a"}, {"key": "b"}]},
        "draft: children on version 1.2.0: a, b",
    ),
    (
        EventType.EXPANDED,
        AT | {"version": "1.2.0", "children": []},
        "draft: children on version 1.2.0: none",
    ),
    (EventType.CHILD_STARTED, AT | {"child": "a", "item": "WI-2"}, "draft: a started as WI-2"),
    (EventType.CHILD_SETTLED, AT | {"child": "a", "status": "closed"}, "draft: a is closed"),
    (EventType.CHILD_RENDERED, AT | {"child": "a"}, "draft: rendered after a"),
    (
        EventType.CHILDREN_ABSORBED,
        AT | {"children": ["a", "b"]},
        "draft: brought in the results of a, b",
    ),
    (EventType.PAUSED, AT | {"child": "a"}, "draft: the gate after a is open"),
    (EventType.SUSPENDED, {"form": "w1", "gates": {"look": 1}}, "waiting for look"),
    (EventType.SUSPENDED, {"form": "w1", "gates": {}}, "waiting for somebody to act"),
    (
        EventType.ANSWERED,
        WHY | {"form": "w1", "outcome": "refused"},
        "form w1 answered, but refused: it is too small",
    ),
    (
        EventType.ANSWERED,
        {"form": "w1", "outcome": "recorded", "reason": ""},
        "form w1 answered",
    ),
]


@pytest.mark.parametrize(("kind", "data", "says"), SAID)
def test_it_is_said_in_one_line(kind: EventType, data: dict[str, Any], says: str) -> None:
    assert outcome(kind, data) == says


def test_there_are_words_for_every_type() -> None:
    assert {kind for kind, *_ in SAID} == set(EventType)
