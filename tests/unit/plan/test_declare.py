"""The declarations of an emitted module, and the plan that they say."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from dovetail.blueprint.model import StepModel
from dovetail.emit.names import identifier
from dovetail.plan.declare import Blueprint, key_of, title_of
from dovetail.plan.model import (
    Artifact,
    Blocker,
    Call,
    Changes,
    Check,
    Command,
    Constraint,
    Edge,
    Field,
    ForEach,
    Gate,
    Integrate,
    Pause,
    Plan,
    Python,
    Render,
    Run,
    Step,
    Wip,
)


def blueprint(**more: Any) -> Blueprint:
    written = {"name": "x", "version": "1.0.0", "digest": "d", "title": "X", "owner": "o"}
    return Blueprint(**{**written, "intake": ["o"], **more})


def test_declarations_say_the_plan() -> None:
    b = blueprint(
        description="D",
        roles={"r": "R"},
        params={"p": Field("int")},
        evidence={"e": {"f": Field("bool")}},
    )

    @b.external(order=1, role="r", title="T", parallel=True, outputs={"n": Field("int")})
    def first(attempt: object) -> None: ...

    @b.run(order=2, command=["make", "it"], env={"A": "b"}, timeout=3, attempts=1)
    def class_(attempt: object) -> None: ...

    @b.python(order=3, call="a:b", needs=[class_, first], lane=class_, when="true", skip_say="S")
    def third_step(attempt: object) -> None: ...

    @b.gate(order=4, after=[third_step], reject=[class_, first], limit=1, exit=[Check("c", "x")])
    def fourth(attempt: object) -> None: ...

    @b.integrate(order=5, after=[fourth], message="M", done="Done", description="E")
    def fifth(attempt: object) -> None: ...

    assert b.plan == Plan(
        "x",
        "1.0.0",
        "X",
        "o",
        (
            Step("first", 1, 1, "external", "r", "T", None, True, outputs={"n": Field("int")}),
            Step(
                "class",
                2,
                2,
                "run",
                "o",
                "Class",
                attempts=1,
                action=Run(("make", "it"), {"A": "b"}, 3),
            ),
            Step(
                "third-step",
                3,
                3,
                "python",
                "o",
                "Third step",
                edges=(Edge("first", "needs"), Edge("class", "needs"), Edge("class", "lane")),
                when="true",
                skip_say="S",
                action=Python("a:b"),
            ),
            Step(
                "fourth",
                4,
                4,
                "gate",
                "o",
                "Fourth",
                edges=(Edge("third-step", "order"),),
                exit=(Check("c", "x"),),
                action=Gate(reject=("class", "first"), limit=1),
            ),
            Step(
                "fifth",
                5,
                5,
                "integrate",
                "o",
                "Fifth",
                description="E",
                edges=(Edge("fourth", "order"),),
                done="Done",
                action=Integrate("M"),
            ),
        ),
        description="D",
        intake=("o",),
        roles={"r": "R"},
        params={"p": Field("int")},
        evidence={"e": {"f": Field("bool")}},
    )


def test_whatever_a_plan_says_can_be_declared() -> None:
    b = blueprint(
        item_id="x-{seq}",
        wip_limit=Wip(2, per="parent"),
        outputs={"n": "steps.a.outputs.n"},
        constraints={"c": Constraint("global", slots=2)},
        blockers={"b": Blocker("B", when="true")},
        start="a",
        finish="a",
        done=[Artifact("f", "x.md", each="[1]", as_="e")],
    )

    @b.call(
        order=1,
        blueprint="other",
        version="^1",
        with_={"p": "e"},
        for_each=ForEach(
            items="params.list",
            as_="e",
            key="e",
            pause=Pause("last", gate=Gate(human=True), outputs={"n": Field("int")}),
            after=(Render("t.md", "t.md"),),
        ),
        integrate_each="child",
        entry=[Command("c", ("true",))],
        uses=["c"],
    )
    def a(attempt: object) -> None: ...

    @b.render(
        order=2,
        needs=[a],
        join="at_least",
        at_least=2,
        files=[Render("t.md", "{{ e }}.md", each="[1]", as_="e")],
        on_failure=[a],
        failure_limit=3,
        changes=Changes(only=("a/**",)),
    )
    def b_(attempt: object) -> None: ...

    plan = b.plan
    assert Plan.from_data(plan.to_data()) == plan
    assert plan.item_id == "x-{seq}"
    assert plan.wip_limit == Wip(2, "parent")
    first, second = plan.steps
    assert first.automatic
    assert isinstance(first.action, Call)
    assert first.action.for_each is not None
    assert first.action.for_each.pause is not None
    assert first.action.for_each.pause.gate.human
    assert (first.uses, first.entry) == (("c",), (Command("c", ("true",)),))
    assert (second.join, second.at_least) == ("at_least", 2)
    assert (second.on_failure, second.failure_limit) == (("a",), 3)
    assert second.changes == Changes(("a/**",))


def test_a_later_declaration_is_in_the_plan() -> None:
    b = blueprint()

    @b.external(order=1)
    def first(attempt: object) -> None: ...

    assert [s.key for s in b.plan.steps] == ["first"]

    @b.external(order=2, after=[first])
    def second(attempt: object) -> None: ...

    assert [s.key for s in b.plan.steps] == ["first", "second"]


def test_a_key_is_declared_once() -> None:
    b = blueprint()

    @b.external(order=1)
    def first(attempt: object) -> None: ...

    with pytest.raises(ValueError, match="first is declared twice"):
        b.external(order=2)(first.fn)


@pytest.mark.parametrize("key", ["edit", "edit-text", "class", "print", "item", "a1-b2-c3", "flow"])
def test_a_function_name_leads_back_to_its_key(key: str) -> None:
    assert key_of(identifier(key)) == key
    assert key_of(identifier(key, {identifier(key)})) == key


@pytest.mark.parametrize("key", ["edit", "edit-text", "v2-b", "a-b-c"])
def test_titles_are_made_as_the_language_makes_them(key: str) -> None:
    assert title_of(key) == StepModel(key=key).title


def test_arguments_go_by_the_names_of_params() -> None:
    b = blueprint(params={"due-date": Field("date"), "class": Field("string"), "a_b": Field("int")})
    assert b.arguments(due_date=1, class_=2, a_b=None) == {"due-date": 1, "class": 2}
    with pytest.raises(TypeError, match="nope is no param of x"):
        b.arguments(nope=1)


def test_declaring_needs_neither_the_compiler_nor_prefect() -> None:
    code = (
        "import sys, dovetail.plan.declare;"
        "print(sorted({'prefect', 'networkx', 'yaml', 'jinja2', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
