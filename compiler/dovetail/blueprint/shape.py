"""Findings about the shape of a file, said in our words and at the right place: DT020 to DT027."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from dovetail.blueprint.fields import TYPES
from dovetail.blueprint.scalar import Plain, resolve
from dovetail.blueprint.source import Node
from dovetail.blueprint.spans import Spans
from dovetail.blueprint.types import A_FLAG, A_LIST
from dovetail.diagnostics import Diagnostic, Span

__all__ = ["FLAGS", "MAX_FINDINGS", "findings", "known_keys", "nearest"]

MAX_FINDINGS = 1000
"""In a file with more, whoever reads them loses heart, and whoever makes them time."""

FLAGS = {"yes": True, "on": True, "no": False, "off": False}
"""What is sometimes written for a truth value."""

_SHOWN = 60
_MORE = f"there may be more: only the first {MAX_FINDINGS} of this sort are told"
_LONGEST = 200
"""No key is half as long."""
_CODES = {
    "missing": "DT021",
    "missing_of": "DT021",
    "type": "DT022",
    "value": "DT023",
    "actions": "DT024",
    "criterion": "DT025",
    "contradiction": "DT027",
}
_WORDS = re.compile(r"[\w./-]+(?: [\w./-]+)*\Z")
_MAPPINGS = {"model_type", "model_attributes_type", "dict_type", "dataclass_type"}


def findings(
    errors: Iterable[Mapping[str, Any]], spans: Spans, model: type[BaseModel], *, name: str
) -> list[Diagnostic]:
    """Turn the errors of a validation into findings.

    Args:
        errors: as pydantic gives them.
        spans: of the file that was validated.
        model: what it was validated against; it knows the keys.
        name: what to call the file as a whole.
    """
    errors = list(errors)
    typos = _typos(errors, model)
    out: dict[Diagnostic, None] = {}
    for error in errors:
        if error["type"] == "missing" and tuple(error["loc"]) in typos:
            continue  # the finding about the typo is enough
        finding = _finding(error, spans, model, name)
        if finding is not None:
            out[finding] = None
            if len(out) == MAX_FINDINGS:
                last, _ = out.popitem()
                hint = f"{last.hint}; {_MORE}" if last.hint else _MORE
                return [*out, replace(last, hint=hint)]
    return list(out)


def _typos(
    errors: Iterable[Mapping[str, Any]], model: type[BaseModel]
) -> set[tuple[str | int, ...]]:
    """Give the paths of the keys that are probably meant by unknown ones."""
    unknown = (tuple(e["loc"]) for e in errors if e["type"] == "extra_forbidden")
    return {
        (*path[:-1], close)
        for path in unknown
        if (close := nearest(str(path[-1]), known_keys(model, path[:-1]))) is not None
    }


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that was probably meant."""
    if len(word) > _LONGEST:
        return None
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return close[0] if close else None


def known_keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Give the keys that are possible in the mapping at a path below a model."""
    annotation: Any = model
    for part in path:
        found = _record(annotation)
        if found is not None:
            info = next((f for n, f in found.model_fields.items() if (f.alias or n) == part), None)
            annotation = getattr(found, "OTHERS", None) if info is None else info.annotation
        else:
            args = get_args(_plain(annotation))
            annotation = args[-1] if args and args[-1] is not Ellipsis else (args or (None,))[0]
    found = _record(annotation)
    return [] if found is None else [f.alias or n for n, f in found.model_fields.items()]


def _record(annotation: Any) -> type[BaseModel] | None:
    """Give the record that an annotation stands for, unless a list or a mapping lies between."""
    annotation = _plain(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, UnionType}:
        return next((r for a in get_args(annotation) if (r := _record(a)) is not None), None)
    return None


def _plain(annotation: Any) -> Any:
    """Give a type without what is said about it, and without `None` beside it."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {Union, UnionType}:
        rest = [a for a in get_args(annotation) if a is not NoneType]
        return _plain(rest[0]) if len(rest) == 1 else annotation
    return annotation


def _finding(
    error: Mapping[str, Any], spans: Spans, model: type[BaseModel], name: str
) -> Diagnostic | None:
    kind, context = error["type"], error.get("ctx") or {}
    path = (*error["loc"], *context.get("at", ()))
    in_key = bool(path) and path[-1] == "[key]"
    if in_key:
        path = path[:-1]
    node = spans.node(path)
    if node.broken:
        return None
    if kind == "extra_forbidden":
        return _unknown_key(path, spans, model, name)
    if kind in {"missing", "missing_of"}:
        return _missing(path if kind == "missing" else (*path, "of"), spans, name)
    expected = context.get("expected") or _expected(kind)
    hint = context.get("hint", "")
    span = spans.key(path) if in_key or kind in {"actions", "criterion"} else spans.value(path)
    if in_key:
        message = f"`{_short(str(path[-1]))}` can't be a name here; expected {expected}"
    elif kind in {"actions", "criterion"}:
        message = f"expected {expected}"
    else:
        message = f"{_what(path, spans, name)} is {_written(node)}; expected {expected}"
        hint = hint or _way_out(kind, expected, path, node)
    return Diagnostic(_CODES.get(kind, "DT022"), "error", span, message, hint)


