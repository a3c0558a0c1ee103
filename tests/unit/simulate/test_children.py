"""Calls: children are played too, on the same clock, each with its own script."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dovetail.errors import NotFoundError
from dovetail.simulate import Trace

Play = Callable[..., Trace]

CHUNK = """
params: {goal: {type: string}, in-scope: {type: list, of: string, default: []}}
outputs: {made-of: steps.work.outputs.made_of}
blockers: {stuck: {title: S}}
steps:
  - {key: work, outputs: {made-of: {type: string, default: nothing}}}
  - {key: check, gate: {reject: {to: [work], limit: 1, then: close}}}
"""
FIELDS = (
    "{slug: {type: string}, in-scope: {type: list, of: string}, needs: {type: list, of: string}}"
)
PACKAGE = f"""
blockers: {{stuck: {{title: S}}}}
outputs: {{made: steps.chunks.outputs.children}}
steps:
  - key: plan
    outputs: {{chunks: {{type: list, of: {{type: object, fields: {FIELDS}}}}}}}
  - key: chunks
    call:
      blueprint: chunk
      with: {{goal: chunk.slug, in-scope: chunk.in_scope}}
      for_each:
        items: steps.plan.outputs.chunks
        as: chunk
        key: chunk.slug
        needs: chunk.needs
        PARALLEL
  - {{key: report, when: "steps.chunks.outputs.children.all(c, c.status == 'completed')"}}
  - {{key: final, gate: {{reject: {{to: [plan], limit: 2}}}}}}
