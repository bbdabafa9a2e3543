"""Reads a game's script without the engine: every statement of Ren'Py's that tells a story; the rest by its name."""

from __future__ import annotations

import re
from typing import Any

from comfyvn.reading.game.nodes import Node
from comfyvn.reading.script.blocks import Line, foreign_blocks

TEXT = re.compile(
    r'"{3}(?:[^\\]|\\.)*?"{3}|"(?:[^"\\]|\\.)*"|\'{3}(?:[^\\]|\\.)*?\'{3}|\'(?:[^\'\\]|\\.)*\'', re.DOTALL
)
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{1,4})|(.))", re.DOTALL)
NAME = re.compile(r"[^\W\d][\w.]*")
SPEAKER = re.compile(r"[^\W\d][\w.]*|" + TEXT.pattern, re.DOTALL)
ATTRIBUTES = re.compile(r"(?:\s+(?:[-@]\s*)?\w+)*")
LABEL = re.compile(r"label\s+([.\w]+)\s*(\()?")
GOAL = re.compile(r"(jump|call)\s+(expression\s+)?([^\s(]+)")
DEFINED = re.compile(r"(define|default)\s+(?:[+-]?\d+\s+)?([\w.]+)\s*=\s*(.*)", re.DOTALL)
IMAGE = re.compile(r"image\s+([^=:]+?)\s*(?:=\s*(.*)|:)\s*$", re.DOTALL)
SHOWN = re.compile(r"(scene|show|hide)\b\s*(.*)", re.DOTALL)
CLAUSE = re.compile(r"\b(at|with|as|onlayer|behind|zorder)\b")
ENDING = re.compile(r"(?:\s+id\s+(\w+)|\s+nointeract|\s*\((?:[^()]|\([^()]*\))*\)|\s+with\s+.+)")
DEFINITIONS = ("screen", "style", "transform", "translate", "testcase", "layeredimage")
USER = ("play", "stop", "queue", "voice", "pause", "window", "nvl", "camera")
STORY = re.compile(r"[\w.]+")


def read_file(file: str, text: str) -> tuple[list[Node], list[tuple[str, int, str]]]:
    """The statements of one file, and what could not be read: (file, line, why)."""
    lines, slips = foreign_blocks(text.replace("\r\n", "\n"))
    return _block(lines, file), [(file, slip.line, slip.message) for slip in slips]


def _block(lines: tuple[Line, ...], file: str) -> list[Node]:
    nodes: list[Node] = []
    for line in lines:
        word = STORY.match(line.text)
        kind = word[0] if word else ""
        if kind in ("elif", "else") and nodes and nodes[-1]["kind"] == "if":
            condition = "True" if kind == "else" else _condition(line.text)
            nodes[-1]["entries"].append({"condition": condition, "block": _block(line.block, file)})
        else:
            nodes.extend(_statement(line, kind, file))
    return nodes


def _statement(line: Line, kind: str, file: str) -> list[Node]:
    def made(what: str, /, **more: Any) -> list[Node]:
        return [{"kind": what, "file": file, "line": line.number, **more}]

    text = line.text
    if text.startswith("$"):
        return made("python", code=text[1:].strip(), hide=False)
    if line.raw is not None and (kind == "python" or re.match(r"init\b.*python", text)):
        return made("python", code="\n".join(line.raw), hide="early" in text)
    if re.match(r"init\s+offset\b", text):
        return []
    if kind == "init" and (found := re.match(r"init\s*(?:[+-]?\d+)?\s*:?\s*", text)) is not None:
        if found.end() == len(text):
            return _block(line.block, file)
        return _statement(Line(line.number, line.start, text[found.end() :], line.block, line.raw),
                          text[found.end() :].split(" ", 1)[0], file)  # fmt: skip
    if (found := LABEL.match(text)) and text.endswith(":"):
        return made("label", name=found[1], block=_block(line.block, file), parameters=bool(found[2]))
    if re.match(r"call\s+screen\b", text):
        return made("user", text=text)
    if found := GOAL.match(text):
        target = text[found.start(3) :] if found[2] else found[3]
        return made(found[1], target=target, is_expression=bool(found[2]))
    if kind == "return":
        return made("return", value=text[6:].strip() or None)
    if kind == "if":
        return made("if", entries=[{"condition": _condition(text), "block": _block(line.block, file)}])
    if kind == "menu" and text.endswith(":"):
        return _menu(line, file)
    if found := DEFINED.match(text):
        return made(found[1], name=found[2], code=found[3].strip())
    if kind == "image" and (found := IMAGE.match(text)):
        return made("image", name=found[1].split(), code=found[2].strip() if found[2] else None)
    if kind == "with":
        return made("with", expr=text[4:].strip())
    if kind == "pass":
        return []
    if kind in USER:
        return made("user", text=text)
    if kind in DEFINITIONS or kind == "while":
        return made("other", text=kind.capitalize())
    if (said := _said(text, file, line.number)) is not None:
        return said
    if (found := SHOWN.match(text)) and kind in ("scene", "show", "hide"):
        return _shown(found[1], found[2], file, line)
    return made("user", text=text)


