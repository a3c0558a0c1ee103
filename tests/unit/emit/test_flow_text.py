"""The text of a flow: what is said, what is left out, and what a reviewer sees first."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dovetail.emit import signature
from dovetail.emit.prefect import emit
from dovetail.plan.model import Check, Edge, Field, Plan, Step


def plan(*steps: Step, title: str = "X") -> Plan:
    steps = steps or (Step("a", 1, 1, "external", "o", "A"),)
    return Plan("x", "1.0.0", title, "o", steps, intake=("o",))


def decorator(step: Step, *before: Step) -> str:
    text = emit(plan(*before, step))
    return text[text.rindex("@blueprint.") : text.index("\n@flow")].strip()


def test_defaults_are_left_out() -> None:
    expected = "@blueprint.external(\n    order=1,\n)\ndef a(attempt: Attempt) -> None: ..."
    assert decorator(Step("a", 1, 1, "external", "o", "A")) == expected


def test_edges_name_the_functions_above_by_their_reason() -> None:
    before = [Step(k, i, i, "external", "o", k.upper()) for i, k in enumerate(("a", "if"), 1)]
    edges = (Edge("a", "needs"), Edge("if", "needs"), Edge("if", "lane"))
    text = decorator(Step("b", 3, 3, "external", "o", "B", edges=edges), *before)
    assert "    needs=[a, if_],\n    lane=if_,\n" in text
    text = decorator(Step("b", 3, 3, "external", "o", "B", edges=(Edge("a", "order"),)), *before)
    assert "    after=[a],\n" in text


def test_only_what_is_used_is_imported() -> None:
    assert "import Attempt, Blueprint, commit_handoffs\n" in emit(plan())
    step = Step("a", 1, 1, "external", "o", "A", exit=(Check("c", "true"),))
    assert "import Attempt, Blueprint, Check, commit_handoffs\n" in emit(plan(step))


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Write it, then 'publish' (all): 50%", "Write it, then 'publish' (all): 50%"),
        ("Prüfung → 漢字", "Prüfung → 漢字"),
        (" spaced ", "spaced"),
        ('say "it"', "x"),
        ("back\\slash", "x"),
        ("two\nlines", "x"),
        ("nul\x00", "x"),
        ("\u202eright to left", "x"),
    ],
)
def test_only_a_harmless_title_is_the_docstring(title: str, headline: str) -> None:
    assert emit(plan(title=title)).startswith(f'"""{headline}\n\nWaves:\n  1  a\n"""\n\n# Emitted')


def test_waves_are_numbered_and_wide_ones_go_on_below() -> None:
    steps = [
        Step(f"step-{i:02}", i, 1, "external", "o", f"Step {i:02}", parallel=True)
        for i in range(1, 12)
    ]
    for i in range(12, 22):
        edge = Edge(steps[-1].key, "order")
        steps.append(Step(f"s{i}", i, i, "external", "o", f"S{i}", edges=(edge,)))
    head = emit(plan(*steps)).split('"""')[1].splitlines()
    assert head[3:6] == [
        "   1  step-01 ∥ step-02 ∥ step-03 ∥ step-04 ∥ step-05 ∥ step-06 ∥ step-07 ∥ step-08 ∥",
        "      step-09 ∥ step-10 ∥ step-11",
        "   2  s12",
    ]
    assert head[-1] == "  11  s21"
    assert all(len(line) <= 88 for line in head)


@pytest.mark.parametrize(
    ("field", "parameter"),
    [
        (Field("string"), "p: str"),
        (Field("int", default=0), "p: int = 0"),
        (Field("bool", default=False), "p: bool = False"),
        (Field("bool", optional=True), "p: bool | None = None"),
        (Field("date"), "p: date"),
        (Field("date", default="2026-01-31"), "p: date = date(2026, 1, 31)"),
        (Field("string", enum=("a", "b"), default="b"), 'p: Literal["a", "b"] = "b"'),
        (Field("int", enum=(-1, 1)), "p: Literal[-1, 1]"),
        (Field("list", of=Field("list", of=Field("int"))), "p: list[list[int]]"),
        (Field("list", of=Field("string"), default=["a"]), "p: list[str] | None = None"),
        (Field("list"), "p: list[Any]"),
        (Field("object", fields={"a": Field("int")}), "p: dict[str, Any]"),
        (Field("object", default={}), "p: dict[str, Any] | None = None"),
    ],
)
def test_a_param_is_typed(field: Field, parameter: str) -> None:
    assert signature.signature("f", {"p": field}) == f"def f(item: str, {parameter}) -> None:"


def test_required_params_come_first_and_each_part_by_name() -> None:
    declared = {
        "b-b": Field("int", default=1),
        "a": Field("int", optional=True),
        "d": Field("int"),
        "c": Field("int"),
    }
    text = signature.signature("f", declared)
    assert text == "def f(item: str, c: int, d: int, a: int | None = None, b_b: int = 1) -> None:"
    assert signature.drive(declared) == "    blueprint.drive(item, c=c, d=d, a=a, b_b=b_b)"


def test_what_a_signature_imports() -> None:
    declared = {"a": Field("list", of=Field("date")), "b": Field("object"), "c": Field("int")}
    assert list(signature.imports(declared)) == [
        "from datetime import date",
        "from typing import Any",
    ]
    assert list(signature.imports({"c": Field("int")})) == []


def test_compiling_does_not_load_prefect() -> None:
    code = (
        "import sys, dovetail.plan.lower, dovetail.plan.text, dovetail.emit.verify;"
        "print('prefect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
