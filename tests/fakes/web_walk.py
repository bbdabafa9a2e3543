"""Walks through the web export's data files, without a browser: every way through the story as ids of lines."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyvn.targets.web_values import read_data_file

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass
class Way:
    """Ids of lines and choices in the order in which they are met; the answers' ids; the ending's pieces."""

    variables: dict[str, Any]
    heard: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    ending: Any = None


def data_of(texts: Mapping[str, str]) -> dict[str, Any]:
    """Name → value of every data file among an export's texts."""
    return dict(read_data_file(text) for place, text in texts.items() if place.startswith("assets/data/"))


def walks(texts: Mapping[str, str]) -> Iterator[Way]:
    data = data_of(texts)
    novel = data["novel"]
    yield from _from(data, novel["start"], 0, Way({key: _value(each) for key, each in novel["variables"].items()}))


def _from(data: dict[str, Any], scene: str, at: int, way: Way) -> Iterator[Way]:
    while True:
        step = data[f"scenes/{scene}"]["steps"][at]
        at += 1
        kind = step["do"]
        if "id" in step and (kind != "menu" or _offered(step, way)):
            way.heard.append(step["id"])
        if kind == "menu" and not _offered(step, way):
            at = step["after"]
        elif kind == "menu":
            for choice in _offered(step, way):
                one = copy.deepcopy(way)
                one.heard.append(choice["id"])
                one.chosen.append(choice["id"])
                yield from _from(data, scene, choice["to"], one)
            return
        elif kind in ("end", "finish"):
            way.ending = step.get("text")
            yield way
            return
        elif kind == "jump":
            scene, label = step["scene"], step.get("label")
            at = data[f"scenes/{scene}"]["labels"][label] if label else 0
        elif kind == "go" or (kind == "unless" and not evaluate(step["if"], way.variables)):
            at = step["to"]
        elif kind == "set":
            way.variables[step["variable"]] = _value(step["value"])
        elif kind == "add":
            way.variables[step["variable"]] += _value(step["value"])
        elif kind == "input":
            way.variables[step["variable"]] = step["default"]


def _offered(step: Mapping[str, Any], way: Way) -> list[Any]:
    return [choice for choice in step["choices"] if "if" not in choice or evaluate(choice["if"], way.variables)]


def _value(value: Any) -> Any:
    return value["f"] if isinstance(value, dict) else value


def evaluate(condition: Any, variables: Mapping[str, Any]) -> Any:
    """What a condition's JSON means, as Python means it."""
    kind, *parts = condition
    if kind == "value":
        return _value(parts[0])
    if kind == "var":
        return variables[parts[0]]
    if kind == "compare":
        left = evaluate(parts[0], variables)
        for sign, side in parts[1:]:
            right = evaluate(side, variables)
            if not COMPARE[sign](left, right):
                return False
            left = right
        return True
    if kind in ("and", "or"):
        value = None
        for part in parts:
            value = evaluate(part, variables)
            if bool(value) is (kind == "or"):
                return value
        return value
    values = [evaluate(part, variables) for part in parts]
    if kind == "not":
        return not values[0]
    if kind == "neg":
        return -values[0]
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[kind](*values)
