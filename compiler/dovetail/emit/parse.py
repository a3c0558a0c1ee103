"""From the text of an emitted module back to its plan, without running any of it (SPEC 4).

The text is read as a syntax tree, of which only the declarations count, and of these only a few
forms: literals, calls of the plan's records, and names of the functions above. They drive the same
`declare.Blueprint` that the module itself would drive.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

from dovetail.emit.values import RECORDS
from dovetail.errors import RefusedError
from dovetail.plan import declare
from dovetail.plan.model import KINDS, Plan

__all__ = ["WAY_OUT", "parse"]

WAY_OUT = "emitted flows are not edited by hand: change the blueprint, then `dovetail compile`"

_STEP = "\n@blueprint."
_NAMES = frozenset({ast.Name})

_SAID = "__said_"
_ON_ONE_LINE = re.compile(r"^( {4}[a-z_]+=| {8})([ -\"$-~]{24,}),$", re.MULTILINE)
_STEPS = re.compile(r"^( {4}[a-z_]+=)\[\n((?: {8}[a-z0-9_]+,\n)+) {4}\],$", re.MULTILINE)
_OVER_LINES = ('"""', "'''", "\\\n")


def parse(source: str) -> Plan:
    """Give the plan that a module declares.

    Imports, the docstring and the flow are passed over: `dovetail.emit.verify` answers for them.

    Raises:
        RefusedError: when the module has anything else in it; the message says where.
    """
    try:
        return _read(_pieces(source), shared=_SAID not in source)
    except Exception:  # noqa: BLE001 - the module as a whole decides, and knows the line
        return _read([source], shared=False)


def _pieces(source: str) -> Iterator[str]:
    """Cut a module before each step.

    Where each piece is Python by itself, the whole is their statements in turn: a piece can't end
    inside a bracket, a text or a statement, and the next one starts at the margin with a decorator.
    Cut so, a long module is read in less time, and in the memory of one step.
    """
    first, *rest = source.split(_STEP)
    yield first
    for piece in rest:
        yield _STEP + piece


def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        raise RefusedError(f"the flow is not Python: {e}", WAY_OUT) from None


def _read(pieces: Iterable[str], *, shared: bool) -> Plan:
    reader = _Reader()
    for piece in pieces:
        sharing = shared and not any(sign in piece for sign in _OVER_LINES)
        for statement in _tree(reader.said.put_names(piece) if sharing else piece).body:
            try:
                reader.read(statement)
            except RefusedError:
                raise
            except Exception as e:  # noqa: BLE001 - of a foreign text, anything may fail
                _refuse(statement, f"a declaration that does not fit: {type(e).__name__}: {e}")
    if reader.blueprint is None:
        raise RefusedError("the flow declares no blueprint", WAY_OUT)
    return reader.blueprint.plan


def _refuse(node: ast.AST, what: str) -> NoReturn:
    raise RefusedError(f"line {getattr(node, 'lineno', 1)} of the flow: {what}", WAY_OUT)


