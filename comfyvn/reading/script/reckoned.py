"""Variables and what the player types; statements that are no words of the language: Ren'Py code, and JSON."""

from __future__ import annotations

import ast
import re
from typing import Any

from comfyvn.contracts.place import Steps
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.script.blocks import Line, Slip
from comfyvn.reading.script.found import Found, Gap, Spot, Value, merged, no_block
from comfyvn.reading.script.words import Words
from comfyvn.reading.source import Unread

COMMENT = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\#[^\n]*""")  # or a text, in which # is no comment


def assignment(words: Words, line: Line, here: Steps, found: Found) -> Value:
    code = words.rest().strip()
    allowed = '$ name = value, $ name += 1, or $ name = renpy.input("prompt")'
    try:
        tree = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Slip("not an assignment", allowed, value=code[:60]) from error
    no_block(line, "`$`")
    match tree:
        case [ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)]:
            return _input(name.removeprefix("_"), call, code, line, here, found)
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
            return {"set": name.removeprefix("_"), "value": _constant(value, code)}
        case [ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub() as operator, value=value)]:
            number = _constant(value, code)
            if isinstance(number, bool | str):
                raise Slip("only numbers are added", allowed, value=code[:60])
            return {"add": name.removeprefix("_"), "value": -number if isinstance(operator, ast.Sub) else number}
    raise Slip("this language has no such Python", allowed + "; other code: a `renpy:` block", value=code[:60])


def _constant(node: ast.expr, code: str) -> Any:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        value = None
    if not isinstance(value, bool | int | float | str):
        raise Slip("a variable gets a number, a text, True or False", "other code: a `renpy:` block", value=code[:60])
    return value


def _input(name: str, call: ast.Call, code: str, line: Line, here: Steps, found: Found) -> Value:
    if ast.unparse(call.func) != "renpy.input":
        raise Slip("this language has no such function", 'renpy.input("prompt", default="…", length=20)',
                   value=code[:60])  # fmt: skip
    value: Value = {"input": name}
    if len(call.args) > 1:
        raise Slip("renpy.input has one text, and names for the rest", 'renpy.input("prompt", default="…", length=20)')
    for node in call.args:
        value["prompt"] = _constant(node, code)
    for keyword in call.keywords:
        merged(value, {str(keyword.arg): _constant(keyword.value, code)})
    # An id goes before the bracket that ends the call, which ends the line.
    before = COMMENT.sub(lambda part: part[1] or "", line.text[:-1]).rstrip()
    comma = "" if before.endswith(("(", ",")) else ", "
    found.at[here] = Spot(line, None if "id" in value else Gap(line.end - 1, f'{comma}id="', '"'))
    return value


def renpy_block(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    words.colon("block")
    if not line.raw:
        raise Slip("what belongs here is missing", "Ren'Py's own statements, indented below")
    return [{"renpy": "\n".join(line.raw)}]


def as_json(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    at = line.start + words.at
    source = parse_json("", words.rest().encode())
    if isinstance(source, Unread):
        raise Slip(source.problems[0].message, 'a statement as in JSON: comfyvn {"pause": null}')
    if not isinstance(source.value, dict):
        raise Slip("not a statement as in JSON", 'comfyvn {"pause": null}', value=words.rest()[:60])
    no_block(line, "`comfyvn`")
    found.at[here] = Spot(line, json=at)
    return [source.value]


def default(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    raise Slip("`default` stands before the scene's label", "the top of the file, not indented")
