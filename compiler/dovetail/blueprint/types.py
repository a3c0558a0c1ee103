"""The leaf types of blueprints: what may be written for a text, a number, a key, a duration.

Every refusal is a `PydanticCustomError` whose type says what kind of finding it is ("type" or
"value") and whose context says what was *expected*; `load` adds the place and what was found. So no
wording of pydantic ever reaches a user.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from dovetail.blueprint.scalar import Plain
from dovetail.canonical import MAX_INTEGER

__all__ = [
    "A_FLAG",
    "A_LIST",
    "ArtifactPath",
    "Bound",
    "Callable",
    "Count",
    "Date",
    "Duration",
    "EnvName",
    "FieldName",
    "Flag",
    "Glob",
    "ItemId",
    "Key",
    "Many",
    "Positive",
    "TemplatePath",
    "Text",
    "Version",
    "VersionRange",
    "Whole",
    "as_date",
    "as_flag",
    "as_text",
    "as_whole",
    "is_key",
    "refuse",
]

T = TypeVar("T")

A_FLAG, A_LIST = "`true` or `false`", "a list"
"""What is expected, in words."""

_KEY = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
_FIELD = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*\Z")
_KEY_LENGTH = 63
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_CEL_WORDS = frozenset({"true", "false", "null", "in"})
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_LABEL = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_LABEL}(?:\.{_LABEL})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)
_VERSION_LENGTH = 64
_RANGE = re.compile(rf"\*|[\^~]{_NUMBER}(?:\.{_NUMBER}){{0,2}}")
_PLACEHOLDER = re.compile(r"\{(seq(?::0[1-9])?|slug|date)\}")
_ID_LETTERS = re.compile(r"[A-Za-z0-9._-]*\Z")
_ID_LENGTH = 100
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DURATION = re.compile(r"([1-9][0-9]{0,6})([smh])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_CALLABLE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*\Z", re.ASCII)
_ENV = re.compile(r"(?!DOVETAIL_(?:IDEMPOTENCY_KEY|INPUT|OUTPUT|ROOT)$)[A-Za-z_][A-Za-z0-9_]*\Z")
_ENV_NAME = "the name of an environment variable that Dovetail does not set itself"


def refuse(
    kind: str, expected: str, *, at: Sequence[str | int] = (), hint: str = ""
) -> PydanticCustomError:
    """Give the error that says what was expected, `at` a path below the value being read."""
    return PydanticCustomError(kind, "{expected}", {"expected": expected, "at": at, "hint": hint})


def as_text(value: object) -> str:
    """Read a text; a number or truth value in the file is taken as it was written."""
    if type(value) is str and value.isascii() and value.isprintable() and value.strip():
        return value  # nearly every text there is
    if isinstance(value, Plain):
        if value.value is None:
            raise refuse("type", "a text")
        return str(value)
    if not isinstance(value, str):
        raise refuse("type", "a text")
    text = unicodedata.normalize("NFC", value)
    if not text.strip():
        raise refuse("value", "a text that is not empty")
    if _CONTROL.search(text):
        raise refuse("value", "a text without control characters")
    return text


def as_whole(value: object) -> int:
    """Read an integer."""
    number = value.value if isinstance(value, Plain) else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise refuse("type", "a whole number")
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise refuse("value", f"a whole number between -{MAX_INTEGER} and {MAX_INTEGER}")
    return number


def as_flag(value: object) -> bool:
    """Read a truth value."""
    flag = value.value if isinstance(value, Plain) else value
    if not isinstance(flag, bool):
        raise refuse("type", A_FLAG)
    return flag


def as_date(value: object) -> dt.date:
    """Read a date."""
    if isinstance(value, dt.date):
        return value
    text = as_text(value)
    try:
        if _DATE.match(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise refuse("value", "a date of the calendar like 2026-01-31")


def is_key(value: object, *, at: Sequence[str | int] = ()) -> str:
    """Read a key; `at` is where it stands below the value being read."""
    text = as_text(value)
    if not _KEY.match(text) or len(text) > _KEY_LENGTH or text in _CEL_WORDS:
        raise refuse("value", _why_not_key(text, "-"), at=at)
    return text


def _key(value: object) -> str:
    return is_key(value)


def _field_name(value: object) -> str:
    text = as_text(value)
    if not _FIELD.match(text) or len(text) > _KEY_LENGTH or text in _CEL_WORDS:
        raise refuse("value", _why_not_key(text, "_"))
    return text


def _why_not_key(text: str, joint: str) -> str:
    if text in _CEL_WORDS:
        return "a name that is not a word of the expression language"
    if len(text) > _KEY_LENGTH:
        return f"a name of at most {_KEY_LENGTH} characters"
    return f"small letters and digits joined by single `{joint}`, a letter first"


def _whole_from(least: int) -> BeforeValidator:
    def read(value: object) -> int:
        number = as_whole(value)
        if number < least:
            raise refuse("value", f"a whole number of at least {least}")
        return number

    return BeforeValidator(read)


def _bound(value: object) -> int | str:
    if isinstance(value, dt.date) or (isinstance(value, str) and _DATE.match(value)):
        return as_date(value).isoformat()
    return as_whole(value)


def _version(value: object) -> str:
    text = as_text(value)
    if len(text) > _VERSION_LENGTH or not _VERSION.match(text):
        raise refuse("value", "a semantic version like 1.0.0")
    return text


def _duration(value: object) -> int:
    # A number is taken as seconds already when it comes from code, never when it comes from a file.
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DURATION.match(as_text(value))
    if match is None:
        raise refuse("value", "a length of time like 90s, 10m or 2h")
    return int(match[1]) * _SECONDS[match[2]]


def _callable(value: object) -> str:
    text = as_text(value)
    if not _CALLABLE.match(text):
        raise refuse("value", "a function written as `package.module:function`")
    return text


def _env_name(value: object) -> str:
    text = as_text(value)
    if not _ENV.match(text):
        raise refuse("value", _ENV_NAME)
    return text


def _artifact_path(value: object) -> str:
    text = as_text(value)
    if not _is_below(text):
        plain = posixpath.normpath(text.replace("\\", "/"))
        same = ".." not in text and plain != "." and _is_below(plain)
        hint = f"write `{plain}`" if same else ""
        raise refuse("value", "a path below the item's folder, like drafts/note.md", hint=hint)
    return text


def _is_below(path: str) -> bool:
    return "\\" not in path and not any(part in {"", ".", ".."} for part in path.split("/"))


def _template_path(value: object) -> str:
    text = as_text(value)
    if not _is_below(text) or "{" in text:
        raise refuse("value", "the path of a template, like planning/start-here.md")
    return text


def _glob(value: object) -> str:
    text = as_text(value)
    if not _is_below(text):
        raise refuse("value", "a glob below the workspace's root, like docs/**/*.md")
    if any("**" in part and part != "**" for part in text.split("/")):
        raise refuse("value", "`**` as a part of its own, like docs/**/*.md")
    return text


def _version_range(value: object) -> str:
    text = as_text(value)
    if len(text) > _VERSION_LENGTH or not (_RANGE.fullmatch(text) or _VERSION.match(text)):
        raise refuse("value", "a range of versions: `^1`, `^1.2`, `~1.2`, `1.2.0` or `*`")
    return text


def _item_id(value: object) -> str:
    text = as_text(value)
    if len(text) > _ID_LENGTH or not _ID_LETTERS.match(_PLACEHOLDER.sub("", text)):
        raise refuse(
            "value",
            "letters, digits, `.`, `_`, `-`, and `{seq}`, `{seq:06}`, `{slug}`, `{date}`",
        )
    if "{seq" not in text:
        raise refuse("value", "`{seq}` in it, because no two items have the same id")
    if text.startswith((".", "-")):
        raise refuse("value", "a name that starts with a letter, a digit or a placeholder")
    return text


def _list(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise refuse("type", A_LIST)
    return value


def _matching(pattern: re.Pattern[str], longest: int, said: str, *examples: str) -> WithJsonSchema:
    """Tell editors of a text that matches a pattern as a whole, and what to say of any other."""
    whole = pattern.pattern.removesuffix(r"\Z")
    schema = {"type": "string", "maxLength": longest, **_pattern(f"^(?:{whole})$", said)}
    return WithJsonSchema(schema | ({"examples": list(examples)} if examples else {}))


def _pattern(pattern: str, said: str) -> dict[str, Any]:
    return {"pattern": pattern, "patternErrorMessage": f"Expected {said}."}


def _textual(pattern: str, said: str) -> WithJsonSchema:
    """Tell editors of a text, which may look like a number or a truth value.

    They offer `true` wherever a truth value is said to be possible; so it is said twice over.
    """
    words = {"type": ["string", "number"], **_pattern(pattern, said)}
    return WithJsonSchema({"anyOf": [words, {"not": {"not": {"type": "boolean"}}}]})


def _whole(least: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": MAX_INTEGER})


_VISIBLE = r"^(?=[\s\S]*\S)[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
_BELOW = r"^(?!\.{0,2}(?:/|$))[^\\/]+(?:/(?!\.{0,2}(?:/|$))[^\\/]+)*$"
_PATH = _textual(_BELOW, "a path below the item's folder")
_LONGEST = 1024

Text = Annotated[
    str,
    BeforeValidator(as_text),
    _textual(_VISIBLE, "a text that is not empty, without control characters"),
]
Key = Annotated[
    str,
    BeforeValidator(_key),
    _matching(_KEY, _KEY_LENGTH, "small letters and digits joined by single `-`, a letter first"),
]
FieldName = Annotated[
    str,
    BeforeValidator(_field_name),
    _matching(_FIELD, _KEY_LENGTH, "small letters and digits joined by single `_`, a letter first"),
]
Version = Annotated[
    str,
    BeforeValidator(_version),
    _matching(_VERSION, _VERSION_LENGTH, "a semantic version like 1.0.0", "1.0.0"),
]
Date = Annotated[
    dt.date,
    BeforeValidator(as_date),
    _matching(_DATE, 10, "a date of the calendar like 2026-01-31", "2026-01-31"),
]
Duration = Annotated[
    int,
    BeforeValidator(_duration),
    _matching(_DURATION, 8, "a length of time like 90s, 10m or 2h", "90s", "10m", "2h"),
]
Callable = Annotated[
    str,
    BeforeValidator(_callable),
    _matching(_CALLABLE, _LONGEST, "package.module:function", "package.module:function"),
]
EnvName = Annotated[
    str,
    BeforeValidator(_env_name),
    _matching(_ENV, _LONGEST, _ENV_NAME),
]
ArtifactPath = Annotated[str, BeforeValidator(_artifact_path), _PATH]
TemplatePath = Annotated[str, BeforeValidator(_template_path), _PATH]
Glob = Annotated[str, BeforeValidator(_glob), _textual(_BELOW, "a glob below the workspace's root")]
VersionRange = Annotated[
    str, BeforeValidator(_version_range), WithJsonSchema({"type": "string", "examples": ["^1"]})
]
ItemId = Annotated[
    str,
    BeforeValidator(_item_id),
    WithJsonSchema(
        {"type": "string", "maxLength": _ID_LENGTH, **_pattern(r"\{seq", "`{seq}` in it")}
    ),
]
Flag = Annotated[bool, BeforeValidator(as_flag)]
Whole = Annotated[int, BeforeValidator(as_whole), _whole(-MAX_INTEGER)]
Bound = Annotated[
    int | str,
    BeforeValidator(_bound),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
                {"type": "string", "pattern": _DATE.pattern.replace(r"\Z", "$")},
            ]
        }
    ),
]
"""What a value has to reach, or may not pass: a whole number, or a date as it is written."""
Count = Annotated[int, _whole_from(0), _whole(0)]
Positive = Annotated[int, _whole_from(1), _whole(1)]
Many = Annotated[tuple[T, ...], BeforeValidator(_list)]
