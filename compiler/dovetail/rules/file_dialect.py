"""DT001 to DT011: the findings about YAML itself, which `dovetail.blueprint.dialect` makes."""

from __future__ import annotations

from dovetail.rules.base import Rule

__all__ = ["RULES"]


def _rule(code: str, title: str, explanation: str, bad: str = "", good: str = "") -> Rule:
    return Rule(code, "error", "file", title, explanation, bad, good)


RULES = (
    _rule(
        "DT001",
        "The file can't be read",
        """
The file does not exist, is a folder, or may not be read by you.
""",
    ),
    _rule(
        "DT002",
        "The file is not readable text",
        """
Blueprints are texts in UTF-8. Invisible control characters are refused, because nobody who
reviews the file would see them; where one is meant, double quotes have escapes for it.
""",
        bad="title: Ring the bell \x07",
        good="title: Ring the bell",
    ),
    _rule(
        "DT003",
        "The file is too large",
        """
A file of more than 8 MiB is not read. Nor is more read than 20,000 keys of a mapping, 110,000
elements of a list, and 1,200,000 values of a file.
""",
    ),
    _rule(
        "DT004",
        "Values are nested too deep",
        """
Lists and mappings may be nested 50 deep, which is far more than a blueprint needs.
""",
        bad="title: " + "[" * 51 + "]" * 51,
        good="title: Nested no deeper than it has to be",
    ),
    _rule(
        "DT005",
        "An anchor or an alias",
        """
With `&name` and `*name` YAML repeats a value that stands elsewhere. A blueprint says everything
where it is read, so both are refused.
""",
        bad="""
title: &text Write a note
description: *text
""",
        good="""
title: Write a note
description: Write a note
""",
    ),
    _rule(
        "DT006",
        "A merge key",
        """
`<<` copies keys of another mapping into this one. A blueprint says everything where it is read.
""",
        bad="""
steps:
  - {key: draft, <<: {role: owner}}
""",
        good="""
steps:
  - {key: draft, role: owner}
""",
    ),
    _rule(
        "DT007",
        "An explicit tag",
        """
A tag such as `!!str` tells YAML how to read a value. Here the place of a value tells: where a
text is wanted, `1.10` is a text.
""",
        bad="version: !!str 1.0.0",
        good="version: 1.0.0",
    ),
    _rule(
        "DT008",
        "Not one document",
        """
A file holds one document. It is neither empty nor divided by `---`.
""",
        bad="""
title: Write a note
---
title: Write another note
""",
        good="""
---
title: Write a note
""",
    ),
    _rule(
        "DT009",
        "A key twice in one mapping",
        """
YAML would silently keep one of the two values. Which one was meant only the author knows.
""",
        bad="""
title: Write a note
title: Write a letter
""",
        good="""
title: Write a note
""",
    ),
    _rule(
        "DT010",
        "Not a key",
        """
The keys of a mapping are names, not lists, mappings or nothing.
""",
        bad="[draft, final]: Write a note",
        good="description: Write a note",
    ),
    _rule(
        "DT011",
        "Not YAML",
        """
The text breaks off or contradicts the rules of YAML. The usual reasons are a line that is
indented differently from its neighbours, and a text with `: ` or a leading quote, bracket, `@` or
`%` that needs quotes around all of it.
""",
        bad="title: Write a note: short",
        good='title: "Write a note: short"',
    ),
)
