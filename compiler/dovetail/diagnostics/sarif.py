"""Findings as SARIF 2.1.0, for code scanning and editors.

Columns count UTF-16 code units, which is what most readers assume whatever `columnKind` says.
Braces in messages are doubled, as section 3.11.5 demands: a single one begins a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from dovetail import __version__
from dovetail.diagnostics.data import printable_json
from dovetail.diagnostics.model import Diagnostic, Fix, Severity, Sources, Span, lines_of

__all__ = ["Described", "render_sarif"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_UNRESERVED = "/-._~!$&'()*+,;=@"
"""What a path may hold as it is. Not `:`, which would make its beginning a scheme."""


class Described(Protocol):
    """A rule, as far as readers of its findings are told about it."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> Severity: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def explanation(self) -> str: ...  # noqa: D102
    @property
    def bad(self) -> str: ...  # noqa: D102
    @property
    def good(self) -> str: ...  # noqa: D102


def render_sarif(
    diagnostics: Iterable[Diagnostic], sources: Sources, rules: Sequence[Described] = ()
) -> str:
    """Write findings as a SARIF log of one run.

    Args:
        rules: all that were checked; codes that they lack are named without being described.
    """
    found = list(diagnostics)
    described = {r.code: _rule(r) for r in rules}
    for d in found:
        described.setdefault(d.code, {"id": d.code})
    files = sorted({*sources, *(d.span.file for d in found)})
    log = _Log(sources, {code: i for i, code in enumerate(described)}, files)
    driver = {
        "name": "dovetail",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": list(described.values()),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "artifacts": [{"location": {"uri": _uri(f)}, "encoding": "UTF-8"} for f in files],
        "results": [log.result(d) for d in found],
    }
    return printable_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


class _Log:
    def __init__(self, sources: Sources, rules: Mapping[str, int], files: Sequence[str]) -> None:
        self._lines = {file: lines_of(text) for file, text in sources.items()}
        self._rules = rules
        self._files = {file: i for i, file in enumerate(files)}

    def result(self, d: Diagnostic) -> dict[str, Any]:
        place = {"artifactLocation": self._file(d.span), "region": self._region(d.span)}
        out: dict[str, Any] = {
            "ruleId": d.code,
            "ruleIndex": self._rules[d.code],
            "level": d.severity,
            "message": _message("\n".join(part for part in (d.message, d.hint) if part)),
            "locations": [{"physicalLocation": place}],
        }
        if d.fix is not None:
            out["fixes"] = [self._fix(d.fix)]
        return out

    def _fix(self, fix: Fix) -> dict[str, Any]:
        replacement = {
            "deletedRegion": self._region(fix.span),
            "insertedContent": {"text": fix.replacement},
        }
        change = {"artifactLocation": self._file(fix.span), "replacements": [replacement]}
        return {
            "description": _message(f"Replace `{fix.found}` by `{fix.replacement}`"),
            "artifactChanges": [change],
        }

    def _file(self, span: Span) -> dict[str, Any]:
        return {"uri": _uri(span.file), "index": self._files[span.file]}

    def _region(self, span: Span) -> dict[str, int]:
        return {
            "startLine": span.line,
            "startColumn": self._units(span.file, span.line, span.column),
            "endLine": span.end_line,
            "endColumn": self._units(span.file, span.end_line, span.end_column),
        }

    def _units(self, file: str, line: int, column: int) -> int:
        lines = self._lines.get(file, ())
        before = lines[line - 1][: column - 1] if line <= len(lines) else ""
        return column + sum(c > "\uffff" for c in before)


def _message(text: str) -> dict[str, str]:
    return {"text": text.replace("{", "{{").replace("}", "}}")}


def _rule(rule: Described) -> dict[str, Any]:
    explanation = " ".join(rule.explanation.split())
    examples = [
        (word, text.strip("\n"))
        for word, text in (("Wrong", rule.bad), ("Right", rule.good))
        if text
    ]
    plain = [explanation, *(f"{word}:\n\n{text}" for word, text in examples)]
    marked = [explanation, *(f"{word}:\n\n```yaml\n{text}\n```" for word, text in examples)]
    return {
        "id": rule.code,
        "name": _name(rule.title),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": explanation},
        "help": {"text": "\n\n".join(plain), "markdown": "\n\n".join(marked)},
        "defaultConfiguration": {"level": rule.severity},
    }


def _name(title: str) -> str:
    """Give a title as one word: `An unknown key` is `AnUnknownKey`."""
    words = re.findall(r"[A-Za-z0-9]+", title.replace("'", ""))
    return "".join(w[0].upper() + w[1:] for w in words)


def _uri(file: str) -> str:
    """Give the reference to a file: relative to the current folder, or absolute."""
    path = quote(file.encode("utf-8", "surrogateescape"), safe=_UNRESERVED)
    return f"file://{path}" if path.startswith("/") else path
