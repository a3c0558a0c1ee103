"""`prefect.yaml`: what Prefect reads in it is what was meant, whatever a title holds."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prefect.utilities.templating import find_placeholders

from dovetail.emit.deployments import Deployment, deployments, is_emitted
from dovetail.emit.names import EmissionError

TEXT = """\
# Emitted by Dovetail: a deployment for each blueprint version in effect. Do not edit.
# Refresh: dovetail compile   (also on the day, in UTC, on which another version takes effect)
# Deploy:  prefect work-pool create --type process dovetail   (once)
#          prefect --no-prompt deploy --all

deployments:
  - name: "2.0.0-rc.1"
    version: "2.0.0-rc.1"
    description: "Say \\"yes\\": a #1 note"
    tags: [dovetail, "blueprint:class"]
    entrypoint: flows/class/v2_0_0_rc_1.py:class_
    work_pool: {name: dovetail}
  - name: "1.0.0"
    version: "1.0.0"
    description: "Write a note"
    tags: [dovetail, "blueprint:release-note"]
    entrypoint: flows/release_note/v1_0_0.py:release_note
    work_pool: {name: dovetail}
"""


def test_the_text_is_in_the_order_of_names() -> None:
    made = [
        Deployment("release-note", "1.0.0", "Write a note"),
        Deployment("class", "2.0.0-rc.1", 'Say "yes": a #1 note'),
    ]
    assert deployments(made) == deployments(made[::-1]) == TEXT
    assert is_emitted(TEXT)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_title_is_read_as_it_was_written(title: str) -> None:
    (read,) = yaml.safe_load(deployments([Deployment("a", "1.0.0", title)]))["deployments"]
    assert set(read) == {
        "name",
        "version",
        "description",
        "tags",
        "entrypoint",
        "work_pool",
    }
    assert read["description"].replace("{ {", "{{") == title.replace("{ {", "{{")


@pytest.mark.parametrize(
    "title",
    [
        "{{ $HOME }}",
        "{{ prefect.blocks.secret.key }}",
        "{{{{ prefect.variables.x }}}}",
        "{{{ $HOME }}",
        "{{$HOME}} and {{ ctx.flow_run.id }}",
    ],
)
def test_prefect_fills_nothing_into_a_title(title: str) -> None:
    assert find_placeholders(title), "it would"
    read = yaml.safe_load(deployments([Deployment("a", "1.0.0", title)]))
    assert find_placeholders(read) == set()


@pytest.mark.parametrize(
    ("name", "version"), [("../x", "1.0.0"), ("a b", "1.0.0"), ("a", "1.0"), ("a", "1.0.0\n- x")]
)
def test_what_is_no_name_is_refused(name: str, version: str) -> None:
    with pytest.raises(EmissionError):
        deployments([Deployment(name, version, "t")])


@pytest.mark.parametrize("text", ["", "deployments: []\n", "# mine\n" + TEXT])
def test_a_file_of_a_person_is_not_taken_for_ours(text: str) -> None:
    assert not is_emitted(text)