def _way_out(kind: str, expected: str, path: Sequence[str | int], node: Node) -> str:
    if node.kind == "mapping" and node.pairs and expected == A_LIST:
        return "start each element with `- `"
    if node.kind != "scalar" or not path:
        return ""
    if isinstance(node.text, Plain) and node.text.value is None:
        empty = f"`{path[-1]}: {{}}`" if kind in _MAPPINGS else "a value"
        return f"write {empty}, or leave the key out"
    if kind in _MAPPINGS and node.text in TYPES:
        return f"write `{{type: {node.text}}}`"
    if kind == "type" and expected == A_LIST:
        return f"write `[{_short(node.text)}]`"
    if expected == A_FLAG and node.text.lower() in FLAGS:
        return f"write `{str(FLAGS[node.text.lower()]).lower()}`"
    if kind in _MAPPINGS and path[-1] == "run" and _WORDS.match(node.text):
        return f"write `{{command: [{_short(', '.join(node.text.split()))}]}}`"
    if kind == "type" and node.style in {"'", '"'} and isinstance(resolve(node.text), Plain):
        return "leave the quotes out"
    return ""


def _expected(kind: str) -> str:
    if kind in _MAPPINGS:
        return "a mapping of keys"
    return A_LIST if kind in {"tuple_type", "list_type"} else "another kind of value"


def _unknown_key(
    path: Sequence[str | int], spans: Spans, model: type[BaseModel], name: str
) -> Diagnostic:
    key, known = str(path[-1]), known_keys(model, path[:-1])
    close = nearest(key, known)
    hint = f"did you mean `{close}`?" if close else "possible keys: " + ", ".join(known)
    where = _what(path[:-1], spans, name)
    message = f"`{_short(key)}` is not a key of {where}"
    return Diagnostic("DT020", "error", spans.key(path), message, hint)


def _missing(path: Sequence[str | int], spans: Spans, name: str) -> Diagnostic:
    key, parent = path[-1], path[:-1]
    span = spans.key(parent) if parent else _start(spans)
    if key == "limit" and path[-2:-1] in {("reject",), ("on_failure",)}:
        return Diagnostic(
            "DT026",
            "error",
            span,
            f"{_what(parent, spans, name)} has no `limit`: rework could go on for ever",
            "`limit: 2` lets the item come back twice",
        )
    return Diagnostic(
        "DT021", "error", span, f"{_what(parent, spans, name)} has no `{key}`", f"add `{key}: …`"
    )


def _start(spans: Spans) -> Span:
    root = spans.value(())
    return Span(root.file, root.line, root.column, root.line, root.column + 1)


def _what(path: Sequence[str | int], spans: Spans, name: str) -> str:
    """Name a place in the file as a person would: "`gate.reject` of step `edit`"."""
    base, words = "", list(path)
    if len(words) > 1 and words[0] == "steps" and isinstance(words[1], int):
        base, words = _element("step", spans, words[:2]), words[2:]
    elif len(words) > 1 and words[0] == "changes" and isinstance(words[1], int):
        base, words = f"change {words[1] + 1}", words[2:]
    if len(words) > 1 and words[0] == "exit" and isinstance(words[1], int):
        inner = _element("criterion", spans, path[: len(path) - len(words) + 2])
        base, words = f"{inner} of {base}" if base else inner, words[2:]
    if not words:
        return base or name
    dotted = ""
    for word in words:
        dotted += f"[{word}]" if isinstance(word, int) else f".{_short(word)}"
    return f"`{dotted.lstrip('.')}`" + (f" of {base}" if base else "")


def _element(noun: str, spans: Spans, path: Sequence[str | int]) -> str:
    node = spans.node(path)
    key = node.pairs.get("key") or node.pairs.get("id")
    if key is not None and key[1].kind == "scalar" and key[1].text:
        return f"{noun} `{_short(key[1].text)}`"
    return f"{noun} {int(path[-1]) + 1}"


def _written(node: Node) -> str:
    if node.kind == "sequence":
        return "a list" if node.items else "an empty list"
    if node.kind == "mapping":
        return "a mapping" if node.pairs else "an empty mapping"
    if isinstance(node.text, Plain) and node.text.value is None:
        return "empty"
    if not node.text.strip():
        return "an empty text"
    return f"{'the text ' if node.style else ''}`{_short(node.text)}`"


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _SHOWN else one_line[: _SHOWN - 1] + "…"