"""
SEQUENCE, PARALLEL = PACKAGE.replace("PARALLEL", ""), PACKAGE.replace("PARALLEL", "parallel: true")
PAUSED = PACKAGE.replace(
    "PARALLEL",
    "pause: {when: \"child.key == 'one' && !last\", "
    "gate: {reject: {to: [plan], limit: 1}, outputs: {mood: {type: string}}}}",
)


def plan(*chunks: str) -> str:
    """Script the plan step; a chunk is written `key` or `key<need`."""
    lines = []
    for chunk in chunks:
        key, _, need = chunk.partition("<")
        needs = f"[{need}]" if need else "[]"
        lines.append(f"{{slug: {key}, in-scope: [s], needs: {needs}}}")
    return f"{{outputs: {{chunks: [{', '.join(lines)}]}}}}"


def two(more: str = "") -> str:
    return f"outcomes: {{plan: [{plan('one', 'two')}]}}\n{more}"


def said(trace: Trace) -> list[str]:
    return [p.says for p in trace.all_problems()]


def test_children_follow_each_other_in_order(play: Play) -> None:
    told = f"outcomes: {{plan: [{plan('b<c', 'c', 'a<b')}]}}\n"
    trace = play(SEQUENCE, told + "expect: {children: {chunks: [c, b, a]}}", chunk=CHUNK)
    assert trace.ok, said(trace)
    assert [t.key for t in trace.children["chunks"]] == ["c", "b", "a"]
    assert trace.found["launches"] == ["plan", "chunks", "report", "final"]


def test_what_children_give_is_keyed_as_declared(play: Play) -> None:
    told = two("children: {chunks: {one: {outcomes: {work: [{outputs: {made-of: wood}}]}}}}")
    trace = play(SEQUENCE, told, chunk=CHUNK)
    made = trace.found["outputs"]["made"]
    assert [(c["key"], c["status"], c["outputs"]) for c in made] == [
        ("one", "completed", {"made-of": "wood"}),
        ("two", "completed", {"made-of": "nothing"}),
    ]


def test_children_are_registered_with_typed_params(play: Play) -> None:
    trace = play(SEQUENCE, two(), chunk=CHUNK)
    child = trace.children["chunks"][0]
    assert child.history[0].event.data["params"] == {"goal": "one", "in-scope": ["s"]}
    assert child.history[0].event.data["parent"] == trace.item


def test_params_that_do_not_fit_fail_the_call(play: Play) -> None:
    other = CHUNK.replace("goal: {type: string}", "goal: {type: int}")
    trace = play(SEQUENCE, two("expect: {children: {}, status: blocked}"), chunk=other)
    assert trace.ok, said(trace)
    assert "goal is" in str(trace.to_data()["ticks"])


def test_needs_that_lead_nowhere_fail_the_call(play: Play) -> None:
    told = f"outcomes: {{plan: [{plan('a<b')}]}}\nexpect: {{blockers: [attempts-exhausted]}}"
    assert play(SEQUENCE, told, chunk=CHUNK).ok


def test_parallel_children_share_the_clock(play: Play) -> None:
    takes = "children: {chunks: {one: {outcomes: {work: [{takes: 2h}]}}, "
    takes += "two: {outcomes: {work: [{takes: 3h}]}}}}"
    assert play(PARALLEL, two(takes), chunk=CHUNK).ended == 3 * 3600
    assert play(SEQUENCE, two(takes), chunk=CHUNK).ended == 5 * 3600


def test_a_closed_child_is_told_to_its_parent(play: Play) -> None:
    told = two(
        "children: {chunks: {one: {outcomes: {check: [{reject: work}, {reject: work}]}}}}\n"
        "expect: {skips: [report], status: completed}"
    )
    trace = play(SEQUENCE, told, chunk=CHUNK)
    assert trace.ok, said(trace)
    assert [t.found["status"] for t in trace.children["chunks"]] == ["closed", "completed"]


def test_a_childs_blocker_shows_on_its_parent_until_it_is_resolved(play: Play) -> None:
    acts = "children: {chunks: {one: {acts: [{after: work, block: stuck}%s]}}}\n"
    blocked = two(acts % "" + "expect: {status: blocked, blockers: [stuck]}")
    assert play(SEQUENCE, blocked, chunk=CHUNK).ok
    resolved = two(acts % ", {unblock: stuck}" + "expect: {raised: [stuck], status: completed}")
    trace = play(SEQUENCE, resolved, chunk=CHUNK)
    assert trace.ok, said(trace)
    assert trace.found["blockers"] == []


def test_a_parent_acts_before_its_children_do(play: Play) -> None:
    told = two(
        "children: {chunks: {one: [{acts: [{after: work, block: stuck}, {unblock: stuck}]}, {}]}}\n"
        "acts: [{rework: plan, reason: so}]\n"
        "expect: {rework: {plan: 1}, superseded: [chunks], status: completed}"
    ).replace("{plan: [", "{plan: [" + plan("one", "two") + ", ")
    trace = play(SEQUENCE, told, chunk=CHUNK)
    assert trace.ok, said(trace)


# --- pauses


def test_a_pause_opens_a_gate_before_the_next_child(play: Play) -> None:
    told = two("expect: {launches: [plan, chunks, chunks/one, report, final], status: completed}")
    trace = play(PAUSED, told, chunk=CHUNK)
    assert trace.ok, said(trace)
    approved = [r.event.data for r in trace.history if str(r.event.type) == "gate-approved"]
    assert (approved[0]["child"], approved[0]["outputs"]) == ("one", {"mood": ""})
    started = next(t for t in trace.children["chunks"] if t.key == "two").history[0]
    assert started.event.data["title"] == "two"


def test_a_pause_may_send_the_parent_back(play: Play) -> None:
    told = f"""
outcomes:
  plan: [{plan("one", "two")}, {plan("one", "two")}]
  chunks: [{{reject: plan, reason: so}}]
expect:
  launches: [plan, chunks, chunks/one, plan, chunks, chunks/one, report, final]
  rework: {{plan: 1}}
  children: {{chunks: [one, two]}}
"""
    trace = play(PAUSED, told, chunk=CHUNK)
    assert trace.ok, said(trace)


# --- rework


def test_unchanged_children_are_reused_and_changed_ones_are_made_anew(play: Play) -> None:
    changed = plan("one", "two").replace("slug: two, in-scope: [s]", "slug: two, in-scope: [t]")
    told = f"""
