"""Reading emissions back, and refusing everything else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dovetail.emit.names import EmissionError
from dovetail.emit.parse import parse
from dovetail.emit.prefect import emit
from dovetail.emit.verify import emit_checked, verify
from dovetail.errors import RefusedError
from dovetail.plan.model import Check, Edge, Field, Gate, Plan, Step

PLAN = Plan(
    "x",
    "1.0.0",
    "X",
    "o",
    (
        Step("a", 1, 1, "external", "o", "A", exit=(Check("c", "true"),)),
        Step("b", 2, 2, "gate", "r", "B", edges=(Edge("a", "order"),), action=Gate(reject=("a",))),
    ),
    intake=("o",),
    params={"p": Field("int", min=-5)},
)


def test_what_was_emitted_is_read_back() -> None:
    text = emit_checked(PLAN)
    assert parse(text).to_data() == PLAN.to_data()
    assert verify(text).to_data() == PLAN.to_data()


def test_an_emission_that_says_another_plan_is_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    field = PLAN.params["p"]
    for other in (
        replace(PLAN, title="Y"),
        replace(PLAN, params={"q": field}),
        replace(PLAN, params={"p": replace(field, enum=(1, True))}),
        replace(PLAN, steps=PLAN.steps[:1]),
    ):
        monkeypatch.setattr("dovetail.emit.verify.emit", lambda _, said=other: emit(said))
        with pytest.raises(EmissionError, match="another plan"):
            emit_checked(replace(PLAN, params={"p": replace(field, enum=(1, 1))}))


EDITS = [
    pytest.param("order=2", "order=3", id="another value"),
    pytest.param('"""X', '"""Y', id="another docstring"),
    pytest.param("# Plan:", "# plan:", id="another comment"),
    pytest.param(
        "from prefect import flow\n", "from prefect import flow\nimport os\n", id="import"
    ),
    pytest.param("item, p=p", "item, p=1", id="another body of the flow"),
    pytest.param("-> None: ...", "-> None: print(1)", id="another body of a step"),
    pytest.param("    order=1,\n", "    order=1,\n    attempts=3,\n", id="a default written out"),
    pytest.param("[commit_handoffs]", "[]", id="a hook gone"),
    pytest.param('digest="sha256:', 'digest="sha256:0', id="another digest"),
    pytest.param("\n\n\n@flow(", "\n\n@flow(", id="a blank line less"),
]


@pytest.mark.parametrize(("old", "new"), EDITS)
def test_an_edit_by_hand_is_noticed(old: str, new: str) -> None:
    text = emit(PLAN)
    assert old in text
    with pytest.raises(RefusedError) as refused:
        verify(text.replace(old, new, 1))
    assert "dovetail compile" in str(refused.value)


def test_a_line_cut_off_or_added_is_noticed() -> None:
    text = emit(PLAN)
    for edited in (text + "# more\n", text[: text.rindex("\n", 0, -1)] + "\n", text.rstrip("\n")):
        with pytest.raises(RefusedError):
            verify(edited)


REFUSED = [
    pytest.param("", "declares no blueprint", id="nothing"),
    pytest.param("def", "not Python", id="no Python"),
    pytest.param("a\0", "not Python", id="a NUL"),
    pytest.param("x = 1", "line 1 of the flow: only a blueprint", id="an assignment"),
    pytest.param("print(1)", "only a blueprint", id="a call"),
    pytest.param("if True:\n    pass", "only a blueprint", id="a condition"),
    pytest.param("{B}\n{B}", "only a blueprint", id="two blueprints"),
    pytest.param("{B}\ndef f(): ...", "only a blueprint", id="a bare function"),
    pytest.param("{B}\n@x.external(order=1)\ndef f(): ...", "only a", id="another decorator"),
    pytest.param("{B}\n@blueprint.arguments(order=1)\ndef f(): ...", "only a", id="no kind"),
    pytest.param("@blueprint.external(order=1)\ndef f(): ...", "only a", id="a step too early"),
    pytest.param("{B}\n@blueprint.external(order=1)\nclass f: ...", "only a", id="a class"),
    pytest.param(
        "{B}\n@blueprint.external(order=f())\ndef f(): ...",
        "`f()` is no literal",
        id="a foreign call",
    ),
    pytest.param(
        "{B}\n@blueprint.external(order=1, needs=[g])\ndef f(): ...",
        "`g` is no",
        id="no step above",
    ),
    pytest.param("{B}\n@blueprint.external(order=1.5)\ndef f(): ...", "`1.5` is no", id="a float"),
    pytest.param(
        "{B}\n@blueprint.external(order='a' + 'b')\ndef f(): ...", "is no literal", id="an operator"
    ),
    pytest.param(
        "{B}\n@blueprint.external(**{'order': 1})\ndef f(): ...", "written out", id="unpacking"
    ),
    pytest.param(
        "{B}\n@blueprint.external(order=1, roles={**{}})\ndef f(): ...", "keys", id="merging"
    ),
    pytest.param(
        "{B}\n@blueprint.run(order=1)\ndef f(): ...", "does not fit", id="a value missing"
    ),
    pytest.param("{B}\n@blueprint.external()\ndef f(): ...", "KeyError: 'order'", id="no order"),
    pytest.param(
        "{B}\n@blueprint.external(order=1)\ndef f(): ...\n"
        "@blueprint.external(order=1)\ndef f_(): ...",
        "declared twice",
        id="one key twice",
    ),
    pytest.param(
        "{B}\n@blueprint.external(order=1, after=[1])\ndef f(): ...",
        "line 3",
        id="an edge from no step",
    ),
    pytest.param(
        "{B}\n@blueprint.external(order=1, role={[]: 1})\ndef f(): ...",
        "line 3",
        id="a list as key",
    ),
    pytest.param(
        "{B}\n@blueprint.external(order=1, exit=[1])\ndef f(): ...", "can't be", id="no criterion"
    ),
    pytest.param(
        "{B}\n@blueprint.external(order=1, title=1)\ndef f(): ...", "not as it was", id="no text"
    ),
]

B = 'blueprint = Blueprint(name="x", version="1.0.0", digest="d", title="X", owner="o", intake=[])'


@pytest.mark.parametrize(("source", "message"), REFUSED)
def test_what_is_no_declaration_is_refused_by_name_and_line(source: str, message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        verify(source.replace("{B}", B))
    assert message in str(refused.value)


def test_nothing_of_the_module_is_run() -> None:
    text = emit(PLAN).replace("import flow\n", "import flow\nfrom nowhere import nothing\n")
    assert parse(text).to_data() == PLAN.to_data()


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan('x"', "1.0.0", "X", "o", ()), id="a name that is none"),
        pytest.param(Plan("x", "1.0.0\n", "X", "o", ()), id="a version that is none"),
        pytest.param(
            Plan("x", "1.0.0", "X", "o", (Step("a b", 1, 1, "external", "o", "A"),)), id="a key"
        ),
        pytest.param(
            Plan(
                "x",
                "1.0.0",
                "X",
                "o",
                (Step("a", 7, 1, "external", "o", "A"),),
            ),
            id="an index that the declarations would not give",
        ),
        pytest.param(
            Plan(
                "x",
                "1.0.0",
                "X",
                "o",
                (Step("a", 1, 1, "external", "o", "A"),),
                params={"a-b": Field("int"), "a_b": Field("int")},
            ),
            id="params of one name",
        ),
    ],
)
def test_a_plan_that_a_module_can_not_say_is_not_emitted(plan: Plan) -> None:
    with pytest.raises(EmissionError):
        emit_checked(plan)
