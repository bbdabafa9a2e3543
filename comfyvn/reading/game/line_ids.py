"""The name that Ren'Py itself gives to a line: translations and voice files of an existing game go by it.

Source: renpy/translation/__init__.py (`unique_identifier`, `encode_say_string`); verified against the identifiers of
the translations that ship with the engine's own games.
"""

from __future__ import annotations

import hashlib
import re

from comfyvn.reading.game.nodes import Node


def say_code(node: Node) -> str:
    """A line as Ren'Py writes it when it names it."""
    parts = [] if node["who"] is None else [str(node["who"])]
    parts += node.get("attributes", [])
    parts.append(_quoted(node["what"]))
    if not node.get("interact", True):
        parts.append("nointeract")
    if node.get("with"):
        parts += ["with", str(node["with"])]
    return " ".join(parts)


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return '"' + re.sub(r"(?<= ) ", "\\ ", text) + '"'


class LineIds:
    """Names lines as they come; two that would be called alike are told apart as Ren'Py does."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, label: str, node: Node) -> str:
        if node.get("id"):
            return self._new(str(node["id"]))
        digest = hashlib.md5((say_code(node) + "\r\n").encode(), usedforsecurity=False).hexdigest()[:8]
        prefix = label.replace(".", "_")
        base = f"{prefix}_{digest}" if label else digest
        return self._new(base)

    def _new(self, base: str) -> str:
        name, number = base, 0
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name