outcomes: {{plan: [{plan("one", "two")}, {changed}], final: [{{reject: plan}}]}}
children: {{chunks: {{two: [{{outcomes: {{work: [{{takes: 1h}}]}}}}, {{}}]}}}}
expect: {{children: {{chunks: [one, two, two]}}}}
"""
    trace = play(SEQUENCE, told, chunk=CHUNK)
    assert trace.ok, said(trace)
    first, second = [t for t in trace.children["chunks"] if t.key == "two"]
    started = [r.event.data for r in trace.history if str(r.event.type) == "child-started"]
    assert started[-1]["supersedes"] == first.item
    assert second.ended == first.ended == 3600


def test_an_unchanged_call_is_not_carried_out_twice(play: Play) -> None:
    told = f"""
outcomes: {{plan: [{plan("one")}, {plan("one")}], final: [{{reject: plan}}]}}
expect: {{reused: [chunks], children: {{chunks: [one]}}}}
"""
    assert play(SEQUENCE, told, chunk=CHUNK).ok


# --- a call without a list

SINGLE = """
steps:
  - {key: part, call: {blueprint: part, version: ^1, with: {goal: "'x'"}}}
"""
PART = "params: {goal: {type: string}}\nsteps: [{key: p}]"


def test_a_call_without_a_list_has_one_child_with_its_key(play: Play) -> None:
    told = """
children: {part: {part: {outcomes: {p: [{takes: 1h}]}}}}
expect: {children: {part: [part]}, status: completed}
"""
    trace = play(SINGLE, told, part=PART)
    assert trace.ok, said(trace)
    assert trace.ended == 3600


def test_the_greatest_version_in_the_range_is_called(play: Play) -> None:
    versions = {"1.0.0": PART, "1.2.0": PART, "2.0.0": PART}
    trace = play(SINGLE, part=versions)
    assert trace.children["part"][0].ref == "part@1.2.0"


def test_a_call_that_leads_nowhere_is_an_error(play: Play) -> None:
    with pytest.raises(NotFoundError, match="no part"):
        play(SINGLE)


def test_a_call_may_fail_or_lose_its_driver(play: Play) -> None:
    told = """
outcomes: {part: [fail, {interrupted: true}]}
expect: {launches: [part, part, part], status: completed, children: {part: [part]}}
"""
    assert play(SINGLE, told, part=PART).ok


def test_grandchildren_are_played_too(play: Play) -> None:
    middle = "params: {goal: {type: string}}" + SINGLE.replace("blueprint: part", "blueprint: leaf")
    told = """
children: {part: {part: {children: {part: {part: {outcomes: {p: [{takes: 2h}]}}}}}}}
"""
    trace = play(SINGLE, told, part=middle, leaf=PART)
    assert trace.ok, said(trace)
    assert [t.ref for t in trace.family()] == ["demo@1.0.0", "part@1.0.0", "leaf@1.0.0"]
    assert trace.ended == 7200


# --- groups, priorities, what comes after a child

QUEUE = """
evidence: {look: {result: {type: string, enum: [PASS, BLOCKED]}}}
steps:
  - key: plan
    outputs:
      chunks:
        type: list
        of:
          type: object
          fields:
            slug: {type: string}
            group: {type: string}
            priority: {type: string, enum: [high, low]}
  - key: chunks
    call:
      blueprint: part
      with: {goal: c.slug}
      for_each:
        items: steps.plan.outputs.chunks
        as: c
        key: c.slug
        priority: "c.priority == 'high' ? 1 : 2"
        group: c.group
        pause:
          when: group_last && !last
          gate:
            evidence: look
            approve_when: evidence.look.result == 'PASS' && c.group != ''
        after: [{template: progress.md, to: "{{ c.slug }}/progress.md"}]
      integrate_each: group
  - {key: end, entry: [{id: told, artifact: b/progress.md}, {id: made, artifact: p-a.md}]}
"""
MAKES = """
params: {goal: {type: string}}
steps: [{key: p, exit: [{id: file, artifact: "p-{{ params.goal }}.md"}]}]
"""


def queue(*chunks: str) -> str:
    """Script the plan step; a chunk is written `key group priority`."""
    words = [c.split() for c in chunks]
    lines = [f"{{slug: {k}, group: {g}, priority: {p}}}" for k, g, p in words]
    return f"plan: [{{outputs: {{chunks: [{', '.join(lines)}]}}}}]"


def test_groups_priorities_and_what_comes_after_a_child(play: Play) -> None:
    told = f"""