class _Reader:
    def __init__(self) -> None:
        self.blueprint: declare.Blueprint | None = None
        self.steps: dict[str, declare.Declared] = {}
        self.said = _Said(self)

    def read(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef(
                decorator_list=[
                    ast.Call(
                        func=ast.Attribute(value=ast.Name(id="blueprint"), attr=kind), args=[]
                    ) as made
                ]
            ) if self.blueprint is not None and kind in KINDS:
                declaration = self.call(getattr(self.blueprint, kind), made)
                self.steps[node.name] = self.declared(declaration, node)
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Assign(
                targets=[ast.Name(id="blueprint")],
                value=ast.Call(func=ast.Name(id="Blueprint"), args=[]) as made,
            ) if self.blueprint is None:
                self.blueprint = self.call(declare.Blueprint, made)
            case ast.FunctionDef(decorator_list=[ast.Call(func=ast.Name(id="flow"))]):
                pass
            case _:
                _refuse(node, "only a blueprint, its steps and the flow may stand here")

    def declared(
        self, declaration: Callable[[declare.Body], declare.Declared], node: ast.FunctionDef
    ) -> declare.Declared:
        def body(_attempt: object) -> None:
            """Stand in for a function that is not run."""

        body.__name__ = node.name
        return declaration(body)

    def call(self, function: Callable[..., Any], node: ast.Call) -> Any:
        arguments = [self.value(a) for a in node.args]
        named = {k.arg: self.value(k.value) for k in node.keywords if k.arg is not None}
        if len(named) != len(node.keywords):
            _refuse(node, "arguments have to be written out")
        return function(*arguments, **named)

    def value(self, node: ast.expr) -> Any:
        # By type, the most frequent first: a long flow has half a million values.
        if isinstance(node, ast.Constant):
            if node.value is None or isinstance(node.value, (str, int)):
                return node.value
        elif isinstance(node, ast.Name):
            if node.id in self.steps:
                return self.steps[node.id]
            if node.id in self.said.values:
                return self.said.values[node.id]
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in RECORDS:
                return self.call(RECORDS[node.func.id], node)
        elif isinstance(node, ast.List):
            return self.elements(node.elts)
        elif isinstance(node, ast.Tuple):
            return tuple(self.elements(node.elts))
        elif isinstance(node, ast.Dict):
            return self.mapping(node)
        elif isinstance(node, ast.UnaryOp):
            number = getattr(node.operand, "value", None)
            if isinstance(node.op, ast.USub) and isinstance(number, int):
                return -number
        return _refuse(node, f"`{ast.unparse(node)}` is no literal, record or step above")

    def elements(self, nodes: list[ast.expr]) -> list[Any]:
        if _NAMES.issuperset(map(type, nodes)):
            with suppress(KeyError):  # of what is no step, `value` says so
                return [self.steps[n.id] for n in nodes]  # type: ignore[attr-defined]
        return [self.value(n) for n in nodes]

    def mapping(self, node: ast.Dict) -> dict[Any, Any]:
        if None in node.keys:
            _refuse(node, "keys have to be written out")
        names = [self.value(k) for k in node.keys if k is not None]
        return dict(zip(names, map(self.value, node.values), strict=True))


class _Said:
    """What steps say in the same words, which is read once.

    Before a step is parsed, a value that stands on a line of its own, and was seen before, gives
    way to a name; so do lists of steps, each on its line. To the parser the one is as good as the
    other: nothing in the step goes on over the end of a line but what is in brackets, the value is
    an expression by itself, and a comma follows. Where it is not, the step can't be parsed with the
    name in it, and the module is read as it stands.

    Attributes:
        values: by the names that stand for them.
    """

    def __init__(self, reader: _Reader) -> None:
        self.values: dict[str, Any] = {}
        self._reader = reader
        self._names: dict[str, str | None] = {}

    def put_names(self, step: str) -> str:
        """Give the text of a step with names for what was said before."""
        if "=[\n" in step:
            step = _STEPS.sub(self._steps, step)
        return _ON_ONE_LINE.sub(self._value, step)

    def _steps(self, found: re.Match[str]) -> str:
        head, listed = found.groups()
        name = self._names.get(listed)
        if name is None:
            names = listed[8:-2].split(",\n        ")
            name = self._keep(listed, tuple([self._reader.steps[n] for n in names]))
        return f"{head}{name},"

    def _value(self, found: re.Match[str]) -> str:
        head, text = found.groups()
        if text not in self._names:
            self._names[text] = ""
        elif self._names[text] == "":
            self._names[text] = self._read(text)
        name = self._names[text]
        return f"{head}{name}," if name else found[0]

    def _read(self, text: str) -> str | None:
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError, RefusedError):
            call = ast.parse(f"f(\n{text}\n)", mode="eval").body
            match call:
                case ast.Call(func=ast.Name(), args=[value], keywords=[]):
                    return self._keep(text, self._reader.value(value))
        return None

    def _keep(self, text: str, value: Any) -> str:
        name = self._names[text] = f"{_SAID}{len(self.values)}"
        self.values[name] = value
        return name
