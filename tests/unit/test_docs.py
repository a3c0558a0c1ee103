"""The documentation says what is so: generated pages are fresh, sessions real, links lead on."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import nullcontext, redirect_stdout
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import pytest

from docs import examples, generate, play, tables
from dovetail import cli
from dovetail.emit.verify import emit_checked
from dovetail.rules import RULES, check_text, rule
from dovetail.rules.examples import try_example
from dovetail.rules.sites import sites
from tests.support.docs import anchors, links, missing_lines
from tests.support.prefect import shared_server

ROOT = generate.ROOT
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCKS = [(path, block) for path in PAGES for block in play.blocks(path.read_text("utf-8"))]
BLUEPRINTS = [(p, b) for p, b in BLOCKS if b.text.startswith("schema: dovetail/v1")]
EXAMPLES = [(p, b) for p, b in BLOCKS if b.word("wrong") or b.word("right")]
LANGUAGE = ROOT / "docs/reference/blueprint-language.md"
SHOWN = [(p, b) for p, b in BLOCKS if examples.is_example(b)]
FILES = [(p, b) for p, b in BLOCKS if p == LANGUAGE and (b.word("file") or "").endswith("yaml")]
EXCERPTS = [(p, b) for p, b in BLOCKS if b.word("from")]
QUIET = [p for p in generate.transcripts() if not generate.needs_prefect((ROOT / p).read_text())]
DRIVEN = [p for p in generate.transcripts() if p not in QUIET]
WORDS_OF_PLACES = {
    *("approve_when", "check", "each", "group", "items", "key", "needs", "outputs", "priority"),
    *("when", "with"),
}
REFRESH = "run `make docs` and look at the difference"


def _name(value: object) -> str:
    if isinstance(value, play.Block):
        return str(value.start + 1)
    return value.name if isinstance(value, Path) else str(value)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The Prefect server that all tests share, over all worker processes."""
    base = tmp_path_factory.getbasetemp()
    root = base if worker_id == "master" else base.parent
    with shared_server(root / "prefect") as url:
        yield url


# --- pages that come from the code


def test_generated_pages_and_pictures_are_fresh() -> None:
    stale = [p for p, text in generate.generated().items() if (ROOT / p).read_text("utf-8") != text]

    assert stale == [], REFRESH


def test_every_rule_is_explained() -> None:
    page = (ROOT / "docs/reference/diagnostics.md").read_text("utf-8")

    assert {r.code for r in RULES} == set(re.findall(r"^### (DT\d{3}):", page, re.MULTILINE))
    assert {r.code for r in RULES if r.bad} == {b.word("wrong") for _, b in EXAMPLES} - {None}


@pytest.mark.parametrize(("path", "block"), EXAMPLES, ids=_name)
def test_an_example_is_found_fault_with_or_not(path: Path, block: play.Block) -> None:
    text = re.sub("[\u2400-\u241f]", lambda m: chr(ord(m[0]) - 0x2400), block.text)
    code = str(block.word("wrong") or block.word("right"))
    its_rule = rule(code)
    assert its_rule is not None, path

    found = [d.code for d in try_example(its_rule, text)[1].diagnostics]

    assert (code in found) == (block.word("wrong") is not None)


# --- the language


@pytest.mark.parametrize(("path", "block"), SHOWN, ids=_name)
def test_an_example_compiles_or_has_the_finding_that_it_claims(
    path: Path, block: play.Block
) -> None:
    checked = examples.examined(path.read_text("utf-8"), block)
    claimed = (block.word("finds") or "").split(",")

    assert {d.code for d in checked.diagnostics} == set(filter(None, claimed))
    if checked.plan is not None:
        assert emit_checked(checked.plan)
    else:
        assert block.word("finds")


@pytest.mark.parametrize(("path", "block"), FILES, ids=_name)
def test_a_file_of_the_language_page_is_sound(path: Path, block: play.Block) -> None:
    assert examples.examined(path.read_text("utf-8"), block).diagnostics == ()


def test_the_language_page_has_a_table_for_every_record() -> None:
    bases = {"FileRecord"}

    assert tables.tabled(LANGUAGE.read_text("utf-8")) == set(tables.records()) - bases


def test_the_language_page_names_every_key() -> None:
    page = LANGUAGE.read_text("utf-8")
    keys = {f.alias or n for r in tables.records().values() for n, f in r.model_fields.items()}

    assert {k for k in keys if f"| `{k}` |" not in page} == set()


def test_a_checkpoint_is_what_the_language_page_says_it_is_short_for() -> None:
    page = LANGUAGE.read_text("utf-8").partition("### Checkpoints")[2].partition("\n## ")[0]
    short, long = (
        examples.examined(page, b).plan for b in play.blocks(page) if examples.is_example(b)
    )

    assert short is not None
    assert long is not None
    assert [replace(s, order=0) for s in short.steps] == [replace(s, order=0) for s in long.steps]


def test_the_page_of_expressions_names_every_place_of_one() -> None:
    page = (ROOT / "docs/reference/expressions.md").read_text("utf-8")
    rows = page.partition("## Where expressions stand")[2].partition("## Names")[0]
    text = (ROOT / "tests/golden/blueprints/whole-language.yaml").read_text("utf-8")
    blueprint = check_text(text, shown_as="whole-language.yaml").blueprint
    assert blueprint is not None
    words = {[w for w in s.path if w in WORDS_OF_PLACES][-1] for s in sites(blueprint)}

    assert words == WORDS_OF_PLACES
    assert {w for w in words if f"`{w}`" not in rows} == set()


