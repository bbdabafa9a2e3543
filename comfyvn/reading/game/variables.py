"""A game's variables, and the Python that sets them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from comfyvn.reading.game.names import Ids
from comfyvn.reading.game.texts import literal

Value = dict[str, Any]


@dataclass
class Variables:
    """`first`: id → value it begins with. `constants`: what is a variable once the story uses it."""

    ids: Ids = field(default_factory=lambda: Ids("v"))
    first: dict[str, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""

    def declare(self, name: str, value: Any) -> str:
        key = self.ids(self._bare(name))
        self.first.setdefault(key, value)
        return key

    def _bare(self, name: str) -> str:
        return name.removeprefix(self.prefix) if self.prefix else name

    def known(self, name: str) -> str | None:
        """The id of a variable; None for what is none."""
        if self._bare(name) in self.ids:
            return self.ids(self._bare(name))
        if name in self.constants:
            return self.declare(name, self.constants[name])
        return {"True": "True", "False": "False"}.get(name)

    def kind(self, name: str) -> str | None:
        """What a variable holds: number, text or truth; None when nobody has said so."""
        key = self.known(name)
        return _kind(self.first[key]) if key in self.first else None


def assignment(code: str, variables: Variables) -> list[Value] | None:
    """`x = value`, `x += 1`, `x = renpy.input(…)`, `renpy.pause(…)`; None for other Python."""
    try:
        tree = ast.parse(code.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: list[Value] = []
    for statement in tree:
        one = _assigned(statement, variables)
        if one is None:
            return None
        found += one
    return found


def _assigned(statement: ast.stmt, variables: Variables) -> list[Value] | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id="save_name")]):
            return []
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="renpy"), attr="end_replay"))):
            return []  # which does nothing in the story itself
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return _set(name, value, variables)
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub() as sign, value=value):
            number = _constant(value)
            if _kind(number) != "number" or variables.kind(name) not in ("number", None):
                return None
            return [{"add": variables.declare(name, 0), "value": -number if isinstance(sign, ast.Sub) else number}]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="renpy"), attr="pause"), args=arguments)):
            seconds: Any = _constant(arguments[0]) if arguments else None
            return [{"pause": float(seconds) if _kind(seconds) == "number" and float(seconds) > 0 else None}]
    return None


def _set(name: str, value: ast.expr, variables: Variables) -> list[Value] | None:
    if asked := _asked(value):
        if variables.kind(name) not in ("text", None):
            return None
        return [{"input": variables.declare(name, asked.get("default", "")), **asked}]
    new = _constant(value)
    if new is None or variables.kind(name) not in (_kind(new), None):
        return None
    zero = {"truth": False, "text": ""}.get(_kind(new), 0)
    return [{"set": variables.declare(name, zero), "value": new}]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    return "text" if isinstance(value, str) else "number" if isinstance(value, int | float) else "none"


def _constant(node: ast.expr) -> Any:
    value: Any = literal(ast.unparse(node))
    return value if isinstance(value, bool | int | float | str) else None


def _asked(node: ast.expr) -> Value:
    """The parts of `renpy.input(…).strip() or "…"`; {} when it is something else."""
    fallback = None
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == 2:
        fallback, node = _constant(node.values[1]), node.values[0]
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("strip", "title"):
        node = node.func.value
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "renpy.input":
        return {}
    said = {str(each.arg): _constant(each.value) for each in node.keywords}
    prompt = _constant(node.args[0]) if node.args else said.get("prompt")
    found: Value = {"prompt": str(prompt or "")}
    default = said.get("default") or fallback
    if isinstance(default, str):
        found["default"] = default
    length = said.get("length")
    if isinstance(length, int) and 1 <= length <= 200:
        found["length"] = length
    return found
