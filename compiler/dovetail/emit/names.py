"""Names in emitted code, derived from keys and never taken from text (SPEC 4)."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from hashlib import sha256
from pathlib import PurePosixPath

__all__ = [
    "ARGUMENTS",
    "RESERVED",
    "EmissionError",
    "checked_name",
    "checked_version",
    "identifier",
    "module_path",
]


class EmissionError(Exception):
    """A plan that can't be emitted faithfully: a bug in what made it, never a planner's mistake."""


# Frozen, because the words of the Python at hand would make an emission depend on it.
_KEYWORDS = """
    and as assert async await break case class continue def del elif else except finally for from
    global if import in is lambda lazy match nonlocal not or pass raise return try type while with
    yield
"""
_BUILTINS = """
    abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod
    compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float
    format frozendict frozenset getattr globals hasattr hash help hex id input int isinstance
    issubclass iter len license list locals map max memoryview min next object oct open ord pow
    print property quit range repr reversed round sentinel set setattr slice sorted staticmethod str
    sum super tuple type vars zip
"""
_MODULE = "attempt blueprint commit_handoffs date datetime dovetail flow item prefect typing"

RESERVED = frozenset(f"{_KEYWORDS} {_BUILTINS} {_MODULE}".split())
"""Names that no derived name may equal; all imports count, whether a module needs them or not."""

ARGUMENTS = frozenset(
    [
        "cls",
        "construct",
        "copy",
        "from_orm",
        "json",
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "return_state",
        "schema",
        "schema_json",
        "self",
        "update_forward_refs",
        "validate",
        "wait_for",
    ]
)
"""Names that no argument of a flow may have: Prefect keeps them, or makes a model of the others."""

_KEY = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_FIELD = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_CORE = r"(?:0|[1-9][0-9]*)"
_LABELS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"(?P<core>{_CORE}\.{_CORE}\.{_CORE})(?:-(?P<pre>{_LABELS}))?(?:\+(?P<build>{_LABELS}))?"
)
_SIMPLE = re.compile(r"[a-z0-9.]*")


def identifier(key: str, taken: Collection[str] = ()) -> str:
    """Give the name for a key or a param; `dovetail.plan.declare.key_of` leads back.

    Raises:
        EmissionError: when it is neither.
    """
    if not _FIELD.fullmatch(key):
        raise EmissionError(f"{key!r} is no key")
    name = key.replace("-", "_")
    while name in RESERVED or name in taken or keyword.iskeyword(name):
        name += "_"
    return name


def checked_name(name: str) -> str:
    """Give a blueprint's name, of which it is certain that it is safe anywhere in code.

    Raises:
        EmissionError: when it is not of the form of a key.
    """
    if not _KEY.fullmatch(name):
        raise EmissionError(f"{name!r} is no name of a blueprint")
    return name


def checked_version(version: str) -> str:
    """Give a version, of which it is certain that it is safe anywhere in code.

    Raises:
        EmissionError: when it is not a semantic version.
    """
    if not _VERSION.fullmatch(version):
        raise EmissionError(f"{version!r} is no semantic version")
    return version


def module_path(name: str, version: str) -> PurePosixPath:
    """Give the path of an emitted module below the project's root.

    `flows/release_note/v1_2_0.py`; of `1.2.0-rc.1+b5` the file is `v1_2_0_rc_1__b5.py`. Where that
    would not be distinct on every file system (capitals, hyphens), the start of a hash is appended.

    Raises:
        EmissionError: when the name or the version has not its form.
    """
    match = _VERSION.fullmatch(checked_version(version))
    assert match is not None  # noqa: S101 - it was checked
    pre, build = match["pre"] or "", match["build"] or ""
    stem = "v" + match["core"] + (f".{pre}" if pre else "") + (f"..{build}" if build else "")
    if not _SIMPLE.fullmatch(pre + build):
        stem = f"{stem.lower().replace('-', '.')}...{sha256(version.encode()).hexdigest()[:12]}"
    return PurePosixPath(
        "flows", checked_name(name).replace("-", "_"), stem.replace(".", "_") + ".py"
    )
