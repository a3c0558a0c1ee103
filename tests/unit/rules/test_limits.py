"""Where there is too much to look at, that is said, and what is not looked at accuses nobody."""

from __future__ import annotations

import pytest

from dovetail.blueprint.shape import MAX_FINDINGS
from dovetail.rules import check_text
from dovetail.rules.jinja import read
from dovetail.rules.template_sites import MAX_CHARACTERS, MAX_LENGTH, MAX_TEMPLATES

HEAD = "schema: dovetail/v1\nname: a\nversion: 1.0.0\ntitle: A\nowner: o\n"


def commands(*templates: str) -> str:
    listed = ", ".join(f"'{t}'" for t in templates)
    return f"{HEAD}steps: [{{key: a, run: {{command: [{listed}]}}}}]"


@pytest.mark.parametrize("number", [MAX_FINDINGS, MAX_FINDINGS + 1])
@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("DT040", "{{key: k{i}, role: r{i}}}"),
        ("DT033", "{{key: k{i}, parallel: true, needs: [x{i}]}}"),
        ("DT060", "{{key: k{i}, when: 1 + + {i}}}"),
        ("DT061", "{{key: k{i}, when: item.x{i}}}"),
    ],
)
def test_of_one_rule_so_many_findings_are_told(code: str, step: str, number: int) -> None:
    lines = "".join(f"- {step.format(i=i)}\n" for i in range(number))
    found = check_text(f"{HEAD}steps:\n{lines}", shown_as="x").diagnostics
    of_it = [d for d in found if d.code == code]

    assert len(of_it) == MAX_FINDINGS
    assert [d for d in of_it if "there are more" in d.hint] == of_it[-1:] * (number > MAX_FINDINGS)


def test_what_a_check_that_is_not_read_may_use_is_not_called_unused() -> None:
    bad = ", ".join(f"{{id: b{i}, check: item.x{i}}}" for i in range(MAX_FINDINGS + 1))
    last = "{id: last, check: params.used > 0}"
    text = f"{HEAD}params: {{used: {{type: int}}}}\nsteps: [{{key: a, exit: [{bad}, {last}]}}]"

    assert {d.code for d in check_text(text, shown_as="x").diagnostics} == {"DT061"}


def test_a_long_template_is_not_read() -> None:
    fits, long = ("{{ item.id }}".ljust(size, "x") for size in (MAX_LENGTH, MAX_LENGTH + 1))

    assert not check_text(commands(fits), shown_as="x").diagnostics
    (found,) = check_text(commands(long), shown_as="x").diagnostics
    assert (found.code, found.message) == (
        "DT067",
        f"the template has {MAX_LENGTH + 1} characters; at most {MAX_LENGTH} are read",
    )


@pytest.mark.parametrize(
    "different",
    [
        [f"{{{{ item.id }}}}{i}" for i in range(MAX_TEMPLATES + 2)],
        [
            f"{{{{ item.id }}}}{i}".ljust(MAX_LENGTH)
            for i in range(MAX_CHARACTERS // MAX_LENGTH + 2)
        ],
    ],
    ids=["many", "much"],
)
def test_of_too_many_templates_the_first_are_read_and_that_is_said_once(
    different: list[str],
) -> None:
    assert not check_text(commands(*different[:-2]), shown_as="x").diagnostics
    (found,) = check_text(commands(*different), shown_as="x").diagnostics
    assert found.code == "DT067"
    assert "are not examined" in found.message


def test_equal_templates_count_once() -> None:
    same = ["{{ item.id }}"] * (MAX_TEMPLATES + 1)

    assert not check_text(commands(*same), shown_as="x").diagnostics


def test_a_number_with_more_digits_than_python_reads_is_a_flaw() -> None:
    assert read("{{ a[" + "9" * 5000 + "] }}").flaw is not None
