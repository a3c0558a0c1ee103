"""What the check of a blueprint reads of the files around it, and what it remembers of that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dovetail.compiling.record import Record
from dovetail.rules import Checked, check_file, check_text, complete, fresh_files

CALLER = "steps: [{key: do, call: {blueprint: chunk, with: {goal: item.title}}}]"
CHUNK = "name: chunk\nparams: {goal: {type: string}}\nsteps: [{key: go, when: params.goal == ''}]"
LIST = "schema: dovetail/blockers/v1\ntitle: T\nblockers: {far: {title: Too far}}\n"


class Project:
    """A project on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def blueprint(self, name: str, version: str, body: str) -> Path:
        head = "".join(f"{k}: {v}\n" for k, v in (("name", name), ("version", version)))
        lines = [x for x in body.splitlines() if not x.startswith(("name:", "version:"))]
        text = complete(head + "\n".join(lines))
        return self.put(f"blueprints/{name}/{version}.yaml", text)

    def check(self, path: Path) -> Checked:
        return check_file(path, shown_as=path.name)

    def codes(self, path: Path) -> list[str]:
        return [d.code for d in self.check(path).diagnostics]

    def reads(self, checked: Checked) -> dict[str, bool]:
        """Give what was read, and whether it was there."""
        return {
            p.relative_to(self.root).as_posix(): digest is not None
            for p, digest in checked.reads.items()
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_everything_that_was_looked_at_is_told_with_digests(project: Project) -> None:
    project.blueprint("chunk", "1.0.0", CHUNK)
    project.put("blueprints/_shared/stops.yaml", LIST)
    project.put("templates/plan.md.jinja", "{{ item.id }}")
    old = project.blueprint("demo", "1.0.0", "steps: [{key: a}]")
    new = project.blueprint(
        "demo",
        "1.1.0",
        "blockers: {use: [stops]}\n"
        "steps:\n"
        "  - {key: a}\n"
        "  - {key: do, call: {blueprint: chunk, with: {goal: item.title}}}\n"
        "  - {key: plan, render: [{template: plan.md, to: plan.md}]}\n",
    )
    checked = project.check(new)

    assert checked.diagnostics == ()
    assert project.reads(checked) == {
        "blueprints/_shared": True,
        "blueprints/_shared/stops.yaml": True,
        "blueprints/chunk": True,
        "blueprints/chunk/1.0.0.yaml": True,
        "blueprints/demo": True,
        "blueprints/demo/1.0.0.yaml": True,
        "blueprints/demo/migrations": False,
        "blueprints/releases.lock": False,
        "templates/plan.md": False,
        "templates/plan.md.jinja": True,
    }
    assert project.reads(project.check(old)) == {
        "blueprints/demo": True,
        "blueprints/releases.lock": False,
    }


def test_the_digests_are_those_that_the_record_of_compilations_takes(project: Project) -> None:
    project.blueprint("chunk", "1.0.0", CHUNK)
    checked = project.check(project.blueprint("demo", "1.0.0", CALLER))
    record = Record(project.root)

    assert checked.reads
    for path, digest in checked.reads.items():
        assert record.look(record.name(path)) == digest


def test_what_is_shared_is_read_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [
        project.blueprint("chunk", "1.0.0", CHUNK),
        *(project.blueprint(f"demo-{i}", "1.0.0", CALLER) for i in range(3)),
    ]
    project.put("blueprints/releases.lock", "{}")
    seen: list[str] = []
    real = Path.read_bytes

    def spy(path: Path) -> bytes:
        seen.append(path.relative_to(project.root).as_posix())
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", spy)
    files = fresh_files()
    told = [check_file(p, shown_as=p.name, files=files) for p in paths]

    assert len(seen) == len(set(seen)) == 5
    for checked in told[1:]:
        assert project.reads(checked)["blueprints/chunk/1.0.0.yaml"]


def test_a_blueprint_that_lies_elsewhere_stands_alone(project: Project) -> None:
    text = complete(
        "blockers: {use: [nope]}\n"
        "steps:\n"
        "  - {key: a, call: {blueprint: nope}}\n"
        "  - {key: b, render: [{template: nope.md, to: b.md}]}\n"
    )
    checked = project.check(project.put("drafts/demo.yaml", text))

    assert (checked.diagnostics, dict(checked.reads)) == ((), {})
    assert checked.plan is not None


def test_a_released_version_stays_as_it_was(project: Project) -> None:
    path = project.blueprint("demo", "1.0.0", "steps: [{key: a}]")
    plan = project.check(path).plan
    assert plan is not None
    project.put("blueprints/releases.lock", f'demo: {{1.0.0: "{plan.digest}"}}\n')
    assert project.codes(path) == []

    text = path.read_text()
    path.write_text("# why\n" + text)
    assert project.codes(path) == []
    path.write_text(text.replace("key: a", "key: a, attempts: 2"))
    assert project.codes(path) == ["DT106"]
    path.write_text(text.replace("key: a", "key: a, needs: [b]"))
    assert project.codes(path) == ["DT033"]
    path.unlink()
    after = project.blueprint("demo", "1.0.1", "steps: [{key: a}]")
    assert project.codes(after) == ["DT111"]


def test_a_released_version_keeps_the_shared_types_that_it_had(project: Project) -> None:
    shared = project.put("blueprints/_shared/stops.yaml", LIST)
    path = project.blueprint("demo", "1.0.0", "blockers: {use: [stops]}\nsteps: [{key: a}]")
    plan = project.check(path).plan
    assert plan is not None
    project.put("blueprints/releases.lock", f'demo: {{1.0.0: "{plan.digest}"}}\n')
    assert project.codes(path) == []
    shared.write_text(LIST.replace("Too far", "Far too far"))

    (found,) = project.check(path).diagnostics

    assert found.code == "DT106"
    assert "shared lists" in found.hint


def test_versions_are_compared_by_precedence_not_by_name(project: Project) -> None:
    for version, steps in (("1.9.0", "[{key: a}]"), ("1.10.0", "[{key: b}]"), ("1.2.0", "[]")):
        project.blueprint("demo", version, f"steps: {steps}")

    (found,) = project.check(project.root / "blueprints/demo/1.10.0.yaml").diagnostics

    assert found.code == "DT107"
    assert "items on 1.9.0 can't move to 1.10.0" in found.message


@pytest.mark.parametrize(
    "broken", ["steps: [{key: a, needs: [a]}]", "steps: [{key: a}]\nrols: {}", "steps: ["]
)
def test_a_version_that_is_broken_is_not_compared_with(project: Project, broken: str) -> None:
    project.blueprint("demo", "1.0.0", broken)

    assert project.codes(project.blueprint("demo", "1.1.0", "steps: [{key: b}]")) == []


def test_a_blueprint_that_is_broken_says_nothing_about_its_params(project: Project) -> None:
    project.blueprint("chunk", "1.0.0", CHUNK + "\nrols: {}")
    assert project.codes(project.blueprint("demo", "1.0.0", CALLER)) == []

    project.blueprint("chunk", "1.1.0", CHUNK.replace("goal", "aim"))
    assert project.codes(project.blueprint("demo", "1.0.0", CALLER)) == ["DT102", "DT102"]


def test_what_is_not_written_yet_counts(project: Project) -> None:
    project.blueprint("other", "1.0.0", "steps: [{key: do, call: {blueprint: demo}}]")
    text = complete("steps: [{key: do, call: {blueprint: other}}]")
    place = project.root / "blueprints/demo/1.0.0.yaml"

    found = check_text(text, shown_as="x", file=place).diagnostics

    assert [d.code for d in found] == ["DT104"]


def test_a_fix_writes_what_is_sure(project: Project) -> None:
    project.blueprint("chunk", "1.0.0", CHUNK)
    path = project.blueprint(
        "demo",
        "1.0.0",
        "params: {product: {type: string}}\n"
        "blockers: {use: [stop]}\n"
        "steps:\n"
        "  - {key: a, call: {blueprint: chnuk, with: {goal: item.title}}}\n"
        "  - {key: b, call: {blueprint: chunk, with: {gaol: item.title}}}\n"
        "  - {key: c, integrate: {message: '{{ params.prodcut | uper }}'}}\n",
    )
    project.put("blueprints/_shared/stops.yaml", LIST)

    fixes = [d.fix for d in project.check(path).diagnostics if d.fix is not None]

    assert [(f.found, f.replacement) for f in fixes] == [
        *(("stop", "stops"), ("chnuk", "chunk"), ("gaol", "goal")),
        *(("prodcut", "product"), ("uper", "upper")),
    ]


RUN = """\
import sys
from dovetail.rules import check_text, complete
checked = check_text(complete(sys.argv[1]), shown_as="x")
print(len(checked.diagnostics), "jinja2" in sys.modules)
"""


@pytest.mark.parametrize(
    ("message", "told"), [("Plain { text }", "0 False"), ("{{ item.id }}", "0 True")]
)
def test_without_templates_jinja2_is_not_loaded(message: str, told: str) -> None:
    example = f"steps: [{{key: a, integrate: {{message: '{message}'}}}}]"
    done = subprocess.run(
        [sys.executable, "-c", RUN, example], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == told
