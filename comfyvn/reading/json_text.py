"""JSON files: parsed strictly by the standard library; lines of members come from tree-sitter, and only when asked."""

from __future__ import annotations

import json
import math
import re
from collections import deque
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

import tree_sitter_json
from tree_sitter import Language, Node, Parser

from comfyvn.contracts import place
from comfyvn.errors import Problem
from comfyvn.reading.source import DEPTH, Source, Unread, members, too_deep

HALF = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that is half of a pair, or all of one with the next


class Positions:
    """Where the members of a JSON text stand. `text` is valid JSON in UTF-8, without a byte-order mark."""

    def __init__(self, text: bytes) -> None:
        self.text = text

    @cached_property
    def root(self) -> Node:
        document = Parser(_language()).parse(self.text).root_node
        return next(child for child in document.named_children if child.type != "comment")

    def line(self, steps: place.Steps) -> int:
        """The line (from 1) of a member's key, or of the nearest outer one that exists."""
        return self.member(steps).start_point[0] + 1

    def member(self, steps: place.Steps) -> Node:
        """The pair (of an object) or the element (of a list) at `steps`, or the nearest outer one that exists."""
        found = self.root
        for step in steps:
            inner = _child(value_of(found), step)
            if inner is None:
                break
            found = inner
        return found

    def find(self, steps: place.Steps) -> Node | None:
        """The value at `steps`; None where there is none."""
        found = self.root
        for step in steps:
            inner = _child(found, step)
            if inner is None:
                return None
            found = value_of(inner)
        return found

    def duplicates(self) -> Iterator[tuple[place.Steps, Node]]:
        """Every pair whose key stood before in the same object."""
        waiting: deque[tuple[Node, place.Steps]] = deque([(self.root, ())])
        while waiting:
            node, steps = waiting.popleft()
            seen: set[str] = set()
            for index, child in enumerate(node.named_children):
                if child.type != "pair":
                    waiting.append((child, (*steps, index)))
                    continue
                key = key_of(child)
                if key in seen:
                    yield (*steps, key), child
                seen.add(key)
                waiting.append((value_of(child), (*steps, key)))


@cache
def _language() -> Language:
    return Language(tree_sitter_json.language())


def key_of(pair: Node) -> str:
    key = pair.child_by_field_name("key")
    return str(json.loads(key.text or b'""')) if key is not None else ""


def value_of(node: Node) -> Node:
    """A pair's value; any other node is a value itself."""
    value = node.child_by_field_name("value") if node.type == "pair" else None
    return value if value is not None else node


def _child(node: Node, step: str | int) -> Node | None:
    children = node.named_children
    if isinstance(step, int):
        return children[step] if node.type == "array" and step < len(children) else None
    if node.type != "object":
        return None
    return next((child for child in children if child.type == "pair" and key_of(child) == step), None)


CONFLICT = re.compile(r"(<{7}|={7}|>{7})( |\r?$)")


class _Repeated(Exception):
    """An object holds a key twice."""


def parse_json(file: str, data: bytes) -> Source | Unread:
    """The value of a JSON file; `data` is its content, `file` its name in messages.

    Refused besides broken JSON: text that is not UTF-8, a key given twice, NaN, infinities, surrogate halves, values
    nested deeper than 100.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Unread(file, (Problem(file, "the file is not UTF-8 text", line, allowed="JSON saved as UTF-8"),))
    positions = Positions(text.encode())
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except json.JSONDecodeError as error:
        if CONFLICT.match(text.split("\n")[error.lineno - 1]):
            what = "Git could not merge this file, and left its marks in it"
            return Unread(file, (Problem(file, what, error.lineno, allowed="one side of the conflict, without marks"),))
        what = f"not JSON: {error.msg[0].lower()}{error.msg[1:]} (column {error.colno})"
        return Unread(file, (Problem(file, what, error.lineno),))
    except _Repeated:
        return Unread(file, tuple(_repeated(file, positions)))
    except RecursionError:
        return Unread(file, (_nested(file),))
    except ValueError as error:
        return Unread(file, (Problem(file, f"not JSON: {error}", _line_of_number(text, str(error))),))
    steps = too_deep(value)
    if steps is not None:
        return Unread(file, (_nested(file, positions.line(steps)),))
    if HALF.search(text):
        halves = [steps for steps, item in members(value) if _has_half(item)]
        if halves:
            what = "the text holds half of a surrogate pair, which is no character"
            return Unread(file, (Problem(file, what, positions.line(halves[0]), place.show(halves[0])),))
    return Source(file, value, positions.line)


def _has_half(item: object) -> bool:
    texts = item if isinstance(item, dict) else [item]
    return any(isinstance(text, str) and any("\ud800" <= letter <= "\udfff" for letter in text) for text in texts)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Repeated
    return members


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large for a number")
    return value


def _repeated(file: str, positions: Positions) -> Iterator[Problem]:
    for steps, pair in positions.duplicates():
        line = pair.start_point[0] + 1
        yield Problem(file, f'the key "{steps[-1]}" stands here a second time', line, place.show(steps))


def _nested(file: str, line: int = 0) -> Problem:
    return Problem(file, "values are nested too deeply", line, allowed=f"at most {DEPTH} levels")


def _line_of_number(text: str, message: str) -> int:
    """The line of the literal that a message begins with; 0 when it is not found."""
    at = text.find(message.split(" ", 1)[0])
    return text.count("\n", 0, at) + 1 if at >= 0 else 0
