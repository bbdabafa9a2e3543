"""Whether a value fits an input of a workflow: its type, its range, its choices, the fields of a list's items."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comfyvn.errors import closest
from comfyvn.graph.header import FILES, ITEMS_MAX, SEED_MAX, InputSpec


def is_absent(value: object) -> bool:
    """Whether a value means that the input is not given: nothing, or an empty list."""
    return value is None or (isinstance(value, (list, tuple)) and not value)


def value_problems(name: str, spec: InputSpec, value: object) -> Iterator[str]:
    """Why `value` cannot be bound to the input `name`, one line per reason; nothing if it can."""
    if spec.type == "list" and isinstance(value, (list, tuple)):
        yield from _list_problems(name, spec, value)
    elif not _fits(spec, value):
        near = closest(value, spec.choices) if isinstance(value, str) else ""
        hint = f'; did you mean "{near}"?' if near else ""
        yield f"input {name}: given {_shown(value)}; allowed: {allowed(spec)}{hint}"


def _list_problems(name: str, spec: InputSpec, items: Sequence[object]) -> Iterator[str]:
    if len(items) > ITEMS_MAX:
        yield f"input {name}: {len(items)} items; allowed: at most {ITEMS_MAX}"
    for index, item in enumerate(items):
        place = f"{name}[{index}]"
        if not isinstance(item, Mapping):
            yield f"input {place}: given {_shown(item)}; allowed: an object with {', '.join(spec.item)}"
            continue
        for key in sorted(set(item) - set(spec.item), key=str):
            near = closest(str(key), spec.item)
            yield f"input {place}: unknown field {key}" + (f'; did you mean "{near}"?' if near else "")
        for key, entry in spec.item.items():
            if item.get(key) is not None:
                yield from value_problems(f"{place}.{key}", entry, item[key])
            elif entry.default is None:
                yield f"input {place}.{key} is required; allowed: {allowed(entry)}"


def _fits(spec: InputSpec, value: object) -> bool:
    if spec.type in ("text", "model", "choice"):
        return isinstance(value, str) and (spec.type != "choice" or not spec.choices or value in spec.choices)
    if spec.type in FILES:
        return bool(value)
    if spec.type == "schedule":
        return bool(moments(value))
    if spec.type == "bool":
        return isinstance(value, bool)
    return _is_number(spec, value) and _in_range(spec, value)


def moments(value: object) -> dict[int, str]:
    """Frame → text of a schedule, in the order of the frames; nothing when it is none.

    It may also be given as the nodes write it: `"0": "…", "24": "…"`.
    """
    if isinstance(value, str):
        try:
            value = json.loads("{" + value + "}", strict=False)
        except (ValueError, RecursionError):
            return {}
    if not isinstance(value, Mapping) or not all(map(_is_moment, value, value.values())):
        return {}
    return dict(sorted((int(frame), text) for frame, text in value.items()))


def _is_moment(frame: object, text: object) -> bool:
    """Whether this is a frame (0, "0", 24 …) and what is said from it on."""
    whole = frame.isascii() and frame.isdecimal() if isinstance(frame, str) else type(frame) is int and frame >= 0
    return whole and isinstance(text, str)


def _is_number(spec: InputSpec, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) if spec.type == "float" else isinstance(value, int) and spec.type in ("int", "seed")


def _in_range(spec: InputSpec, value: Any) -> bool:
    low, high = (0, SEED_MAX) if spec.type == "seed" else (spec.min, spec.max)
    return (low is None or value >= low) and (high is None or value <= high)


def allowed(spec: InputSpec) -> str:
    """What may be bound to an input, in words: `int 1…200`, `"karras", "simple"`."""
    low, high = (0, SEED_MAX) if spec.type == "seed" else (spec.min, spec.max)
    if spec.choices:
        return ", ".join(f'"{choice}"' for choice in spec.choices)
    bounds = "" if low is None and high is None else f" {'' if low is None else low}…{'' if high is None else high}"
    return 'schedule {"0": "…", "24": "…"}' if spec.type == "schedule" else spec.type + bounds


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
