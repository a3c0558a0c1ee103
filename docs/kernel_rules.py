"""The rules of the run time, from where they are enforced and tested.

A rule is a comment directly above the code that enforces it:

    # rule: lane-one-at-a-time (5.3) At most one step of the lane is in flight.

It has a name of its own, the clause of the specification that asks for it, and says in whole
sentences what holds; it may run on over further comment lines. Tests name it with
`@pytest.mark.rule("lane-one-at-a-time")`, or as a mark of one case of a table.

Nothing is imported to find either: both are read from the source.
"""  # noqa: INP001 - a folder of pages, not a package

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CLAUSES", "Marker", "Rule", "markers", "page", "rules"]

CLAUSES = {
    "2.2": "What a step is",
    "2.3": "Criteria and expressions",
    "5.1": "One kernel",
    "5.2": "Work items and executors",
    "5.3": "Scheduling",
    "5.4": "Claims and attempts",
    "5.5": "Gates and rework",
    "5.6": "Baseline",
    "5.7": "Blockers, notes, recovery",
    "6": "Handoff files",
    "7": "History",
    "8": "Versions and migrations",
}
"""What the clauses are about that rules may come from, in the order of the page."""

_RULE = re.compile(
    r"rule: (?P<name>[a-z0-9]+(?:-[a-z0-9]+)*) \((?P<clause>[0-9.]+)\) (?P<text>[A-Z`].*\.)\Z",
    re.DOTALL,
)
_FORM = "# rule: some-name (5.3) What holds, in whole sentences."
_ABOUT = """\
What the run time holds to, where that is enforced, and what proves it. Each rule stands as a
comment at the code that enforces it, and each has at least one test that names it;
`pytest -m rule` runs them. How rules come together is told in
[the architecture](../explanation/architecture.md).
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and where it is enforced.

    Attributes:
        file: the path of the module from the root of the checkout; `place` what in it.
    """

    name: str
    clause: str
    text: str
    file: str
    place: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A test, or a case of a table of tests, that names a rule.

    Attributes:
        file: the path of the module from the root of the checkout; `place` what in it.
    """

    rule: str
    file: str
    place: str


def page(root: Path, note: str) -> str:
    """Give the page that lists every rule."""
    found, named = rules(root), markers(root)
    lines = ["# The rules of the run time", "", note, _ABOUT]
    for clause, title in CLAUSES.items():
        those = [r for r in found if r.clause == clause]
        if those:
            lines += [
                f"## {title}",
                "",
                "| rule | what holds | code | tests |",
                "|---|---|---|---|",
            ]
            lines += [_row(r, [m for m in named if m.rule == r.name]) for r in those] + [""]
    return "\n".join(lines)


_FEW = 3
"""So many tests of a rule are named; a row of all would hide the rule."""


def _row(rule: Rule, tests: list[Marker]) -> str:
    shown = tests if len(tests) <= _FEW + 1 else tests[:_FEW]
    proofs = "<br>".join(f"{_link(m.file)} `{m.place}`" for m in shown)
    if len(shown) < len(tests):
        proofs += f"<br>and {len(tests) - len(shown)} more"
    cells = (f"`{rule.name}`", rule.text, f"{_link(rule.file)} `{rule.place}`", proofs)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _link(file: str) -> str:
    return f"[{'/'.join(Path(file).parts[-2:])}](../../{file})"


# --- rules


def rules(root: Path) -> list[Rule]:
    """Give every rule of the package, by module and then in the order in which they stand.

    Raises:
        ValueError: when a comment begins like a rule and is none, or stands above nothing.
    """
    package = root / "compiler" / "dovetail"
    return [
        rule
        for path in sorted(package.rglob("*.py"))
        for rule in _rules(path.read_text("utf-8"), path.relative_to(root).as_posix())
    ]


def _rules(source: str, file: str) -> Iterator[Rule]:
    if "# rule:" not in source:
        return
    places = _places(ast.parse(source))
    for line, below, text in _comments(source):
        parts = _RULE.match(text)
        if parts is None or parts["clause"] not in CLAUSES:
            known = ", ".join(CLAUSES)
            raise ValueError(f"{file}:{line}: a rule has the form `{_FORM}`; clauses: {known}")
        if below is None:
            raise ValueError(f"{file}:{line}: a rule stands directly above the code of it")
        said = " ".join(parts["text"].split())
        yield Rule(parts["name"], parts["clause"], said, file, _place(places, below))


def _comments(source: str) -> Iterator[tuple[int, int | None, str]]:
    """Give every comment that begins with `rule:`: its line, the line of its code, its text."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [t for t in tokens if t.type == tokenize.COMMENT]
    alone = {t.start[0] for t in comments if not t.line[: t.start[1]].strip()}
    texts = {t.start[0]: t.string.removeprefix("#").strip() for t in comments}
    lines = source.split("\n")
    for line in (n for n, text in texts.items() if text.startswith("rule:")):
        end = line + 1
        while end in alone and not texts[end].startswith("rule:"):
            end += 1
        below = end
        while below in alone:
            below += 1
        is_above_code = line in alone and lines[below - 1].strip()
        text = "\n".join(texts[n] for n in range(line, end))
        yield line, below if is_above_code else None, text


# --- tests


def markers(root: Path) -> list[Marker]:
    """Give every naming of a rule by a test, by module and then in the order of the text.

    Raises:
        ValueError: when a mark names nothing, or not as literal texts.
    """
    return [
        marker
        for path in sorted((root / "tests").rglob("*.py"))
        for marker in _markers(path.read_text("utf-8"), path.relative_to(root).as_posix())
    ]


def _markers(source: str, file: str) -> Iterator[Marker]:
    if "mark.rule" not in source:
        return
    tree = ast.parse(source)
    places, cases = _places(tree), list(_cases(tree))
    for node in sorted(_calls(tree, "pytest.mark.rule"), key=lambda n: (n.lineno, n.col_offset)):
        names = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if not names or len(names) != len(node.args) or node.keywords:
            raise ValueError(f"{file}:{node.lineno}: pytest.mark.rule takes the names of rules")
        case = next((f"[{name}]" for name, inside in cases if node in inside), "")
        for name in names:
            yield Marker(str(name), file, _place(places, node.lineno) + case)


def _cases(tree: ast.Module) -> Iterator[tuple[str, set[ast.AST]]]:
    """Give the cases of tables that have a name, with all that they are made of."""
    for node in _calls(tree, "pytest.param"):
        for word in node.keywords:
            if word.arg == "id" and isinstance(word.value, ast.Constant):
                yield str(word.value.value), set(ast.walk(node))


def _calls(tree: ast.Module, of: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == of:
            yield node


# --- places


def _places(tree: ast.Module) -> list[tuple[int, int, str]]:
    """Give what the parts of a module are called: first line, last line, name; inner ones last."""
    return list(_within(tree, ""))


def _within(node: ast.AST, above: str) -> Iterator[tuple[int, int, str]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                yield first, child.end_lineno or first, above + child.name
                yield from _within(child, f"{above}{child.name}.")
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if isinstance(node, ast.Module | ast.ClassDef):
                    yield child.lineno, child.end_lineno or child.lineno, above + name
            case _:
                yield from _within(child, above)


def _place(places: list[tuple[int, int, str]], line: int) -> str:
    """Give what the innermost part is called that a line belongs to."""
    around = [name for first, last, name in places if first <= line <= last]
    return around[-1] if around else "the module"
