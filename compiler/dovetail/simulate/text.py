"""A trace as people read it: moment by moment, then where the item ended and who can act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from dovetail.insight.status import next_actions
from dovetail.simulate.trace import Happening, Held, Launched, Problem, Trace

__all__ = ["elapsed", "render"]

_INDENT = "    "
_WIDEST = 32
"""A longer name of an attempt pushes what follows it to the right, in its own line alone."""
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
_Line = tuple[str, str, str]
"""What happened, to what, and the rest."""


def render(trace: Trace, told: Callable[[Problem], str] = lambda p: p.says) -> Iterator[str]:
    """Give the lines of a trace.

    Args:
        trace: of an item; those of its children stand below their starts, indented.
        told: says what a problem is, and where.
    """
    yield f"{trace.item}  {trace.ref}"
    yield from _course(trace)
    yield from _end(trace)
    problems = list(trace.all_problems())
    if problems:
        yield ""
        yield "not as the scenario says:"
        yield from (f"  {told(p)}" for p in problems)


def elapsed(seconds: int) -> str:
    """Write a length of time: `0s`, `90m` as `1h 30m`."""
    told = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            told.append(f"{count}{unit}")
    return " ".join(told) or "0s"


# --- the course


def _course(trace: Trace) -> Iterator[str]:
    children = {step: list(started) for step, started in trace.children.items()}
    ticks = [(tick, list(_lines(trace, i))) for i, tick in enumerate(trace.ticks)]
    times = max((len(elapsed(tick.time)) for tick, _ in ticks), default=0)
    words = max((len(word) for _, lines in ticks for (word, _, _), _ in lines), default=0)
    names = min(_WIDEST, max((len(n) for _, ls in ticks for (_, n, _), _ in ls), default=0))
    for tick, lines in ticks:
        time = elapsed(tick.time)
        for (word, name, rest), happening in lines:
            yield f"  {time:{times}}  {word:{words}}  {name:{names}}  {rest}".rstrip()
            time = ""
            if happening is not None and happening.word == "child-started":
                child = _take(children[happening.step], happening.child)
                yield from (f"{_INDENT}{line}" for line in _child(child))


def _child(trace: Trace) -> Iterator[str]:
    yield f"{trace.key}: {trace.item}  {trace.ref}"
    yield from _course(trace)
    yield from _end(trace)


def _take(children: list[Trace], key: str) -> Trace:
    """Give the next child of a key, in the order of their starts."""
    return children.pop(next(i for i, child in enumerate(children) if child.key == key))


def _lines(trace: Trace, number: int) -> Iterator[tuple[_Line, Happening | None]]:
    """Give what a tick tells; of what is held, only what was not held before in the same way."""
    tick = trace.ticks[number]
    launched = list(tick.launched)
    said = ""
    for happening in tick.happened:
        for one in [one for one in launched if _is_of(happening, one)]:
            launched.remove(one)
            yield _launched(trace, one), None
        yield _happened(happening, said), happening
        said = happening.says
    for one in launched:
        yield _launched(trace, one), None
    before = trace.ticks[number - 1].held if number else []
    for line in _grouped(trace, [held for held in tick.held if held not in before]):
        yield line, None


def _is_of(happening: Happening, one: Launched) -> bool:
    """Tell whether something could only happen after a launch."""
    return not one.child and (happening.step, happening.attempt) == (one.step, one.attempt)


def _happened(one: Happening, said: str) -> _Line:
    """Tell a happening; the reason of what caused it need not be said again."""
    told = [f"by {one.by}"] if one.by else []
    told += [f"back to {one.to}"] if one.to and one.to != one.step else []
    rest = ", ".join(told)
    if one.says and one.says != said:
        rest = f"{rest}: {one.says}" if rest else one.says
    return one.word.replace("-", " "), one.subject, rest


def _launched(trace: Trace, one: Launched) -> _Line:
    is_gate = one.rule == "pause" or trace.plan.step(one.step).gate is not None
    name = f"{one.step}/{one.child}" if one.child else f"{one.step}/{one.attempt}"
    taken = f", taken up by {one.executor}" if one.executor else ""
    return "opened" if is_gate else "launched", name, f"{one.rule}{taken}"


def _grouped(trace: Trace, held: Sequence[Held]) -> Iterator[_Line]:
    """Tell what is held, those steps together that the same holds."""
    order = trace.plan.position
    new = sorted(held, key=lambda one: (one.why, one.on, order[one.step]))
    for (why, on), those in groupby(new, key=lambda one: (one.why, one.on)):
        steps = ", ".join(one.step for one in those)
        yield "held", "", f"{steps} ({why}: {', '.join(on)})" if on else f"{steps} ({why})"


# --- the end


def _end(trace: Trace) -> Iterator[str]:
    status = str(trace.found["status"])
    integrates = any(step.kind == "integrate" for step in trace.plan.steps)
    baseline = f", baseline {trace.state.baseline}" if integrates else ""
    after = f", after {elapsed(trace.ended)}" if trace.ended else ""
    yield f"  status  {status}{baseline}{after}"
    held = trace.ticks[-1].held if trace.ticks else []
    for _, _, told in _grouped(trace, held):
        yield f"  held    {told}"
    for blocker in trace.state.open_blockers():
        steps = f" of {', '.join(blocker.steps)}" if blocker.steps else ""
        yield f"  open    {blocker.type}{steps}: {blocker.reason}"
    for note in trace.found["notes"]:
        yield f"  note    {note}"
    for action in next_actions(trace.item, trace.plan, trace.state):
        yield f"  next    {action.who}: {action.what}"
