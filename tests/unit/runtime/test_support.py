"""What can be compiled and not run yet is refused by name, before anybody starts on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.errors import RefusedError
from dovetail.rules import check_text
from dovetail.runtime.support import demand_supported
from tests.support.projects import PIECE, Bench

HEAD = "schema: dovetail/v1\nname: x\nversion: 1.0.0\ntitle: X\nowner: o\n"
PAIR = "{key: p, parallel: true}, {key: q, parallel: true}"
TOP = "steps: [{key: a, outputs: {n: {type: int}}}]\n"

CASES = {
    "item_id": TOP + 'item_id: "x-{seq}"',
    "wip_limit": TOP + "wip_limit: 1",
    "outputs of the item": TOP + "outputs: {n: steps.a.outputs.n}",
    "blockers": TOP + "blockers: {b: {title: B}}",
    "done of the item": TOP + "done: [{id: a, check: steps.a.outputs.n > 0}]",
    "join: any, in step a": f"steps: [{PAIR}, {{key: a, needs: [p, q], join: any}}]",
    "join: at_least, in step a": "steps: [{key: r, parallel: true}, "
    + PAIR
    + ", {key: a, needs: [p, q, r], join: {at_least: 2}}]",
    "entry, in step a": "steps: [{key: a, entry: [{id: c, check: item.title != ''}]}]",
    "uses, in step a": "constraints: {c: {scope: item}}\nsteps: [{key: a, uses: [c]}]",
    "on_failure, in step a": "steps: [{key: b}, "
    "{key: a, run: {command: [x]}, on_failure: {to: [b], limit: 1}}]",
    "changes, in step a": "steps: [{key: a, changes: {only: ['x/**']}}]",
    "render, in step a": "steps: [{key: a, render: "
    "[{template: planning/package-plan.md, to: x.md}]}]",
    "call, in step a": "steps: [{key: a, call: {blueprint: other}}]",
    "outputs of a gate, in step a": "steps: [{key: a, gate: {outputs: {n: {type: int}}}}]",
    "approvals, in step a": "steps: [{key: a, gate: {approvals: 2}}]",
    "show, in step a": "steps: [{key: a, gate: {show: x}}]",
    "override, in step a": "steps: [{key: a, gate: {override: [owner]}}]",
    "require, in step a": "steps: [{key: a, integrate: "
    "{require: [{id: c, check: item.title != ''}]}}]",
    "a command criterion, in step a": "steps: [{key: a, exit: [{id: c, command: [x]}]}]",
    "an artifact for each, in step a": "steps: [{key: a, exit: "
    "[{id: c, artifact: '{{ e }}.md', each: '[item.id]', as: e}]}]",
}


@pytest.mark.parametrize(("feature", "text"), CASES.items(), ids=list(CASES))
def test_what_the_run_time_cannot_do_yet_is_named(feature: str, text: str) -> None:
    checked = check_text(HEAD + text, shown_as="x.yaml")
    assert checked.plan is not None, [d.message for d in checked.diagnostics]

    with pytest.raises(RefusedError) as refused:
        demand_supported(checked.plan)

    lines = refused.value.message.splitlines()
    assert lines[0] == "x@1.0.0 can be compiled, but not run yet; it uses"
    assert lines[1:] == [f"  {feature}"]


def test_what_it_can_do_is_let_through(bench: Bench) -> None:
    demand_supported(bench.plan)


def test_no_item_is_added_on_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(tmp_path / "project", PIECE + "wip_limit: 1\n")
    bench.compile()

    answer = bench.cli(capsys, "item add piece --as lea")

    assert answer.status == 1
    assert "wip_limit" in answer.err
    assert "Traceback" not in answer.err
    assert bench.cli(capsys, "item list --json").out.strip() == "[]"
