"""The form of a suspended run: every open decision in a table, and one answer (SPEC 5.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pydantic
from prefect.input import RunInput

from dovetail.kernel import Attempt, State, rework_targets
from dovetail.plan.model import Field, Plan, Step
from dovetail.runtime.commands import Submission
from dovetail.workspace import as_plain_text

__all__ = ["build_form", "read_answer"]

_TYPES: dict[str, type] = {"string": str, "int": int, "bool": bool, "date": str}


def build_form(
    item: str,
    title_of_item: str,
    plan: Plan,
    state: State,
    gates: Mapping[str, Attempt],
    *,
    reviewers: Sequence[str],
    refusal: str,
) -> type[RunInput]:
    """Give the model of a form that asks for one decision.

    Args:
        item, title_of_item, plan, state: where the item is.
        gates: the open gates, in canonical order.
        reviewers: the executors who may decide at one of them.
        refusal: why the answer before was refused; shown on top.
    """
    specs = [plan.step(g) for g in gates]
    names = tuple(gates)
    targets = tuple(dict.fromkeys(t for g in gates for t in rework_targets(plan, state, g)))
    fields: dict[str, Any] = {
        # Of several, the reviewer has to say which; nothing is chosen for them.
        "gate": (
            Literal[names],
            pydantic.Field(default=names[0], title="Gate")
            if len(names) == 1
            else pydantic.Field(title="Gate"),
        ),
        "verdict": (
            Literal["approve", "reject"],
            # A low window folds the table above the form away; what is reviewed stays in sight.
            pydantic.Field(title="Verdict", description="; ".join(map(_reviews, specs))),
        ),
        "reason": (
            str,
            pydantic.Field(min_length=1, title="Reason", json_schema_extra={"format": "text"}),
        ),
        "reviewer": (
            str,
            pydantic.Field(
                min_length=1,
                title="Reviewer",
                description=f"One of: {', '.join(reviewers) or 'nobody has the role'}",
            ),
        ),
    }
    for spec in specs:
        fields |= _evidence_fields(plan, spec)
    if targets:
        title = "On rejection, back to"
        # Gates differ in what they allow first, so several of them leave it open.
        one = pydantic.Field(default=targets[0], title=title)
        fields["to"] = (Literal[targets], one if len(specs) == 1 else _may_be_left_out(title))
    model: type[RunInput] = pydantic.create_model("Decision", __base__=RunInput, **fields)
    model._description = _description(item, title_of_item, plan, gates, refusal)  # noqa: SLF001 - Prefect's own hook
    return model


def _reviews(gate: Step) -> str:
    return f"{gate.key} reviews {', '.join(gate.inputs) or 'the item'}"


def _evidence_fields(plan: Plan, gate: Step) -> dict[str, Any]:
    kind = gate.gate.evidence if gate.gate else None
    declared = plan.evidence.get(kind, {}) if kind else {}
    return {
        _field_name(str(kind), name): (_annotation(field), _may_be_left_out(f"{kind}: {name}"))
        for name, field in declared.items()
    }


def _may_be_left_out(title: str) -> Any:
    """Give a field that the page leaves out when it is empty: a rejection needs no evidence."""

    def without_default(schema: dict[str, Any]) -> None:
        del schema["default"]

    return pydantic.Field(default=None, title=title, json_schema_extra=without_default)


def _field_name(kind: str, name: str) -> str:
    return f"{kind}__{name}".replace("-", "_")


def _annotation(field: Field) -> Any:
    if field.enum:
        return Literal[field.enum]
    if field.type == "list":
        return list[_annotation(field.of) if field.of else Any]  # type: ignore[misc]
    return _TYPES.get(field.type, dict[str, Any])


def _description(
    item: str, title: str, plan: Plan, gates: Mapping[str, Attempt], refusal: str
) -> str:
    lines = [f"### {item}: {as_plain_text(title)}", "", f"{plan.blueprint} {plan.version}", ""]
    if refusal:
        lines += [f"**The last answer was refused:** {as_plain_text(refusal)}", ""]
    lines += ["| gate | reviews | reviewers | evidence |", "|---|---|---|---|"]
    for key, attempt in gates.items():
        spec = plan.step(key)
        if spec.gate is not None:
            reviewers = ", ".join(spec.gate.reviewers or (spec.role,))
            cells = [attempt.name, ", ".join(spec.inputs), reviewers, spec.gate.evidence or ""]
            lines.append("| " + " | ".join(map(as_plain_text, cells)) + " |")
    return "\n".join([*lines, ""])


def read_answer(
    plan: Plan, gates: Mapping[str, int], answer: Mapping[str, Any]
) -> tuple[dict[str, Any], Submission]:
    """Give the words of an answer, and the evidence that it holds.

    Where one gate was asked about, the answer need not name it.

    The server has checked it against the form's schema; what it means is checked by the kernel.
    """
    words = {k: answer.get(k) for k in ("gate", "verdict", "reason", "reviewer", "to")}
    if words["gate"] is None and len(gates) == 1:
        words["gate"] = next(iter(gates))
    spec = plan.position.get(str(words["gate"]))
    gate = plan.steps[spec].gate if spec is not None else None
    evidence: dict[str, dict[str, Any]] = {}
    if gate is not None and gate.evidence is not None:
        record = {
            name: answer[_field_name(gate.evidence, name)]
            for name in plan.evidence[gate.evidence]
            if answer.get(_field_name(gate.evidence, name)) is not None
        }
        if record:
            evidence[gate.evidence] = record
    return words, Submission(evidence=evidence)
