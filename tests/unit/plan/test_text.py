"""The plan as YAML: how each kind of value stands, and that it is read back as it was."""

from __future__ import annotations

import pytest
import yaml

from dovetail import canonical
from dovetail.plan.model import Check, Edge, Field, Gate, Plan, Run, Step
from dovetail.plan.text import render


def plan(title: str = "X", *steps: Step, **more: object) -> Plan:
    steps = steps or (Step("a", 1, 1, "external", "o", "A"),)
    return Plan("x", "1.0.0", title, "o", steps, **more)  # type: ignore[arg-type]


def line(text: str, key: str) -> str:
    """Give what follows a key on its line."""
    found = next(x for x in text.splitlines() if x.lstrip(" -").startswith(f"{key}:"))
    return found.partition(f"{key}: ")[2]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Write and publish a release note", "Write and publish a release note"),
        ("size(outputs.sources) > 0", "size(outputs.sources) > 0"),
        ("a, [b] {c}", "a, [b] {c}"),
        ("dovetail.x:y", "dovetail.x:y"),
        ("1.0.0-rc.1+b5", "1.0.0-rc.1+b5"),
        ("Größe 大きさ", "Größe 大きさ"),
        ("a\tb", r'"a\tb"'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("a #b", '"a #b"'),
        ("yes", '"yes"'),
        ("No", '"No"'),
        ("null", '"null"'),
        ("y", '"y"'),
        ("1.10", '"1.10"'),
        ("1e3", '"1e3"'),
        ("0o17", '"0o17"'),
        ("12:30:45", '"12:30:45"'),
        ("2026-01-31", '"2026-01-31"'),
        ("1_000", '"1_000"'),
        ("=", '"="'),
        ("<<", '"<<"'),
        ("~", '"~"'),
        ("- a", '"- a"'),
        ("'a'", "\"'a'\""),
        ('"a"', r'"\"a\""'),
        ("a\\b", "a\\b"),
        ("a\\b: c", '"a\\\\b: c"'),
        ("end ", '"end "'),
        ("a\nb\r", r'"a\nb\r"'),
        ("\x00\x7f\x85\xa0\xad", r'"\x00\x7f\x85\xa0\xad"'),
        ("a\u2028\u202eb\ufeff\u200b", r'"a\u2028\u202eb\ufeff\u200b"'),
        ("\U0001f600\ue000", r'"\U0001f600\ue000"'),
        ("e\u0301", r'"e\u0301"'),
    ],
)
def test_a_text_is_plain_only_where_every_reader_takes_it_as_text(text: str, written: str) -> None:
    rendered = render(plan(text))
    assert line(rendered, "title") == written
    assert yaml.safe_load(rendered)["title"] == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a b", "[a b]"),
        ("a, b", '["a, b"]'),
        ("a?b", '["a?b"]'),
        ("a:b", '["a:b"]'),
        ("]", '["]"]'),
    ],
)
def test_inside_brackets_less_is_plain(text: str, written: str) -> None:
    step = Step("a", 1, 1, "run", "o", "A", action=Run((text,)))
    rendered = render(plan("X", step))
    assert line(rendered, "command") == written
    assert yaml.safe_load(rendered)["steps"][0]["run"]["command"] == [text]


def test_a_step_is_a_block_and_an_edge_a_line() -> None:
    first = Step("a", 1, 1, "external", "o", "A", outputs={"count": Field("int", min=0)})
    second = Step(
        "b",
        2,
        2,
        "gate",
        "o",
        "B",
        edges=(Edge("a", "needs"), Edge("a", "lane")),
        exit=(Check("c", "true", "Say: it"),),
        action=Gate(reject=("a",), limit=2, human=True),
    )
    body = render(plan("X", first, second)).partition("waves: ")[2]
    assert body == (
        f"""[[a], [b]]
steps:
  - key: a
    index: 1
    order: 1
    kind: external
    title: A
    role: o
    outputs:
      count: {{type: int, min: 0}}
    attempts: 3
    digest: {first.digest}

  - key: b
    index: 2
    order: 2
    kind: gate
    title: B
    role: o
    edges:
      - {{step: a, reason: needs}}
      - {{step: a, reason: lane}}
    gate:
      human: true
      reject: [a]
      limit: 2
    exit:
      - id: c
        check: "true"
        say: "Say: it"
    attempts: 3
    digest: {second.digest}
"""
    )


def test_what_is_too_wide_is_opened_up() -> None:
    steps = tuple(
        Step(f"step-number-{i}", i, 1, "external", "o", f"Step number {i}", parallel=True)
        for i in range(1, 12)
    )
    field = Field("string", enum=("x" * 60, "y" * 60), default="x" * 60)
    rendered = render(plan("X", *steps, params={"p": field}))
    assert "waves:\n  - - step-number-1\n    - step-number-2\n" in rendered
    assert f"  p:\n    type: string\n    enum:\n      - {'x' * 60}\n" in rendered
    assert yaml.safe_load(rendered)["params"]["p"] == field.to_data()


def test_the_data_is_all_there_and_the_digest_is_that_of_the_rest() -> None:
    original = plan(
        "X",
        Step("a", 1, 1, "run", "o", "A", action=Run(("x",), {"K" * 2000: "v", "N": ""}, 5)),
        description="D",
        roles={"r": "R"},
        params={"p": Field("object", default={"k" * 1500: [], "l": {}, "": None})},
        evidence={"e": {}, "f": {"g": Field("bool", default=False)}},
    )
    data = yaml.safe_load(render(original))
    assert data == original.to_data()
    assert list(data) == list(original.to_data())
    assert data.pop("digest") == canonical.digest(data) == original.digest


def test_keys_stand_in_the_order_of_the_data() -> None:
    data = yaml.safe_load(render(plan(description="D", roles={"r": "R"})))
    assert list(data)[:5] == ["plan", "blueprint", "version", "digest", "title"]