def _condition(text: str) -> str:
    return text.split(None, 1)[1].rstrip().removesuffix(":").strip() if " " in text else "True"


def _shown(kind: str, rest: str, file: str, line: Line) -> list[Node]:
    if rest.startswith(("screen ", "layer ")):
        return [{"kind": "user", "file": file, "line": line.number, "text": line.text}]
    rest = rest.removesuffix(":") if line.block else rest
    parts = CLAUSE.split(rest)
    clauses = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    name = parts[0].split()
    expression = " ".join(name[1:]) if name[:1] == ["expression"] else None
    node = {
        "kind": kind, "file": file, "line": line.number, "name": [] if expression else name, "expression": expression,
        "tag": clauses.get("as"), "at": [each.strip() for each in clauses["at"].split(",")] if "at" in clauses else [],
    }  # fmt: skip
    after = {"kind": "with", "file": file, "line": line.number, "expr": clauses.get("with")}
    return [node, after] if "with" in clauses else [node]


def _said(text: str, file: str, number: int) -> list[Node] | None:
    """A line of dialogue; None when it is something else."""
    who, attributes, at = None, "", 0
    if not (found := TEXT.match(text)) or not _is_end(text[found.end() :]):
        speaker = SPEAKER.match(text)
        if speaker is None:
            return None
        more = ATTRIBUTES.match(text, speaker.end())
        assert more is not None
        who, attributes, at = speaker[0], more[0], more.end()
        while at < len(text) and text[at].isspace():
            at += 1
        found = TEXT.match(text, at)
        if found is None or not _is_end(text[found.end() :]):
            return None
    given = re.search(r"\bid\s+(\w+)", text[found.end() :])
    after = re.search(r"\bwith\s+(.+)$", text[found.end() :])
    node = {
        "kind": "say", "file": file, "line": number, "who": who, "id": given[1] if given else None,
        "attributes": [word for word in re.split(r"[\s@]+", attributes) if word], "interact": True,
        "with": after[1] if after else None,
    }  # fmt: skip
    return [{**node, "what": what} for what in _texts(found[0])]


def _is_end(rest: str) -> bool:
    """Whether nothing but what may follow a line's text stands here."""
    while found := ENDING.match(rest):
        rest = rest[found.end() :]
    return not rest.strip()


def _texts(literal: str) -> list[str]:
    """What a text says; one in three quotes is as many lines as it has paragraphs."""
    if literal[:3] in ('"""', "'''"):
        return [_unescaped(part.strip()) for part in re.split(r"\n\s*\n", literal[3:-3]) if part.strip()]
    return [_unescaped(literal[1:-1])]


def _unescaped(text: str) -> str:
    """As Ren'Py's lexer does: white space in a row is one space; a bracket that is escaped is doubled."""
    return ESCAPE.sub(_letter, re.sub(r"[ \n]+", " ", text))


def _letter(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return {"n": "\n", "{": "{{", "[": "[[", "%": "%%"}.get(found[2], found[2])


def _menu(line: Line, file: str) -> list[Node]:
    node: Node = {"kind": "menu", "file": file, "line": line.number, "items": [], "caption": None}
    before: list[Node] = []
    if named := re.match(r"menu\s+([\w.]+)", line.text):
        place: Node = {"kind": "label", "file": file, "line": line.number, "name": named[1], "block": []}
        before.append({**place, "parameters": False})
    for item in line.block:
        choice = TEXT.match(item.text)
        if item.text.endswith(":") and choice:
            condition = re.search(r"\bif\s+(.+):$", item.text[choice.end() :], re.DOTALL)
            node["items"].append({
                "text": _texts(choice[0])[0], "condition": condition[1].strip() if condition else "True",
                "block": _block(item.block, file),
            })  # fmt: skip
        elif said := _said(item.text, file, item.number):
            if said[0]["who"] is None:
                node["caption"] = said[0]["what"]
            else:
                before.append({**said[0], "interact": False})
    return [*before, node]
