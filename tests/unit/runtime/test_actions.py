"""What an automatic step does: a process that is fenced in, a function, and what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dovetail.plan.model import Gate, Integrate, Python, Run, Step
from dovetail.runtime.actions import Context, Report, carry_out, end_orphans, idempotency_key
from dovetail.workspace import Workspace
from tests.support.projects import declare

VALUES = {"item": {"id": "WI-1", "title": "A title"}, "params": {"n": 2}, "steps": {}}


def step(action: Any, kind: Any = "run") -> Step:
    return Step(
        key="go", index=1, order=1, kind=kind, role="lead", title="Go", action=action, outputs={}
    )


Carry = Callable[..., Report]


@pytest.fixture
def carry(tmp_path: Path) -> Carry:
    """Carry out an action in a project of its own."""
    workspace = Workspace(tmp_path / "workspace")

    def carry(action: Any, kind: Any = "run", **more: Any) -> Report:
        told: dict[str, Any] = {
            "attempt": "WI-1/go/1",
            "step": step(action, kind),
            "values": VALUES,
            "folder": workspace.folder("WI-1"),
            "root": tmp_path,
            "handoffs": ("/w/000001.json",),
            "key": "sha256:key",
        }
        artifacts = more.pop("artifacts", {})
        return carry_out(Context(**told | more), workspace, tmp_path / "private", artifacts)

    return carry


def python(code: str, *more: str, **options: Any) -> Run:
    return Run((sys.executable, "-IS", "-c", code, *more), **options)


TELL = "import os, json; out = os.environ['DOVETAIL_OUTPUT']; open(out, 'w').write(json.dumps({}))"


ARGUMENTS = "{'outputs': {'a': __import__('sys').argv[1:]}}"


def tell(expression: str) -> str:
    return TELL.format(expression)


# --- processes


def test_the_environment_is_minimal(carry: Carry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET", "x")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PATH", os.environ["PATH"])
    told = "{{'outputs': dict(os.environ)}}".replace("{{", "{").replace("}}", "}")
    code = f"import os, json; open(os.environ['DOVETAIL_OUTPUT'], 'w').write(json.dumps({told}))"
    found = carry(python(code, env={"LEVEL": "{{ params.n }}", "DOVETAIL_OUTPUT": "/mine"})).outputs
    allowed = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT", "LC_CTYPE"}
    ours = {"LEVEL", "DOVETAIL_ROOT", "DOVETAIL_INPUT", "DOVETAIL_OUTPUT"}
    ours |= {"DOVETAIL_IDEMPOTENCY_KEY"}
    assert ours <= set(found) <= allowed | ours
    assert found["LEVEL"] == "2"
    assert found["DOVETAIL_IDEMPOTENCY_KEY"] == "sha256:key"
    assert found["DOVETAIL_OUTPUT"].endswith("output.json")


def test_the_input_says_item_params_steps_and_handoffs(carry: Carry) -> None:
    code = (
        "import os, json; given = json.load(open(os.environ['DOVETAIL_INPUT']));"
        "open(os.environ['DOVETAIL_OUTPUT'], 'w').write(json.dumps({'outputs': given}))"
    )
    assert carry(python(code)).outputs == VALUES | {
        "attempt": "WI-1/go/1",
        "handoffs": ["/w/000001.json"],
    }


@pytest.mark.parametrize(
    ("template", "argument"),
    [
        ("{{ item.title }}", "A title"),
        ("a b  c", "a b  c"),
        ("$HOME && `ls` | cat > x", "$HOME && `ls` | cat > x"),
        ("--n={{ params.n }}", "--n=2"),
        ("", ""),
        ("*", "*"),
    ],
)
def test_an_argument_is_one_template_and_never_split_nor_seen_by_a_shell(
    carry: Carry, template: str, argument: str
) -> None:
    assert carry(python(tell(ARGUMENTS), template, "end")).outputs == {"a": [argument, "end"]}


def test_a_hostile_title_stays_one_argument(carry: Carry, tmp_path: Path) -> None:
    title = 'x\'; touch "$(pwd)/owned"; {{ 1/0 }} #\n-rf'
    values = VALUES | {"item": {"id": "WI-1", "title": title}}
    found = carry(python(tell(ARGUMENTS), "{{ item.title }}"), values=values)
    assert found.outputs == {"a": [title]}
    assert list(tmp_path.rglob("owned")) == []


def test_it_runs_in_the_items_folder_without_an_input_stream(carry: Carry, tmp_path: Path) -> None:
    code = "import os, sys; open('here.txt', 'w').write(repr(sys.stdin.read()))"
    assert carry(python(code)) == Report()
    assert (tmp_path / "workspace/items/WI-1/here.txt").read_text() == "''"


FAILURES = {
    "exit status": ("import sys; print('first'); print('last'); sys.exit(3)", "exit status 3"),
    "the tail of what it said": ("print('x' * 9000 + 'why'); raise SystemExit(1)", "xwhy"),
    "a signal": ("import os; os.kill(os.getpid(), 9)", "exit status -9"),
    "bytes that are no text": (
        "import os; os.write(1, b'\\xff\\xfe why'); raise SystemExit(1)",
        "why",
    ),
    "no JSON": ("import os; open(os.environ['DOVETAIL_OUTPUT'], 'w').write('no')", "is not JSON"),
    "half a JSON": ("import os; open(os.environ['DOVETAIL_OUTPUT'], 'w').write('{')", "not JSON"),
    "an empty file": ("import os; open(os.environ['DOVETAIL_OUTPUT'], 'w')", "is not JSON"),
    "a list": (tell("[]"), "not an object of outputs, evidence and files"),
    "an unknown key": (tell("{'output': {}}"), "not an object of outputs, evidence and files"),
    "outputs that are a list": (tell("{'outputs': []}"), "outputs in $DOVETAIL_OUTPUT"),
    "evidence that is a text": (tell("{'evidence': 'x'}"), "evidence in $DOVETAIL_OUTPUT"),
    "evidence of a text": (tell("{'evidence': {'qa': 'x'}}"), "evidence in $DOVETAIL_OUTPUT"),
    "files that are an object": (tell("{'files': {}}"), "files in $DOVETAIL_OUTPUT"),
    "files that are numbers": (tell("{'files': [1]}"), "files in $DOVETAIL_OUTPUT"),
    "a folder": ("import os; os.mkdir(os.environ['DOVETAIL_OUTPUT'])", "could not be carried out"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_goes_wrong_is_told_never_raised(carry: Carry, case: str) -> None:
    code, says = FAILURES[case]
    failure = carry(python(code)).failure
    assert failure is not None
    assert says in failure
    assert len(failure) < 2200


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("no-such-program",), "'no-such-program' can't be started"),
        (("/",), "'/' can't be started"),
        (("a\0b",), "can't be started"),
        (("{{ nothing.at.all }}",), "can't be filled"),
        (("{{ 1 // 0 }}",), "can't be filled"),
    ],
)
def test_a_command_that_cannot_start_is_a_failure(
    carry: Carry, command: tuple[str, ...], says: str
) -> None:
    assert says in (carry(Run(command)).failure or "")


def test_results_are_read(carry: Carry) -> None:
    told = {"outputs": {"n": 1}, "evidence": {"qa": {"result": "PASS"}}, "files": ["a.md", "a.md"]}
    found = carry(python(tell(repr(told))))
    assert found == Report({"n": 1}, {"qa": {"result": "PASS"}}, {"a.md": ""})


def test_an_old_result_does_not_count(carry: Carry) -> None:
    assert carry(python(tell("{'outputs': {'n': 1}}"))).outputs == {"n": 1}
    assert carry(python("pass")).outputs == {}


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def test_a_time_out_ends_the_whole_group(carry: Carry, tmp_path: Path) -> None:
    code = (
        "import subprocess, time, sys;"
        "child = subprocess.Popen([sys.executable, '-IS', '-c', 'import time; time.sleep(60)']);"
        "open('child', 'w').write(str(child.pid)); time.sleep(60)"
    )
    started = time.monotonic()
    failure = carry(python(code, timeout=1)).failure or ""
    assert "did not end within 1 seconds" in failure
    assert time.monotonic() - started < 20
    child = int((tmp_path / "workspace/items/WI-1/child").read_text())
    assert gone(child)


# --- functions


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Python]]:
    """Write a function `act` of the project's own."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = f"team_{os.urandom(4).hex()}"

    def write(body: str) -> Python:
        (tmp_path / f"{name}.py").write_text(f"def act(context):\n    {body}\n")
        return Python(f"{name}:act")

    yield write
    sys.modules.pop(name, None)


