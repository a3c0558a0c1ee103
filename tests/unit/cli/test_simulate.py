"""`dovetail simulate` and `dovetail test`: courses of items that nobody has to work for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.projects import PIECE, Bench

SENT_BACK = """\
schema: dovetail/scenario/v1
blueprint: piece@1.0.0
outcomes:
  review: [{reject: build, reason: too thin, by: jan}, approve]
expect:
  launches: [sketch, build, review, build, review, sign, land]
  skips: [paint]
  status: completed
  rework: {build: 1}
"""
STRAIGHT = """\
schema: dovetail/scenario/v1
blueprint: piece@1.0.0
expect:
  status: completed
"""
WRONG = """\
schema: dovetail/scenario/v1
blueprint: piece@1.0.0
expect:
  status: blocked
  skips: [paint]
"""
BROKEN = """\
schema: dovetail/scenario/v1
blueprint: piece@1.0.0
outcomes: {reveiw: [approve]}
"""
REST = {
    "painted": """\
schema: dovetail/scenario/v1
blueprint: piece@1.0.0
params: {risk: high}
outcomes:
  review: [{reject: sketch, reason: too small}, {reject: build, reason: too thin}]
expect: {status: blocked, blockers: [rework-limit]}
""",
    "not-signed": """\
schema: dovetail/scenario/v1
blueprint: piece@1.0.0
outcomes:
  sign: [{reject: build, reason: not mine}, {reject: build, reason: still not}]
expect: {status: closed}
""",
}
"""With SENT_BACK, they exercise all that there is to PIECE."""
NEEDY = """\
schema: dovetail/v1
name: needy
version: 1.0.0
title: Ask for much
owner: lead
effective: {from: 2026-01-01}
changes: [{version: 1.0.0, date: 2026-01-01, author: lead, reason: first, impact: none}]
intake: none
params:
  size: {type: int, min: 3}
  word: {type: string}
steps:
  - key: small
    when: params.size < 4
    skip_say: Large ones are left out
  - key: all
    role: owner
    description: "{{ params.word }}"
"""
PAIR = """\
schema: dovetail/v1
name: pair
version: 1.0.0
title: Make two pieces
owner: lead
effective: {from: 2026-01-01}
changes: [{version: 1.0.0, date: 2026-01-01, author: lead, reason: first, impact: none}]
intake: none
steps:
  - key: pieces
    call:
      blueprint: piece
      with: {risk: "'low'"}
      for_each: {items: "['left', 'right']", as: side, key: side}
  - key: glue
"""
STUCK = """\
schema: dovetail/scenario/v1
blueprint: pair@1.0.0
children:
  pieces:
    right:
      outcomes:
        sketch: [{complete: true, takes: 90m}]
        review: [{reject: build, reason: thin}, {reject: build, reason: still thin}]
expect:
  children: {pieces: [left, right]}
  status: completed
"""
BAD = """\
schema: dovetail/v1
name: bad
version: 1.0.0
title: Do it badly
owner: lead
steps:
  - {key: one, role: nobody}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "project")
    write(bench, "piece/1.0.0", PIECE)
    return bench


def write(bench: Bench, name: str, text: str) -> Path:
    """Write a file below `blueprints/`."""
    path = bench.root / "blueprints" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def scenario(bench: Bench, name: str, text: str) -> str:
    write(bench, f"piece/scenarios/{name}", text)
    return f"blueprints/piece/scenarios/{name}.yaml"


def words(line: str) -> list[str]:
    return line.split()


# --- simulate


@pytest.mark.parametrize("ref", ["piece", "piece@1.0.0", "blueprints/piece/1.0.0.yaml"])
def test_without_a_scenario_everything_is_completed_and_approved(
    shop: Bench, capsys: pytest.CaptureFixture[str], ref: str
) -> None:
    told = shop.cli(capsys, f"simulate {ref}")

    lines = [words(line) for line in told.out.splitlines()]
    began = [line[1] for line in lines if line[:1] in (["launched"], ["opened"])]
    assert (told.status, told.err) == (0, "")
    assert lines[0][1] == "piece@1.0.0"
    assert began == ["sketch/1", "build/1", "review/1", "sign/1", "land/1"]
    assert [line[1] for line in lines if line[:1] == ["skipped"]] == ["paint"]
    assert lines[-1] == ["status", "completed,", "baseline", "post"]


