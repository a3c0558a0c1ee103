"""Templates: strict, sandboxed, and never a traceback (SPEC 2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.errors import ExpressionFailedError
from dovetail.templating import fill

VALUES: dict[str, Any] = {
    "item": {"id": "WI-1", "title": "{{ item.id }} <b>&"},
    "params": {"n": 2, "names": ["a", "b"], "items": "few"},
    "steps": {"set_up": {"outputs": {"path": "x/y", "cleaned-up": True}}},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{ item.id }}", "WI-1"),
        ("{{ item.title }}", "{{ item.id }} <b>&"),
        ("{{ params.n + 1 }}", "3"),
        ("{{ params.names | join('+') }}", "a+b"),
        ("{{ steps.set_up.outputs.path }}", "x/y"),
        ("{{ steps['set-up'].outputs.path }}", "x/y"),
        ("{{ steps.set_up.outputs.cleaned_up }}", "True"),
        ("{{ steps.set_up.outputs['cleaned-up'] }}", "True"),
        ("{{ [steps.set_up.outputs] | map(attribute='cleaned_up') | first }}", "True"),
        ("{{ params.items }} {{ params.keys() | join(' ') }}", "few n names items"),
        ("{% if params.n == 2 %}two{% endif %}", "two"),
        ("{ not one }", "{ not one }"),
        ("{# gone #}left", "left"),
    ],
)
def test_what_a_template_gives(template: str, text: str) -> None:
    assert fill(template, VALUES) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing }}",
        "{{ item.nothing }}",
        "{{ steps.later.outputs.x }}",
        "{{ item.id",
        "{% frob %}",
        "{{ 1 / 0 }}",
        "{{ item.id + 1 }}",
        "{{ item.id() }}",
        "{{ params.n | no_such_filter }}",
        "{{ params.names | random }}",
        "{{ lipsum() }}",
        "{{ range(10 ** 9) | list }}",
        "{{ item.id.__class__.__mro__ }}",
        "{{ params.names.append('c') }}",
        "{% include 'other' %}",
        "{{ '%d' % item.id }}",
        "{{ params.names[9] + 'x' }}",
    ],
)
def test_what_cannot_be_filled_is_a_clear_error(template: str) -> None:
    with pytest.raises(ExpressionFailedError) as caught:
        fill(template, VALUES)
    assert repr(template) in caught.value.message
    assert caught.value.way_out
    assert VALUES["params"]["names"] == ["a", "b"]
