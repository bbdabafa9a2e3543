"""A game's script as it was read, whoever read it: statements as plain values, with file and line.

Kinds and what they hold beside `file` and `line`: say (who, what, attributes, id, interact), menu (items: text,
condition, block; caption), label (name, block, parameters), jump and call (target, is_expression), return (value),
scene, show and hide (name, at), with (expr), python (code), if (entries: condition, block), user (text: play, stop …),
define and default (name, code), image (name, code), other (text).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]


@dataclass
class GameScript:
    """`nodes` in the order of files and lines; `how` says who read them; `lines` are the source lines by file."""

    nodes: list[Node]
    how: str
    lines: dict[str, list[str]] = field(default_factory=dict)
    problems: list[tuple[str, int, str]] = field(default_factory=list)

    def source(self, file: str, line: int) -> str:
        """A statement as it stands in its file, with what is indented below it."""
        lines = self.lines.get(file, [])
        if not 0 < line <= len(lines):
            return ""
        first = lines[line - 1]
        indent = len(first) - len(first.lstrip())
        kept = [first[indent:]]
        for text in lines[line:]:
            if text.strip() and len(text) - len(text.lstrip()) <= indent:
                break
            kept.append(text[indent:])
        return "\n".join(kept).rstrip()


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every statement, inner ones too."""
    for node in nodes:
        yield node
        for block in blocks_of(node):
            yield from walk(block)


def blocks_of(node: Node) -> Iterator[list[Node]]:
    if node["kind"] == "menu":
        yield from (item["block"] for item in node["items"])
    elif node["kind"] == "if":
        yield from (entry["block"] for entry in node["entries"])
    elif "block" in node:
        yield node["block"]