def test_a_function_gets_the_context_and_gives_outputs(
    carry: Carry, team: Callable[[str], Python]
) -> None:
    action = team(
        "return {'item': context.item, 'n': context.params['n'], 'key': context.key,"
        " 'before': context.outputs('set-up')}"
    )
    values = VALUES | {"steps": {"set_up": {"outputs": {"x": 1}}}}
    outputs = {"item": "WI-1", "n": 2, "key": "sha256:key", "before": {"x": 1}}
    assert carry(action, "python", values=values) == Report(outputs=outputs)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise KeyError('why')", "act raised KeyError: 'why'"),
        ("return 7", "act gave int, not outputs by name"),
        ("return ['x']", "act gave list"),
        ("import sys; sys.exit(3)", "act raised SystemExit: 3"),
        ("context.item = 2", "act raised"),
        ("raise ValueError('half \\ud800')", "act raised ValueError: half ?"),
    ],
)
def test_a_function_that_goes_wrong_is_a_failure(
    carry: Carry, team: Callable[[str], Python], body: str, says: str
) -> None:
    assert says in (carry(team(body), "python").failure or "")


def test_a_function_that_gives_nothing_has_no_outputs(
    carry: Carry, team: Callable[[str], Python]
) -> None:
    assert carry(team("pass"), "python") == Report()


