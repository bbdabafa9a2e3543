"""Conditions of menus and branches: a small safe subset of Python expressions over the novel's variables."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

NODES = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq, ast.NotEq,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Name, ast.Load, ast.Constant, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
)  # fmt: skip
TRUTH = "true or false"
PARTS = 300  # nodes of a condition's syntax tree; deeper ones cannot be walked safely
WORDS = {"true": "True", "false": "False"}
KNOWN = "variables, numbers, texts in quotes, + - *, comparisons, and, or, not"
FOREIGN: Mapping[str, tuple[type[ast.AST], ...]] = {
    "function call": (ast.Call,), "dot (a.b)": (ast.Attribute,), "square bracket (a[b])": (ast.Subscript, ast.Slice),
    "/": (ast.Div,), "//": (ast.FloorDiv,), "%": (ast.Mod,), "**": (ast.Pow,), "@": (ast.MatMult,),
    "<<": (ast.LShift,), ">>": (ast.RShift,), "&, only `and`": (ast.BitAnd,), "|, only `or`": (ast.BitOr,),
    "^": (ast.BitXor,), "~, only `not`": (ast.Invert,), "+ before a value": (ast.UAdd,),
    "`is`, only ==": (ast.Is,), "`is not`, only !=": (ast.IsNot,), "`in`": (ast.In, ast.NotIn),
    "`if … else`": (ast.IfExp,), "`lambda`": (ast.Lambda,), ":=": (ast.NamedExpr,), "`await`": (ast.Await,),
    "`yield`": (ast.Yield, ast.YieldFrom), "list": (ast.List, ast.Tuple, ast.Starred), "braces": (ast.Dict, ast.Set),
    "`for`": (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    'text with an f before it (f"…")': (ast.JoinedStr, ast.FormattedValue),
}  # fmt: skip
OTHER_LANGUAGES = {"&&": "and", "||": "or"}  # signs of other languages, and what stands for them here


@dataclass(frozen=True)
class Condition:
    """`code` is a normal form that Python and Ren'Py evaluate; `names` are the variables it reads."""

    code: str
    names: tuple[str, ...]


def parse_condition(text: str) -> Condition:
    """Variables, numbers, strings, true/false, + - *, comparisons, and, or, not.

    Raises ValueError saying what is not understood.
    """
    if len(text) > 1000 or "\\" in text:
        raise ValueError("a condition has at most 1000 characters, and no backslash")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a condition ({_reason(text, error)})") from error
    if sum(1 for _ in ast.walk(tree)) > PARTS:
        raise ValueError("the condition is too long; use a variable in between")
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            raise ValueError(f"a condition has no {in_words(node)}; use {KNOWN}")
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool | int | float | str):
            raise ValueError(f"{node.value!r} is not allowed in a condition")
        if isinstance(node, ast.Name) and node.id in WORDS:
            node.id = WORDS[node.id]
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(WORDS.values()))
    return Condition(ast.unparse(tree), tuple(names))


def in_words(node: ast.AST) -> str:
    """How an author would call a piece of Python that conditions do not have."""
    return next((words for words, kinds in FOREIGN.items() if isinstance(node, kinds)), "such expression")


def _reason(text: str, error: BaseException) -> str:
    """Why `text` cannot be read; Python's own words only where they do not name what conditions lack."""
    for sign, word in OTHER_LANGUAGES.items():
        if sign in text:
            return f"write {word} instead of {sign}"
    if re.search(r"!(?!=)", text):
        return "write not instead of !"
    if re.search(r"(?<![=!<>:])=(?!=)", text):
        return "compare with == instead of ="
    told = str(error.args[0]) if error.args else str(error)
    return told.partition(". ")[0]


def type_of(value: bool | int | float | str) -> str:
    """What a variable with this first value holds, in words."""
    if isinstance(value, bool):
        return TRUTH
    return "text" if isinstance(value, str) else "a number"


def type_fault(condition: Condition, types: Mapping[str, str]) -> str:
    """What is wrong with the kinds of values that a condition compares or reckons with; "" when nothing is.

    `types`: variable → `type_of` its value; every name of the condition must be there.
    """
    try:
        _type(ast.parse(condition.code, mode="eval").body, types)
    except TypeError as error:
        return str(error)
    return ""


def _type(node: ast.expr, types: Mapping[str, str]) -> str:
    match node:
        case ast.Name():
            return types[node.id]
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return type_of(value)
        case ast.BoolOp():
            for part in node.values:
                _type(part, types)
            return TRUTH
        case ast.UnaryOp(op=ast.Not()):
            _type(node.operand, types)
            return TRUTH
        case ast.UnaryOp():
            _need_numbers([_type(node.operand, types)], "-")
            return "a number"
        case ast.BinOp():
            return _reckoned(node, types)
        case ast.Compare():
            return _compared(node, types)
    raise TypeError(f"a condition has no {in_words(node)}")


def _reckoned(node: ast.BinOp, types: Mapping[str, str]) -> str:
    sides = [_type(node.left, types), _type(node.right, types)]
    if sides == ["text", "text"] and isinstance(node.op, ast.Add):
        return "text"
    _need_numbers(sides, {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}[type(node.op)])
    return "a number"


def _compared(node: ast.Compare, types: Mapping[str, str]) -> str:
    sides = [_type(side, types) for side in (node.left, *node.comparators)]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        if left != right:
            raise TypeError(f"{left} is compared with {right}")
        if left == TRUTH and not isinstance(operator, ast.Eq | ast.NotEq):
            raise TypeError("true and false are neither larger nor smaller")
    return TRUTH


def _need_numbers(sides: list[str], operator: str) -> None:
    wrong = next((side for side in sides if side != "a number"), None)
    if wrong:
        raise TypeError(f"{operator} reckons with numbers, not with {wrong}")
