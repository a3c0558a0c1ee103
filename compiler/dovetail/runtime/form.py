"""The form of a suspended run: every open decision in a table, and one answer (SPEC 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pydantic
from prefect.input import RunInput

from dovetail.kernel import Attempt, State
from dovetail.kernel.apply import rework_targets
from dovetail.plan.model import Field, Plan, Step
from dovetail.runtime.commands import Submission

__all__ = ["build_form", "read_answer"]

_TYPES: dict[str, type] = {"string": str, "int": int, "bool": bool, "date": str}


def build_form(
    item: str, title: str, plan: Plan, state: State, gates: Mapping[str, Attempt], refusal: str
) -> type[RunInput]:
    """Give the model of a form that asks for one decision.

    Args:
        item, title, plan, state: where the item is.
        gates: the open gates, in canonical order.
        refusal: why the answer before was refused; shown on top.
    """
    specs = [plan.step(g) for g in gates]
    names = tuple(gates)
    targets = tuple(dict.fromkeys(t for g in gates for t in rework_targets(plan, state, g)))
    fields: dict[str, Any] = {
        "gate": (Literal[names], pydantic.Field(default=names[0], title="Gate")),
        "verdict": (Literal["approve", "reject"], pydantic.Field(title="Verdict")),
        "reason": (
            str,
            pydantic.Field(min_length=1, title="Reason", json_schema_extra={"format": "text"}),
        ),
        "reviewer": (
            str,
            pydantic.Field(min_length=1, title="Reviewer", description="Name of an executor"),
        ),
    }
    if targets:
        fields["to"] = (
            Literal[targets] | None,
            pydantic.Field(default=None, title="On rejection, back to"),
        )
    for spec in specs:
        fields |= _evidence_fields(plan, spec)
    model: type[RunInput] = pydantic.create_model("Decision", __base__=RunInput, **fields)
    model._description = _description(item, title, plan, state, specs, refusal)  # noqa: SLF001 - Prefect's own hook
    return model


def _evidence_fields(plan: Plan, gate: Step) -> dict[str, Any]:
    kind = gate.gate.evidence if gate.gate else None
    declared = plan.evidence.get(kind, {}) if kind else {}
    return {
        _field_name(str(kind), name): (
            _annotation(field) | None,
            pydantic.Field(default=None, title=f"{kind}: {name}"),
        )
        for name, field in sorted(declared.items())
    }


def _field_name(kind: str, name: str) -> str:
    return f"{kind}__{name}".replace("-", "_")


def _annotation(field: Field) -> Any:
    if field.enum:
        return Literal[field.enum]
    if field.type == "list":
        return list[_annotation(field.of) if field.of else Any]  # type: ignore[misc]
    return _TYPES.get(field.type, dict[str, Any])


def _description(
    item: str, title: str, plan: Plan, state: State, gates: list[Step], refusal: str
) -> str:
    lines = [f"### {item}: {_cell(title)}", "", f"{plan.blueprint} {plan.version}", ""]
    if refusal:
        lines += [f"**The last answer was refused:** {_cell(refusal)}", ""]
    lines += ["| gate | attempt | reviewers | reviews | evidence | on rejection back to |"]
    lines += ["|---|---|---|---|---|---|"]
    for spec in gates:
        gate, last = spec.gate, state.steps[plan.position[spec.key]].latest
        if gate is not None and last is not None:
            cells = [
                spec.key,
                str(last.number),
                ", ".join(gate.reviewers or (spec.role,)),
                ", ".join(spec.inputs),
                gate.evidence or "",
                ", ".join(rework_targets(plan, state, spec.key)),
            ]
            lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def read_answer(plan: Plan, answer: Mapping[str, Any]) -> tuple[dict[str, Any], Submission]:
    """Give the words of an answer, and the evidence that it holds.

    The server has checked it against the form's schema; what it means is checked by the kernel.
    """
    words = {k: answer.get(k) for k in ("gate", "verdict", "reason", "reviewer", "to")}
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
