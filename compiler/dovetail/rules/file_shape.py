"""DT020 to DT027: the findings about shape, which `dovetail.blueprint.shape` makes."""

from __future__ import annotations

from dovetail.rules.base import Rule

__all__ = ["RULES"]


def _rule(code: str, title: str, explanation: str, bad: str, good: str) -> Rule:
    return Rule(code, "error", "file", title, explanation, bad, good)


RULES = (
    _rule(
        "DT020",
        "An unknown key",
        """
A key that the language does not have is refused rather than passed over, because it is most often
a slip of the pen. The nearest known key is named.
""",
        bad="""
steps:
  - {key: draft, need: []}
""",
        good="""
steps:
  - {key: draft, needs: []}
""",
    ),
    _rule(
        "DT021",
        "A missing key",
        """
A blueprint has `schema`, `name`, `version`, `title`, `owner` and `steps`; a step has a `key`; a
criterion has an `id`; a list has the type `of` its elements.
""",
        bad="""
steps:
  - title: Draft the text
""",
        good="""
steps:
  - {key: draft, title: Draft the text}
""",
    ),
    _rule(
        "DT022",
        "Another kind of value",
        """
A list stands where a text is expected, a text where a number is, or nothing at all. Numbers and
truth values lose their meaning in quotes; a mapping is not written as a list.
""",
        bad="""
steps:
  - {key: draft, attempts: "3"}
""",
        good="""
steps:
  - {key: draft, attempts: 3}
""",
    ),
    _rule(
        "DT023",
        "A value that is not possible here",
        """
The value is of the right kind but outside what is allowed: a name with capitals, a version of two
numbers, a date that the calendar does not have, a length of time without its unit.
""",
        bad="name: Release_Note",
        good="name: release-note",
    ),
    _rule(
        "DT024",
        "More than one action",
        """
A step does one thing: `run`, `python`, `gate` or `integrate`. Without any of them it is external
work, which an executor claims.
""",
        bad="""
steps:
  - {key: publish, run: {command: [make]}, integrate: {}}
""",
        good="""
steps:
  - {key: build, run: {command: [make]}}
  - {key: publish, integrate: {}}
""",
    ),
    _rule(
        "DT025",
        "Not one kind of criterion",
        """
A criterion is either a `check`, an `artifact` or `evidence`; `matches` and `min_bytes` say more
about an artifact.
""",
        bad="""
steps:
  - {key: draft, exit: [{id: text, artifact: note.md, check: item.id != ''}]}
""",
        good="""
steps:
  - key: draft
    exit:
      - {id: text, artifact: note.md}
      - {id: named, check: item.id != ''}
""",
    ),
    _rule(
        "DT026",
        "Rework without a limit",
        """
A gate that rejects sends the item back. How often it may do so has to be said, or an item could
go round for ever; after that, `then` blocks or closes it.
""",
        bad="""
steps:
  - key: draft
  - {key: edit, gate: {reject: {to: [draft]}}}
""",
        good="""
steps:
  - key: draft
  - {key: edit, gate: {reject: {to: [draft], limit: 2}}}
""",
    ),
    _rule(
        "DT027",
        "A declared type that contradicts itself",
        """
A `default` is of the declared type and one of the `enum`; `of` belongs to a list, `fields` to an
object, `pattern` to a string, `min` and `max` to a string, an int or a list.
""",
        bad="""
steps:
  - {key: draft, outputs: {risk: {type: string, enum: [low, high], default: medium}}}
""",
        good="""
steps:
  - {key: draft, outputs: {risk: {type: string, enum: [low, high], default: low}}}
""",
    ),
)
