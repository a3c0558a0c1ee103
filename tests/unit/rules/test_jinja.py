"""What is read of a template: whatever the text, places lie in it, and names are where they are."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dovetail.rules.jinja import Template, read
from dovetail.rules.jinja_words import Place

PIECES = [
    *("{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "{{-", "-}}", "\n", " ", "  \n", "\r\n"),
    *("item.id", "steps['a-b'].x", "p", " if ", " for ", " in ", "else", "endif", "endfor", "raw"),
    *("endraw", "set x = ", "|", "upper", "is", "not ", "defined", "(", ")", "[", "]", "'", '"'),
    *("0", "1.5", "9" * 5000, ".", ",", "~", "é", "日", "\x85", "include", "loop.index", "{", "}"),
]


def places(template: Template) -> list[Place]:
    found = [template.flaw.place] if template.flaw else []
    found += [*template.statements, *(t.place for t in template.tools)]
    found += [place for use in template.uses for each in use.places for place in each]
    return [*found, *(place for _, place in template.others)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("{{ " + "(" * 3000 + ")" * 3000 + " }}")
@example("{{ " + "-" * 3000 + "1 }}")
@example("{% if a %}" * 200)
@example("{{")
@example("{%")
@example("{% set a = a.b %}{{ a }}")
@example("{% for a in b %}{% for b in a %}{{ b.c }}{% endfor %}{% endfor %}")
def test_any_text(text: str) -> None:
    template = read(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    for place in places(template):
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert place.length >= 1
    if template.flaw is not None:
        assert template.flaw.message
        assert not template.uses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ a.b }}", {"a.b": [(1, 4)]}),
        ("{{ a.b }} {{ a.b }}", {"a.b": [(1, 4), (1, 14)]}),
        ("{{- a . b -}}", {"a.b": [(1, 5)]}),
        ("x\n  {{ a['b-c'][0] }}", {"a.b-c.0": [(2, 6)]}),
        ("{{ a[b.c].d }}", {"b.c": [(1, 6)], "a": [(1, 4)]}),
        ("{{ a.b() | f(c) }}", {"a.b": [(1, 4)], "c": [(1, 14)]}),
        ("{{ b if c else d }}", {"b": [(1, 4)], "c": [(1, 9)], "d": [(1, 16)]}),
        ("{{ 'a.b' ~ a }}", {"a": [(1, 12)]}),
        ("{{ (a).b }}", {"a.b": [(1, 5)]}),
        ("{% for x in a.b %}{{ x.c }}{% endfor %}", {"a.b": [(1, 13)], "a.b.0.c": [(1, 22)]}),
        ("{% set x = a.b %}{{ x.c }}", {"a.b": [(1, 12)], "a.b.c": [(1, 21)]}),
        ("{% set x = a %}{% set x = b %}{{ x.c }}", {"a": [(1, 12)], "b": [(1, 27)]}),
        ("{% for k, v in a.items() %}{{ k }}{% endfor %}", {"a.items": [(1, 16)]}),
        ("{% macro m(x) %}{{ x.y }}{% endmacro %}{{ m(a) }}", {"a": [(1, 45)]}),
        ("{% raw %}{{ a }}{% endraw %}{# {{ b }} #}", {}),
        ("{{ range(3) | list }}{{ loop.index }}", {}),
        ("   {%- if a %}\n  b{% endif %}", {"a": [(1, 11)]}),
    ],
)
def test_names_and_their_places(text: str, found: dict[str, list[tuple[int, int]]]) -> None:
    uses = {
        ".".join(map(str, use.parts)): [each[0][:2] for each in use.places]
        for use in read(text).uses
    }

    assert uses == found
