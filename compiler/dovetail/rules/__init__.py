"""One check a file, each with its code and its examples (SPEC 2.5).

`check_file` and `check_text` are the front door; `RULES` and `rule` are what `dovetail explain`
tells.
"""

from dovetail.rules.base import Rule
from dovetail.rules.check import (
    Checked,
    check_bytes,
    check_file,
    check_loaded,
    check_text,
    fresh_files,
)
from dovetail.rules.registry import RULES, complete, rule

__all__ = [
    "RULES",
    "Checked",
    "Rule",
    "check_bytes",
    "check_file",
    "check_loaded",
    "check_text",
    "complete",
    "fresh_files",
    "rule",
]