def test_nothing_is_left_behind(shop: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(shop.root.rglob("*"))

    shop.cli(capsys, "simulate piece")
    shop.cli(capsys, "test")

    assert sorted(shop.root.rglob("*")) == before


def test_neither_prefect_nor_a_store_is_loaded(shop: Bench) -> None:
    scenario(shop, "sent-back", SENT_BACK)
    program = (
        "import sys; from dovetail.cli import execute\n"
        "for line in ('simulate piece', 'test'): execute(line.split())\n"
        "print(sorted({'prefect', 'sqlalchemy'} & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=shop.root, text=True, capture_output=True, check=True
    )

    assert done.stderr.splitlines()[-1] == "[]"


def test_the_course_tells_what_began_what_ended_and_what_was_held(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scenario(shop, "sent-back", SENT_BACK)

    told = shop.cli(capsys, f"simulate piece --scenario {path}")

    lines = [" ".join(words(line)) for line in told.out.splitlines()]
    assert told.status == 0
    at = [
        next(i for i, line in enumerate(lines) if line.removeprefix("0s ").startswith(start))
        for start in (
            "launched sketch/1 lane",
            "completed sketch/1 by maker-1",
            "launched build/1 parallel",
            "opened review/1 lane",
            "rejected review/1 by jan, back to build: too thin",
            "launched build/2",
            "opened review/2",
            "integrated land/1",
        )
    ]
    assert at == sorted(at)
    assert "held review (join: build)" in lines


def test_children_stand_indented_below_their_start(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    write(shop, "pair/1.0.0", PAIR)
    write(shop, "pair/scenarios/stuck", STUCK)

    told = shop.cli(capsys, "simulate pair --scenario blueprints/pair/scenarios/stuck.yaml")

    lines = told.out.splitlines()
    left, right = (i for i, line in enumerate(lines) if line.startswith(("    left", "    right")))
    course, end = "\n".join(lines), "\n".join(lines[-9:])
    assert told.status == 1
    assert [words(line)[0] for line in (lines[left - 1], lines[right - 1])] == ["child", "child"]
    assert course.index("launched       pieces/1") < course.index("child started  pieces/left")
    assert "      1h 30m  completed" in course
    assert "      status  blocked, baseline pre, after 1h 30m" in course
    assert "      open    rework-limit of review: " in course
    assert "      next    lead: resolve rework-limit" in course
    assert "`status` is blocked; expected completed" in end


def test_params_decide(shop: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    told = shop.cli(capsys, "simulate piece --param risk=high --json")

    trace = json.loads(told.out)
    assert trace["launches"] == ["sketch", "build", "paint", "review", "sign", "land"]
    assert trace["skips"] == []


def test_params_that_nobody_gives_are_made_up_and_told(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    write(shop, "needy/1.0.0", NEEDY)

    told = shop.cli(capsys, "simulate needy --json")
    given = shop.cli(capsys, "simulate needy --json --param size=5 --param word=x")

    assert (told.status, json.loads(told.out)["launches"]) == (0, ["small", "all"])
    assert "nobody gives size: it is taken to be 3; --param size=VALUE" in told.err
    assert (given.status, given.err, json.loads(given.out)["skips"]) == (0, "", ["small"])


def test_what_is_not_as_expected_is_told_with_its_place(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scenario(shop, "wrong", WRONG)

    told = shop.cli(capsys, f"simulate piece --scenario {path}")

    assert told.status == 1
    (problem,) = told.out.partition("not as the scenario says:\n")[2].splitlines()
    assert problem.startswith(f"  {path}:4:11: ")
    assert "blocked" in problem
    assert "completed" in problem


def test_the_data_form_holds_the_whole_course(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scenario(shop, "wrong", WRONG)

    told = shop.cli(capsys, f"simulate piece --scenario {path} --json")

    trace = json.loads(told.out)
    assert told.status == 1
    assert trace["blueprint"] == "piece@1.0.0"
    assert (trace["ok"], trace["status"], trace["skips"]) == (False, "completed", ["paint"])
    assert trace["history"][0]["type"] == "item-registered"
    (problem,) = trace["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == (path, 4, 11)
    assert (problem["expected"], problem["found"]) == ("blocked", "completed")


UNPLAYABLE: list[tuple[str, str, int, tuple[str, ...]]] = [
    ("an unknown name", "simulate peice", 1, ("no blueprint 'peice'", "needy, piece")),
    ("an unknown version", "simulate piece@2.0.0", 1, ("no version 2.0.0", "1.0.0")),
    ("a missing file", "simulate blueprints/piece/9.yaml", 1, ("there is no file",)),
    ("no blueprint", "simulate {ok}", 2, ("is the scenario, not a blueprint", "--scenario")),
    ("a missing scenario", "simulate piece --scenario no.yaml", 2, ("no.yaml", "read")),
    (
        "no scenario",
        "simulate piece --scenario blueprints/piece/1.0.0.yaml",
        2,
        ("is the blueprint, not a scenario",),
    ),
    (
        "a scenario of another blueprint",
        "simulate needy --scenario {ok}",
        2,
        ("plays piece@1.0.0, not needy", "dovetail simulate piece@1.0.0 --scenario"),
    ),
    ("a param of no shape", "simulate piece --param risk", 2, ("'risk'", "name=value")),
    ("an unknown param", "simulate piece --param rsik=low", 2, ("rsik is not declared", "risk")),
    ("a param that does not fit", "simulate piece --param risk=some", 2, ("low, high",)),
]


@pytest.mark.parametrize(
    ("line", "status", "parts"), [c[1:] for c in UNPLAYABLE], ids=[c[0] for c in UNPLAYABLE]
)
def test_what_can_not_be_played_is_refused(
    shop: Bench, capsys: pytest.CaptureFixture[str], line: str, status: int, parts: tuple[str, ...]
) -> None:
    write(shop, "needy/1.0.0", NEEDY)
    path = scenario(shop, "straight", STRAIGHT)

    told = shop.cli(capsys, line.format(ok=path))

    assert told.status == status
    assert [p for p in parts if p not in told.err + told.out] == [], told


@pytest.mark.parametrize("form", ["", " --json"])
@pytest.mark.parametrize(
    ("line", "file", "code"),
    [
        ("simulate piece --scenario {broken}", "piece/scenarios/broken.yaml", "DT072"),
        ("simulate bad", "bad/1.0.0.yaml", "DT040"),
        ("simulate bad --scenario {bad}", "bad/1.0.0.yaml", "DT040"),
    ],
    ids=["of the scenario", "of the blueprint", "of the blueprint that it plays"],
)
def test_findings_are_shown_as_check_shows_them(
    shop: Bench, capsys: pytest.CaptureFixture[str], line: str, file: str, code: str, form: str
) -> None:
    write(shop, "bad/1.0.0", BAD)
    write(shop, "bad/scenarios/straight", STRAIGHT.replace("piece", "bad"))
    paths = {
        "broken": scenario(shop, "broken", BROKEN),
        "bad": "blueprints/bad/scenarios/straight.yaml",
    }

    told = shop.cli(capsys, line.format(**paths) + form)
    checked = shop.cli(capsys, f"check blueprints/{file}" + form.replace("json", "format=json"))

    assert told.status == 2
    assert told.out == checked.out
    assert code in told.out
    assert f"blueprints/{file} has errors" in told.err


# --- test


def table(out: str, head: str) -> list[list[str]]:
    """Give the rows below a head, cut at two spaces."""
    lines = out.partition(head)[2].splitlines()[1:]
    rows = lines[: lines.index("")] if "" in lines else lines
    return [[cell.strip() for cell in row.split("  ") if cell.strip()] for row in rows]


def test_every_scenario_has_a_line(shop: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("straight", STRAIGHT), ("sent-back", SENT_BACK)):
        scenario(shop, name, text)

    told = shop.cli(capsys, "test")

    assert told.status == 0
    assert told.out.splitlines()[:2] == ["ok      piece/sent-back", "ok      piece/straight"]
    assert told.err == "2 scenarios\n"


def test_a_failure_says_where_and_why_and_hides_no_other(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scenario(shop, "a-wrong", WRONG)
    scenario(shop, "b-broken", BROKEN)
    scenario(shop, "c-straight", STRAIGHT)

    told = shop.cli(capsys, "test")

    lines = told.out.splitlines()
    assert told.status == 1
    assert [line for line in lines if "piece/" in line and not line.startswith(" ")][:3] == [
        "failed  piece/a-wrong",
        "broken  piece/b-broken",
        "ok      piece/c-straight",
    ]
    assert lines[1].startswith(f"          {path}:4:11: ")
    assert "b-broken.yaml:3:12: error[DT072]: " in told.out
    assert told.err == "3 scenarios, 1 failed, 1 broken\n"


def test_a_broken_blueprint_is_told_once(shop: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop, "bad/1.0.0", BAD)
    for name in ("one", "two"):
        write(shop, f"bad/scenarios/{name}", STRAIGHT.replace("piece", "bad"))

    told = shop.cli(capsys, "test")

    assert told.status == 1
    assert [line.split()[:2] for line in told.out.splitlines() if line.startswith("broken")] == [
        ["broken", "bad/one"],
        ["broken", "bad/two"],
    ]
    assert told.out.count("blueprints/bad/1.0.0.yaml has 1 error") == 2
    assert told.out.count("error[DT040]") == 1


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ("blueprints/piece/scenarios/straight.yaml", ["piece/straight"]),
        ("blueprints/piece/scenarios", ["piece/sent-back", "piece/straight"]),
        ("blueprints/piece", ["piece/sent-back", "piece/straight"]),
        ("drafts", ["drafts/idea.yaml"]),
        (
            "drafts blueprints/piece/scenarios/straight.yaml drafts/idea.yaml",
            ["drafts/idea.yaml", "piece/straight"],
        ),
    ],
    ids=["a file", "a folder", "a folder above", "a folder elsewhere", "several, one twice"],
)
def test_scenarios_are_named_by_files_and_folders(
    shop: Bench, capsys: pytest.CaptureFixture[str], paths: str, names: list[str]
) -> None:
    scenario(shop, "straight", STRAIGHT)
    scenario(shop, "sent-back", SENT_BACK)
    (shop.root / "drafts").mkdir()
    (shop.root / "drafts/idea.yaml").write_text(STRAIGHT)
    (shop.root / "drafts/other.yaml").write_text("schema: something/else\n")

    told = shop.cli(capsys, f"test {paths}")

    assert told.status == 0
    assert [line.split()[1] for line in told.out.splitlines() if line.startswith("ok")] == names


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("test nowhere", "there is no file or folder nowhere"),
        ("test empty", "there is no scenario in empty"),
        ("test blueprints/piece/1.0.0.yaml", "is the blueprint, not a scenario"),
    ],
)
def test_paths_that_hold_no_scenario_are_wrong_usage(
    shop: Bench, capsys: pytest.CaptureFixture[str], line: str, part: str
) -> None:
    (shop.root / "empty").mkdir()

    told = shop.cli(capsys, line)

    assert (told.status, told.out) == (2, "")
    assert part in told.err
    assert "→" in told.err


def test_coverage_names_what_no_scenario_exercises(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario(shop, "sent-back", SENT_BACK)

    told = shop.cli(capsys, "test")

    assert table(told.out, "COVERAGE") == [
        ["piece@1.0.0", "1", "83 % of 6", "100 % of 1", "33 % of 3", "0 % of 2"],
        ["all", "1", "83 %", "100 %", "33 %", "0 %"],
    ]
    assert table(told.out, "NOT EXERCISED") == [
        ["piece@1.0.0", "steps", "paint"],
        ["piece@1.0.0", "rejections", "review → sketch, sign → build"],
        ["piece@1.0.0", "limits", "review, sign"],
    ]


def test_coverage_may_be_required(shop: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    scenario(shop, "sent-back", SENT_BACK)
    some = [shop.cli(capsys, line).status for line in ("test", "test --require-coverage")]
    for name, text in REST.items():
        scenario(shop, name, text)
    told = shop.cli(capsys, "test --require-coverage")

    assert some == [0, 1]
    assert told.status == 0, told.out
    assert "NOT EXERCISED" not in told.out
    assert table(told.out, "COVERAGE")[-1] == ["all", "3", "100 %", "100 %", "100 %", "100 %"]


def test_coverage_is_of_what_the_given_scenarios_play_or_of_everything(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    write(shop, "needy/1.0.0", NEEDY)
    path = scenario(shop, "straight", STRAIGHT)

    some, everything = shop.cli(capsys, f"test {path}"), shop.cli(capsys, "test")

    assert [row[0] for row in table(some.out, "COVERAGE")] == ["piece@1.0.0", "all"]
    assert [row[:2] for row in table(everything.out, "COVERAGE")] == [
        ["needy@1.0.0", "0"],
        ["piece@1.0.0", "1"],
        ["all", "1"],
    ]


def test_a_project_without_scenarios_has_nothing_that_fails(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    told = shop.cli(capsys, "test")

    assert (told.status, told.err) == (0, "0 scenarios\n")
    assert table(told.out, "COVERAGE")[0][:2] == ["piece@1.0.0", "0"]


def test_the_data_form_has_results_findings_and_coverage(
    shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scenario(shop, "a-wrong", WRONG)
    scenario(shop, "b-broken", BROKEN)
    scenario(shop, "c-straight", STRAIGHT)

    told = shop.cli(capsys, "test --json")

    data: dict[str, Any] = json.loads(told.out)
    wrong, broken, straight = data["scenarios"]
    assert (told.status, data["ok"], told.err) == (1, False, "")
    assert [s["result"] for s in data["scenarios"]] == ["failed", "broken", "ok"]
    assert (wrong["file"], wrong["blueprint"]) == (path, "piece@1.0.0")
    assert [(p["line"], p["expected"], p["found"]) for p in wrong["problems"]] == [
        (4, "blocked", "completed")
    ]
    assert [f["code"] for f in broken["findings"]] == ["DT072"]
    assert straight == {
        "scenario": "piece/c-straight",
        "file": "blueprints/piece/scenarios/c-straight.yaml",
        "blueprint": "piece@1.0.0",
        "result": "ok",
        "why": [],
        "problems": [],
        "findings": [],
    }
    assert data["coverage"]["versions"][0]["blueprint"] == "piece@1.0.0"
