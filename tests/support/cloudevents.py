"""The JSON format of CloudEvents 1.0 as a schema, and what SPEC 6 asks of `data`."""

from __future__ import annotations

from typing import Any

__all__ = ["CLOUD_EVENT", "DATA"]

# The rules of the JSON format of CloudEvents 1.0.2: required attributes are texts that are not
# empty; `source` is a URI reference, `time` RFC 3339, `dataschema` an absolute URI; names of
# attributes are lower-case letters and digits.
CLOUD_EVENT: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1, "format": "uri-reference"},
        "type": {"type": "string", "pattern": "^dev\\.dovetail\\.[a-z-]+$"},
        "subject": {"type": "string", "minLength": 1},
        "time": {
            "type": "string",
            "format": "date-time",
            "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$",
        },
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "pattern": "^https://"},
        "data": {"type": "object"},
    },
    "propertyNames": {"pattern": "^[a-z0-9]{1,20}$"},
    "additionalProperties": False,
}

_DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_WORDS = {"type": "string", "minLength": 1, "pattern": "^[^\\n]*$"}


def _closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


DATA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **_closed(
        schema={"const": "dovetail/handoff/v1"},
        item=_closed(id=_WORDS, title={"type": "string"}),
        workflow=_closed(name=_WORDS, version=_WORDS, digest=_DIGEST),
        step={"anyOf": [{"type": "null"}, _closed(key=_WORDS, order={"type": "integer"})]},
        event=_WORDS,
        number={"type": "integer", "minimum": 1},
        attempt={
            "anyOf": [
                {"type": "null"},
                _closed(
                    id={"type": "string", "pattern": "^[^/]+/[^/]+/[1-9][0-9]*$"},
                    fence={"type": ["integer", "null"]},
                ),
            ]
        },
        time={"type": "string"},
        actor=_WORDS,
        outcome={"type": "string", "minLength": 1},
        next={"type": "array", "items": {"type": "string"}},
        baseline={"enum": ["pre", "post"]},
        links={
            "type": "array",
            "items": _closed(
                path={"type": "string", "pattern": "^items/[^/]+/handoffs/[^/]+\\.json$"},
                sha256=_DIGEST,
                rel={"enum": ["previous", "input"]},
            ),
        },
        ledger=_closed(
            size={"type": "integer", "minimum": 0},
            root={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        ),
        details={"type": "object"},
    ),
}
