"""Puts members into JSON text, or other values into members, and leaves every other byte as it is."""

from __future__ import annotations

import codecs
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tree_sitter import Node

from comfyvn.contracts.place import Steps
from comfyvn.reading.json_text import Positions, key_of, value_of


@dataclass
class _Object:
    """An object of the text, and what comes into it."""

    node: Node
    members: dict[str, Any] = field(default_factory=dict)


def insert(data: bytes, values: Mapping[Steps, object], *, after_first: bool = False) -> bytes:
    """The JSON text `data` with values put in at steps where there was nothing, or null.

    New members stand at the end of their object (`after_first`: after its first member) and are parted from the others
    as those are parted from each other. Objects that are missing on the way are made. `data` must be valid JSON.
    """
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data[len(mark) :]
    positions = Positions(text)
    objects: dict[int, _Object] = {}
    changes: list[tuple[int, int, bytes]] = []
    for steps, value in values.items():
        node = value_of(positions.member(steps))
        if node.type == "null":
            changes.append((node.start_byte, node.end_byte, _json(value)))
            continue
        target, rest = _innermost(positions, steps)
        members = objects.setdefault(target.start_byte, _Object(target)).members
        for step in rest[:-1]:
            members = members.setdefault(str(step), {})
        members[str(rest[-1])] = value
    changes.extend(_addition(text, item, after_first) for item in objects.values())
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return mark + text


def put(data: bytes, values: Mapping[Steps, object]) -> bytes:
    """The JSON text `data` with these values at these steps: in place of what is there, else inserted (see `insert`).

    A value that is equal to what is there is left as it is written.
    """
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data[len(mark) :]
    positions = Positions(text)
    new: dict[Steps, object] = {}
    changes: list[tuple[int, int, bytes]] = []
    for steps, value in values.items():
        found = positions.find(steps)
        if found is None:
            new[steps] = value
        elif json.loads(found.text or b"null") != value:
            changes.append((found.start_byte, found.end_byte, _json(value)))
    for start, end, written in sorted(changes, reverse=True):
        text = text[:start] + written + text[end:]
    return mark + (insert(text, new) if new else text)


@dataclass(frozen=True)
class Written:
    """A value that is JSON text already."""

    text: str


def remove(data: bytes, names: Collection[str]) -> bytes:
    """The JSON object `data` without these members, and without what parted them from the others."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data[len(mark) :]
    root = Positions(text).root
    pairs = [child for child in root.named_children if child.type == "pair"]
    kept = [pair for pair in pairs if key_of(pair) not in names]
    if not kept:
        return mark + text[: root.start_byte + 1] + text[root.end_byte - 1 :]
    for number in reversed(range(len(pairs))):
        if key_of(pairs[number]) in names:
            # With the comma after it, or before it where nothing that stays comes after.
            is_last = all(key_of(pair) in names for pair in pairs[number:])
            start = pairs[number - 1].end_byte if is_last else pairs[number].start_byte
            end = pairs[number].end_byte if is_last else pairs[number + 1].start_byte
            text = text[:start] + text[end:]
    return mark + text


def _innermost(positions: Positions, steps: Steps) -> tuple[Node, Steps]:
    """The innermost object on the way to `steps` that is there, and the steps from it on. Raises ValueError."""
    for count in range(len(steps) - 1, -1, -1):
        node = positions.member(steps[:count])
        if count and not _is_at(node, steps[count - 1]):
            continue
        if value_of(node).type == "object":
            return value_of(node), steps[count:]
        break
    raise ValueError(f"there is no object that could hold {steps}")


def _is_at(node: Node, step: str | int) -> bool:
    """Whether `member` came as far as this step."""
    if isinstance(step, str):
        return node.type == "pair" and key_of(node) == step
    parent = node.parent
    return parent is not None and parent.type == "array" and parent.named_children.index(node) == step


def _addition(text: bytes, item: _Object, after_first: bool) -> tuple[int, int, bytes]:
    """(start, end, new bytes) that put the members into their object."""
    pairs = [child for child in item.node.named_children if child.type == "pair"]
    members = [_member(text, pairs, key, value) for key, value in item.members.items()]
    if not pairs:
        at = item.node.start_byte + 1
        return at, at, b", ".join(members)
    comma = _comma(text, item.node, pairs, after_first)
    at = pairs[0].end_byte if after_first else pairs[-1].end_byte
    return at, at, b"".join(comma + member for member in members)


def _comma(text: bytes, node: Node, pairs: list[Node], after_first: bool) -> bytes:
    """What parts two members of this object, white space included."""
    if len(pairs) > 1:
        left, right = (pairs[0], pairs[1]) if after_first else (pairs[-2], pairs[-1])
        return text[left.end_byte : right.start_byte]
    before = text[node.start_byte + 1 : pairs[0].start_byte]
    return b"," + (before if b"\n" in before else b" ")


def _member(text: bytes, pairs: list[Node], key: str, value: object) -> bytes:
    colon = b": "
    if pairs:
        inner = pairs[0].child_by_field_name("key"), pairs[0].child_by_field_name("value")
        if inner[0] is not None and inner[1] is not None:
            colon = text[inner[0].end_byte : inner[1].start_byte]
    return _json(key) + colon + _json(value)


def _json(value: object) -> bytes:
    return value.text.encode() if isinstance(value, Written) else json.dumps(value, ensure_ascii=False).encode()
