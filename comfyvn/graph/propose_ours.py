"""Knows a graph again that came from one of our own workflows: a picture that was built, or a copy that was changed.

Nodes keep their ids in both, so what our header says of a node still holds for it; nothing has to be guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comfyvn.graph.header import FILES, ITEMS_MAX, Absence, InputSpec, split_address
from comfyvn.graph.links import class_of, inputs_of, is_link
from comfyvn.graph.propose_draft import Draft, Line, declare, shown
from comfyvn.graph.template import Workflow

KNOWN = 0.8  # of a graph's nodes must be ours before their ids mean anything
FEW = 5  # nodes; in a smaller graph all must be ours
ITEM_KEYS = {"type", "default", "doc"}


def bind_ours(draft: Draft, ours: Workflow) -> bool:
    """The inputs and seeds of `ours` where its own header has them; whether the graph is made of its nodes at all."""
    if not _is_made_of(draft, ours):
        return False
    for name, spec in ours.expected_inputs.items():
        places = [place for place in spec.to if _is_plain(draft, ours, place)]
        if spec.type == "list":
            _bind_list(draft, ours, name, spec)
        elif places:
            _bind(draft, ours, name, spec, places)
    for key, addresses in ours.seed_keys.items():
        if places := [place for place in addresses if _is_plain(draft, ours, place) and place not in draft.taken]:
            draft.seeds[key] = places
            draft.taken.update(places)
    return True


def _is_made_of(draft: Draft, ours: Workflow) -> bool:
    graph = draft.traced.graph
    same = [node for node in graph if class_of(graph[node]) == class_of(ours.graph.get(_original(node, ours)))]
    return len(same) >= (KNOWN * len(graph) if len(graph) >= FEW else len(graph))


def _original(node: str, ours: Workflow) -> str:
    """The node that a copy for a further item of a list is of: `2001` of `2`."""
    return node if node in ours.graph else node[:-3]


def _is_plain(draft: Draft, ours: Workflow, place: str) -> bool:
    """Whether the node is here and still ours, with a value of its own at this input."""
    node, name = split_address(place)
    inputs = inputs_of(draft.traced.graph.get(node))
    return _is_ours(draft, ours, node) and name in inputs and not is_link(inputs[name])


def _is_ours(draft: Draft, ours: Workflow, node: str) -> bool:
    name = class_of(draft.traced.graph.get(node))
    return bool(name) and name == class_of(ours.graph.get(node))


def _bind_list(draft: Draft, ours: Workflow, name: str, spec: InputSpec) -> None:
    """A list of which the graph holds one item; of more, their copies would have to be taken out first."""
    expansion, absence = ours.expand[name], ours.optional.get(name)
    copies = {f"{node}{number:03d}" for node in expansion.nodes for number in range(1, ITEMS_MAX)}
    whole = bool(expansion.nodes) and all(_is_ours(draft, ours, node) for node in expansion.nodes)
    places = [place for addresses in expansion.items.values() for place in addresses]
    if not whole or copies & set(draft.traced.graph) or not all(_is_plain(draft, ours, place) for place in places):
        return
    if absence is None or not _fits(draft, absence):
        return
    item = {key: entry.model_dump(exclude_unset=True, include=ITEM_KEYS) for key, entry in spec.item.items()}
    draft.inputs[name] = {"type": "list", **({"doc": spec.doc} if spec.doc else {}), "item": item}
    draft.expand[name] = expansion.model_dump(mode="json", exclude_defaults=True)
    draft.optional[name] = absence.model_dump(mode="json", exclude_defaults=True)
    if name in ours.models:
        draft.folders[name] = ours.models[name]
    draft.taken.update(places)
    draft.lines.append(Line(name, "list", tuple(places), "may be empty"))


def _bind(draft: Draft, ours: Workflow, name: str, spec: InputSpec, places: list[str]) -> None:
    value = draft.traced.value(places[0])
    entry: dict[str, Any] = {"type": spec.type}
    note = "required" if spec.type in FILES else "" if spec.required else shown(value)
    if spec.type == "model" and isinstance(value, str):
        draft.folders[name] = folder = ours.models[name]
        entry["default"] = draft.names.name(folder, value)
        note = value if draft.names.known(folder, value) else f"{value}: not in the registry"
    elif spec.type in FILES and (absence := ours.optional.get(name)) and _fits(draft, absence):
        draft.optional[name] = absence.model_dump(mode="json", exclude_defaults=True)
        note = "may be absent"
    elif spec.type in FILES or spec.required:
        entry["required"] = True
        if spec.unless and (absence := ours.optional.get(name)) and _fits(draft, absence):
            draft.optional[name] = absence.model_dump(mode="json", exclude_defaults=True)
            entry["unless"] = list(spec.unless)
    else:
        entry["default"] = float(value) if spec.type == "float" and isinstance(value, int) else value
    declare(draft, name, entry, places)
    draft.lines.append(Line(name, spec.type, tuple(places), note))


def _fits(draft: Draft, absence: Absence) -> bool:
    """Whether all that is done while an input is absent can be done to this graph."""
    return all(node in draft.traced.graph for node in _named(absence))


def _named(absence: Absence) -> Iterator[str]:
    for address, (source, _) in absence.link.items():
        yield from (split_address(address)[0], source)
    yield from absence.bypass
