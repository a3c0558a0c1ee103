"""The rules of the run time, pure: plan and events in, requests and state out (SPEC 5.1).

Four drivers share it (the Prefect flow, the command line, the simulator, the verifier), and none of
them holds a rule of its own. It imports the standard library and the plan, knows no clock, no file
and no database, and what it decides depends on nothing but recorded events.

`events` and `requests` are its two vocabularies, `state` is what the one folds into. `decide` reads
a state; `apply` advances it, by the handlers of `items`, `answers`, `attempts`, `gates`, `rework`,
`blockers` and `calls`. `settling`, `holds` and `mending` are what these have in common.
"""

from __future__ import annotations

from dovetail.kernel.apply import apply, fold
from dovetail.kernel.attempts import held, unmet
from dovetail.kernel.calls import children_of
from dovetail.kernel.decide import asks, decide, survey
from dovetail.kernel.events import Event, EventType
from dovetail.kernel.gates import contradicted, open_gate, shown
from dovetail.kernel.guards import Refused
from dovetail.kernel.holds import entry_criteria, global_constraints, predecessors, schedule
from dovetail.kernel.mending import gate_of, rework_targets
from dovetail.kernel.requests import (
    Absorb,
    Acquire,
    Admit,
    Block,
    Close,
    Complete,
    Expand,
    Finish,
    Fire,
    Hold,
    Launch,
    Open,
    Pause,
    Probe,
    Recall,
    Render,
    Request,
    Reuse,
    Rework,
    Skip,
    Spawn,
)
from dovetail.kernel.rework import Preview, preview
from dovetail.kernel.settling import visible, visible_ancestors
from dovetail.kernel.state import Attempt, Blocker, Call, Child, Note, State, StepState, status

__all__ = [
    "Absorb",
    "Acquire",
    "Admit",
    "Attempt",
    "Block",
    "Blocker",
    "Call",
    "Child",
    "Close",
    "Complete",
    "Event",
    "EventType",
    "Expand",
    "Finish",
    "Fire",
    "Hold",
    "Launch",
    "Note",
    "Open",
    "Pause",
    "Preview",
    "Probe",
    "Recall",
    "Refused",
    "Render",
    "Request",
    "Reuse",
    "Rework",
    "Skip",
    "Spawn",
    "State",
    "StepState",
    "apply",
    "asks",
    "children_of",
    "contradicted",
    "decide",
    "entry_criteria",
    "fold",
    "gate_of",
    "global_constraints",
    "held",
    "open_gate",
    "predecessors",
    "preview",
    "rework_targets",
    "schedule",
    "shown",
    "status",
    "survey",
    "unmet",
    "visible",
    "visible_ancestors",
]
