"""From the text of an emitted module back to its plan, without running any of it (SPEC 4).

The text is read as a syntax tree, of which only the declarations count, and of these only a few
forms: literals, calls of the plan's records, and names of the functions above. They drive the same
`declare.Blueprint` that the module itself would drive.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from dovetail.errors import RefusedError
from dovetail.plan import declare
from dovetail.plan.model import KINDS, Artifact, Check, Evidence, Field, Plan

__all__ = ["WAY_OUT", "parse"]

WAY_OUT = "emitted flows are not edited by hand: change the blueprint, then `dovetail compile`"

_RECORDS: Mapping[str, Callable[..., Any]] = {
    "Artifact": Artifact,
    "Check": Check,
    "Evidence": Evidence,
    "Field": Field,
}


def parse(source: str) -> Plan:
    """Give the plan that a module declares.

    Imports, the docstring and the flow are passed over: `dovetail.emit.verify` answers for them.

    Raises:
        RefusedError: when the module has anything else in it; the message says where.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        raise RefusedError(f"the flow is not Python: {e}", WAY_OUT) from None
    reader = _Reader()
    for statement in tree.body:
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

    def read(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Assign(
                targets=[ast.Name(id="blueprint")],
                value=ast.Call(func=ast.Name(id="Blueprint"), args=[]) as made,
            ) if self.blueprint is None:
                self.blueprint = self.call(declare.Blueprint, made)
            case ast.FunctionDef(decorator_list=[ast.Call(func=ast.Name(id="flow"))]):
                pass
            case ast.FunctionDef(
                decorator_list=[
                    ast.Call(
                        func=ast.Attribute(value=ast.Name(id="blueprint"), attr=kind), args=[]
                    ) as made
                ]
            ) if self.blueprint is not None and kind in KINDS:
                declaration = self.call(getattr(self.blueprint, kind), made)
                self.steps[node.name] = self.declared(declaration, node)
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
        match node:
            case ast.Constant(value=str() | int() | None):
                return node.value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
                return -number
            case ast.List(elts=elements):
                return [self.value(e) for e in elements]
            case ast.Tuple(elts=elements):
                return tuple(self.value(e) for e in elements)
            case ast.Dict(keys=keys, values=values):
                if None in keys:
                    _refuse(node, "keys have to be written out")
                names = (self.value(k) for k in keys if k is not None)
                return dict(zip(names, map(self.value, values), strict=True))
            case ast.Call(func=ast.Name(id=name)) if name in _RECORDS:
                return self.call(_RECORDS[name], node)
            case ast.Name(id=name) if name in self.steps:
                return self.steps[name]
            case _:
                _refuse(node, f"`{ast.unparse(node)}` is no literal, record or step above")
