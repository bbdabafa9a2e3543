"""YAML files (comfyvn.yaml): plain data with the line of every member; aliases, tags and repeated keys are refused."""

from __future__ import annotations

import math
from typing import Any

import yaml

from comfyvn.contracts import place
from comfyvn.errors import Problem
from comfyvn.reading.source import DEPTH, Source, Unread

TAG = "tag:yaml.org,2002:"
AS_TEXT = {TAG + "str", TAG + "timestamp"}  # a date is what somebody typed, not a point in time


class _Plain(yaml.SafeLoader):
    """Refuses aliases while the text is read, so that no short file can stand for a huge value."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not used here", mark)
        return super().compose_node(parent, index)


class _Refused(Exception):
    def __init__(self, message: str, node: yaml.Node, steps: place.Steps) -> None:
        self.problem = Problem("", message, node.start_mark.line + 1, place.show(steps))


def parse_yaml(file: str, data: bytes) -> Source | Unread:
    """The value of a YAML file; `data` is its content, `file` its name in messages."""
    try:
        loader = _Plain(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Unread(file, (Problem(file, "the file is not UTF-8 text", line),))
    except yaml.reader.ReaderError as error:
        return Unread(file, (Problem(file, f"not YAML: {error.reason}", 0),))
    lines: dict[place.Steps, int] = {(): 1}
    try:
        node = loader.get_single_node()
        value = {} if node is None else _value(loader, node, (), lines)
    except _Refused as refused:
        return Unread(file, (Problem(file, refused.problem.message, refused.problem.line, refused.problem.path),))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"not YAML: {error.problem or error.context}"
        return Unread(file, (Problem(file, what, mark.line + 1 if mark else 0),))
    except (yaml.YAMLError, ValueError) as error:
        return Unread(file, (Problem(file, f"not YAML: {error}"),))
    except RecursionError:
        return Unread(file, (Problem(file, "values are nested too deeply", allowed=f"at most {DEPTH} levels"),))
    finally:
        loader.dispose()
    return Source(file, value, lambda steps: _line(lines, steps))


def _line(lines: dict[place.Steps, int], steps: place.Steps) -> int:
    while steps not in lines:
        steps = steps[:-1]
    return lines[steps]


def _value(loader: _Plain, node: yaml.Node, steps: place.Steps, lines: dict[place.Steps, int]) -> Any:
    lines.setdefault(steps, node.start_mark.line + 1)
    if len(steps) > DEPTH:
        raise _Refused("values are nested too deeply", node, steps[:3])
    if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
        return _mapping(loader, node, steps, lines)
    if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
        return [_value(loader, item, (*steps, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(loader, node, steps)
    raise _Refused(f"the tag {node.tag} is not used here", node, steps)


def _mapping(loader: _Plain, node: yaml.MappingNode, steps: place.Steps, lines: dict[place.Steps, int]) -> Any:
    members: dict[str, Any] = {}
    for key_node, value_node in node.value:
        # A key is always text, so that the language code `no` is not the boolean.
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == TAG + "merge":
            raise _Refused("a key is plain text", key_node, steps)
        key = str(key_node.value)
        here = (*steps, key)
        if key in members:
            raise _Refused(f'the key "{key}" stands here a second time', key_node, here)
        lines[here] = key_node.start_mark.line + 1
        members[key] = _value(loader, value_node, here, lines)
    return members


def _scalar(loader: _Plain, node: yaml.ScalarNode, steps: place.Steps) -> Any:
    if node.tag in AS_TEXT:
        return str(node.value)
    if node.tag not in {TAG + kind for kind in ("null", "bool", "int", "float")}:
        raise _Refused(f"the tag {node.tag} is not used here", node, steps)
    value = loader.construct_object(node)
    if isinstance(value, float) and not math.isfinite(value):
        raise _Refused(f"{node.value} is not a number that can be used", node, steps)
    return value
