"""Inputs that a node has only because of the values of others: ComfyUI's dynamic types (found in ComfyUI 0.33).

- `COMFY_DYNAMICCOMBO_V3`: a choice `{"options": [{"key": "mp4", "inputs": {"required": {…}, "optional": {…}}}, …]}`;
  the inputs of the chosen option stand beside it in the API graph, as `format.codec` under `format`;
- `COMFY_AUTOGROW_V3`: a list `{"template": {"input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image",
  "min": 1, "max": 50}}` (or `"names": […]` in place of prefix and max); its items stand there as `images.image0`, and
  the list itself stands nowhere;
- `COMFY_DYNAMICSLOT_V3`: a link `{"slotType": "IMAGE", "inputs": {…}}` that brings further inputs once it is there.

A server drops a choice that it does not list without a word; here it is a mistake like any other unlisted value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from comfyvn.graph.definitions import COMBO, Input, NodeClass, parse_input

Given = Mapping[str, Any]


def live(node: NodeClass, given: Given) -> NodeClass:
    """The class with the inputs that it has when its inputs hold `given` (literals and links, as in an API graph)."""
    if not any(entry.type in _UNFOLD for entry in node.inputs):
        return node
    return replace(node, inputs=tuple(found for entry in node.inputs for found in _unfolded(entry, given)))


def _unfolded(entry: Input, given: Given) -> Iterator[Input]:
    unfold = _UNFOLD.get(entry.type)
    return iter((entry,)) if unfold is None else unfold(entry, given)


def _chosen(entry: Input, given: Given) -> Iterator[Input]:
    options = {str(option["key"]): option for option in _entries(entry.config.get("options")) if "key" in option}
    config = {key: value for key, value in entry.config.items() if key != "options"}
    yield replace(entry, type=COMBO, options=tuple(options), listed=False, config=config)
    key = given.get(entry.name)
    if isinstance(key, str) and key in options:
        yield from _children(entry.name, options[key].get("inputs"), given)


def _grown(entry: Input, given: Given) -> Iterator[Input]:
    template = _mapping(entry.config.get("template"))
    groups = _mapping(template.get("input"))
    specs = ((spec, section == "required") for section, group in groups.items() for spec in _mapping(group).values())
    spec, required = next(specs, ((), False))
    if not _is_spec(spec):
        return
    least = _whole(template.get("min")) if required else 0
    for index, name in enumerate(_item_names(template)):
        place = f"{entry.name}.{name}"
        if index < least or place in given:
            yield parse_input(place, spec, index < least)


def _item_names(template: Given) -> list[str]:
    names = template.get("names")
    if isinstance(names, list):
        return [str(name) for name in names]
    return [f"{template.get('prefix', '')}{index}" for index in range(_whole(template.get("max")))]


def _slotted(entry: Input, given: Given) -> Iterator[Input]:
    kept = {key: value for key, value in entry.config.items() if key not in ("slotType", "inputs")}
    yield replace(entry, type=str(entry.config.get("slotType", "*")), config=kept)
    if entry.name in given:
        yield from _children(entry.name, entry.config.get("inputs"), given)


def _children(parent: str, groups: object, given: Given) -> Iterator[Input]:
    for section, group in _mapping(groups).items():
        for name, spec in _mapping(group).items():
            if _is_spec(spec):
                yield from _unfolded(parse_input(f"{parent}.{name}", spec, section == "required"), given)


def _is_spec(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 0


def _entries(value: object) -> list[Given]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _mapping(value: object) -> Given:
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int:
    """A number of items, as far as one can be believed: ComfyUI itself allows 100."""
    return max(0, min(value, 1000)) if isinstance(value, int) else 0


_UNFOLD: Mapping[str, Callable[[Input, Given], Iterator[Input]]] = {
    "COMFY_DYNAMICCOMBO_V3": _chosen,
    "COMFY_AUTOGROW_V3": _grown,
    "COMFY_DYNAMICSLOT_V3": _slotted,
}
