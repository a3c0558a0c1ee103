"""The elements of a call: which children it has, and what each is registered with (SPEC 2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dovetail.errors import ExpressionFailedError, RefusedError
from dovetail.judge.sight import Sight, restored
from dovetail.kernel import Attempt
from dovetail.kernel.state import Child
from dovetail.plan.model import Call, ForEach, Plan, Render, Renders
from dovetail.plan.values import read_values
from dovetail.templating import fill

__all__ = ["after", "elements", "rendered", "settled"]


def elements(sight: Sight, step: str, callee: Plan) -> list[dict[str, Any]]:
    """Give the children of a call as the event of its expansion has them, in the list's order.

    Args:
        sight: of the calling item.
        step: the call.
        callee: the version of the blueprint that is called; it types the params.

    Raises:
        RefusedError: when a key is not a text, or params are not as the callee declares them.
        ExpressionFailedError: when an expression has no value.
    """
    call = _call(sight, step)
    each = call.for_each
    if each is None:
        return [{"key": step, "params": _params(sight, step, call, callee, {}, step)}]
    return [_child(sight, step, call, each, callee, own) for own in _elements(sight, step, each)]


def _call(sight: Sight, step: str) -> Call:
    action = sight.plan.step(step).action
    if not isinstance(action, Call):
        raise RefusedError(f"{step} calls nothing", "dovetail plan shows what does")
    return action


def _elements(sight: Sight, step: str, each: ForEach) -> Iterator[dict[str, Any]]:
    """Give each element under the name that expressions have for it."""
    for element in sight.evaluate(each.items, step, "list"):
        yield {each.as_: element}


def _child(
    sight: Sight, step: str, call: Call, each: ForEach, callee: Plan, own: Mapping[str, Any]
) -> dict[str, Any]:
    key = _key(sight, step, each, own)
    out: dict[str, Any] = {"key": key, "params": _params(sight, step, call, callee, own, key)}
    if each.needs is not None:
        needs = sight.evaluate(each.needs, step, "list", "element", own)
        if not all(isinstance(n, str) for n in needs):
            raise _odd(step, key, "needs", needs, "the keys of other children")
        out["needs"] = sorted(set(needs))
    if each.priority is not None:
        priority = sight.evaluate(each.priority, step, "rank", "element", own)
        if type(priority) is not int:
            raise _odd(step, key, "priority", priority, "a whole number, or a value of an enum")
        out["priority"] = priority
    if each.group is not None:
        out["group"] = sight.evaluate(each.group, step, "any", "element", own)
    return out


def _key(sight: Sight, step: str, each: ForEach, own: Mapping[str, Any]) -> str:
    key = sight.evaluate(each.key, step, "text", "element", own)
    if not isinstance(key, str) or not key.strip():
        raise RefusedError(
            f"{step}: the key of a child is {key!r}; expected a text that is not empty",
            "mend the list, or `key` in a new version of the blueprint",
        )
    return key


def _odd(step: str, key: str, name: str, value: object, expected: str) -> RefusedError:
    return RefusedError(
        f"{step}: `{name}` of the child {key} is {value!r}; expected {expected}",
        "mend the list that the children are made from",
    )


def _params(
    sight: Sight, step: str, call: Call, callee: Plan, own: Mapping[str, Any], key: str
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, text in call.with_.items():
        value = sight.evaluate(text, step, "any", "element" if own else "", own)
        given[name] = restored(value, callee.params.get(name))
    return read_values(callee.params, given, what=f"params of the child {key} of {step}")


# --- as a child settles


def settled(sight: Sight, attempt: Attempt, key: str) -> dict[str, Any]:
    """Give what is known, beside what the call knows, when a child of it has settled.

    Raises:
        RefusedError: when there is no such child.
        ExpressionFailedError: when the elements can't be told any more.
    """
    children = {} if attempt.call is None else attempt.call.children
    if key not in children:
        raise RefusedError(f"{attempt.name} has no child {key}", "dovetail status ITEM")
    child, each = children[key], _call(sight, attempt.step).for_each
    told: dict[str, Any] = {
        "child": {
            "item": child.item or "",
            "key": key,
            "outputs": child.outputs,
            "status": child.status,
        },
        "group_last": _is_last((c for c in children.values() if c.group == child.group), child),
        "last": _is_last(children.values(), child),
    }
    if each is None:
        return told
    for own in _elements(sight, attempt.step, each):
        if _key(sight, attempt.step, each, own) == key:
            return own | told
    raise ExpressionFailedError(f"{attempt.step}: the list of its children has no {key} any more")


def _is_last(together: Iterable[Child], child: Child) -> bool:
    return all(c.status is not None and c.settled_at <= child.settled_at for c in together)


def after(sight: Sight, attempt: Attempt, key: str) -> list[tuple[Render, str, dict[str, Any]]]:
    """Give what a call renders in the parent when a child has settled: what, to where, with what.

    Raises:
        ExpressionFailedError: when a list or a path has no value.
    """
    each = _call(sight, attempt.step).for_each
    if each is None:
        return []
    own = settled(sight, attempt, key)
    return [made for render in each.after for made in _made(sight, attempt.step, render, own)]


def _made(
    sight: Sight, step: str, render: Render, own: Mapping[str, Any]
) -> Iterator[tuple[Render, str, dict[str, Any]]]:
    values = {**sight.values(step), **own}
    if render.each is None or render.as_ is None:
        yield render, fill(render.to, values), values
        return
    for element in sight.evaluate(render.each, step, "list", "settled" if own else "", own):
        told = values | {render.as_: element}
        yield render, fill(render.to, told), told


def rendered(sight: Sight, step: str) -> list[tuple[Render, str, dict[str, Any]]]:
    """Give what a step renders: what, to where, with what values.

    Raises:
        ExpressionFailedError: when a list or a path has no value.
    """
    action = sight.plan.step(step).action
    files = action.files if isinstance(action, Renders) else ()
    return [made for render in files for made in _made(sight, step, render, {})]
