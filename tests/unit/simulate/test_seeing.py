"""What expressions and templates see of an item, and what they are taken for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dovetail.judge.criteria import untouchable
from dovetail.judge.sight import restored
from dovetail.plan.fields import Field
from dovetail.plan.model import Changes, Plan
from dovetail.plan.results import results_of
from dovetail.simulate import Trace

Play = Callable[..., Trace]

RACE = """
steps:
  - {key: a, parallel: true, outputs: {n: {type: int, default: 1}}}
  - {key: b, parallel: true, outputs: {n: {type: int, default: 2}}}
  - key: c
    needs: [a, b]
    join: any
    outputs: {sees: {type: string}}
    when: "has(steps.a.outputs.n) != has(steps.b.outputs.n)"
  - {key: d, needs: [c], when: "has(steps.b.outputs.n) && steps.b.outputs.n == 2"}
"""


def test_of_a_race_the_winner_alone_is_seen(play: Play) -> None:
    told = "outcomes: {a: [{takes: 2h}], b: [{takes: 1h}]}\nexpect: {launches: [a, b, c, d]}"
    assert play(RACE, told).ok
    told = "outcomes: {a: [{takes: 1h}], b: [{takes: 2h}]}\nexpect: {launches: [a, b, c]}"
    trace = play(RACE, told + "\n")
    assert (trace.found["launches"], trace.found["skips"]) == (["a", "b", "c"], ["d"])


def test_what_is_sent_back_is_seen_no_more(play: Play) -> None:
    blueprint = """
steps:
  - {key: a, outputs: {n: {type: int}}}
  - {key: g, gate: {reject: {to: [a], limit: 1}}}
  - {key: b, when: "steps.a.outputs.n == 2"}
"""
    told = """
outcomes: {a: [{outputs: {n: 1}}, {outputs: {n: 2}}], g: [{reject: a}]}
expect: {launches: [a, g, a, g, b]}
"""
    assert play(blueprint, told).ok


def test_a_blocker_needs_what_it_reads(play: Play) -> None:
    blueprint = """
blockers:
  missing: {title: M, when: outputs.note == 'stop'}
  either: {title: E, when: outputs.note == 'stop' || outputs.size > 1}
steps:
  - {key: a, outputs: {note: {type: string, optional: true}, size: {type: int}}}
  - {key: b}
"""
    assert play(blueprint, "outcomes: {a: [{outputs: {size: 1}}]}\nexpect: {raised: []}").ok
    assert play(blueprint, "outcomes: {a: [{outputs: {size: 2}}]}\nexpect: {raised: [either]}").ok
    told = "outcomes: {a: [{outputs: {size: 1, note: stop}}]}\nexpect: {raised: [either, missing]}"
    assert play(blueprint, told).found["raised"][:1] == ["either"]


def test_a_blocker_that_can_not_be_evaluated_is_one(play: Play) -> None:
    blueprint = """
blockers: {odd: {title: O, when: 1 / outputs.size > 0}}
steps: [{key: a, outputs: {size: {type: int}}}, {key: b}]
"""
    assert play(blueprint, "expect: {raised: [expression-error], status: blocked}").ok


def test_artifacts_of_lists_are_asked_for_one_by_one(play: Play) -> None:
    blueprint = """
steps:
  - key: a
    outputs: {parts: {type: list, of: string}}
    exit: [{id: files, artifact: "{{ part }}.md", each: outputs.parts, as: part}]
"""
    told = """
outcomes:
  a:
    - {outputs: {parts: [x, y]}, files: [x.md]}
    - {outputs: {parts: [x, y]}, files: [x.md, y.md]}
expect: {refused: [a], status: completed}
"""
    trace = play(blueprint, told)
    assert trace.ok
    assert "y.md was not declared" in str(trace.to_data())


def test_what_is_needed_before_a_step_has_to_have_been_declared(play: Play) -> None:
    blueprint = """
steps:
  - {key: a}
  - {key: b, integrate: {require: [{id: notes, artifact: notes.md}]}}
"""
    assert play(blueprint, "expect: {blockers: [entry-unmet]}").ok
    assert play(blueprint, "outcomes: {a: [{files: [notes.md]}]}\nexpect: {blockers: []}").ok


def test_what_is_rendered_is_there(play: Play) -> None:
    blueprint = """
steps:
  - {key: a, outputs: {parts: {type: list, of: string}}}
  - key: r
    render: [{template: x.md, to: "{{ p }}.md", each: steps.a.outputs.parts, as: p}]
  - {key: b, entry: [{id: there, artifact: y.md}]}
"""
    assert play(blueprint, "outcomes: {a: [{outputs: {parts: [x, y]}}]}").found["blockers"] == []
    assert play(blueprint).found["blockers"] == ["entry-unmet"]


def test_dates_and_names_come_out_as_they_went_in(play: Play) -> None:
    blueprint = """
params: {due: {type: date}}
outputs: {due: params.due, parts: steps.a.outputs.all_parts}
steps:
  - key: a
    outputs:
      all-parts: {type: list, of: {type: object, fields: {in-scope: {type: bool}}}}
"""
    told = """
params: {due: 2026-03-04}
outcomes: {a: [{outputs: {all-parts: [{in-scope: true}]}}]}
expect: {outputs: {due: 2026-03-04, parts: [{in-scope: true}]}}
"""
    trace = play(blueprint, told)
    assert [p.says for p in trace.problems] == []
    assert trace.found["outputs"] == {"due": "2026-03-04", "parts": [{"in-scope": True}]}


def test_the_types_of_a_result_are_told_to_callers(compile_plan: Callable[..., Plan]) -> None:
    plan = compile_plan(
        """
outputs: {n: "size(steps.a.outputs.parts)", parts: steps.a.outputs.parts, done: "true"}
steps: [{key: a, outputs: {parts: {type: list, of: string}}}]
"""
    )
    assert {name: field.type for name, field in results_of(plan).items()} == {
        "n": "int",
        "parts": "list",
        "done": "bool",
    }


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        ({"in_scope": 1}, Field("object", fields={"in-scope": Field("int")}), {"in-scope": 1}),
        ({"in_scope": 1}, None, {"in_scope": 1}),
        (
            [{"a_b": 1}],
            Field("list", of=Field("object", fields={"a-b": Field("int")})),
            [{"a-b": 1}],
        ),
        ((1, 2), None, [1, 2]),
    ],
)
def test_names_are_given_back(value: Any, field: Field | None, expected: Any) -> None:
    assert restored(value, field) == expected


TOUCHED = {
    "nothing said": (None, []),
    "only": (Changes(only=("docs/**",)), [".env", "src/a.py", "src/b/c.py"]),
    "never": (Changes(never=(".env", "**/c.py")), [".env", "src/b/c.py"]),
    "one folder": (Changes(only=("src/*", "docs/**", ".env")), ["src/b/c.py"]),
    "everywhere": (Changes(never=("**/*.py",)), ["src/a.py", "src/b/c.py"]),
    "both": (Changes(only=("src/**",), never=("**/c.py",)), [".env", "docs/a.md", "src/b/c.py"]),
}


@pytest.mark.parametrize("name", TOUCHED)
def test_files_that_may_not_be_touched(name: str) -> None:
    changes, expected = TOUCHED[name]
    paths = [".env", "docs/a.md", "src/a.py", "src/b/c.py"]
    assert untouchable(changes, paths) == expected
