"""Conditions of menus and branches: a small safe subset of Python expressions over the novel's variables."""

from __future__ import annotations

import ast
from dataclasses import dataclass

NODES = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq, ast.NotEq,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Name, ast.Load, ast.Constant, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
)  # fmt: skip
WORDS = {"true": "True", "false": "False"}


@dataclass(frozen=True)
class Condition:
    """`code` is a normal form that Python and Ren'Py evaluate; `names` are the variables it reads."""

    code: str
    names: tuple[str, ...]


def parse_condition(text: str) -> Condition:
    """Variables, numbers, strings, true/false, + - *, comparisons, and, or, not.

    Raises ValueError saying what is not understood.
    """
    if len(text) > 1000:
        raise ValueError("a condition has at most 1000 characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a condition ({error.args[0] if error.args else error})") from error
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            raise ValueError(f"{type(node).__name__} is not allowed; use variables, numbers, comparisons, and, or, not")
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool | int | float | str):
            raise ValueError(f"{node.value!r} is not allowed in a condition")
        if isinstance(node, ast.Name) and node.id in WORDS:
            node.id = WORDS[node.id]
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(WORDS.values()))
    return Condition(ast.unparse(tree), tuple(names))
