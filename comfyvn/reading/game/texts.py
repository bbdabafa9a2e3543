"""Texts and conditions of a game as contracts have them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from comfyvn.contracts.condition import parse_condition
from comfyvn.contracts.text import pieces

TAG = re.compile(r"\{(?!\{)/?[a-zA-Z_#][^{}]*\}")
ID_TAG = re.compile(r"\{#(\w+)\}$")  # how our exports name a choice or a question
HOLE = re.compile(r"\[([^\[\]]*)\]")
DOUBLED = {"[[": "\ue000", "{{": "\ue001"}  # private characters stand for them meanwhile
SINGLE = {"\ue000": "[", "\ue001": "{"}


def text_of(text: str, variable: Callable[[str], str | None], told: Callable[[str, str], None]) -> str:
    """What the player reads, in the markup of contracts. `variable`: the id of a variable, None for what is none;
    `told` hears of what is lost (what, which).
    """
    for two, mark in DOUBLED.items():
        text = text.replace(two, mark)
    text = HOLE.sub(lambda found: _shown(found, variable, told), text)
    text = _tags(text, told)
    for mark, one in SINGLE.items():
        text = text.replace(mark, one)
    return text


def _shown(found: re.Match[str], variable: Callable[[str], str | None], told: Callable[[str, str], None]) -> str:
    name, _, _conversion = found[1].partition("!")
    known = variable(name.strip())
    if known is None:
        told("a text shows code; it is left out of it", found[0])
        return ""
    return f"[{known}]"


def _tags(text: str, told: Callable[[str, str], None]) -> str:
    """Without the tags that contracts do not have."""
    known = {piece.text for piece in pieces(text) if piece.kind in ("open", "close", "single")}

    def kept(found: re.Match[str]) -> str:
        if found[0] in known:
            return found[0]
        if not found[0].startswith("{#"):  # which tells alike texts apart, and is never shown
            told("a text tag is left out", found[0])
        return ""

    return TAG.sub(kept, text)


def condition_of(code: str, variable: Callable[[str], str | None]) -> str | None:
    """A condition over story variables; None when contracts cannot say it."""
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    known = {name: variable(name) for name in names}
    if None in known.values():
        return None
    text = ast.unparse(_Renamed({name: new for name, new in known.items() if new}).visit(tree))
    try:
        parse_condition(text)
    except ValueError:
        return None
    return text


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """`x is True` says what `x == True` says."""
        swap = {ast.Is: ast.Eq, ast.IsNot: ast.NotEq}
        node.ops = [swap[type(each)]() if type(each) in swap else each for each in node.ops]
        self.generic_visit(node)
        return node


def literal(code: str | None) -> Any:
    """The value of a literal, `_("…")` included; None for anything else."""
    if code is None:
        return None
    try:
        tree = ast.parse(code.strip(), mode="eval").body
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in ("_", "__"):
            tree = tree.args[0]
        return ast.literal_eval(tree)
    except (SyntaxError, ValueError, TypeError, IndexError, RecursionError, MemoryError):
        return None
