"""Values, conditions and marked-up text as JSON for the web player, and the data files that carry them.

A data file is a classic script (pages opened from a disk may load nothing else) that hands JSON in a string to the
player, so no name or text in it is ever read as JavaScript, and `__proto__` is a name like any other.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Collection

from comfyvn.contracts.condition import parse_condition
from comfyvn.contracts.text import Piece, pieces

Json = object
OPERATORS: dict[type[ast.AST], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.And: "and",
    ast.Or: "or", ast.Not: "not", ast.USub: "neg", ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
}  # fmt: skip


def data_file(name: str, value: Json) -> str:
    """A script that gives the player `value` under `name`. ASCII only: no letter of it can end a line or a tag."""
    inner = _ascii(value).replace("\\", "\\\\")
    return f"comfyvn.put({_ascii(name)}, '{inner}');\n"


def _ascii(value: Json) -> str:
    """JSON without a letter that could end a string of JavaScript, a line or a tag."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace("'", "\\u0027")


def read_data_file(text: str) -> tuple[str, Json]:
    """(name, value) of what `data_file` wrote. Raises ValueError for anything else."""
    head, _, inner = text.partition(", '")
    if not head.startswith("comfyvn.put(") or not inner.endswith("');\n"):
        raise ValueError("no data file of the web player")
    return json.loads(head.removeprefix("comfyvn.put(")), json.loads(inner[:-4].replace("\\\\", "\\"))


def value_json(value: bool | int | float | str) -> Json:
    """JavaScript has one kind of number; a Python float is an object, so that 2.0 stays "2.0"."""
    return {"f": value} if isinstance(value, float) else value


def condition_json(text: str) -> Json:
    """A condition as nested lists, an operator first; see `player/values.js`. Raises ValueError as parse_condition."""
    return _node(ast.parse(parse_condition(text).code, mode="eval").body)


def _node(node: ast.expr) -> Json:
    match node:
        case ast.Name():
            return ["var", node.id]
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return ["value", value_json(value)]
        case ast.BoolOp():
            return [OPERATORS[type(node.op)], *map(_node, node.values)]
        case ast.UnaryOp():
            return [OPERATORS[type(node.op)], _node(node.operand)]
        case ast.BinOp():
            return [OPERATORS[type(node.op)], _node(node.left), _node(node.right)]
        case ast.Compare():
            links = zip(node.ops, node.comparators, strict=True)
            return ["compare", _node(node.left), *((OPERATORS[type(op)], _node(side)) for op, side in links)]
    raise ValueError(f"a condition has no {type(node).__name__}")


def text_json(text: str, variables: Collection[str]) -> list[Json]:
    """Runs of text as strings; ["open" | "close" | "single", tag, value] and ["variable", name]."""
    return [_piece(piece) for piece in pieces(text, variables)]


def _piece(piece: Piece) -> Json:
    if piece.kind == "text":
        return piece.text
    if piece.kind == "variable":
        return ["variable", piece.name]
    return [piece.kind, piece.name, piece.value]
