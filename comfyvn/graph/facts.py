"""Writes node definitions as the facts file `providers/nodes.json`: one class a line, so that a diff names it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from comfyvn.graph.definitions import Definitions, Input, NodeClass, Option

SHARED_LENGTH = 12  # shorter lists of options are repeated where they stand


def to_facts(definitions: Definitions) -> dict[str, Any]:
    """The document that `definitions.from_facts` reads: classes sorted by name, long repeated option lists shared."""
    shared = _shared_lists(definitions)
    return {
        "version": 1,
        "comfyui": definitions.comfyui,
        "lists": {name: list(options) for options, name in sorted(shared.items(), key=lambda pair: pair[1])},
        "classes": {name: _node(definitions.classes[name], shared) for name in sorted(definitions.classes)},
    }


def dump_facts(document: Mapping[str, Any]) -> str:
    """The text of the facts file: the header, then one line per list and per class; ends with a newline."""
    head = {key: value for key, value in document.items() if key not in ("lists", "classes")}
    blocks = [f"{json.dumps(key)}: {_line(value)}" for key, value in head.items()]
    blocks += [f"{json.dumps(key)}: {{\n{_rows(document[key])}\n}}" for key in ("lists", "classes")]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _rows(group: Mapping[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {_line(value)}" for name, value in group.items())


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _shared_lists(definitions: Definitions) -> dict[tuple[Option, ...], str]:
    """Long option lists that occur more than once → the name of the first input that has them."""
    uses = [
        (entry.options, f"{name}.{entry.name}")
        for name in sorted(definitions.classes)
        for entry in definitions.classes[name].inputs
        if entry.options and len(entry.options) >= SHARED_LENGTH
    ]
    counts = Counter(options for options, _ in uses)
    names: dict[tuple[Option, ...], str] = {}
    for options, name in uses:
        if counts[options] > 1:
            names.setdefault(options, name)
    return names


def _node(node: NodeClass, shared: Mapping[tuple[Option, ...], str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"pack": node.pack}
    for key, required in (("required", True), ("optional", False)):
        if inputs := [_input(i, shared) for i in node.inputs if i.required is required]:
            entry[key] = inputs
    if node.hidden:
        entry["hidden"] = dict(sorted(node.hidden.items()))
    entry["outputs"] = [[o.type, o.name, True] if o.is_list else [o.type, o.name] for o in node.outputs]
    flags = {"output_node": node.output_node, "deprecated": node.deprecated}
    return entry | {key: True for key, value in flags.items() if value}


def _input(entry: Input, shared: Mapping[tuple[Option, ...], str]) -> list[Any]:
    config = dict(entry.config)
    if not entry.is_choice:
        return [entry.name, entry.type, *_optional(config)]
    choices = _choices(entry, shared)
    if entry.listed:
        return [entry.name, choices, *_optional(config)]
    return [entry.name, entry.type, {"options": choices, **config}]


def _choices(entry: Input, shared: Mapping[tuple[Option, ...], str]) -> list[Option] | dict[str, Any]:
    if entry.folder:
        return {"folder": entry.folder, **({"also": list(entry.also)} if entry.also else {})}
    options = entry.options or ()
    return {"list": shared[options]} if options in shared else list(options)


def _optional(config: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [config] if config else []
