"""Every word of the language that the others leave out

Waves:
   1  plan
   2  plan-check
   3  quick ∥ thorough
   4  first-look
   5  two-looks
   6  documents
   7  chunks
   8  judge
   9  merge
  10  report
"""

# Emitted by Dovetail from blueprint whole-language 2.0.0. Do not edit.
# Plan: sha256:2c4e67084f2b7b3a017f52e47105a0acc146fa30c7f498bead5e95309809af3a
# Refresh: dovetail compile whole-language@2.0.0
from datetime import date
from typing import Literal

from dovetail.runtime import (
    Artifact,
    Attempt,
    Blocker,
    Blueprint,
    Changes,
    Check,
    Command,
    Constraint,
    Field,
    ForEach,
    Gate,
    Pause,
    Render,
    Wip,
    commit_handoffs,
)
from prefect import flow

blueprint = Blueprint(
    name="whole-language",
    version="2.0.0",
    digest="sha256:2c4e67084f2b7b3a017f52e47105a0acc146fa30c7f498bead5e95309809af3a",
    title="Every word of the language that the others leave out",
    owner="lead",
    intake=["lead"],
    item_id="pack-{seq:04}-{slug}",
    wip_limit=Wip(2, per="parent"),
    roles={
        "judge": "Judges them",
        "lead": "Answers for the package",
        "maker": "Makes things",
    },
    params={
        "areas": Field("list", of=Field("string"), default=[]),
        "due": Field("date", default="2026-06-30"),
        "goal": Field("string", min=1, max=200, pattern="[A-Z].*"),
        "risk": Field("string", enum=("low", "medium", "high"), default="low"),
    },
    outputs={
        "made": "steps.chunks.outputs.children",
        "score": "steps.judge.outputs.score",
    },
    evidence={"verdict": {"result": Field("string", enum=("PASS", "BLOCKED"))}},
    constraints={"desk": Constraint("item"), "staging": Constraint("global", slots=2)},
    blockers={
        "credentials": Blocker(
            "A production credential is at risk",
            description="Ask whoever owns the credential.",
        ),
        "scope-change": Blocker(
            "The scope has to grow",
            when="outputs.scope_changed == true",
        ),
    },
    done=[
        Artifact("reported", "report.md"),
        Check(
            "some",
            "size(steps.plan.outputs.pieces) > 0",
            say="Plan at least one piece",
        ),
    ],
)


@blueprint.external(
    order=1,
    role="maker",
    entry=[
        Check("goal", "size(params.goal) > 0", say="Give a goal"),
        Command("clean", ("git", "diff", "--quiet"), say="Commit or stash first"),
    ],
    outputs={
        "pieces": Field(
            "list",
            of=Field(
                "object",
                fields={
                    "goal": Field("string"),
                    "milestone": Field("string"),
                    "needs": Field("list", of=Field("string"), default=[]),
                    "priority": Field("string", enum=("HIGH", "MEDIUM", "LOW")),
                    "slug": Field("string"),
                },
            ),
        ),
        "scope-changed": Field("bool", default=False),
    },
    exit=[
        Artifact(
            "files",
            "plans/{{ p.slug }}.md",
            min_bytes=1,
            each="outputs.pieces",
            as_="p",
        ),
    ],
)
def plan(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=1,
    title="Are these the pieces?",
    needs=[plan],
    show="{{ steps.plan.outputs.pieces }}",
    reject=[plan],
    limit=3,
)
def plan_check(attempt: Attempt) -> None: ...


@blueprint.external(
    order=2,
    role="maker",
    parallel=True,
    needs=[plan_check],
    attempts=1,
)
def quick(attempt: Attempt) -> None: ...


@blueprint.run(
    order=3,
    parallel=True,
    needs=[plan_check],
    when="params.risk > 'low'",
    skip_say="Low risk needs no thorough look",
    uses=["desk", "staging"],
    command=["python", "tools/look.py", "{{ item.id }}"],
    env={"GOAL": "{{ params.goal }}"},
    timeout=7200,
    changes=Changes(only=("src/**", "docs/*.md"), never=(".env", "**/secrets/*")),
    attempts=2,
    on_failure=[plan],
    failure_limit=1,
)
def thorough(attempt: Attempt) -> None: ...


@blueprint.python(
    order=4,
    needs=[quick, thorough],
    lane=plan_check,
    join="any",
    call="tools.look:sum_up",
)
def first_look(attempt: Attempt) -> None: ...


@blueprint.external(
    order=5,
    role="judge",
    parallel=True,
    needs=[quick, thorough, first_look],
    join="at_least",
    at_least=2,
)
def two_looks(attempt: Attempt) -> None: ...


@blueprint.render(
    order=6,
    needs=[first_look, two_looks],
    files=[
        Render("planning/start-here.md", "START-HERE.md"),
        Render(
            "planning/piece.md",
            "{{ p.slug }}-plan.md",
            each="steps.plan.outputs.pieces",
            as_="p",
        ),
    ],
)
def documents(attempt: Attempt) -> None: ...


@blueprint.call(
    order=7,
    after=[quick, thorough, documents],
    blueprint="chunk-lifecycle",
    version="^1",
    with_={"goal": "chunk.goal"},
    for_each=ForEach(
        items="steps.plan.outputs.pieces",
        as_="chunk",
        key="chunk.slug",
        needs="chunk.needs",
        priority="chunk.priority",
        parallel=True,
        group="chunk.milestone",
        pause=Pause(
            "group_last && child.status == 'completed' && chunk.priority < 'LOW'",
            gate=Gate(
                reviewers=("lead",),
                human=True,
                evidence="verdict",
                approve_when="evidence.verdict.result == 'PASS' && chunk.milestone != ''",
            ),
            outputs={"note": Field("string", optional=True)},
        ),
        after=(Render("planning/progress.md", "progress.md"),),
    ),
    integrate_each="group",
)
def chunks(attempt: Attempt) -> None: ...


@blueprint.gate(
    order=8,
    role="judge",
    after=[chunks],
    reviewers=["judge", "lead"],
    approvals=2,
    human=True,
    independent=True,
    show="# {{ item.title }}",
    evidence="verdict",
    approve_when="evidence.verdict.result == 'PASS' && outputs.score > 5",
    reject=[plan, chunks],
    limit=2,
    then="close",
    override=["lead"],
    outputs={"score": Field("int", min=0, max=10)},
)
def judge(attempt: Attempt) -> None: ...


@blueprint.integrate(
    order=9,
    after=[judge],
    message="{{ item.id }}: {{ params.goal }}",
    require=[
        Check(
            "all-done",
            "steps.chunks.outputs.children.all(c, c.status == 'completed')",
        ),
    ],
)
def merge(attempt: Attempt) -> None: ...


@blueprint.external(
    order=10,
    after=[merge],
    exit=[Artifact("report", "report.md", matches="^# ")],
    done="Someone who was not there knows what was made.",
)
def report(attempt: Attempt) -> None: ...


@flow(
    name="whole-language",
    version="2.0.0",
    flow_run_name="{item} · whole-language 2.0.0",
    on_running=[commit_handoffs],
    on_completion=[commit_handoffs],
    on_failure=[commit_handoffs],
    on_crashed=[commit_handoffs],
    on_cancellation=[commit_handoffs],
)
def whole_language(
    item: str,
    goal: str,
    areas: list[str] | None = None,
    due: date = date(2026, 6, 30),
    risk: Literal["low", "medium", "high"] = "low",
) -> None:
    """Move a work item through whole-language 2.0.0."""
    blueprint.drive(item, goal=goal, areas=areas, due=due, risk=risk)
