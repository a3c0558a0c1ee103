"""Findings about the resolved plan: against what a slow look at all pairs says, and at any size."""

from __future__ import annotations

import time

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.diagnostics import Diagnostic
from dovetail.rules import check_text, complete
from dovetail.rules.check import Checked


def check(text: str) -> Checked:
    return check_text(complete(text), shown_as="x")


def of(code: str, checked: Checked) -> list[Diagnostic]:
    return [d for d in checked.diagnostics if d.code == code]


def named(found: list[Diagnostic]) -> set[str]:
    """Give the steps that messages begin with, as in "step `a` …"."""
    return {d.message.split("`")[1] for d in found}


@st.composite
def blueprints(draw: st.DrawFn) -> str:
    """Give steps `s0`, `s1`, …, with needs on earlier ones, or none written."""
    lines = []
    for i in range(draw(st.integers(1, 7))):
        line = f"key: s{i}, parallel: {str(draw(st.booleans())).lower()}"
        if i and draw(st.booleans()):
            needs = draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True))
            line += f", needs: [{', '.join(f's{n}' for n in needs)}]"
        if draw(st.booleans()):
            line += ", exit: [{id: a, artifact: a.md}]"
        if draw(st.booleans()):
            line += ", entry: [{id: b, artifact: a.md}]"
        lines.append(f"  - {{{line}}}\n")
    at = draw(st.integers(0, len(lines) - 1))
    lines[at] = lines[at].replace("exit: [{id: a, artifact: a.md}]", "attempts: 2")
    lines[at] = lines[at].replace("}\n", ", integrate: {}}\n")
    return "steps:\n" + "".join(lines)


def order(checked: Checked) -> nx.DiGraph[str]:
    """Give which step comes before which, by edges of any kind."""
    assert checked.blueprint is not None
    from dovetail.plan.lower import lower

    graph: nx.DiGraph[str] = nx.DiGraph()
    for step in lower(checked.blueprint).steps:
        graph.add_node(step.key)
        graph.add_edges_from((edge.step, step.key) for edge in step.edges)
    return nx.transitive_closure(graph)


@settings(max_examples=200, deadline=None)
@given(blueprints())
def test_the_same_as_a_look_at_all_pairs(text: str) -> None:
    checked = check(text)
    before = order(checked)
    assert checked.blueprint is not None
    steps = {s.key: s for s in checked.blueprint.steps}

    def beside(key: str) -> set[str]:
        return {
            other
            for other in steps
            if other != key and not before.has_edge(key, other) and not before.has_edge(other, key)
        }

    alone = {key for key, s in steps.items() if s.parallel and not beside(key)}
    assert named(of("DT083", checked)) == alone

    integrate = next(key for key, s in steps.items() if s.kind == "integrate")
    assert bool(of("DT092", checked)) == bool(beside(integrate))

    makers = {key for key, s in steps.items() if s.exit}
    clashing = {key for key in makers if beside(key) & makers}
    told = {d.message.split("`")[i] for d in of("DT084", checked) for i in (1, 3)}
    assert told <= clashing
    assert bool(told) == bool(clashing)

    needing = {key for key, s in steps.items() if s.entry}
    missing = {key for key in needing if not any(before.has_edge(m, key) for m in makers)}
    assert named(of("DT085", checked)) == missing


MANY = {
    "one file": "parallel: true, needs: [], exit: [{{id: a, artifact: same.md}}]",
    "one file, each at its time": "parallel: true, needs: [], when: params.k == 'v{i}', "
    "exit: [{{id: a, artifact: same.md}}]",
    "no file": "entry: [{{id: a, artifact: x{i}.md}}], "
    "exit: [{{id: b, artifact: 'y{{{{ {i} }}}}'}}]",
    "gates": "gate: {{independent: true}}",
    "constraints": "uses: [slot-{i}x]",
}


@pytest.mark.parametrize("line", MANY.values(), ids=MANY)
def test_files_full_of_findings_take_time_in_proportion(line: str) -> None:
    head = (
        "params: {k: {type: string}}\n"
        "constraints:\n"
        + "".join(f"  slot-{i}: {{scope: item}}\n" for i in range(2000))
        + "steps:\n"
    )

    def seconds(size: int) -> float:
        """Give the processor time of the quicker of two: others may be at work beside it."""
        text = head + "".join(f"  - {{key: s{i}, {line.format(i=i)}}}\n" for i in range(size))
        taken = []
        for _ in range(2):
            begun = time.process_time()
            check(text)
            taken.append(time.process_time() - begun)
        return min(taken)

    seconds(10)
    assert seconds(2000) < 20 * max(seconds(200), 0.05)


@pytest.mark.parametrize(
    ("path", "file", "may"),
    [
        ("{{ x }}.md", "note.md", True),
        ("a/{{ x }}/b/{{ y }}.md", "a/1/b/2.md", True),
        ("a/{{ x }}/b/{{ y }}.md", "a/1/c/2.md", False),
        ("{{ x }}{% if y %}a{% endif %}", "b", True),
        ("ab{{ x }}bc", "abc", False),
        ("{{ open", "anything", True),
    ],
)
def test_a_path_that_is_filled_in_may_become_a_file(path: str, file: str, may: bool) -> None:
    text = (
        "steps:\n"
        f"  - {{key: a, exit: [{{id: a, artifact: {path!r}}}]}}\n"
        f"  - {{key: b, entry: [{{id: b, artifact: {file!r}}}]}}\n"
    )

    assert bool(of("DT085", check(text))) is not may


@pytest.mark.parametrize(
    ("owner", "gate", "severity"),
    [
        ("mira", "gate: {independent: true}", "error"),
        ("mira", "gate: {independent: true, reviewers: [owner]}", "error"),
        ("mira", "gate: {independent: true, reviewers: [owner, w]}", None),
        ("mira", "gate: {independent: true, override: [w]}", None),
        ("mira", "role: w, gate: {independent: true}", None),
        ("mira", "gate: {}", None),
        ("w", "gate: {independent: true}", "warning"),
        ("w", "role: w, gate: {independent: true}", "warning"),
    ],
)
def test_who_may_review_their_own_work(owner: str, gate: str, severity: str | None) -> None:
    text = f"owner: {owner}\nroles: {{w: Writes}}\nsteps:\n  - key: a\n  - {{key: b, {gate}}}\n"
    found = [d for d in check(text).diagnostics if d.code in {"DT086", "DT112"}]

    assert [d.severity for d in found] == ([] if severity is None else [severity])


def test_work_that_may_be_skipped_does_not_bar_its_reviewer() -> None:
    text = (
        "params: {rush: {type: bool}}\nroles: {w: Writes}\nsteps:\n"
        "  - {key: a, role: w}\n"
        "  - {key: b, when: params.rush}\n"
        "  - {key: c, gate: {independent: true}}\n"
    )

    assert of("DT086", check(text)) == []
    assert of("DT086", check(text.replace("when: params.rush", "done: x"))) != []