# --- sessions


@pytest.mark.parametrize("path", QUIET)
def test_a_session_prints_what_the_page_shows(path: str) -> None:
    _played(path)


@pytest.mark.prefect
@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("path", DRIVEN)
def test_a_session_with_flows_prints_what_the_page_shows(path: str) -> None:
    _played(path)


def _played(path: str) -> None:
    page = (ROOT / path).read_text("utf-8")

    with play.stage():
        new = play.play(page, ROOT)

    before, after = play.masked(page).splitlines(), play.masked(new).splitlines()
    difference = "\n".join(unified_diff(before, after, path, "what it prints now", lineterm=""))
    assert not difference, f"{REFRESH}\n{difference}"


def test_the_pages_that_promise_a_session_have_one() -> None:
    assert "docs/tutorial/first-item.md" in DRIVEN
    assert {Path(p).parent.name for p in QUIET} >= {"explanation", "how-to", "reference"}


@pytest.mark.prefect
@pytest.mark.usefixtures("server")
def test_the_readme_shows_what_the_demo_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("demo", "run"):  # the tests' server is used instead of one of its own
        monkeypatch.setattr(f"dovetail.cli.{module}.prefect_api", lambda _session: nullcontext())
    monkeypatch.setattr("dovetail.cli.demo._show_prefect", lambda: None)  # other items are there
    (block,) = [b for p, b in BLOCKS if p.name == "README.md" and "demo" in b.words]
    printed = io.StringIO()

    with redirect_stdout(printed):
        status = cli.execute(["demo"])

    assert status == 0
    assert missing_lines(block.text, printed.getvalue()) == []


# --- texts


@pytest.mark.parametrize(("path", "block"), BLUEPRINTS, ids=_name)
def test_a_blueprint_passes_or_has_the_finding_that_it_claims(
    path: Path, block: play.Block
) -> None:
    claimed = (block.word("finds") or "").split(",")

    found = {d.code for d in check_text(block.text, shown_as=path.name).diagnostics}

    assert found == set(filter(None, claimed))


@pytest.mark.parametrize(("path", "block"), EXCERPTS, ids=_name)
def test_an_excerpt_is_in_its_file(path: Path, block: play.Block) -> None:
    whole = (path.parent / str(block.word("from"))).read_text("utf-8")

    assert missing_lines(block.text, whole) == []


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_to_files_and_headings(path: Path) -> None:
    problems = [p for link in links(path) if (p := link.problem())]

    assert problems == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, to_read = set[Path](), [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        to_read += [
            (page.parent / t).resolve() for x in links(page) if (t := x.target.split("#")[0])
        ]

    assert set(PAGES) - reached == set()


def test_every_command_is_in_the_readme() -> None:
    commands = anchors((ROOT / "docs/reference/commands.md").read_text("utf-8")) - {"commands"}
    table = (ROOT / "README.md").read_text("utf-8").partition("## Commands")[2]

    assert {c for c in commands if f"`{c.replace('-', ' ')}`" not in table} == set()


# --- the tools themselves


@pytest.mark.parametrize(
    ("excerpt", "missing"),
    [
        ("a\nb\n", []),
        ("a\n...\nd\n", []),
        ("a\nc\n", ["a", "c"]),
        ("d\n...\na\n", ["a"]),
        ("x\n", ["x"]),
    ],
    ids=["contiguous", "with a gap", "a gap that is not shown", "out of order", "made up"],
)
def test_missing_lines(excerpt: str, missing: list[str]) -> None:
    assert missing_lines(excerpt, "a\nb\nc\nd\n") == missing


def test_playing_writes_files_runs_commands_and_keeps_the_rest() -> None:
    page = (
        "# T\n\n```text file=x.txt\nhello\n```\n\n<!-- play\n$ echo more >> x.txt\n-->\n\n"
        "```console\n$ cat x.txt\nstale\n$ cat \\\n    x.txt\n```\n\nend\n"
    )

    with play.stage():
        played = play.play(page, ROOT)

    shown = "```console\n$ cat x.txt\nhello\nmore\n$ cat \\\n    x.txt\nhello\nmore\n```\n\nend\n"
    assert played == page[: page.index("```console")] + shown


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("at 2026-11-20T08:05:58.942Z", "at 2027-01-02T03:04:05.678Z", True),
        ("head " + "a" * 64, "head " + "b" * 64, True),
        ("fence 5", "fence 6", False),
        ("exit status 0", "exit status 1", False),
    ],
)
def test_masking_hides_times_and_digests_alone(one: str, other: str, *, same: bool) -> None:
    assert (play.masked(one) == play.masked(other)) == same


@pytest.mark.parametrize("target", ["missing.md", "#nowhere", "docs/README.md#nowhere"])
def test_a_broken_link_is_noticed(tmp_path: Path, target: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/README.md").write_text("# Here\n")
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n[a](docs/README.md#here) [b](#page)\n[c]({target})\n")

    problems = [p for link in links(page) if (p := link.problem())]

    assert len(problems) == 1
    assert target in problems[0]
