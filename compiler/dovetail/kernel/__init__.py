"""The rules of the run time, pure: plan and events in, requests and state out (SPEC 5.1).

Four drivers share it (the Prefect flow, the command line, the simulator, the verifier), and none of
them holds a rule of its own. It imports the standard library and the plan, knows no clock, no file
and no database, and what it decides depends on nothing but recorded events.
"""

from __future__ import annotations

from dovetail.kernel.apply import apply, fold
from dovetail.kernel.attempts import held, predecessors, unmet
from dovetail.kernel.decide import (
    Block,
    Close,
    Complete,
    Hold,
    Launch,
    Probe,
    Request,
    Rework,
    Skip,
    decide,
)
from dovetail.kernel.decisions import open_gate, rework_targets
from dovetail.kernel.events import Event, EventType
from dovetail.kernel.guards import Refused
from dovetail.kernel.state import Attempt, Blocker, State, StepState, status

__all__ = [
    "Attempt",
    "Block",
    "Blocker",
    "Close",
    "Complete",
    "Event",
    "EventType",
    "Hold",
    "Launch",
    "Probe",
    "Refused",
    "Request",
    "Rework",
    "Skip",
    "State",
    "StepState",
    "apply",
    "decide",
    "fold",
    "held",
    "open_gate",
    "predecessors",
    "rework_targets",
    "status",
    "unmet",
]