outcomes: {{{queue("a one low", "b two low", "c one high")}}}
expect:
  children: {{chunks: [c, a, b]}}
  launches: [plan, chunks, chunks/a, end]
  status: completed
"""
    trace = play(QUEUE, told, part=MAKES)
    assert trace.ok, said(trace)
    absorbed = [r.event.data for r in trace.history if str(r.event.type) == "children-absorbed"]
    assert [data["children"] for data in absorbed] == [["c", "a"], ["b"]]
    call = trace.state.at(trace.plan, "chunks").result
    assert call is not None
    assert sorted(call.artifacts) == ["a/progress.md", "b/progress.md", "c/progress.md"]


def test_evidence_between_children_is_checked(play: Play) -> None:
    told = f"""
outcomes:
  {queue("a one low", "b two low")}
  chunks:
    - {{approve: true, evidence: {{look: {{result: BLOCKED}}}}}}
    - {{approve: true, evidence: {{look: {{result: PASS}}}}}}
expect: {{refused: [chunks], status: completed}}
"""
    assert play(QUEUE, told, part=MAKES).ok


def test_a_key_that_is_no_text_fails_the_call(play: Play) -> None:
    told = f"""
outcomes: {{{queue("'' one low")}}}
expect: {{status: blocked, children: {{}}}}
"""
    trace = play(QUEUE, told, part=MAKES)
    assert trace.ok, said(trace)
    assert "expected a text that is not empty" in str(trace.to_data())


def test_children_share_the_places_of_their_parent(play: Play) -> None:
    limited = CHUNK.replace("params:", "wip_limit: {slots: 1, per: parent}\nparams:", 1)
    takes = "{outcomes: {work: [{takes: 1h}]}}"
    told = two(f"children: {{chunks: {{one: {takes}, two: {takes}}}}}")
    assert play(PARALLEL, told, chunk=limited).ended == 2 * 3600
    assert play(PARALLEL, told, chunk=CHUNK).ended == 3600


def test_a_child_that_never_began_is_left_when_rework_comes(play: Play) -> None:
    limited = CHUNK.replace("params:", "wip_limit: {slots: 1, per: parent}\nparams:", 1)
    told = f"""
strict: true
outcomes: {{plan: [{plan("one", "two")}, {plan("three")}], chunks: [complete]}}
acts: [{{rework: plan, reason: so}}]
expect: {{children: {{chunks: [one, two]}}, launches: [plan, chunks], rework: {{plan: 1}}}}
"""
    trace = play(PARALLEL, told, chunk=limited)
    settled = [r.event.data for r in trace.history if str(r.event.type) == "child-settled"]
    assert [(d["child"], d["status"]) for d in settled] == [("two", "closed")]
    assert [t.found["status"] for t in trace.children["chunks"]] == ["waiting", "ready"]


def test_a_refusal_in_a_child_is_a_problem_unless_the_script_goes_on(play: Play) -> None:
    refused = "{outputs: {made-of: [3]}}"
    child = "children: {chunks: {one: {outcomes: {work: [%s]}}}}"
    (problem,) = play(SEQUENCE, two(child % refused), chunk=CHUNK).all_problems()
    assert problem.path == ("children", "chunks", "one", "outcomes", "work", 0)
    assert play(SEQUENCE, two(child % f"{refused}, complete"), chunk=CHUNK).ok


def test_what_never_comes_of_a_child_stands_where_its_script_does(play: Play) -> None:
    told = f"""
outcomes: {{plan: [{plan("one")}, {plan("one")}], final: [{{reject: plan}}]}}
children: {{chunks: {{one: [{{acts: [{{after: check/2, note: x}}]}}, {{}}]}}}}
"""
    (problem,) = play(SEQUENCE, told, chunk=CHUNK).all_problems()
    assert problem.path == ("children", "chunks", "one", 0, "acts", 0)
