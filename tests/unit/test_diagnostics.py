"""How findings are shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dovetail.diagnostics import (
    RENDERERS,
    Diagnostic,
    Fix,
    Span,
    in_order,
    render_github,
    render_json,
    render_sarif,
    render_text,
)
from dovetail.diagnostics import sarif as sarif_module
from dovetail.diagnostics.github import render_github as render_github_with_titles
from dovetail.diagnostics.mend import mend
from dovetail.rules import RULES, check_file

TESTS = Path(__file__).parents[1]
CORPUS = sorted((TESTS / "diagnostics").glob("*/*.yaml"))
SARIF = json.loads((TESTS / "support" / "sarif.schema.json").read_text(encoding="utf-8"))


def finding(line: int, column: int, end: int, message: str = "no", hint: str = "") -> Diagnostic:
    return Diagnostic("DT012", "error", Span("f.yaml", line, column, line, end), message, hint)


def shown(source: str, column: int, end: int) -> list[str]:
    return render_text([finding(1, column, end)], {"f.yaml": source}).splitlines()[1:]


def test_the_parts_of_a_finding() -> None:
    text = render_text([finding(2, 3, 6, "no `abc`", "write `abd`")], {"f.yaml": "x\n- abc\n"})

    assert text == (
        "f.yaml:2:3: error[DT012]: no `abc`\n    2 | - abc\n      |   ^^^\n      = write `abd`\n"
    )


@pytest.mark.parametrize(
    ("source", "column", "end", "line", "carets"),
    [
        ("\ta: b", 5, 6, "    1 |     a: b", "      |        ^"),
        ("日本: b", 1, 3, "    1 | 日本: b", "      | ^^^^"),
        ("日本: b", 5, 6, "    1 | 日本: b", "      |       ^"),
        ("e\u0301: b", 4, 5, "    1 | e\u0301: b", "      |   ^"),
        ("a\x1b[31m: b", 9, 10, "    1 | a\\x1b[31m: b", "      |            ^"),
        ("a\u202eb: c", 3, 4, "    1 | a\\u202eb: c", "      |        ^"),
        ("ab", 3, 3, "    1 | ab", "      |   ^"),
        ("ab", 1, 99, "    1 | ab", "      | ^^"),
    ],
)
def test_carets_stand_under_the_value(
    source: str, column: int, end: int, line: str, carets: str
) -> None:
    assert shown(source, column, end) == [line, carets]


@pytest.mark.parametrize("column", [1, 60, 150, 290, 300])
def test_of_a_long_line_the_surroundings_are_shown(column: int) -> None:
    source = "".join(chr(ord("a") + i % 26) for i in range(300))

    line, carets = shown(source, column, column + 1)

    assert len(line) < 140
    assert line[carets.index("^")] == source[column - 1]


def test_messages_are_escaped() -> None:
    text = render_text([finding(1, 1, 2, "\x1b[31m", "\x07")], {})

    assert text == "f.yaml:1:1: error[DT012]: \\x1b[31m\n      = \\x07\n"


def test_no_source_no_line() -> None:
    assert shown("", 1, 1) == []
    assert render_text([finding(9, 1, 1)], {"f.yaml": "a"}).count("\n") == 1


def test_order_is_place_then_code_without_repetition() -> None:
    a, b = finding(2, 1, 2), finding(1, 5, 6)
    c = Diagnostic("DT001", "warning", a.span, "first")

    assert in_order([a, b, a, c]) == [b, c, a]


def test_json() -> None:
    data = json.loads(render_json([finding(1, 3, 4, "é", "x")], {"f.yaml": "a é"}))

    assert data == [
        {
            "code": "DT012",
            "severity": "error",
            "file": "f.yaml",
            "line": 1,
            "column": 3,
            "end_line": 1,
            "end_column": 4,
            "message": "é",
            "hint": "x",
            "source": "a é",
        }
    ]


# --- changes


def change(line: int, column: int, found: str, replacement: str) -> Fix:
    return Fix(Span("f.yaml", line, column, line, column + len(found)), found, replacement)


def test_json_tells_the_change() -> None:
    d = Diagnostic("DT020", "error", Span("f.yaml", 1, 1, 1, 5), "no", "", change(1, 2, "ab", "c"))

    (data,) = json.loads(render_json([d], {}))

    assert data["fix"] == {
        "line": 1,
        "column": 2,
        "end_line": 1,
        "end_column": 4,
        "found": "ab",
        "replacement": "c",
    }


@pytest.mark.parametrize(
    ("before", "fixes", "after"),
    [
        ("a: bc", [change(1, 4, "bc", "d")], "a: d"),
        ("a\r\nbc\r\n", [change(2, 1, "bc", "d")], "a\r\nd\r\n"),
        ("a\rbc\r", [change(2, 1, "bc", "d")], "a\rd\r"),
        ("a\n\rbc", [change(3, 1, "bc", "d")], "a\n\rd"),
        ("😀é: bc  # x", [change(1, 5, "bc", "long")], "😀é: long  # x"),
        ("ab ab", [change(1, 4, "ab", "y"), change(1, 1, "ab", "xxx")], "xxx y"),
        ("a\u0085bc", [change(1, 3, "bc", "d")], "a\u0085d"),
    ],
    ids=["one", "crlf", "cr", "mixed", "wide", "two on a line", "not a break"],
)
def test_changes_are_made_exactly_there(before: str, fixes: list[Fix], after: str) -> None:
    assert mend(before, fixes) == (after, sorted(fixes, key=lambda f: f.span))


@pytest.mark.parametrize(
    ("fixes", "after", "made"),
    [
        ([change(1, 1, "abc", "x"), change(1, 3, "cd", "y")], "xde", 1),
        ([change(1, 1, "ab", "x"), change(1, 3, "cd", "y")], "xye", 2),
        ([change(1, 1, "ab", "x"), change(1, 1, "ab", "x")], "xcde", 1),
        ([change(1, 1, "ab", "x"), change(1, 1, "ab", "y")], "xcde", 1),
        ([change(1, 1, "zz", "x")], "abcde", 0),
        ([change(1, 5, "ef", "x")], "abcde", 0),
        ([change(2, 1, "ab", "x")], "abcde", 0),
        ([Fix(Span("f", 1, 1, 2, 1), "abcde", "x")], "abcde", 0),
    ],
    ids=[
        "overlapping",
        "touching",
        "twice",
        "two minds",
        "another text",
        "beyond the line",
        "beyond the file",
        "several lines",
    ],
)
def test_changes_that_can_not_be_made_leave_the_text(
    fixes: list[Fix], after: str, made: int
) -> None:
    text, done = mend("abcde", fixes)

    assert (text, len(done)) == (after, made)


# --- github


@pytest.mark.parametrize(
    ("span", "message", "hint", "expected"),
    [
        (
            Span("b/x.yaml", 2, 3, 2, 6),
            "no",
            "",
            "::error file=b/x.yaml,line=2,col=3,endLine=2,endColumn=6,title=DT020::no\n",
        ),
        (
            Span("x.yaml", 2, 3, 4, 1),
            "no",
            "yes",
            "::error file=x.yaml,line=2,endLine=4,title=DT020::no%0Ayes\n",
        ),
        (
            Span("a,b:c%d.yaml", 1, 1, 1, 2),
            "100%: a, b",
            "",
            (
                "::error file=a%2Cb%3Ac%25d.yaml,line=1,col=1,endLine=1,endColumn=2,title=DT020"
                "::100%25: a, b\n"
            ),
        ),
        (
            Span("a\nb.yaml", 1, 1, 1, 2),
            "x\n::error::fake\r",
            "",
            (
                "::error file=a\\nb.yaml,line=1,col=1,endLine=1,endColumn=2,title=DT020"
                "::x\\n::error::fake\\r\n"
            ),
        ),
    ],
    ids=["plain", "several lines", "escaped", "no second command"],
)
def test_a_workflow_command(span: Span, message: str, hint: str, expected: str) -> None:
    assert render_github([Diagnostic("DT020", "error", span, message, hint)], {}) == expected


def test_a_workflow_command_has_the_severity_and_the_title() -> None:
    d = Diagnostic("DT041", "warning", Span("x.yaml", 1, 1, 1, 2), "no")

    told = render_github_with_titles([d], {}, {"DT041": "Not used: a role, b"})

    assert told.startswith("::warning file=x.yaml,")
    assert ",title=DT041%3A Not used%3A a role%2C b::no" in told


# --- sarif


def log(diagnostics: list[Diagnostic], sources: dict[str, str] | None = None) -> dict[str, Any]:
    """Give the only run of a log that fits the schema."""
    data = json.loads(sarif_module.render_sarif(diagnostics, sources or {}, RULES))
    jsonschema.validate(data, SARIF)
    run: dict[str, Any] = data["runs"][0]
    return run


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_the_corpus_as_sarif(path: Path) -> None:
    checked = check_file(path, shown_as=path.name)

    run = log(list(checked.diagnostics), {path.name: checked.text})

    rules = run["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == [r.code for r in RULES]
    assert all(len(r) == 6 for r in rules)
    assert [a["location"]["uri"] for a in run["artifacts"]] == [path.name]
    assert [r["ruleId"] for r in run["results"]] == [d.code for d in checked.diagnostics]
    for result, d in zip(run["results"], checked.diagnostics, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["defaultConfiguration"]["level"] == result["level"]
        assert ("fixes" in result) == (d.fix is not None)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("blueprints/a/1.0.0.yaml", "blueprints/a/1.0.0.yaml"),
        ("a b/ü%.yaml", "a%20b/%C3%BC%25.yaml"),
        ("c:x/#1?.yaml", "c%3Ax/%231%3F.yaml"),
        ("../x/1.yaml", "../x/1.yaml"),
        ("/tmp/a b.yaml", "file:///tmp/a%20b.yaml"),
        ("\udcff.yaml", "%FF.yaml"),
        ("日\\本[1].yaml", "%E6%97%A5%5C%E6%9C%AC%5B1%5D.yaml"),
    ],
)
def test_files_are_uris(file: str, uri: str) -> None:
    run = log([Diagnostic("DT020", "error", Span(file, 1, 1, 1, 2), "no")])

    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": uri, "index": 0}
    assert run["artifacts"][0]["location"]["uri"] == uri


@pytest.mark.parametrize(
    ("source", "columns", "expected"),
    [
        ("abcd", (2, 4), (2, 4)),
        ("é日cd", (3, 5), (3, 5)),
        ("😀bcd", (1, 2), (1, 3)),
        ("😀b😀d", (2, 4), (3, 6)),
        ("", (1, 1), (1, 1)),
    ],
)
def test_columns_count_utf_16_code_units(
    source: str, columns: tuple[int, int], expected: tuple[int, int]
) -> None:
    run = log([finding(2, *columns)], {"f.yaml": f"😀😀\n{source}"})

    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert run["columnKind"] == "utf16CodeUnits"
    assert (region["startLine"], region["endLine"]) == (2, 2)
    assert (region["startColumn"], region["endColumn"]) == expected


def test_a_change_is_a_fix_of_sarif() -> None:
    source = "😀 ab"
    d = Diagnostic("DT020", "error", Span("f", 1, 3, 1, 5), "no {x}", "", change(1, 3, "ab", "cd"))

    (result,) = log([d], {"f": source, "f.yaml": source})["results"]

    (fix,) = result["fixes"]
    assert result["message"] == {"text": "no {{x}}"}
    assert fix["description"] == {"text": "Replace `ab` by `cd`"}
    assert fix["artifactChanges"] == [
        {
            "artifactLocation": {"uri": "f.yaml", "index": 1},
            "replacements": [
                {
                    "deletedRegion": {
                        "startLine": 1,
                        "startColumn": 4,
                        "endLine": 1,
                        "endColumn": 6,
                    },
                    "insertedContent": {"text": "cd"},
                }
            ],
        }
    ]


def test_rules_that_are_not_described_are_named() -> None:
    data = json.loads(render_sarif([finding(1, 1, 2), finding(2, 1, 2)], {}))

    jsonschema.validate(data, SARIF)
    assert data["runs"][0]["tool"]["driver"]["rules"] == [{"id": "DT012"}]


def test_no_findings_are_a_log_too() -> None:
    assert log([])["results"] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("results", 0, "level"), "fatal"),
        (("results", 0, "message", "text"), "a {single} brace"),
        (("artifacts", 0, "location", "uri"), "a b.yaml"),
        (("artifacts", 0, "location", "uri"), "c:x.yaml"),
        (("results", 0, "ruleIndex"), -1),
        (("results", 0, "rule"), "x"),
    ],
)
def test_the_schema_refuses(path: tuple[str | int, ...], value: object) -> None:
    data = json.loads(render_sarif([finding(1, 1, 2)], {}))
    place = data["runs"][0]
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SARIF)


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_nothing_of_a_file_is_obeyed_by_a_terminal(name: str) -> None:
    hostile = "a\x1b[31m\u202e\x07\x9b"
    span = Span(f"{hostile}.yaml", 1, 1, 1, 4)
    fix = Fix(span, hostile, hostile)

    shown = RENDERERS[name]([Diagnostic("DT020", "error", span, hostile, hostile, fix)], {})

    assert all(c == "\n" or c.isprintable() for c in shown)