@pytest.mark.parametrize("call", ["no_such_module:act", "os.path:no_such_function"])
def test_a_function_that_is_not_there_is_a_failure(carry: Carry, call: str) -> None:
    assert call in (carry(Python(call), "python").failure or "")


# --- integration


def test_integration_promotes_what_was_declared(carry: Carry, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    place = workspace.folder("WI-1") / "deep" / "a.md"
    place.parent.mkdir()
    place.write_text("a")
    declared = declare(workspace, "WI-1", "deep/a.md")
    found = carry(Integrate("{{ item.id }} in"), "integrate", artifacts=declared)
    assert found == Report(files=declared, message="WI-1 in")
    assert (workspace.baseline / "deep/a.md").read_text() == "a"


def test_integration_refuses_what_was_altered_and_promotes_nothing(
    carry: Carry, tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path / "workspace")
    declared = {}
    for name in ("a.md", "b.md"):
        (workspace.folder("WI-1") / name).write_text(name)
        declared |= declare(workspace, "WI-1", name)
    (workspace.folder("WI-1") / "b.md").write_text("other")
    found = carry(Integrate(), "integrate", artifacts=declared)
    assert "b.md of WI-1 is altered" in (found.failure or "")
    assert not workspace.baseline.exists()


def test_a_gate_is_no_automatic_action(carry: Carry) -> None:
    assert carry(Gate(), "gate").failure == "gate is no automatic action"


# --- idempotency


CHANGES: dict[str, tuple[Step, dict[str, Any]]] = {
    "another command": (step(Run(("b",))), VALUES),
    "another param": (step(Run(("a",))), VALUES | {"params": {"n": 3}}),
    "another result before": (step(Run(("a",))), VALUES | {"steps": {"x": {"outputs": {}}}}),
    "another item": (step(Run(("a",))), VALUES | {"item": {"id": "WI-2", "title": "A title"}}),
}


@pytest.mark.parametrize("case", CHANGES)
def test_the_key_differs_when_an_input_does(case: str) -> None:
    assert idempotency_key(*CHANGES[case]) != idempotency_key(step(Run(("a",))), VALUES)


def test_the_key_is_equal_while_the_inputs_are() -> None:
    backwards = dict(reversed(VALUES.items()))
    moved = Step(
        key="go", index=9, order=7, kind="run", role="lead", title="Go", action=Run(("a",))
    )
    assert idempotency_key(moved, backwards) == idempotency_key(step(Run(("a",))), VALUES)


# --- what a dead driver leaves behind

SLEEP = "import time; time.sleep(60)"


def leave_behind(private: Path, code: str) -> subprocess.Popen[bytes]:
    """Start a process as a driver that then dies does."""
    private.mkdir(exist_ok=True)
    environment = os.environ | {"DOVETAIL_OUTPUT": str(private / "output.json")}
    return subprocess.Popen(
        [sys.executable, "-IS", "-c", code], start_new_session=True, env=environment
    )


def test_a_process_that_was_left_behind_is_ended_at_once(tmp_path: Path) -> None:
    process = leave_behind(tmp_path / "p", SLEEP)
    started = time.monotonic()
    end_orphans(tmp_path / "p")
    # Nobody has asked how it ended, so the system still lists it.
    assert time.monotonic() - started < 3
    assert not alive(process.pid)
    assert process.wait(5) == -signal.SIGKILL


def test_what_a_process_started_is_ended_though_it_is_over_itself(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = (
        "import subprocess, sys;"
        f"p = subprocess.Popen([sys.executable, '-IS', '-c', {SLEEP!r}]);"
        f"open({str(child)!r}, 'w').write(str(p.pid))"
    )
    process = leave_behind(tmp_path / "p", code)
    assert process.wait(20) == 0
    pid = int(child.read_text())
    assert alive(pid)
    end_orphans(tmp_path / "p")
    assert gone(pid)


def test_a_process_of_another_attempt_is_left_alone(tmp_path: Path) -> None:
    other = leave_behind(tmp_path / "other", SLEEP)
    try:
        end_orphans(tmp_path / "p")
        assert alive(other.pid)
    finally:
        end_orphans(tmp_path / "other")
        assert other.wait(5) == -signal.SIGKILL


def test_what_a_command_leaves_in_the_background_is_ended(carry: Carry, tmp_path: Path) -> None:
    carry(Run(("sh", "-c", "sleep 60 & echo $! > left.txt")))
    (left,) = tmp_path.rglob("left.txt")
    deadline = time.monotonic() + 5
    while alive(int(left.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(int(left.read_text()))
