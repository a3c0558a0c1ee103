"""Tables of refusals: what is said to whom in which state, and what the kernel answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest

from dovetail.kernel import Event, EventType, Refused, apply
from dovetail.plan.model import Plan
from tests.support.memory import Memory
from tests.support.world import World

__all__ = ["Case", "Make", "Script", "case", "refusal"]

Make = Callable[[Memory], Mapping[str, Any]]
Script = Callable[[Memory], object]


@dataclass(frozen=True)
class Case:
    """An event that is refused.

    Attributes:
        script: what happens before.
        event: its type, and its data for the item as it then stands.
        says: what the message names.
        follow: whether requests are answered as they come.
        world: what the item finds around it.
    """

    made: Plan
    script: Script
    event: tuple[EventType, Make]
    says: Sequence[str]
    way_out: str = ""
    stale: bool = False
    follow: bool = True
    world: World | None = None

    def check(self) -> None:
        m = Memory(self.made, follow=self.follow, world=deepcopy(self.world))
        self.script(m)
        kind, data = self.event
        answer = refusal(m, kind, data(m))
        assert [words for words in self.says if words not in answer.message] == []
        assert "None" not in answer.message
        assert self.way_out in answer.way_out
        assert answer.stale is self.stale


def case(
    name: str,
    made: Plan,
    script: Script,
    event: tuple[EventType, Make],
    says: Sequence[str],
    way_out: str = "",
    *,
    stale: bool = False,
    follow: bool = True,
    world: World | None = None,
) -> Any:
    """Give a case as a named parameter."""
    return pytest.param(Case(made, script, event, says, way_out, stale, follow, world), id=name)


def refusal(m: Memory, kind: EventType, data: Mapping[str, Any]) -> Refused:
    """Give what the kernel answers, once it is sure that nothing has changed."""
    before = deepcopy(m.state)
    with pytest.raises(Refused) as caught:
        apply(m.plan, m.state, Event(kind, data))
    assert m.state == before
    answer = caught.value
    assert str(answer) == answer.message
    assert _is_clause(answer.message)
    assert not answer.way_out or _is_clause(answer.way_out)
    return answer


def _is_clause(text: str) -> bool:
    """Tell whether a text is as commands put it into their sentences: no capital, no full stop."""
    return text == text.strip() and not text[:1].isupper() and not text.endswith(".")
